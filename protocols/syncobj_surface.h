#pragma once
#include <memory>
#include <optional>

#include "linux-drm-syncobj-v1-server-protocol.h"
#include "protocols/point_waits.h"
#include "protocols/surface_resource.h"
#include "protocols/sync_objects.h"

namespace fenceline {

/// wp_linux_drm_syncobj_timeline_v1.
class TimelineResource final : public wl::Resource<TimelineResource> {
 public:
  TimelineResource(wl_client* client, std::uint32_t version, wl::NewId id, std::shared_ptr<SyncTimeline> timeline)
      : Resource(client, version, id), timeline_(std::move(timeline)) {}
  static const wl_interface& interface() { return wp_linux_drm_syncobj_timeline_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] const std::shared_ptr<SyncTimeline>& timeline() const { return timeline_; }

 private:
  static const struct wp_linux_drm_syncobj_timeline_v1_interface requests;
  std::shared_ptr<SyncTimeline> timeline_;
};

/// wp_linux_drm_syncobj_surface_v1: the points of one commit. Acquire points become constraints of the content update,
/// release points its lease of the buffer.
class SyncobjSurface final : public wl::Resource<SyncobjSurface>, public CommitExtension {
 public:
  SyncobjSurface(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface,
                 std::shared_ptr<PointWaits> waits);
  ~SyncobjSurface() override;
  static const wl_interface& interface() { return wp_linux_drm_syncobj_surface_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource& surface, SurfacePatch& patch,
                                   std::vector<std::unique_ptr<CommitConstraint>>& constraints) override;
  void surface_gone() override { surface_ = nullptr; }

 private:
  void set_acquire_point(TimelineResource* timeline, std::uint32_t high, std::uint32_t low);
  void set_release_point(TimelineResource* timeline, std::uint32_t high, std::uint32_t low);
  void set(std::optional<SyncPoint>& point, const TimelineResource& timeline, std::uint32_t high, std::uint32_t low);
  [[nodiscard]] bool check(const ClientBuffer* buffer) const;

  static const struct wp_linux_drm_syncobj_surface_v1_interface requests;
  SurfaceResource* surface_;
  std::shared_ptr<PointWaits> waits_; ///< The client's.
  std::optional<SyncPoint> acquire_, release_;
};

} // namespace fenceline
