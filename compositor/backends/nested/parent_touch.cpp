#include "compositor/backends/nested/parent_touch.h"

#include "compositor/backends/nested/parent_time.h"

namespace fenceline {

ParentTouch::ParentTouch(wl_seat* parent, Seat& seat, const Clock& clock, const ParentArea& area)
    : seat_(seat), clock_(clock), area_(area), touch_(wl_seat_get_touch(parent)) {
  static constexpr wl_touch_listener listener = [] {
    wl_touch_listener slots{};
    slots.down = EventThunk<&ParentTouch::down>::call;
    slots.up = EventThunk<&ParentTouch::up>::call;
    slots.motion = EventThunk<&ParentTouch::motion>::call;
    slots.frame = EventThunk<&ParentTouch::frame>::call;
    slots.cancel = EventThunk<&ParentTouch::cancel>::call;
    slots.shape = IgnoredEvent::call;
    slots.orientation = IgnoredEvent::call;
    return slots;
  }();
  wl_touch_add_listener(touch_.get(), &listener, this);
  seat_.touch_added();
}

ParentTouch::~ParentTouch() {
  seat_.touch_removed();
}

void ParentTouch::down(std::uint32_t, std::uint32_t time, wl_surface*, std::int32_t id, wl_fixed_t x, wl_fixed_t y) {
  const SurfacePosition place = area_.at(x, y);
  seat_.touch_down(input_time(time, clock_.now()), id, place.x, place.y);
}

void ParentTouch::up(std::uint32_t, std::uint32_t time, std::int32_t id) {
  seat_.touch_up(input_time(time, clock_.now()), id);
}

void ParentTouch::motion(std::uint32_t time, std::int32_t id, wl_fixed_t x, wl_fixed_t y) {
  const SurfacePosition place = area_.at(x, y);
  seat_.touch_motion(input_time(time, clock_.now()), id, place.x, place.y);
}

} // namespace fenceline
