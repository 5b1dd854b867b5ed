#include "protocols/subcompositor_global.h"

#include <wayland-server-protocol.h>

#include <cerrno>

#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

/// wl_subsurface. It goes inert with its wl_surface; without its parent it is there, but to no effect.
class SubsurfaceResource final : public wl::Resource<SubsurfaceResource> {
 public:
  SubsurfaceResource(wl_client* client, std::uint32_t version, wl::NewId id, Scene& scene, SurfaceResource& surface)
      : Resource(client, version, id), scene_(scene), surface_(&surface), surface_gone_([this](wl_resource*) {
          // The scene ends the tie to the parent by itself.
          surface_ = nullptr;
          make_inert();
        }) {
    surface_gone_.on_destroy(surface.resource());
    surface.set_role_object(this);
  }
  ~SubsurfaceResource() override {
    if (!surface_)
      return;
    surface_->set_role_object(nullptr);
    scene_.remove_subsurface(surface_->surface());
  }
  static const wl_interface& interface() { return wl_subsurface_interface; }
  static const void* implementation() { return &requests; }

 private:
  void set_position(std::int32_t x, std::int32_t y) { scene_.set_subsurface_position(surface_->surface(), {x, y}); }
  void place_above(SurfaceResource* sibling) { place(sibling, true); }
  void place_below(SurfaceResource* sibling) { place(sibling, false); }
  void place(const SurfaceResource* sibling, bool above) {
    if (!surface_->surface().parent())
      return;
    if (!scene_.place(surface_->surface(), sibling->surface_id(), above))
      post_error(WL_SUBSURFACE_ERROR_BAD_SURFACE, "wl_surface {} is neither a sibling nor the parent",
                 sibling->object_id());
  }
  void set_sync() { scene_.set_synchronised(surface_->surface(), true); }
  void set_desync() { scene_.set_synchronised(surface_->surface(), false); }

  static const struct wl_subsurface_interface requests;
  Scene& scene_;
  SurfaceResource* surface_;
  wl::Listener<wl_resource> surface_gone_;
};

const struct wl_subsurface_interface SubsurfaceResource::requests = {
    .destroy = wl::destroy,
    .set_position = wl::thunk<&SubsurfaceResource::set_position>,
    .place_above = wl::thunk<&SubsurfaceResource::place_above>,
    .place_below = wl::thunk<&SubsurfaceResource::place_below>,
    .set_sync = wl::thunk<&SubsurfaceResource::set_sync>,
    .set_desync = wl::thunk<&SubsurfaceResource::set_desync>,
};

class SubcompositorResource final : public wl::Resource<SubcompositorResource> {
 public:
  SubcompositorResource(wl_client* client, std::uint32_t version, wl::NewId id, Scene& scene)
      : Resource(client, version, id), scene_(scene) {}
  static const wl_interface& interface() { return wl_subcompositor_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_subsurface(wl::NewId id, SurfaceResource* surface, SurfaceResource* parent) {
    // Before anything is changed: the surface of another role keeps its state.
    const SurfaceRole role = surface->surface().role();
    if ((role != SurfaceRole::None && role != SurfaceRole::Subsurface) || surface->role_object())
      return post_error(WL_SUBCOMPOSITOR_ERROR_BAD_SURFACE, "wl_surface {} has a role already", surface->object_id());
    const Result<void> added = scene_.add_subsurface(surface->surface(), parent->surface());
    if (!added && added.error().code == ENOMEM)
      return post_no_memory();
    if (!added)
      return post_error(WL_SUBCOMPOSITOR_ERROR_BAD_PARENT, "wl_surface {} can't be the parent of {}: {}",
                        parent->object_id(), surface->object_id(), added.error().what);
    (void)surface->surface().give_role(SurfaceRole::Subsurface);
    new SubsurfaceResource(client(), version(), id, scene_, *surface);
  }

  static const struct wl_subcompositor_interface requests;
  Scene& scene_;
};

const struct wl_subcompositor_interface SubcompositorResource::requests = {
    .destroy = wl::destroy,
    .get_subsurface = wl::thunk<&SubcompositorResource::get_subsurface>,
};

} // namespace

SubcompositorGlobal::SubcompositorGlobal(wl::Display& display, Scene& scene)
    : scene_(scene), global_(display, wl_subcompositor_interface, 1, wl::binds<SubcompositorResource>(scene_)) {}

} // namespace fenceline
