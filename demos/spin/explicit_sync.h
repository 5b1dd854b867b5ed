#pragma once

#include <cstdint>

#include "demos/client/connection.h"
#include "demos/client/sync_timeline.h"
#include "demos/client/unique_fd.h"

namespace fenceline::demos {

/// A timeline that this client and the compositor both know.
struct SharedTimeline {
  SharedTimeline(wp_linux_drm_syncobj_manager_v1* manager, int drm_node);

  SyncTimeline timeline;
  Proxy<wp_linux_drm_syncobj_timeline_v1> proxy;
};

/// Explicit sync on one surface: each commit names the point that its buffer is drawn at, and the one that it is given
/// back at.
class ExplicitSync {
 public:
  /// Throws a Failure with the reason where the compositor or its device cannot do it.
  ExplicitSync(Connection& connection, wl_surface* surface, dev_t main_device);

  [[nodiscard]] std::unique_ptr<SharedTimeline> make_timeline() const {
    return std::make_unique<SharedTimeline>(manager_, node_.get());
  }
  /// The timeline that all drawings of this client are on.
  [[nodiscard]] const SyncTimeline& acquire_timeline() const { return acquire_->timeline; }
  /// For the next commit, which must attach a buffer.
  void set_points(std::uint64_t acquire_point, const SharedTimeline& release, std::uint64_t release_point);

 private:
  wp_linux_drm_syncobj_manager_v1* manager_;
  UniqueFd node_;
  std::unique_ptr<SharedTimeline> acquire_;
  Proxy<wp_linux_drm_syncobj_surface_v1> surface_;
};

} // namespace fenceline::demos
