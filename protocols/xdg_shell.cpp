#include "protocols/xdg_shell.h"

#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"
#include "protocols/xdg_positioner.h"
#include "protocols/xdg_surface.h"
#include "xdg-shell-server-protocol.h"

namespace fenceline {

const wl_interface& XdgWmBase::interface() {
  return xdg_wm_base_interface;
}

const void* XdgWmBase::implementation() {
  static constexpr struct xdg_wm_base_interface requests {
    .destroy = wl::destructor<&XdgWmBase::destroy>, .create_positioner = wl::thunk<&XdgWmBase::create_positioner>,
    .get_xdg_surface = wl::thunk<&XdgWmBase::get_xdg_surface>, .pong = wl::thunk<&XdgWmBase::pong>,
  };
  return &requests;
}

void XdgWmBase::destroy() {
  if (*surfaces_ > 0)
    return post_error(XDG_WM_BASE_ERROR_DEFUNCT_SURFACES, "xdg_wm_base is destroyed before its {} surfaces",
                      *surfaces_);
  destroy_resource();
}

void XdgWmBase::create_positioner(wl::NewId id) {
  new XdgPositioner(client(), version(), id);
}

void XdgWmBase::get_xdg_surface(wl::NewId id, SurfaceResource* surface) {
  if (!surface) {
    wl::create_inert<XdgSurface>(client(), version(), id);
    return;
  }
  const SurfaceRole role = surface->surface().role();
  const bool kept_role = role == SurfaceRole::Toplevel || role == SurfaceRole::Popup;
  if ((role != SurfaceRole::None && !kept_role) || surface->find_extension<XdgSurface>())
    return post_error(XDG_WM_BASE_ERROR_ROLE, "wl_surface#{} has another role", surface->object_id());
  if (surface->has_buffer())
    return post_error(XDG_WM_BASE_ERROR_INVALID_SURFACE_STATE, "wl_surface#{} has a buffer before its xdg_surface",
                      surface->object_id());
  new XdgSurface(client(), version(), id, context_, *this, *surface, surfaces_);
}

// Nobody is pinged yet: a client that answers all the same does no harm.
void XdgWmBase::pong(std::uint32_t) {}

XdgShell::XdgShell(XdgContext context)
    : context_(context),
      global_(context.display, xdg_wm_base_interface, XdgWmBase::newest, wl::binds<XdgWmBase>(context_)) {}

} // namespace fenceline
