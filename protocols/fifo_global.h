#pragma once
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_fifo_manager_v1: content updates of which each is shown for at least one frame.
class FifoGlobal {
 public:
  explicit FifoGlobal(wl::Display& display);

 private:
  wl::Global global_;
};

} // namespace fenceline
