#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// zxdg_output_manager_v1 3: where outputs lie, in logical px. What changes is told before the wl_output's done.
class XdgOutputGlobal {
 public:
  explicit XdgOutputGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
