#pragma once
#include <wayland-client-core.h>

#include "compositor/backends/nested/nested_device.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// Where on the one output a place of our window is.
class ParentArea {
 public:
  /// Both outlive it.
  ParentArea(const NestedDevice& device, const Seat& seat) : device_(device), seat_(seat) {}

  /// The output's, which the window shows.
  [[nodiscard]] DeviceArea area() const { return seat_.touch_area(); }
  /// Surface coordinates of the window, in global coordinates.
  [[nodiscard]] SurfacePosition at(wl_fixed_t x, wl_fixed_t y) const {
    const Size window = device_.outputs().front().mode.size;
    return area().at(wl_fixed_to_double(x), wl_fixed_to_double(y), window.width, window.height);
  }

 private:
  const NestedDevice& device_;
  const Seat& seat_;
};

} // namespace fenceline
