#include "compositor/backends/nested/parent_pointer.h"

#include <algorithm>

#include "compositor/backends/nested/parent_time.h"

namespace fenceline {

ParentPointer::ParentPointer(wl_seat* parent, Seat& seat, const Clock& clock, const ParentArea& area)
    : seat_(seat), clock_(clock), area_(area), pointer_(wl_seat_get_pointer(parent)) {
  static constexpr wl_pointer_listener listener = [] {
    wl_pointer_listener slots{};
    slots.enter = EventThunk<&ParentPointer::enter>::call;
    slots.leave = EventThunk<&ParentPointer::leave>::call;
    slots.motion = EventThunk<&ParentPointer::motion>::call;
    slots.button = EventThunk<&ParentPointer::button>::call;
    slots.axis = EventThunk<&ParentPointer::axis>::call;
    slots.frame = EventThunk<&ParentPointer::frame>::call;
    slots.axis_source = EventThunk<&ParentPointer::axis_source>::call;
    slots.axis_stop = EventThunk<&ParentPointer::axis_stop>::call;
    slots.axis_discrete = EventThunk<&ParentPointer::axis_discrete>::call;
    slots.axis_value120 = EventThunk<&ParentPointer::axis_value120>::call;
    slots.axis_relative_direction = EventThunk<&ParentPointer::axis_relative_direction>::call;
    return slots;
  }();
  wl_pointer_add_listener(pointer_.get(), &listener, this);
  seat_.pointer_added();
}

ParentPointer::~ParentPointer() {
  seat_.pointer_removed();
}

void ParentPointer::enter(std::uint32_t serial, wl_surface*, wl_fixed_t x, wl_fixed_t y) {
  inside_ = serial;
  if (on_enter_)
    on_enter_();
  const SurfacePosition place = area_.at(x, y);
  seat_.move_to(clock_.now(), place.x, place.y);
}

void ParentPointer::leave(std::uint32_t, wl_surface*) {
  inside_.reset();
  // The parent keeps the pointer here while a button is down; if it takes it away all the same, nobody else tells.
  for (const std::uint32_t button : std::exchange(pressed_, {}))
    seat_.button(clock_.now(), button, false);
}

void ParentPointer::motion(std::uint32_t time, wl_fixed_t x, wl_fixed_t y) {
  const SurfacePosition place = area_.at(x, y);
  seat_.move_to(input_time(time, clock_.now()), place.x, place.y);
}

void ParentPointer::button(std::uint32_t, std::uint32_t time, std::uint32_t button, std::uint32_t state) {
  const bool pressed = state == WL_POINTER_BUTTON_STATE_PRESSED;
  std::erase(pressed_, button);
  if (pressed)
    pressed_.push_back(button);
  seat_.button(input_time(time, clock_.now()), button, pressed);
}

ParentPointer::Axis& ParentPointer::along(std::uint32_t axis) {
  scrolls_ = true;
  return axes_[axis == WL_POINTER_AXIS_HORIZONTAL_SCROLL ? 1 : 0];
}

void ParentPointer::axis(std::uint32_t time, std::uint32_t axis, wl_fixed_t value) {
  scroll_time_ = input_time(time, clock_.now());
  along(axis).value += wl_fixed_to_double(value);
}

void ParentPointer::axis_stop(std::uint32_t time, std::uint32_t axis) {
  scroll_time_ = input_time(time, clock_.now());
  along(axis).stop = true;
}

void ParentPointer::axis_discrete(std::uint32_t axis, std::int32_t clicks) {
  // Before version 8; from then on axis_value120 says it.
  along(axis).steps_120 += std::clamp(clicks, -1000, 1000) * 120;
}

void ParentPointer::axis_value120(std::uint32_t axis, std::int32_t value) {
  along(axis).steps_120 += std::clamp(value, -120'000, 120'000);
}

void ParentPointer::axis_relative_direction(std::uint32_t, std::uint32_t direction) {
  inverted_ = direction == WL_POINTER_AXIS_RELATIVE_DIRECTION_INVERTED;
}

void ParentPointer::frame() {
  const auto axes = std::exchange(axes_, {});
  const auto source = std::exchange(source_, std::nullopt);
  const bool inverted = std::exchange(inverted_, false);
  if (!std::exchange(scrolls_, false))
    return;
  const Axis &vertical = axes[0], &horizontal = axes[1];
  ScrollEvent scroll{.source = AxisSource::Continuous,
                     .horizontal = horizontal.value,
                     .vertical = vertical.value,
                     .horizontal_120 = horizontal.steps_120,
                     .vertical_120 = vertical.steps_120,
                     .stop_horizontal = horizontal.stop,
                     .stop_vertical = vertical.stop,
                     .inverted = inverted};
  const bool steps = vertical.steps_120 != 0 || horizontal.steps_120 != 0;
  if (source == WL_POINTER_AXIS_SOURCE_WHEEL || source == WL_POINTER_AXIS_SOURCE_WHEEL_TILT || (!source && steps))
    scroll.source = AxisSource::Wheel;
  else if (source == WL_POINTER_AXIS_SOURCE_FINGER)
    scroll.source = AxisSource::Finger;
  seat_.scroll(scroll_time_, scroll);
}

} // namespace fenceline
