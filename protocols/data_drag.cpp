#include "protocols/data_drag.h"

#include <utility>

#include "protocols/data_device_global.h"
#include "protocols/data_offer.h"

namespace fenceline {

DataDrag::DataDrag(DataDeviceGlobal& devices, SeatGlobal& seat) : devices_(devices), seat_(seat) {
  seat_.scene().add_listener(*this);
}

DataDrag::~DataDrag() {
  seat_.scene().remove_listener(*this);
  if (active_)
    seat_.seat().end_grab(*this);
}

bool DataDrag::start(wl_client* client, DataSource* source, SurfaceId icon, const PressGrab& grab) {
  if (active_)
    return false;
  Seat& seat = seat_.seat();
  active_ = true;
  source_ = source;
  has_source_ = source != nullptr;
  owner_ = seat_.display().info(client).number;
  if (!(grab.touch ? seat.start_touch_grab(*grab.touch, *this) : seat.start_grab(*this))) {
    active_ = false;
    source_ = nullptr;
    return false;
  }
  if (source)
    source->set_drag(this);
  const SurfacePosition at = grab.touch ? seat.contact_position(*grab.touch) : SurfacePosition{seat.x(), seat.y()};
  seat.set_drag_icon(icon);
  seat.move_drag_icon(at.x, at.y);
  enter(seat.hit_test(at.x, at.y));
  return true;
}

std::uint32_t DataDrag::wanted_action() const {
  const KeyModifiers held = held_modifiers(seat_.seat().keymap());
  if ((held & key_modifier::shift) != 0)
    return WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE;
  return (held & key_modifier::ctrl) != 0 ? WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY
                                          : WL_DATA_DEVICE_MANAGER_DND_ACTION_NONE;
}

void DataDrag::enter(const SurfaceHit& hit) {
  leave();
  const SurfaceResource* surface = hit.surface == SurfaceId{} ? nullptr : seat_.find(hit.surface);
  if (!surface)
    return;
  const std::uint32_t number = seat_.display().info(surface->client()).number;
  if (!has_source_ && number != owner_)
    return;
  focus_ = hit.surface;
  focus_owner_ = number;
  const std::uint32_t serial = seat_.display().next_serial();
  for (DataDevice* device : devices_.devices_of(surface->client()))
    device->send_drag_enter(serial, *surface, hit.x, hit.y, source_, *this);
}

void DataDrag::leave() {
  focus_ = {};
  const std::uint32_t owner = std::exchange(focus_owner_, 0);
  if (owner == 0)
    return;
  for (const DataDevice* device : devices_.devices_of_number(owner))
    wl_data_device_send_leave(device->resource());
  if (source_)
    source_->leave();
}

void DataDrag::pointer_moved(TimePoint time, double x, double y) {
  seat_.seat().move_drag_icon(x, y);
  const SurfaceHit hit = seat_.seat().hit_test(x, y);
  if (hit.surface != focus_)
    return enter(hit);
  if (focus_owner_ == 0)
    return;
  for (const DataDevice* device : devices_.devices_of_number(focus_owner_))
    wl_data_device_send_motion(device->resource(), static_cast<std::uint32_t>(time.ns / 1'000'000),
                               wl_fixed_from_double(hit.x), wl_fixed_from_double(hit.y));
  if (source_)
    for (DataOffer* offer : source_->offers())
      offer->choose_action();
}

void DataDrag::released(TimePoint) {
  const bool taken = focus_owner_ != 0 && (has_source_ ? source_ && source_->drop() : true);
  if (!taken)
    return;
  for (const DataDevice* device : devices_.devices_of_number(focus_owner_))
    wl_data_device_send_drop(device->resource());
  // The offers stay with the source until the destination is done with them.
  if (source_)
    source_->set_drag(nullptr);
  source_ = nullptr;
  focus_ = {};
  focus_owner_ = 0;
}

void DataDrag::grab_ended() {
  active_ = false;
  leave();
  if (DataSource* source = std::exchange(source_, nullptr)) {
    source->set_drag(nullptr);
    source->cancel_drag();
  }
  seat_.seat().set_drag_icon({});
}

void DataDrag::source_gone() {
  source_ = nullptr;
  seat_.seat().end_grab(*this);
}

void DataDrag::surface_gone(SurfaceId surface) {
  if (active_ && surface == focus_)
    leave();
}

} // namespace fenceline
