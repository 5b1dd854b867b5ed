#pragma once
#include <cstdint>

#include "compositor/base/clock.h"

namespace fenceline {

/// An input event's time: the parent tells milliseconds of a clock that is CLOCK_MONOTONIC with every parent we know,
/// without saying so. What is not within the last seconds by that clock is taken as now.
[[nodiscard]] TimePoint input_time(std::uint32_t milliseconds, TimePoint now);

} // namespace fenceline
