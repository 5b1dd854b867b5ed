#include "compositor/backends/nested/nested_input.h"

#include <cmath>
#include <cstdint>
#include <vector>

namespace fenceline {

NestedInput::NestedInput(NestedDevice& device, Seat& seat, const Clock& clock)
    : device_(device), seat_(seat), clock_(clock) {
  device_.connection().on_seat([this] { follow(); });
  device_.ask_for_hotspot([this] { return hotspot(); });
  follow();
}

NestedInput::~NestedInput() {
  device_.connection().on_seat({});
  device_.ask_for_hotspot({});
  device_.cursor().leave();
}

Point NestedInput::hotspot() const {
  std::vector<RootPlacement> cursor;
  seat_.append_roots(OutputId{1}, cursor);
  const Point at{static_cast<std::int32_t>(std::floor(seat_.x())), static_cast<std::int32_t>(std::floor(seat_.y()))};
  return cursor.empty() ? Point{} : at - cursor.back().position;
}

void NestedInput::follow() {
  const ParentConnection& connection = device_.connection();
  const auto set = [&](auto& device, std::uint32_t capability) {
    const bool there = (connection.seat_capabilities() & capability) != 0;
    if (there && !device)
      device.emplace(connection.seat(), seat_, clock_);
    else if (!there)
      device.reset();
  };
  set(pointer_, WL_SEAT_CAPABILITY_POINTER);
  set(keyboard_, WL_SEAT_CAPABILITY_KEYBOARD);
  set(touch_, WL_SEAT_CAPABILITY_TOUCH);
  if (pointer_)
    pointer_->on_enter([this] { device_.cursor().enter(pointer_->get(), pointer_->inside().value_or(0)); });
  else
    device_.cursor().leave();
  device_.connection().flush();
}

} // namespace fenceline
