#pragma once
#include <cstdint>

#include "compositor/base/clock.h"
#include "compositor/base/ticks.h"

namespace fenceline {

/// Another clock's time, read off the processor's counter: some nanoseconds where a system call, or some tens of them,
/// would be too much for what is measured. It is as far from the other as that took to be read, some microseconds at
/// the most, and may step back by as much. One thread.
class RoughClock final : public Clock {
 public:
  /// `exact` outlives it. Without a counter that can be relied upon it is the exact one.
  RoughClock(const Clock& exact, Ticks ticks);
  [[nodiscard]] TimePoint now() const override;

 private:
  struct Sample {
    TimePoint time;
    std::uint64_t ticks = 0;
  };
  /// Between two looks at the exact clock; the first comes soon, and each one doubles what is known of the rate.
  static constexpr Nanoseconds first_stretch = std::chrono::milliseconds(5);
  static constexpr Nanoseconds longest_stretch = std::chrono::milliseconds(500);
  static constexpr Nanoseconds tolerance = std::chrono::microseconds(500); ///< Of two readings that were interrupted.
  /// Where the thread loses the CPU between the two, they do not belong together: the nearest of a few.
  static constexpr int most_tries = 4;
  static constexpr Nanoseconds near = std::chrono::microseconds(20); ///< Near enough.
  [[nodiscard]] Sample sample() const;
  TimePoint look() const;

  const Clock& exact_;
  Ticks ticks_;
  mutable Sample first_, last_;
  mutable double ns_per_tick_ = 0;    ///< 0: not known yet.
  mutable std::uint64_t stretch_ = 0; ///< Ticks, from the last sample on.
};

} // namespace fenceline
