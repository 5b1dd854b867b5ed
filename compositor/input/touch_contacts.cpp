#include "compositor/input/touch_contacts.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace fenceline {

void TouchContacts::down(SeatSink* sink, TimePoint time, std::int32_t id, double x, double y) {
  // One that is down already has lost its up: the device is to be told by its last word.
  if (!std::isfinite(x) || !std::isfinite(y) || contacts_.contains(id))
    return;
  if (PointerGrab* grab = policy_.take_press({.x = x, .y = y, .button = BTN_LEFT, .modifiers = 0})) {
    contacts_[id] = {SurfaceId{}, x, y, false, grab};
    return;
  }
  const SurfaceHit hit = policy_.hit_test(x, y);
  contacts_[id] = {hit.surface, x, y, false, nullptr};
  // Before it is told: what the touch raises or gives the keyboard to has that when it hears of it.
  policy_.clicked(hit.surface);
  const auto contact = contacts_.find(id);
  // The click may have ended it, with its surface or with all contacts.
  if (!sink || contact == contacts_.end() || contact->second.surface == SurfaceId{})
    return;
  contact->second.told = true;
  sink->touch_down(time, hit.surface, id, hit.x, hit.y);
  frame_open_ = true;
}

void TouchContacts::motion(SeatSink* sink, TimePoint time, std::int32_t id, double x, double y) {
  const auto found = contacts_.find(id);
  if (found == contacts_.end() || !std::isfinite(x) || !std::isfinite(y))
    return;
  Contact& contact = found->second;
  if (contact.x == x && contact.y == y)
    return;
  contact.x = x;
  contact.y = y;
  if (contact.grab)
    return contact.grab->pointer_moved(time, x, y);
  double origin_x = x, origin_y = y;
  if (!sink || contact.surface == SurfaceId{} || !policy_.origin_of(contact.surface, origin_x, origin_y))
    return;
  sink->touch_motion(time, id, x - origin_x, y - origin_y);
  frame_open_ = true;
}

void TouchContacts::up(SeatSink* sink, TimePoint time, std::int32_t id) {
  const auto found = contacts_.find(id);
  if (found == contacts_.end())
    return;
  const Contact contact = found->second;
  contacts_.erase(found);
  if (contact.grab) {
    contact.grab->released(time);
    contact.grab->grab_ended();
  }
  if (!sink || !contact.told)
    return;
  sink->touch_up(time, id);
  frame_open_ = true;
}

void TouchContacts::frame(SeatSink* sink) {
  if (std::exchange(frame_open_, false) && sink)
    sink->touch_frame();
}

void TouchContacts::cancel(SeatSink* sink) {
  const bool told =
      std::any_of(contacts_.begin(), contacts_.end(), [](const auto& entry) { return entry.second.told; });
  const std::map<std::int32_t, Contact> ended = std::exchange(contacts_, {});
  frame_open_ = false;
  for (const auto& [id, contact] : ended)
    if (contact.grab)
      contact.grab->grab_ended();
  if (told && sink)
    sink->touch_cancel();
}

bool TouchContacts::start_grab(std::int32_t id, PointerGrab& grab) {
  const auto found = contacts_.find(id);
  if (found == contacts_.end() || found->second.grab)
    return false;
  found->second.grab = &grab;
  return true;
}

SurfacePosition TouchContacts::position(std::int32_t id) const {
  const auto found = contacts_.find(id);
  return found == contacts_.end() ? SurfacePosition{} : SurfacePosition{found->second.x, found->second.y};
}

void TouchContacts::end_grab(const PointerGrab& grab) {
  for (auto& [id, contact] : contacts_)
    if (contact.grab == &grab) {
      std::exchange(contact.grab, nullptr)->grab_ended();
      return;
    }
}

void TouchContacts::surface_gone(SurfaceId surface) {
  for (auto& [id, contact] : contacts_)
    if (contact.surface == surface)
      contact.surface = {};
}

} // namespace fenceline
