#pragma once
#include "compositor/base/clock.h"
#include "compositor/frame/ids.h"

namespace fenceline {

/// Told when outputs take their pictures. What is applied to the scene within before_latch() is in the picture, and may
/// be the reason to take it at all (OutputLoop::schedule_look): no after_latch() comes where there was none. Both may
/// call OutputLoop::schedule.
class LatchWatch {
 public:
  virtual ~LatchWatch() = default;
  /// `blank`: when the picture is going to be shown, or the present where nobody can tell.
  virtual void before_latch(OutputId output, TimePoint blank) = 0;
  virtual void after_latch(OutputId output) = 0;
};

} // namespace fenceline
