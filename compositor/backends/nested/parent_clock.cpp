#include "compositor/backends/nested/parent_clock.h"

#include <algorithm>

namespace fenceline {

LatchTime ParentClock::next_latch(TimePoint now, std::optional<TimePoint>, Nanoseconds refresh, TimePoint after,
                                  Nanoseconds) const {
  // `after` is a frame later than the last latch, and that much later again for each blank that is let pass on purpose.
  const TimePoint at = std::max(now, after - refresh);
  return {.latch = at, .blank = at, .phase_known = false};
}

} // namespace fenceline
