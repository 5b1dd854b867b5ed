#include "protocols/xdg_popup.h"

#include <algorithm>
#include <cerrno>

#include "compositor/wl/thunk.h"
#include "protocols/compositor_global.h"
#include "xdg-shell-server-protocol.h"

namespace fenceline {

const wl_interface& XdgPopup::interface() {
  return xdg_popup_interface;
}

const void* XdgPopup::implementation() {
  static constexpr struct xdg_popup_interface requests {
    .destroy = wl::destructor<&XdgPopup::destroy>, .grab = wl::thunk<&XdgPopup::grab>,
    .reposition = wl::thunk<&XdgPopup::reposition>,
  };
  return &requests;
}

XdgPopup::XdgPopup(wl_client* client, std::uint32_t version, wl::NewId id, XdgSurface& base, XdgSurface* parent,
                   const PopupPosition& position)
    : Resource(client, version, id), base_(&base), position_(position) {
  if (parent)
    parent_ = parent->surface_id();
}

XdgPopup::~XdgPopup() {
  if (!base_)
    return;
  leave_desktop();
  base_->drop_role();
}

void XdgPopup::leave_desktop() {
  if (std::exchange(on_desktop_, false))
    base_->context().desktop.remove_popup(base_->surface_id());
}

void XdgPopup::base_gone() {
  leave_desktop();
  base_ = nullptr;
}

void XdgPopup::destroy() {
  if (base_ && base_->context().desktop.has_child_popup(base_->surface_id())) {
    if (XdgWmBase* wm_base = base_->wm_base())
      wm_base->post_error(XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP, "a popup is destroyed under another one");
    return;
  }
  destroy_resource();
}

void XdgPopup::send_configure() {
  const Rect place = position_.place(base_->context().desktop.popup_bounds(*parent_));
  xdg_popup_send_configure(resource(), place.x, place.y, place.width, place.height);
  if (asked_.size() >= XdgSurface::max_unacked)
    asked_.pop_front();
  asked_.emplace_back(base_->send_configure(), place);
  place_ = place;
}

void XdgPopup::surroundings_changed() {
  // One at a time: a client that is slow gets the newest place when it has answered.
  if (!position_.reactive || !on_desktop_ || !resource() || !asked_.empty())
    return;
  if (position_.place(base_->context().desktop.popup_bounds(*parent_)) != place_)
    send_configure();
}

// The new place takes effect with the client's answer (xdg_popup.reposition).
void XdgPopup::answered(std::uint32_t serial) {
  const auto it = std::find_if(asked_.begin(), asked_.end(), [serial](const auto& one) { return one.first == serial; });
  if (it == asked_.end())
    return;
  const Rect place = it->second;
  asked_.erase(asked_.begin(), std::next(it));
  base_->context().desktop.move_popup(base_->surface_id(), place);
  surroundings_changed();
}

const XdgSurface* XdgPopup::popup_parent() const {
  if (!parent_ || !base_ || !base_->surface())
    return nullptr;
  const SurfaceResource* parent = base_->surface()->compositor().find(*parent_);
  return parent ? parent->find_extension<XdgSurface>() : nullptr;
}

bool XdgPopup::initial_commit() {
  const XdgContext& context = base_->context();
  if (!parent_ || !context.scene.find(*parent_)) {
    if (XdgWmBase* wm_base = base_->wm_base())
      wm_base->post_error(XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT, "a popup without a parent is committed");
    return false;
  }
  // On a parent that is not mapped, or dismissed itself, it can't be shown.
  const XdgSurface* parent = popup_parent();
  if (!dismissed_ && !(context.desktop.holds(*parent_) && parent && parent->has_content()))
    done();
  if (!dismissed_ && !(check_grab() && enter_desktop()))
    return false;
  // Also when it is dismissed: the client may be waiting for it.
  send_configure();
  return true;
}

bool XdgPopup::enter_desktop() {
  Desktop& desktop = base_->context().desktop;
  const Rect place = position_.place(desktop.popup_bounds(*parent_));
  const Result<void> added = desktop.add_popup(base_->surface_id(), *parent_, *this, place, grabs_);
  on_desktop_ = static_cast<bool>(added);
  if (on_desktop_)
    return true;
  XdgWmBase* wm_base = base_->wm_base();
  if (added.error().code == ENOMEM)
    post_no_memory();
  else if (wm_base)
    wm_base->post_error(XDG_WM_BASE_ERROR_INVALID_POPUP_PARENT, "{}", added.error().what);
  return false;
}

void XdgPopup::mapped() {
  if (!dismissed_)
    base_->context().desktop.map_popup(base_->surface_id());
}

void XdgPopup::unmapped() {
  asked_.clear();
  leave_desktop();
}

void XdgPopup::done() {
  dismissed_ = true;
  on_desktop_ = false;
  if (resource())
    xdg_popup_send_popup_done(resource());
}

void XdgPopup::grab(SeatResource* seat, std::uint32_t serial) {
  if (!base_ || dismissed_)
    return;
  if (base_->has_content())
    return post_error(XDG_POPUP_ERROR_INVALID_GRAB, "a popup that is shown can't grab");
  if (!seat || !seat->permits(serial)) {
    // A grab that is denied dismisses the popup (xdg_popup.grab).
    leave_desktop();
    return done();
  }
  grabs_ = true;
  if (on_desktop_ && check_grab())
    base_->context().desktop.grab_popup(base_->surface_id());
}

bool XdgPopup::check_grab() const {
  const Desktop& desktop = base_->context().desktop;
  if (!grabs_ || desktop.find_by_surface(*parent_) || desktop.popup_grabs(*parent_))
    return true;
  if (const XdgWmBase* wm_base = base_->wm_base())
    wm_base->post_error(XDG_WM_BASE_ERROR_NOT_THE_TOPMOST_POPUP, "a popup grabs on a parent that has not grabbed");
  return false;
}

void XdgPopup::reposition(XdgPositioner* positioner, std::uint32_t token) {
  if (!base_ || !positioner)
    return;
  if (!positioner->position().complete()) {
    if (XdgWmBase* wm_base = base_->wm_base())
      wm_base->post_error(XDG_WM_BASE_ERROR_INVALID_POSITIONER, "the positioner has no size or no anchor rectangle");
    return;
  }
  position_ = positioner->position();
  if (!on_desktop_)
    return;
  xdg_popup_send_repositioned(resource(), token);
  send_configure();
}

} // namespace fenceline
