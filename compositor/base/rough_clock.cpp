#include "compositor/base/rough_clock.h"

#include <algorithm>
#include <cmath>

namespace fenceline {

RoughClock::RoughClock(const Clock& exact, Ticks ticks) : exact_(exact), ticks_(ticks) {
  first_ = last_ = sample();
}

TimePoint RoughClock::now() const {
  if (!ticks_.is_tsc())
    return exact_.now();
  const std::uint64_t since = ticks_.now() - last_.ticks;
  if (ns_per_tick_ <= 0 || since > stretch_)
    return look();
  return last_.time + Nanoseconds(static_cast<std::int64_t>(static_cast<double>(since) * ns_per_tick_));
}

RoughClock::Sample RoughClock::sample() const {
  Sample best;
  std::uint64_t least = 0;
  for (int i = 0; i < most_tries; ++i) {
    const std::uint64_t before = ticks_.now();
    const TimePoint time = exact_.now();
    const std::uint64_t took = ticks_.now() - before;
    if (i == 0 || took < least) {
      least = took;
      best = {time, before + took / 2};
    }
    if (ns_per_tick_ > 0 && static_cast<double>(least) * ns_per_tick_ < static_cast<double>(near.count()))
      break;
  }
  return best;
}

TimePoint RoughClock::look() const {
  const Sample now = sample();
  const Nanoseconds known = now.time - first_.time, since = now.time - last_.time;
  const double told = static_cast<double>(now.ticks - last_.ticks) * ns_per_tick_;
  const bool strange = ns_per_tick_ > 0 && std::abs(told - static_cast<double>(since.count())) >
                                               static_cast<double>((since / 1000 + tolerance).count());
  // The counter may have begun anew, or run on or stood still while the machine slept.
  if (now.ticks <= last_.ticks || strange) {
    first_ = last_ = now;
    ns_per_tick_ = 0;
    return now.time;
  }
  last_ = now;
  if (known < first_stretch)
    return now.time;
  ns_per_tick_ = static_cast<double>(known.count()) / static_cast<double>(now.ticks - first_.ticks);
  stretch_ = static_cast<std::uint64_t>(static_cast<double>(std::min(known, longest_stretch).count()) / ns_per_tick_);
  return now.time;
}

} // namespace fenceline
