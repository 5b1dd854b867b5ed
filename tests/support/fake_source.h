#pragma once
#include <drm_fourcc.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/frame/frame_source.h"
#include "compositor/frame/release_fence.h"

namespace fenceline::test {

/// Pixels that count how often they were read.
class FakePixels final : public PixelSource {
 public:
  FakePixels(Size size, std::uint32_t fourcc, std::uint32_t value) : size_(size), fourcc_(fourcc), value_(value) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return fourcc_; }
  [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4U; }
  bool read_rows(std::uint32_t, std::uint32_t count, std::span<std::byte> out) const override {
    ++reads;
    for (std::size_t i = 0; i + 4 <= std::min(std::size_t{count} * stride(), out.size()); i += 4)
      std::memcpy(out.data() + i, &value_, 4);
    return true;
  }
  mutable int reads = 0;

 private:
  Size size_;
  std::uint32_t fourcc_;
  std::uint32_t value_;
};

/// What became of one content update.
struct UpdateFate {
  int presented = 0;
  int discarded = 0;
  int callbacks = 0;
  bool zero_copy = false;
  TimePoint flip;
  TimePoint callback_time;
  bool vsync = false;
};

/// A scene of flat surfaces, bottom to top in the order of their first commit. As the real one it holds a lease of each
/// surface's current buffer, and no other.
class FakeSource final : public FrameSource {
 public:
  explicit FakeSource(const Clock& clock) : clock_(clock) {}

  struct Release {
    BufferId buffer{};
    TimePoint at;
  };
  std::vector<Release> released;
  std::vector<Release> promised;  ///< When fences were given to buffers.
  std::vector<UniqueFd> promises; ///< Which.
  /// Called when a buffer comes back: the client may draw to it from this moment on.
  std::function<void(BufferId)> on_release;
  /// Called within latch, as a scene that applies something then does.
  std::function<void()> on_latch;
  /// False: a scene that lets go of a buffer with its first latch, as if it would not be read again.
  bool holds_current = true;
  std::size_t latches = 0;
  std::vector<SurfaceId> taken;
  Size size{1024, 768};

  /// The layer of a dma-buf that covers the output, opaque: change what the test is about and hand it to commit().
  [[nodiscard]] Layer fullscreen(std::uint32_t surface, std::uint64_t buffer) const {
    Layer layer;
    layer.surface = SurfaceId{surface};
    layer.client = ClientId{surface};
    layer.buffer = BufferId{buffer};
    layer.kind = BufferKind::Dmabuf;
    layer.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
    layer.buffer_size = size;
    layer.source = {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
    layer.dest = {0, 0, size.width, size.height};
    layer.opaque = Region(layer.dest);
    return layer;
  }
  [[nodiscard]] static Layer window(std::uint32_t surface, std::uint64_t buffer, Rect dest,
                                    BufferKind kind = BufferKind::Dmabuf) {
    Layer layer;
    layer.surface = SurfaceId{surface};
    layer.client = ClientId{surface};
    layer.buffer = BufferId{buffer};
    layer.kind = kind;
    layer.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
    layer.buffer_size = dest.size();
    layer.source = {0, 0, static_cast<double>(dest.width), static_cast<double>(dest.height)};
    layer.dest = dest;
    layer.opaque = Region(dest);
    return layer;
  }
  [[nodiscard]] static Layer cursor(std::uint32_t surface, std::uint64_t buffer, Point at, Size image = {24, 24}) {
    Layer layer = window(surface, buffer, {at.x, at.y, image.width, image.height}, BufferKind::Shm);
    layer.role = LayerRole::Cursor;
    layer.format.fourcc = DRM_FORMAT_ARGB8888;
    layer.opaque.clear();
    return layer;
  }

  /// A content update: new content of a surface, with feedback and a frame callback. Its fate is fate(commit).
  CommitId commit(Layer layer, std::uint32_t pixel = 0xff336699) {
    Surface& surface = surface_of(layer.surface);
    const CommitId id{++last_commit_};
    layer.commit = id;
    // Of an update that no output has shown the feedback is discarded; its callbacks go on to the next.
    for (auto& feedback : surface.feedback)
      feedback->discarded();
    surface.feedback.clear();
    surface.fates[id] = std::make_shared<UpdateFate>();
    surface.feedback.push_back(std::make_unique<Sink>(surface.fates[id]));
    surface.callbacks.push_back(std::make_unique<Callback>(surface.fates[id]));
    surface.fresh = true;
    auto previous = std::exchange(surface.lease, std::make_shared<Lease>(*this, layer.buffer));
    surface.pixels = layer.kind == BufferKind::Shm
                         ? std::make_shared<FakePixels>(layer.buffer_size, layer.format.fourcc, pixel)
                         : nullptr;
    surface.layer = std::move(layer);
    return id;
  }
  /// Where a surface lies changes without a commit of its content: a pointer that moves its cursor.
  void move(SurfaceId id, Point to) {
    Surface& surface = surface_of(id);
    surface.layer.dest.x = to.x;
    surface.layer.dest.y = to.y;
  }
  /// Shows a removed surface again, with the content it had, whose pixels have been taken.
  void show_again(Layer layer) { surface_of(layer.surface).layer = std::move(layer); }
  void remove(SurfaceId id) {
    std::erase_if(surfaces_, [id](const auto& surface) { return surface->layer.surface == id; });
  }
  [[nodiscard]] UpdateFate fate(CommitId commit) const {
    const auto found = fates_.find(commit);
    return found == fates_.end() ? UpdateFate{} : *found->second;
  }
  [[nodiscard]] bool has_been_released(BufferId buffer) const {
    return std::any_of(released.begin(), released.end(), [buffer](const Release& r) { return r.buffer == buffer; });
  }

  void latch(OutputId output, FrameId frame, LatchedFrame& latched) override {
    ++latches;
    if (on_latch)
      on_latch();
    latched.snapshot = {output, frame, size, {}};
    for (auto& surface : surfaces_) {
      latched.snapshot.layers.push_back(surface->layer);
      LayerHold hold;
      hold.lease = holds_current ? surface->lease : std::move(surface->lease);
      hold.pixels = surface->pixels;
      if (hold.pixels)
        hold.damage = Region(Rect{0, 0, surface->layer.buffer_size.width, surface->layer.buffer_size.height});
      latched.holds.push_back(std::move(hold));
      if (std::exchange(surface->fresh, false)) {
        LatchedUpdate update;
        update.client = surface->layer.client;
        update.surface = surface->layer.surface;
        update.commit = surface->layer.commit;
        update.buffer = surface->layer.buffer;
        update.feedback = std::exchange(surface->feedback, {});
        update.callbacks = std::exchange(surface->callbacks, {});
        latched.updates.push_back(std::move(update));
      }
    }
  }
  void pixels_taken(SurfaceId id, CommitId commit) override {
    taken.push_back(id);
    for (auto& surface : surfaces_)
      if (surface->layer.surface == id && surface->layer.commit == commit) {
        surface->pixels.reset();
        surface->lease.reset();
      }
  }
  [[nodiscard]] std::optional<Rect> cursor_place(OutputId, SurfaceId cursor, CommitId commit) const override {
    for (const auto& surface : surfaces_)
      if (surface->layer.surface == cursor && surface->layer.commit == commit)
        return surface->layer.dest;
    return std::nullopt;
  }

 private:
  struct Lease final : BufferLease, TakesReleaseFence {
    Lease(FakeSource& s, BufferId b) : source(s), buffer(b) {}
    void free_after(const ReleaseFencePtr& fence) override {
      source.promised.push_back({buffer, source.clock_.now()});
      source.promises.push_back(fence->sync_file().duplicate());
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() override {
      source.released.push_back({buffer, source.clock_.now()});
      if (source.on_release)
        source.on_release(buffer);
    }
    FakeSource& source;
    BufferId buffer;
  };
  struct Sink final : PresentationSink {
    explicit Sink(std::shared_ptr<UpdateFate> f) : fate(std::move(f)) {}
    void presented(const FlipEvent& flip, Nanoseconds, bool zero_copy) override {
      ++fate->presented;
      fate->flip = flip.time;
      fate->vsync = flip.vsync;
      fate->zero_copy = zero_copy;
    }
    void discarded() override { ++fate->discarded; }
    std::shared_ptr<UpdateFate> fate;
  };
  struct Callback final : FrameCallback {
    explicit Callback(std::shared_ptr<UpdateFate> f) : fate(std::move(f)) {}
    void done(TimePoint time) override {
      ++fate->callbacks;
      fate->callback_time = time;
    }
    std::shared_ptr<UpdateFate> fate;
  };
  struct Surface {
    explicit Surface(std::map<CommitId, std::shared_ptr<UpdateFate>>& f) : fates(f) {}
    Layer layer;
    std::map<CommitId, std::shared_ptr<UpdateFate>>& fates;
    BufferLeasePtr lease;
    std::shared_ptr<FakePixels> pixels;
    std::vector<std::unique_ptr<PresentationSink>> feedback;
    std::vector<std::unique_ptr<FrameCallback>> callbacks;
    bool fresh = false;
  };

  Surface& surface_of(SurfaceId id) {
    for (auto& surface : surfaces_)
      if (surface->layer.surface == id)
        return *surface;
    surfaces_.push_back(std::make_unique<Surface>(fates_));
    surfaces_.back()->layer.surface = id;
    return *surfaces_.back();
  }

  const Clock& clock_;
  std::uint64_t last_commit_ = 0;
  std::map<CommitId, std::shared_ptr<UpdateFate>> fates_;
  std::vector<std::unique_ptr<Surface>> surfaces_;
};

} // namespace fenceline::test
