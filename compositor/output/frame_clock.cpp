#include "compositor/output/frame_clock.h"

#include <algorithm>

namespace fenceline {

LatchTime LeadClock::next_latch(TimePoint now, std::optional<TimePoint> last_flip, Nanoseconds refresh, TimePoint after,
                                Nanoseconds learned) const {
  if (!last_flip || refresh <= Nanoseconds::zero()) {
    const TimePoint at = std::max(now, after);
    return {.latch = at, .blank = at, .phase_known = false};
  }
  const Nanoseconds before = lead(learned, refresh);
  // The first blank n whose latch is not past, and the first that is later than `after`.
  const auto ceil_div = [](Nanoseconds a, Nanoseconds b) { return (a.count() + b.count() - 1) / b.count(); };
  std::int64_t n = std::max<std::int64_t>(1, ceil_div(now + before - *last_flip, refresh));
  if (after >= *last_flip)
    n = std::max(n, (after - *last_flip).count() / refresh.count() + 1);
  const TimePoint blank = *last_flip + refresh * n;
  return {.latch = blank - before, .blank = blank, .phase_known = true};
}

} // namespace fenceline
