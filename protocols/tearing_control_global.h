#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_tearing_control_manager_v1: surfaces that may be shown torn where that shows them earlier.
class TearingControlGlobal {
 public:
  explicit TearingControlGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
