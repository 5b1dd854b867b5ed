#pragma once
#include <cstdint>

#include "compositor/base/clock.h"

namespace fenceline {

/// More blanks between two flips say nothing: the driver may have stopped counting meanwhile.
constexpr std::int64_t most_counted = 16;

/// Whether a display has had fewer blanks between two flips than the time between them is long. `counted`: by its own
/// sequence numbers (the kernel's vblank count: without a counter in hardware it counts the interrupts that came). False
/// where that says nothing.
[[nodiscard]] constexpr bool blank_was_lost(Nanoseconds between, std::uint64_t counted, Nanoseconds refresh) {
  if (between <= Nanoseconds::zero() || refresh <= Nanoseconds::zero() || counted == 0)
    return false;
  const std::int64_t blanks = (between + refresh / 2) / refresh;
  return blanks <= most_counted && counted < static_cast<std::uint64_t>(blanks);
}

} // namespace fenceline
