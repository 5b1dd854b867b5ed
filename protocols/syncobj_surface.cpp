#include "protocols/syncobj_surface.h"

#include "compositor/frame/release_fence.h"
#include "compositor/wl/thunk.h"
#include "protocols/compositor_global.h"

namespace fenceline {

namespace {

/// Met when a point has signalled. `wait` is null where it has already.
class SyncPointConstraint final : public CommitConstraint {
 public:
  SyncPointConstraint(SyncPoint point, std::unique_ptr<PointWait> wait)
      : point_(std::move(point)), wait_(std::move(wait)) {}
  [[nodiscard]] Result<bool> arm(std::function<void()> met) override { return !wait_ || wait_->arm(std::move(met)); }
  [[nodiscard]] TimePoint signalled_at() const override { return point_.timeline->signalled_at(point_.point); }

 private:
  SyncPoint point_;
  std::unique_ptr<PointWait> wait_;
};

/// Signals the release point when nothing reads the buffer for this commit any more. Where what that waits for is known
/// before, the point is given that fence: the client's GPU may wait for it.
class ReleasePointLease final : public ClientLease, public TakesReleaseFence {
 public:
  ReleasePointLease(std::shared_ptr<ClientBuffer> buffer, SurfaceId surface, FrameObserver& observer, SyncPoint release)
      : ClientLease(std::move(buffer), surface, observer), release_(std::move(release)) {}
  ReleasePointLease(const ReleasePointLease&) = delete;
  ReleasePointLease& operator=(const ReleasePointLease&) = delete;
  ~ReleasePointLease() override {
    record_release();
    if (fence_) {
      if (fence_->passed())
        return;
      // The buffer is free, and the fence does not know: its commit's flip was lost, or its output is gone before it. A
      // point can't be taken back, but the timeline can begin anew: the client has all earlier points behind it.
      release_.timeline->forget_points();
    }
    // It can only fail with the device, and then there is nobody to tell.
    [[maybe_unused]] const auto signalled = release_.timeline->signal(release_.point);
  }
  void free_after(const ReleaseFencePtr& fence) override {
    if (!fence_ && release_.timeline->give(release_.point, fence->sync_file().get()))
      fence_ = fence;
  }

 private:
  ReleaseFencePtr fence_; ///< That the point has.
  SyncPoint release_;
};

} // namespace

const struct wp_linux_drm_syncobj_timeline_v1_interface TimelineResource::requests = {.destroy = wl::destroy};

const struct wp_linux_drm_syncobj_surface_v1_interface SyncobjSurface::requests = {
    .destroy = wl::destroy,
    .set_acquire_point = wl::thunk<&SyncobjSurface::set_acquire_point>,
    .set_release_point = wl::thunk<&SyncobjSurface::set_release_point>,
};

SyncobjSurface::SyncobjSurface(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface,
                               std::shared_ptr<PointWaits> waits)
    : Resource(client, version, id), surface_(&surface), waits_(std::move(waits)) {
  surface.add_extension(*this);
}

SyncobjSurface::~SyncobjSurface() {
  if (surface_)
    surface_->remove_extension(*this);
}

void SyncobjSurface::set_acquire_point(TimelineResource* timeline, std::uint32_t high, std::uint32_t low) {
  set(acquire_, *timeline, high, low);
}

void SyncobjSurface::set_release_point(TimelineResource* timeline, std::uint32_t high, std::uint32_t low) {
  set(release_, *timeline, high, low);
}

void SyncobjSurface::set(std::optional<SyncPoint>& point, const TimelineResource& timeline, std::uint32_t high,
                         std::uint32_t low) {
  if (!surface_)
    return post_error(WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_SURFACE, "the wl_surface is gone");
  point = SyncPoint{timeline.timeline(), (std::uint64_t{high} << 32U) | low};
}

bool SyncobjSurface::check(const ClientBuffer* buffer) const {
  const auto fail = [this](std::uint32_t code, const char* text) {
    post_error(code, "{}", text);
    return false;
  };
  if (!buffer) {
    if (acquire_ || release_)
      return fail(WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_BUFFER, "points are set, but no buffer is attached");
    return true;
  }
  if (buffer->kind() != BufferKind::Dmabuf)
    return fail(WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_UNSUPPORTED_BUFFER, "the buffer is not a dma-buf");
  if (!acquire_)
    return fail(WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_ACQUIRE_POINT, "a buffer without an acquire point");
  if (!release_)
    return fail(WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_NO_RELEASE_POINT, "a buffer without a release point");
  if (acquire_->timeline == release_->timeline && acquire_->point >= release_->point)
    return fail(WP_LINUX_DRM_SYNCOBJ_SURFACE_V1_ERROR_CONFLICTING_POINTS,
                "the acquire point is not before the release point of the same timeline");
  return true;
}

bool SyncobjSurface::before_commit(SurfaceResource& surface, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>& constraints) {
  const std::shared_ptr<ClientBuffer>& buffer = surface.committed_buffer();
  if (!check(buffer.get()))
    return false;
  if (!buffer)
    return true;
  SyncPoint acquire = *std::exchange(acquire_, std::nullopt);
  SyncPoint release = *std::exchange(release_, std::nullopt);
  acquire.timeline->acquires();
  Result<std::unique_ptr<PointWait>> wait = waits_->wait(acquire, surface.surface_id());
  // No descriptor, or no memory to register with: content that can't be waited for can't be taken either.
  if (!wait) {
    post_no_memory();
    return false;
  }
  constraints.push_back(std::make_unique<SyncPointConstraint>(std::move(acquire), std::move(*wait)));
  CompositorGlobal& compositor = surface.compositor();
  surface.use_lease(std::make_shared<ReleasePointLease>(buffer, surface.surface_id(), compositor.scene().observer(),
                                                        std::move(release)));
  return true;
}

} // namespace fenceline
