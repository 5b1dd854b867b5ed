#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_viewporter 1.
class ViewporterGlobal {
 public:
  explicit ViewporterGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
