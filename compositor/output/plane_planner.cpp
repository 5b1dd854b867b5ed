#include "compositor/output/plane_planner.h"

#include <algorithm>
#include <cerrno>

namespace fenceline {

namespace {

Rect output_rect(const SceneSnapshot& snapshot) {
  return {0, 0, snapshot.size.width, snapshot.size.height};
}

bool covers(const Layer& layer, Rect area) {
  return layer.dest.intersected(area) == area;
}

/// Whether every pixel of the buffer lands on one pixel of the output.
bool one_to_one(const Layer& layer) {
  return layer.transform == Transform::Normal && layer.dest.size() == layer.buffer_size &&
         layer.source ==
             FRect{0, 0, static_cast<double>(layer.buffer_size.width), static_cast<double>(layer.buffer_size.height)};
}

const PlaneInfo* find_plane(const OutputInfo& output, PlaneType type) {
  const auto plane = std::find_if(output.planes.begin(), output.planes.end(),
                                  [type](const PlaneInfo& info) { return info.type == type; });
  return plane == output.planes.end() ? nullptr : &*plane;
}

FRect whole(Size size) {
  return {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
}

} // namespace

std::vector<bool> hidden_layers(const SceneSnapshot& snapshot) {
  const Rect output = output_rect(snapshot);
  std::vector<bool> hidden(snapshot.layers.size());
  Region covered;
  for (std::size_t i = snapshot.layers.size(); i-- > 0;) {
    const Layer& layer = snapshot.layers[i];
    const Rect visible = layer.dest.intersected(output);
    hidden[i] = visible.empty() || layer.alpha <= 0.0F || covered.covers(visible);
    if (!hidden[i] && layer.role == LayerRole::Content && layer.alpha >= 1.0F)
      covered.add(layer.opaque);
  }
  return hidden;
}

/// A plan being made.
struct PlanePlanner::Draft {
  const SceneSnapshot& snapshot;
  bool modeset;
  PlannedFrame out;
  std::optional<std::size_t> top;    ///< The topmost layer that can be seen, cursors aside.
  std::optional<std::size_t> cursor; ///< The topmost visible cursor above it.
  bool other_cursors = false;        ///< Whether more cursors are visible above `top`.

  LayerPlan& plan_of(std::size_t layer) { return out.plan.layers[layer]; }
};

PlanePlanner::PlanePlanner(const ScanoutDevice& device, const OutputInfo& output, OutputImages* images,
                           CursorImages& cursor_images, CursorStore& cursors, FrameObserver& observer)
    : device_(device), output_(output), images_(images), cursor_images_(cursor_images), cursors_(cursors),
      observer_(observer), primary_(find_plane(output, PlaneType::Primary)),
      cursor_plane_(find_plane(output, PlaneType::Cursor)) {}

PlannedFrame PlanePlanner::plan(const SceneSnapshot& snapshot, PlanMode mode, bool modeset) {
  if (mode == PlanMode::Planes) {
    denied_.age();
    cache_.age();
  }
  Draft draft{.snapshot = snapshot, .modeset = modeset, .out = {}, .top = {}, .cursor = {}};
  const std::vector<bool> hidden = hidden_layers(snapshot);
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i) {
    draft.out.plan.layers.push_back({.surface = snapshot.layers[i].surface, .plane = {}, .hidden = hidden[i]});
    if (hidden[i])
      continue;
    if (snapshot.layers[i].role == LayerRole::Content) {
      draft.top = i;
      // A cursor with a window above it is a layer like any other.
      draft.cursor.reset();
      draft.other_cursors = false;
    } else {
      draft.other_cursors = draft.cursor.has_value();
      draft.cursor = i;
    }
  }
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i)
    if (!hidden[i])
      draft.plan_of(i).refusal = refuse_below(snapshot, snapshot.layers[i]);

  place_cursor(draft, mode);
  if (!place_direct(draft, mode))
    compose_rest(draft);
  draft.out.key = key(snapshot, draft.out, modeset);
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i) {
    LayerPlan& layer = draft.plan_of(i);
    if (i == draft.out.direct || i == draft.out.cursor) {
      layer.plane = i == draft.out.direct ? primary_->id : cursor_plane_->id;
      layer.refusal = Refusal::None;
    } else if (!layer.hidden && images_ == nullptr) {
      layer.refusal = Refusal::NoComposer;
    }
  }
  return std::move(draft.out);
}

// Of a layer that something lies above: what is wrong with the layer itself tells more than that.
Refusal PlanePlanner::refuse_below(const SceneSnapshot& snapshot, const Layer& layer) const {
  if (layer.role == LayerRole::Cursor)
    return Refusal::NoPlane;
  if (layer.kind != BufferKind::Dmabuf)
    return Refusal::NotDmabuf;
  if (!covers(layer, output_rect(snapshot)))
    return Refusal::NotCovering;
  return Refusal::SomethingAbove;
}

Refusal PlanePlanner::refuse_direct(const SceneSnapshot& snapshot, const Layer& layer) {
  const Rect output = output_rect(snapshot);
  if (layer.kind != BufferKind::Dmabuf)
    return Refusal::NotDmabuf;
  if (!covers(layer, output))
    return Refusal::NotCovering;
  if (layer.alpha < 1.0F || (has_alpha(layer.format.fourcc) && !layer.opaque.covers(output)))
    return Refusal::NotOpaque;
  if (layer.dest != output || !one_to_one(layer))
    return Refusal::Scaled;
  if (primary_ == nullptr)
    return Refusal::NoPlane;
  // Its alpha is 1 wherever it is shown, so a plane that knows the format only without alpha shows it all the same.
  if (!primary_->takes(layer.format) && !primary_->takes({without_alpha(layer.format.fourcc), layer.format.modifier}))
    return Refusal::FormatRefused;
  if (!device_.knows(layer.buffer))
    return Refusal::NoFramebuffer;
  if (denied_.denies(layer))
    return Refusal::SubmitRejected;
  return Refusal::None;
}

Refusal PlanePlanner::refuse_cursor(const Layer& layer, PlanMode mode) {
  if (cursor_plane_ == nullptr || output_.cursor_size.empty())
    return Refusal::NoPlane;
  // The plane shows images of ours, of linear ARGB8888: a client's dma-buf would have to be read back for it. What is
  // kept of the surface's wl_shm pictures is not what a single colour shows.
  if (layer.kind != BufferKind::Shm)
    return Refusal::FormatRefused;
  if (!one_to_one(layer) || layer.alpha < 1.0F)
    return Refusal::Scaled;
  if (!cursor_images_.fits(layer.buffer_size))
    return Refusal::TooLarge;
  if (mode == PlanMode::ComposeAll || denied_.denies(layer))
    return Refusal::SubmitRejected;
  const CursorStore::Picture* picture = cursors_.find(layer.surface);
  if (picture == nullptr || picture->size() != layer.buffer_size)
    return Refusal::FormatRefused;
  return Refusal::None;
}

void PlanePlanner::place_cursor(Draft& draft, PlanMode mode) {
  if (!draft.cursor)
    return;
  const Layer& layer = draft.snapshot.layers[*draft.cursor];
  Refusal& refusal = draft.plan_of(*draft.cursor).refusal;
  refusal = refuse_cursor(layer, mode);
  if (refusal != Refusal::None)
    return;
  auto image = cursor_images_.show(*cursors_.find(layer.surface));
  if (!image) {
    refusal = Refusal::NoFramebuffer;
    return;
  }
  if (image->copied > 0)
    observer_.record({.kind = FrameEventKind::Copy,
                      .detail = static_cast<std::uint8_t>(CopyKind::CursorUpload),
                      .client = layer.client,
                      .surface = layer.surface,
                      .output = output_.id,
                      .commit = layer.commit,
                      .frame = draft.snapshot.frame,
                      .value = image->copied,
                      .time = {}});
  draft.out.cursor = draft.cursor;
  draft.out.cursor_image = *image;
}

bool PlanePlanner::place_direct(Draft& draft, PlanMode mode) {
  if (!draft.top)
    return false;
  Refusal& refusal = draft.plan_of(*draft.top).refusal;
  refusal = refuse_direct(draft.snapshot, draft.snapshot.layers[*draft.top]);
  if (refusal != Refusal::None)
    return false;
  if (mode == PlanMode::ComposeAll && images_ != nullptr) {
    refusal = Refusal::SubmitRejected;
    return false;
  }
  const bool cursor_composed = draft.other_cursors || (draft.cursor && !draft.out.cursor);
  if (cursor_composed && images_ != nullptr) {
    refusal = Refusal::SomethingAbove;
    return false;
  }
  draft.out.direct = draft.top;
  refusal = test(draft);
  if (refusal != Refusal::None && images_ == nullptr && draft.out.cursor) {
    // Nothing could be composed: the picture without its cursor is better than none.
    draft.out.cursor.reset();
    refusal = test(draft);
  }
  if (refusal != Refusal::None)
    draft.out.direct.reset();
  return draft.out.direct.has_value();
}

void PlanePlanner::compose_rest(Draft& draft) {
  if (images_ == nullptr) {
    draft.out.cursor.reset();
    return;
  }
  draft.out.plan.composes = true;
  if (auto image = images_->acquire())
    draft.out.target = *image;
  else
    draft.out.target_error = image.error().text();
  if (draft.out.cursor && draft.out.target) {
    Refusal& refusal = draft.plan_of(*draft.out.cursor).refusal;
    refusal = test(draft);
    if (refusal != Refusal::None)
      draft.out.cursor.reset();
  }
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i)
    if (!draft.plan_of(i).hidden && i != draft.out.cursor)
      draft.out.drawn.push_back(i);
}

Refusal PlanePlanner::test(Draft& draft) {
  const PlanKey plan_key = key(draft.snapshot, draft.out, draft.modeset);
  if (const auto known = cache_.find(plan_key))
    return *known ? Refusal::None : Refusal::TestRejected;
  const auto answer = device_.accepts(state(draft.snapshot, draft.out, draft.modeset));
  const int code = answer ? 0 : answer.error().code;
  observer_.record({.kind = FrameEventKind::TestCommit,
                    .output = output_.id,
                    .frame = draft.snapshot.frame,
                    .value = static_cast<std::uint64_t>(code),
                    .time = {}});
  // These say nothing about the plan, only about this moment or this buffer.
  const bool passing = code == EBUSY || code == EACCES || code == ENOMEM || code == ENOENT || code == EINTR;
  if (!passing)
    cache_.remember(plan_key, static_cast<bool>(answer));
  if (answer)
    return Refusal::None;
  return code == ENOENT ? Refusal::NoFramebuffer : Refusal::TestRejected;
}

void PlanePlanner::rejected(const SceneSnapshot& snapshot, const PlannedFrame& planned) {
  // Without a composer there is nothing to fall back to: what was rejected is tried again.
  if (images_ == nullptr)
    return;
  if (planned.direct)
    denied_.deny(snapshot.layers[*planned.direct]);
  if (planned.cursor)
    denied_.deny(snapshot.layers[*planned.cursor]);
  // Others with the same kind of plan are asked for anew, not refused unheard.
  cache_.forget(planned.key);
}

OutputState PlanePlanner::state(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset) const {
  OutputState state;
  state.output = output_.id;
  state.frame = snapshot.frame;
  state.mode = output_.mode;
  state.modeset = modeset;
  const Rect output = output_rect(snapshot);
  // A headless output may have no plane in the list; its one picture still has to be named.
  const PlaneId primary = primary_ != nullptr ? primary_->id : PlaneId{};
  if (planned.direct)
    state.planes.push_back(
        {primary, snapshot.layers[*planned.direct].buffer, snapshot.layers[*planned.direct].source, output, {}});
  else if (planned.target)
    state.planes.push_back({primary, planned.target->buffer, whole(planned.target->size), output, {}});
  if (planned.cursor) {
    const Size size = planned.cursor_image.size;
    const Rect at = snapshot.layers[*planned.cursor].dest;
    state.planes.push_back(
        {cursor_plane_->id, planned.cursor_image.buffer, whole(size), {at.x, at.y, size.width, size.height}, {}});
  }
  return state;
}

PlanKey PlanePlanner::key(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset) const {
  PlanKey key;
  key.mode = output_.mode.size;
  key.modeset = modeset;
  const Rect output = output_rect(snapshot);
  if (planned.direct) {
    const Layer& layer = snapshot.layers[*planned.direct];
    key.planes.push_back({primary_->id, layer.format, layer.buffer_size, output, false});
  } else if (planned.target) {
    key.planes.push_back(
        {primary_ != nullptr ? primary_->id : PlaneId{}, planned.target->format, planned.target->size, output, false});
  }
  if (planned.cursor) {
    const Size size = planned.cursor_image.size;
    const Rect at = snapshot.layers[*planned.cursor].dest;
    const Rect dest{at.x, at.y, size.width, size.height};
    key.planes.push_back(
        {cursor_plane_->id, {}, size, {0, 0, size.width, size.height}, dest.intersected(output) != dest});
  }
  return key;
}

} // namespace fenceline
