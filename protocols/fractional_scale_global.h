#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_fractional_scale_manager_v1.
class FractionalScaleGlobal {
 public:
  explicit FractionalScaleGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
