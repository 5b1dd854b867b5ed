#include "protocols/seat_touch.h"

#include <algorithm>

#include "compositor/wl/thunk.h"

namespace fenceline {
namespace {

std::uint32_t wire_time(TimePoint time) {
  return static_cast<std::uint32_t>(time.ns / 1'000'000);
}

} // namespace

const void* TouchResource::implementation() {
  static constexpr struct wl_touch_interface requests { .release = wl::destroy, };
  return &requests;
}

TouchResource::TouchResource(wl_client* client, std::uint32_t version, wl::NewId id, SeatTouch& touch)
    : Resource(client, version, id), touch_(touch), owner_(touch.display_.info(client).number),
      number_(++touch.last_number_) {
  if (touch_.available_)
    touch_.touches_.push_back(this);
}

TouchResource::~TouchResource() {
  std::erase(touch_.touches_, this);
}

void SeatTouch::available(bool now) {
  available_ = now;
  if (now)
    return;
  touches_.clear();
  contacts_.clear();
}

template <class Send>
void SeatTouch::to_touches(const Contact& contact, TimePoint time, Send&& send) {
  bool any = false;
  for (TouchResource* touch : touches_)
    if (touch->owner_ == contact.owner && touch->number_ < contact.number) {
      any = touch->frame_open_ = true;
      send(touch->resource());
    }
  if (any)
    sent_.told(InputKind::Touch, static_cast<ClientId>(contact.owner), contact.surface, time);
}

std::optional<std::uint32_t> SeatTouch::down(TimePoint time, SurfaceId surface, std::int32_t id, double x, double y) {
  const SurfaceResource* target = compositor_.find(surface);
  if (!target)
    return std::nullopt;
  const Contact contact{.id = id,
                        .surface = surface,
                        .owner = display_.info(target->client()).number,
                        .serial = display_.next_serial(),
                        .number = ++last_number_};
  contacts_[id] = contact;
  to_touches(contact, time, [&](wl_resource* touch) {
    wl_touch_send_down(touch, contact.serial, wire_time(time), target->resource(), id, wl_fixed_from_double(x),
                       wl_fixed_from_double(y));
  });
  return contact.serial;
}

void SeatTouch::motion(TimePoint time, std::int32_t id, double x, double y) {
  const auto contact = contacts_.find(id);
  if (contact == contacts_.end())
    return;
  to_touches(contact->second, time, [&](wl_resource* touch) {
    wl_touch_send_motion(touch, wire_time(time), id, wl_fixed_from_double(x), wl_fixed_from_double(y));
  });
}

void SeatTouch::up(TimePoint time, std::int32_t id) {
  const auto contact = contacts_.find(id);
  if (contact == contacts_.end())
    return;
  const std::uint32_t serial = display_.next_serial();
  to_touches(contact->second, time, [&](wl_resource* touch) { wl_touch_send_up(touch, serial, wire_time(time), id); });
  contacts_.erase(contact);
}

void SeatTouch::frame() {
  for (TouchResource* touch : touches_)
    if (std::exchange(touch->frame_open_, false))
      wl_touch_send_frame(touch->resource());
}

void SeatTouch::cancel() {
  for (TouchResource* touch : touches_) {
    touch->frame_open_ = false;
    // To a client that has no contact it would say nothing.
    if (std::any_of(contacts_.begin(), contacts_.end(), [touch](const auto& entry) {
          return entry.second.owner == touch->owner_ && touch->number_ < entry.second.number;
        }))
      wl_touch_send_cancel(touch->resource());
  }
  contacts_.clear();
}

std::optional<SeatTouch::Contact> SeatTouch::contact_of(wl_client* client, std::uint32_t serial) const {
  for (const auto& [id, contact] : contacts_)
    if (contact.serial == serial && contact.owner == display_.info(client).number && compositor_.find(contact.surface))
      return contact;
  return std::nullopt;
}

} // namespace fenceline
