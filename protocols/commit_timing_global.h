#pragma once
#include "compositor/scene/update_pacer.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// wp_commit_timing_manager_v1: content updates that are not to be shown before a time.
class CommitTimingGlobal {
 public:
  /// The pacer outlives the display's clients.
  CommitTimingGlobal(wl::Display& display, UpdatePacer& pacer);

 private:
  wl::Global global_;
};

} // namespace fenceline
