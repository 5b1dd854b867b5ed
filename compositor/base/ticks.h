#pragma once
#include <cstdint>
#include <string_view>

#include "compositor/base/clock.h"

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#define FENCELINE_HAS_TSC 1
#endif

namespace fenceline {

/// What record() stamps its records with: the processor's time stamp counter where it can be relied upon, which costs
/// about 10 ns and no system call anywhere; else the injected clock, at a tick a nanosecond.
class Ticks {
 public:
  /// The clock itself. It must outlive every copy of this.
  explicit Ticks(const Clock& clock) : clock_(&clock) {}
  /// The time stamp counter, when the processor says that it runs at one rate in every state and the kernel has not
  /// found it unfit; else `clock`, which must outlive every copy.
  [[nodiscard]] static Ticks detect(const Clock& clock);

  [[nodiscard]] std::uint64_t now() const {
#ifdef FENCELINE_HAS_TSC
    if (!clock_)
      return __rdtsc();
#endif
    return static_cast<std::uint64_t>(clock_->now().ns);
  }
  [[nodiscard]] bool is_tsc() const {
    return clock_ == nullptr;
  }

 private:
  Ticks() = default; // The time stamp counter.
  const Clock* clock_ = nullptr;
};

/// Whether the time stamp counter may be used. `invariant`: CPUID 0x80000007, EDX bit 8. `available`: the content of
/// /sys/devices/system/clocksource/clocksource0/available_clocksource; a kernel that measured the counter as unstable
/// leaves "tsc" out of it. User-Mode Linux has only its own "timer" and never judges the counter; nor does a system
/// without the file: then the processor's word counts.
[[nodiscard]] bool tsc_is_fit(bool invariant, std::string_view available);

} // namespace fenceline
