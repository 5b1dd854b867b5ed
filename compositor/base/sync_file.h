#pragma once
#include "compositor/base/clock.h"

namespace fenceline {

/// When the last fence of a sync file signalled, on CLOCK_MONOTONIC; 0 when it has not, or cannot be told (a point that
/// the CPU signalled).
[[nodiscard]] TimePoint sync_file_signal_time(int sync_file);

} // namespace fenceline
