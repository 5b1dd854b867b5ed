#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_alpha_modifier_v1.
class AlphaModifierGlobal {
 public:
  explicit AlphaModifierGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
