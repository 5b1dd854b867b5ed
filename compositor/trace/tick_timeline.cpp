#include "compositor/trace/tick_timeline.h"

#include <algorithm>
#include <cmath>

namespace fenceline {

void TickTimeline::add(const ClockSample& sample) {
  if (!samples_.empty()) {
    const ClockSample& last = samples_.back();
    if (sample.time <= last.time)
      return; // The clock has not moved: nothing new can be said.
    if (sample.ticks <= last.ticks)
      samples_.clear();
    else
      ns_per_tick_ =
          static_cast<double>((sample.time - last.time).count()) / static_cast<double>(sample.ticks - last.ticks);
  }
  samples_.push_back(sample);
  if (samples_.size() > kept_samples)
    samples_.pop_front();
}

TimePoint TickTimeline::time_of(std::uint64_t ticks) const {
  if (samples_.empty())
    return {};
  // The first sample after `ticks`; the line ends there and begins at the one before it.
  auto end = std::upper_bound(samples_.begin(), samples_.end(), ticks,
                              [](std::uint64_t t, const ClockSample& s) { return t < s.ticks; });
  if (samples_.size() == 1) {
    const ClockSample& only = samples_.front();
    const auto delta = static_cast<double>(static_cast<std::int64_t>(ticks - only.ticks));
    return {only.time.ns + std::llround(delta * ns_per_tick_)};
  }
  if (end == samples_.begin())
    ++end;
  else if (end == samples_.end())
    --end;
  const ClockSample& a = *(end - 1);
  const ClockSample& b = *end;
  // A double holds the nanoseconds of a month exactly, and rounding keeps the order.
  const double part =
      static_cast<double>(static_cast<std::int64_t>(ticks - a.ticks)) / static_cast<double>(b.ticks - a.ticks);
  return {a.time.ns + std::llround(part * static_cast<double>((b.time - a.time).count()))};
}

} // namespace fenceline
