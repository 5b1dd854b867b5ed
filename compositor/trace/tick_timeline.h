#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>

#include "compositor/base/clock.h"

namespace fenceline {

/// Tick counter and CLOCK_MONOTONIC at one moment.
struct ClockSample {
  std::uint64_t ticks = 0;
  TimePoint time;
  std::uint64_t width = 0; ///< Ticks between the two counter readings around the clock's: the sample's uncertainty.
};

/// Reads the clock between two readings of the counter, `tries` times, and keeps the tightest: one that was interrupted
/// is wide, and loses.
template <class ReadTicks, class ReadTime>
[[nodiscard]] ClockSample sample_clock(ReadTicks&& read_ticks, ReadTime&& read_time, int tries) {
  ClockSample best;
  for (int i = 0; i < tries; ++i) {
    const std::uint64_t before = read_ticks();
    const TimePoint time = read_time();
    const std::uint64_t width = read_ticks() - before;
    if (i == 0 || width < best.width)
      best = {before + width / 2, time, width};
  }
  return best;
}

/// Turns counter readings into times on CLOCK_MONOTONIC: straight lines between samples, so that later ticks never give
/// an earlier time. Outside the samples the nearest line goes on.
class TickTimeline {
 public:
  /// Samples come in the order of time. One whose counter did not go on is from a counter that was set back (a resume):
  /// the line starts anew from it.
  void add(const ClockSample& sample);
  [[nodiscard]] TimePoint time_of(std::uint64_t ticks) const;
  [[nodiscard]] bool empty() const { return samples_.empty(); }

 private:
  // Records older than all of these are converted with the oldest line; a thread would have to sleep through that many
  // flushes between reading the counter and leaving its record.
  static constexpr std::size_t kept_samples = 64;

  std::deque<ClockSample> samples_;
  double ns_per_tick_ = 1.0; ///< Of the last line; for the first sample after a fresh start.
};

} // namespace fenceline
