#include "protocols/xdg_surface.h"

#include <algorithm>
#include <utility>

#include "compositor/wl/thunk.h"
#include "protocols/xdg_popup.h"
#include "protocols/xdg_positioner.h"
#include "protocols/xdg_toplevel.h"
#include "xdg-shell-server-protocol.h"

namespace fenceline {

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
      wm_base_gone_([this](wl_resource*) { wm_base_ = nullptr; }), sequence_(context.display.next_serial()) {
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
  restart();
  if (role_)
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
  if (role_) {
    post_error(XDG_SURFACE_ERROR_ALREADY_CONSTRUCTED, "xdg_surface has a role object already");
    return false;
  }
  if (!surface_->surface().give_role(role)) {
    if (wm_base_)
      wm_base_->post_error(XDG_WM_BASE_ERROR_ROLE, "wl_surface#{} has another role", surface_->object_id());
    return false;
  }
  return true;
}

void XdgSurface::get_toplevel(wl::NewId id) {
  if (!surface_) {
    wl::create_inert<XdgToplevel>(client(), version(), id);
    return;
  }
  if (!context_.desktop.has_room(surface_->surface().client()))
    return post_no_memory();
  if (take_role(SurfaceRole::Toplevel))
    set_role(new XdgToplevel(client(), version(), id, *this));
}

bool XdgSurface::can_stand_on(const XdgSurface& parent) const {
  bool valid = parent.has_role();
  int below = 0;
  for (const XdgSurface* on = &parent; valid && on; on = on->role_ ? on->role_->popup_parent() : nullptr) {
    if (++below > PopupStack::max_depth) {
      post_no_memory();
      return false;
    }
    valid = on != this;
  }
  if (!valid && wm_base_)
    wm_base_->post_error(XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT, "the popup's parent is {}",
                         below == 0 ? "no toplevel and no popup" : "the popup itself, or stands on it");
  return valid;
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
  if (parent && !can_stand_on(*parent))
    return;
  if (take_role(SurfaceRole::Popup))
    set_role(new XdgPopup(client(), version(), id, *this, parent, positioner->position()));
}

void XdgSurface::drop_role() {
  role_ = nullptr;
  if (surface_)
    surface_->set_role_object(nullptr);
  restart();
}

void XdgSurface::restart() {
  stage_ = Stage::Initial;
  sequence_ = context_.display.next_serial();
  content_ = mapped_ = false;
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
  const auto it =
      std::find_if(sent_.begin(), sent_.end(), [serial](const Sent& sent) { return sent.serial == serial; });
  if (it == sent_.end() && !role_)
    return post_error(XDG_SURFACE_ERROR_NOT_CONSTRUCTED, "xdg_surface has no role object yet");
  if (it == sent_.end())
    return post_error(XDG_SURFACE_ERROR_INVALID_SERIAL, "serial {} was not sent, or is acknowledged already", serial);
  // A configure may cross the commit that unmaps, or the end of the role object, on its way: its ack is in order, but
  // it is no answer to a configure of the present sequence.
  const bool present = it->sequence == sequence_;
  sent_.erase(sent_.begin(), std::next(it));
  if (!present)
    return;
  if (stage_ == Stage::WaitingForAck)
    stage_ = Stage::Configured;
  if (surface_)
    surface_->surface().pending().acked_configure = serial;
}

std::uint32_t XdgSurface::send_configure() {
  const std::uint32_t serial = context_.display.next_serial();
  if (sent_.size() >= max_unacked)
    sent_.pop_front();
  sent_.push_back({serial, sequence_});
  told_ = true;
  xdg_surface_send_configure(resource(), serial);
  return serial;
}

bool XdgSurface::before_attach() {
  if (told_ || (role_ && context_.allow_unconfigured_buffers))
    return true;
  post_error(XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER, "a buffer is attached before the first configure");
  return false;
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
  if (patch.buffer && !*patch.buffer && content_) {
    restart();
    role_->unmapped();
    return true;
  }
  if (attaches) {
    content_ = true;
    patch.map_sequence = sequence_;
  }
  if (stage_ == Stage::Initial) {
    stage_ = Stage::WaitingForAck;
    // What an earlier mapping, or an earlier role object, has left.
    if (!patch.window_geometry)
      patch.window_geometry.emplace();
    return role_->initial_commit();
  }
  return true;
}

void XdgSurface::applied(Surface& surface, bool) {
  const SurfaceState& state = surface.current();
  if (!role_ || !state.mapped() || state.map_sequence != sequence_)
    return;
  role_->answered(state.acked_configure);
  if (std::exchange(mapped_, true))
    role_->updated();
  else
    role_->mapped();
}

} // namespace fenceline
