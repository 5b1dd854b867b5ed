#include "protocols/xdg_surface.h"

#include <algorithm>

#include "compositor/wl/thunk.h"
#include "protocols/xdg_popup.h"
#include "protocols/xdg_positioner.h"
#include "protocols/xdg_toplevel.h"
#include "xdg-shell-server-protocol.h"

namespace fenceline {
namespace {

/// A client that never acks is not sent serials without end: the oldest are forgotten, and acking them is an error
/// then.
constexpr std::size_t max_unacked = 1024;

} // namespace

const wl_interface& XdgSurface::interface() {
  return xdg_surface_interface;
}

const void* XdgSurface::implementation() {
  static constexpr struct xdg_surface_interface requests {
    .destroy = wl::destructor<&XdgSurface::destroy>, .get_toplevel = wl::thunk<&XdgSurface::get_toplevel>,
    .get_popup = wl::thunk<&XdgSurface::get_popup>, .set_window_geometry = wl::thunk<&XdgSurface::set_window_geometry>,
    .ack_configure = wl::thunk<&XdgSurface::ack_configure>,
  };
  return &requests;
}

XdgSurface::XdgSurface(wl_client* client, std::uint32_t version, wl::NewId id, XdgContext& context, XdgWmBase& wm_base,
                       SurfaceResource& surface, std::shared_ptr<int> count)
    : Resource(client, version, id), context_(context), wm_base_(&wm_base), surface_(&surface),
      id_(surface.surface().id()), count_(std::move(count)),
      wm_base_gone_([this](wl_resource*) { wm_base_ = nullptr; }) {
  ++*count_;
  wm_base_gone_.on_destroy(wm_base.resource());
  surface.add_extension(*this);
  surface.surface().set_role_handler(this);
}

XdgSurface::~XdgSurface() {
  --*count_;
  // With its client everything goes in any order; the role must not reach back here.
  if (XdgRole* role = std::exchange(role_, nullptr))
    role->base_gone();
  forget_surface();
}

void XdgSurface::forget_surface() {
  if (!surface_)
    return;
  surface_->set_role_object(nullptr);
  surface_->remove_extension(*this);
  surface_->surface().set_role_handler(nullptr);
  surface_gone();
}

void XdgSurface::surface_gone() {
  if (std::exchange(mapped_, false) && role_)
    role_->unmapped();
  surface_ = nullptr;
}

void XdgSurface::set_role(XdgRole* role) {
  role_ = role;
  surface_->set_role_object(&role->object());
}

void XdgSurface::destroy() {
  if (role_)
    return post_error(XDG_SURFACE_ERROR_DEFUNCT_ROLE_OBJECT, "xdg_surface is destroyed before its role object");
  destroy_resource();
}

bool XdgSurface::take_role(SurfaceRole role) {
  if (had_role_) {
    post_error(XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED, "xdg_surface has a role object already");
    return false;
  }
  if (!surface_->surface().give_role(role)) {
    if (wm_base_)
      wm_base_->post_error(XDG_WM_BASE_ERROR_ROLE, "wl_surface#{} has another role", surface_->object_id());
    return false;
  }
  had_role_ = true;
  return true;
}

void XdgSurface::get_toplevel(wl::NewId id) {
  if (!surface_) {
    wl::create_inert<XdgToplevel>(client(), version(), id);
    return;
  }
  if (take_role(SurfaceRole::Toplevel))
    set_role(new XdgToplevel(client(), version(), id, *this));
}

void XdgSurface::get_popup(wl::NewId id, XdgSurface* parent, XdgPositioner* positioner) {
  if (!surface_ || !positioner) {
    wl::create_inert<XdgPopup>(client(), version(), id);
    return;
  }
  if (!positioner->position().complete()) {
    if (wm_base_)
      wm_base_->post_error(XDG_WM_BASE_ERROR_INVALID_POSITIONER, "the positioner has no size or no anchor rectangle");
    return;
  }
  if (parent && (parent == this || !parent->has_role())) {
    if (wm_base_)
      wm_base_->post_error(XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT, "the popup's parent is no toplevel and no popup");
    return;
  }
  if (take_role(SurfaceRole::Popup))
    set_role(new XdgPopup(client(), version(), id, *this, parent, positioner->position()));
}

void XdgSurface::drop_role() {
  if (role_ && mapped_)
    role_->unmapped();
  role_ = nullptr;
  if (surface_)
    surface_->set_role_object(nullptr);
  had_role_ = false;
  mapped_ = false;
  stage_ = Stage::Initial;
  sent_.clear();
}

void XdgSurface::set_window_geometry(std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
  if (!role_)
    return post_error(XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "xdg_surface has no role object yet");
  if (width <= 0 || height <= 0)
    return post_error(XDG_SURFACE_ERROR_INVALID_SIZE, "a window geometry of {}x{} has no size", width, height);
  if (surface_)
    surface_->surface().pending().window_geometry = Rect{x, y, width, height};
}

void XdgSurface::ack_configure(std::uint32_t serial) {
  if (!role_)
    return post_error(XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "xdg_surface has no role object yet");
  const auto it = std::find(sent_.begin(), sent_.end(), serial);
  if (it == sent_.end())
    return post_error(XDG_SURFACE_ERROR_INVALID_SERIAL, "serial {} was not sent, or is acknowledged already", serial);
  sent_.erase(sent_.begin(), std::next(it));
  if (stage_ == Stage::WaitingForAck)
    stage_ = Stage::Configured;
  if (surface_)
    surface_->surface().pending().acked_configure = serial;
}

std::uint32_t XdgSurface::send_configure() {
  const std::uint32_t serial = context_.display.next_serial();
  if (sent_.size() >= max_unacked)
    sent_.pop_front();
  sent_.push_back(serial);
  xdg_surface_send_configure(resource(), serial);
  return serial;
}

bool XdgSurface::before_commit(SurfaceResource&, SurfacePatch& patch, std::vector<std::unique_ptr<CommitConstraint>>&) {
  if (!role_) {
    // A surface whose role object is gone may be committed to unmap it; nothing else makes sense before there is one.
    if (patch.buffer && *patch.buffer) {
      post_error(XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER, "a buffer is committed before a role object");
      return false;
    }
    if (surface_ && surface_->surface().role() == SurfaceRole::None) {
      post_error(XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "a commit before a role object");
      return false;
    }
    return true;
  }
  if (!role_->before_commit())
    return false;
  const bool attaches = patch.buffer && *patch.buffer;
  if (attaches && stage_ != Stage::Configured && !context_.allow_unconfigured_buffers) {
    post_error(XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER,
               "a buffer is committed before the first configure is acknowledged");
    return false;
  }
  if (patch.buffer && !*patch.buffer && stage_ == Stage::Configured) {
    stage_ = Stage::Initial;
    sent_.clear();
    return true;
  }
  if (stage_ == Stage::Initial) {
    stage_ = Stage::WaitingForAck;
    return role_->initial_commit();
  }
  return true;
}

void XdgSurface::applied(Surface& surface, bool) {
  if (!role_)
    return;
  const bool has_content = surface.current().mapped();
  if (has_content == mapped_) {
    if (mapped_)
      role_->updated();
    return;
  }
  mapped_ = has_content;
  if (mapped_)
    role_->mapped();
  else
    role_->unmapped();
}

} // namespace fenceline
