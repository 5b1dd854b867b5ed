#include "compositor/backends/nested/nested_input.h"

#include <cstdint>

namespace fenceline {

NestedInput::NestedInput(NestedDevice& device, Seat& seat, const Clock& clock)
    : device_(device), seat_(seat), clock_(clock), area_(device, seat) {
  device_.connection().on_seat([this] { follow(); });
  device_.ask_for_hotspot([this] { return seat_.hotspot(area_.area().transform); });
  follow();
}

NestedInput::~NestedInput() {
  device_.connection().on_seat({});
  device_.ask_for_hotspot({});
  device_.cursor().leave();
}

void NestedInput::follow() {
  const ParentConnection& connection = device_.connection();
  const auto set = [&](auto& device, std::uint32_t capability, const auto&... more) {
    const bool there = (connection.seat_capabilities() & capability) != 0;
    if (there && !device)
      device.emplace(connection.seat(), seat_, clock_, more...);
    else if (!there)
      device.reset();
  };
  set(pointer_, WL_SEAT_CAPABILITY_POINTER, area_);
  set(keyboard_, WL_SEAT_CAPABILITY_KEYBOARD);
  set(touch_, WL_SEAT_CAPABILITY_TOUCH, area_);
  if (pointer_)
    pointer_->on_enter([this] { device_.cursor().enter(pointer_->get(), pointer_->inside().value_or(0)); });
  else
    device_.cursor().leave();
  device_.connection().flush();
}

} // namespace fenceline
