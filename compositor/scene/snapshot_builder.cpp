#include "compositor/scene/snapshot_builder.h"

#include <utility>

namespace fenceline {

namespace {
constexpr std::size_t max_opaque_pieces = 32;
} // namespace

struct SnapshotBuilder::Visit {
  const OutputGrid& grid;
  LayerRole role;
  Point root; ///< Where the tree's origin lies, global coordinates.
  /// Called for each visible surface with its layer, bottom to top.
  const std::function<void(const Surface&, Layer&&)>& emit;
};

SnapshotBuilder::SnapshotBuilder(Scene& scene, std::vector<const StackProvider*> providers)
    : scene_(scene), providers_(std::move(providers)) {}

void SnapshotBuilder::walk(const Visit& visit, const Surface& surface, Point origin, int depth) const {
  const SurfaceState& state = surface.current();
  // A child is shown only under a parent that is mapped (wl_subsurface).
  if (!state.mapped() || depth > Scene::max_depth)
    return;
  for (const ChildPlacement& child : state.children) {
    if (child.surface != surface.id()) {
      if (const Surface* below = scene_.find(child.surface))
        walk(visit, *below, origin + child.offset, depth + 1);
      continue;
    }
    const Size size = state.size();
    const Rect dest = visit.grid.place(Rect{0, 0, size.width, size.height}.moved(origin), visit.root);
    const Rect screen{0, 0, visit.grid.upright().width, visit.grid.upright().height};
    if (dest.intersected(screen).empty())
      continue;
    Layer layer{.surface = surface.id(),
                .client = surface.client(),
                .commit = state.commit,
                .buffer = state.buffer->id,
                .kind = state.buffer->kind,
                .role = visit.role,
                .format = state.buffer->format,
                .buffer_size = state.buffer->size,
                .source = state.buffer_source(),
                // A client that has turned its picture as the output is turned has it lie there as it is shown.
                .transform = combined(inverse(visit.grid.transform()), state.transform),
                .dest = visit.grid.onto_output(dest),
                .opaque =
                    has_alpha(state.buffer->format.fourcc) ? visit.grid.inside(state.opaque, size, dest) : Region(dest),
                .alpha = state.alpha,
                .color = state.buffer->color,
                .yuv = state.yuv,
                .chroma = state.chroma,
                .content = state.content,
                // A barrier is for a latch that is not for a torn frame (wp_fifo_v1).
                .may_tear = state.may_tear && !state.fifo_barrier};
    layer.opaque.intersect(screen);
    // A hint that saves work; one in very many pieces costs more than it saves.
    if (layer.opaque.count() > max_opaque_pieces)
      layer.opaque.clear();
    layer.opaque = visit.grid.onto_output(std::move(layer.opaque));
    visit.emit(surface, std::move(layer));
  }
}

void SnapshotBuilder::find_roots(OutputId output) const {
  roots_.clear();
  for (const StackProvider* provider : providers_)
    provider->append_roots(output, roots_);
}

void SnapshotBuilder::walk_all(OutputId output, const OutputGrid& grid,
                               const std::function<void(const Surface&, Layer&&)>& emit) const {
  find_roots(output);
  for (const RootPlacement& root : roots_)
    if (const Surface* surface = scene_.find(root.root))
      walk({grid, root.role, root.position, emit}, *surface, root.position, 0);
}

void SnapshotBuilder::latch(OutputId output, FrameId frame, LatchedFrame& latched) {
  const auto it = outputs_.find(output);
  if (it == outputs_.end())
    return;
  latched.snapshot.output = output;
  latched.snapshot.frame = frame;
  latched.snapshot.size = it->second.pixels();
  shown_.clear();
  // No more than two words: a std::function allocates for more.
  const std::function<void(const Surface&, Layer&&)> emit = [this, &latched](const Surface& surface, Layer&& layer) {
    const SurfaceState& state = surface.current();
    LayerHold hold{.lease = state.buffer->lease, .pixels = nullptr, .damage = {}};
    if (state.buffer->kind == BufferKind::Shm && !state.pixels_uploaded) {
      hold.pixels = state.buffer->pixels;
      hold.damage = state.upload_damage;
    }
    latched.snapshot.layers.push_back(std::move(layer));
    latched.holds.push_back(std::move(hold));
    shown_.push_back(surface.id());
  };
  walk_all(output, it->second, emit);
  for (const SurfaceId id : shown_)
    if (Surface* surface = scene_.find(id))
      if (!surface->latched() || !surface->current().callbacks.empty())
        latched.updates.push_back(scene_.take_latched(*surface));
}

void SnapshotBuilder::pixels_taken(SurfaceId surface, CommitId commit) {
  scene_.pixels_taken(surface, commit);
}

std::optional<Rect> SnapshotBuilder::cursor_place(OutputId output, SurfaceId cursor, CommitId commit) const {
  struct {
    SurfaceId cursor;
    CommitId commit;
    std::optional<Rect> place;
  } found{cursor, commit, {}};
  const auto it = outputs_.find(output);
  if (it == outputs_.end())
    return std::nullopt;
  // By one reference: a std::function allocates for more than two words.
  const std::function<void(const Surface&, Layer&&)> emit = [&found](const Surface& surface, Layer&& layer) {
    if (surface.id() == found.cursor && layer.commit == found.commit)
      found.place = layer.dest;
  };
  find_roots(output);
  for (const RootPlacement& root : roots_)
    if (root.role == LayerRole::Cursor && root.root == cursor)
      if (const Surface* surface = scene_.find(root.root))
        walk({it->second, root.role, root.position, emit}, *surface, root.position, 0);
  return found.place;
}

SceneSnapshot SnapshotBuilder::look(OutputId output) const {
  SceneSnapshot snapshot;
  const auto it = outputs_.find(output);
  if (it == outputs_.end())
    return snapshot;
  snapshot.output = output;
  snapshot.size = it->second.pixels();
  const std::function<void(const Surface&, Layer&&)> emit = [&](const Surface&, Layer&& layer) {
    snapshot.layers.push_back(std::move(layer));
  };
  walk_all(output, it->second, emit);
  return snapshot;
}

} // namespace fenceline
