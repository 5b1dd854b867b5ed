#pragma once
#include <chrono>
#include <cstdint>

namespace fenceline {

using Nanoseconds = std::chrono::nanoseconds;

/// A moment on CLOCK_MONOTONIC: the clock of page-flip events, presentation feedback and the trace. Nanoseconds since
/// its epoch.
struct TimePoint {
  std::int64_t ns = 0;

  friend constexpr auto operator<=>(TimePoint, TimePoint) = default;
  friend constexpr TimePoint operator+(TimePoint t, Nanoseconds d) { return {t.ns + d.count()}; }
  friend constexpr TimePoint operator-(TimePoint t, Nanoseconds d) { return {t.ns - d.count()}; }
  friend constexpr Nanoseconds operator-(TimePoint a, TimePoint b) { return Nanoseconds(a.ns - b.ns); }
};

/// Where the time comes from. Tests give a virtual one.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual TimePoint now() const = 0;
};

/// CLOCK_MONOTONIC itself.
class MonotonicClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override;
};

} // namespace fenceline
