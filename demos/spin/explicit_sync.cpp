#include "demos/spin/explicit_sync.h"

#include "demos/client/drm_node.h"
#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

constexpr std::uint32_t high(std::uint64_t point) {
  return static_cast<std::uint32_t>(point >> 32);
}
constexpr std::uint32_t low(std::uint64_t point) {
  return static_cast<std::uint32_t>(point);
}

} // namespace

SharedTimeline::SharedTimeline(wp_linux_drm_syncobj_manager_v1* manager, int drm_node) : timeline(drm_node) {
  const UniqueFd shared = timeline.share(); // libwayland sends a copy of its own
  proxy.reset(wp_linux_drm_syncobj_manager_v1_import_timeline(manager, shared.get()));
}

ExplicitSync::ExplicitSync(Connection& connection, wl_surface* surface, dev_t main_device)
    : manager_(connection.syncobj()) {
  if (manager_ == nullptr)
    throw Failure("the compositor does not offer linux-drm-syncobj");
  node_ = open_drm_node(main_device);
  if (!SyncTimeline::supported_by(node_.get()))
    throw Failure("the compositor's DRM device has no timeline sync objects with eventfds");
  acquire_ = std::make_unique<SharedTimeline>(manager_, node_.get());
  surface_.reset(wp_linux_drm_syncobj_manager_v1_get_surface(manager_, surface));
}

void ExplicitSync::set_points(std::uint64_t acquire_point, const SharedTimeline& release, std::uint64_t release_point) {
  wp_linux_drm_syncobj_surface_v1_set_acquire_point(surface_.get(), acquire_->proxy.get(), high(acquire_point),
                                                    low(acquire_point));
  wp_linux_drm_syncobj_surface_v1_set_release_point(surface_.get(), release.proxy.get(), high(release_point),
                                                    low(release_point));
}

} // namespace fenceline::demos
