#include "protocols/syncobj_global.h"

#include "compositor/wl/thunk.h"
#include "linux-drm-syncobj-v1-server-protocol.h"
#include "protocols/client_id.h"
#include "protocols/syncobj_surface.h"

namespace fenceline {

namespace {

class ManagerResource final : public wl::Resource<ManagerResource> {
 public:
  ManagerResource(wl_client* client, std::uint32_t version, wl::NewId id, SyncobjGlobal& global)
      : Resource(client, version, id), global_(global) {}
  static const wl_interface& interface() { return wp_linux_drm_syncobj_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_surface(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<SyncobjSurface>())
      return post_error(WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_SURFACE_EXISTS,
                        "wl_surface {} has explicit synchronisation already", surface->object_id());
    new SyncobjSurface(client(), version(), id, *surface, global_.waits_of(client()));
  }
  void import_timeline(wl::NewId id, UniqueFd fd) {
    const Result<std::uint32_t> handle = global_.objects().import(fd.get());
    if (!handle)
      return post_error(WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_INVALID_TIMELINE, "{}", handle.error().text());
    new TimelineResource(client(), version(), id, std::make_shared<SyncTimeline>(global_.objects(), *handle));
  }

  static const struct wp_linux_drm_syncobj_manager_v1_interface requests;
  SyncobjGlobal& global_;
};

const struct wp_linux_drm_syncobj_manager_v1_interface ManagerResource::requests = {
    .destroy = wl::destroy,
    .get_surface = wl::thunk<&ManagerResource::get_surface>,
    .import_timeline = wl::thunk<&ManagerResource::import_timeline>,
};

} // namespace

SyncobjGlobal::SyncobjGlobal(wl::Display& display, SyncObjects& objects, LatchLooks* looks)
    : display_(display), objects_(objects), looks_(looks),
      global_(display, wp_linux_drm_syncobj_manager_v1_interface, 1, wl::binds<ManagerResource>(*this)) {}

std::shared_ptr<PointWaits> SyncobjGlobal::waits_of(wl_client* client) {
  std::erase_if(waits_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<PointWaits>& kept = waits_[client_id(display_, client)];
  std::shared_ptr<PointWaits> waits = kept.lock();
  if (!waits)
    kept = waits = std::make_shared<PointWaits>(display_.loop(), objects_, looks_);
  return waits;
}

} // namespace fenceline
