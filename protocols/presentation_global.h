#pragma once
#include "compositor/wl/display.h"
#include "protocols/output_global.h"

namespace fenceline {

/// wp_presentation 2. The clock is CLOCK_MONOTONIC.
class PresentationGlobal {
 public:
  PresentationGlobal(wl::Display& display, OutputGlobals& outputs);

 private:
  OutputGlobals& outputs_;
  wl::Global global_;
};

} // namespace fenceline
