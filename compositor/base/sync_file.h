#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline {

/// When the last fence of a sync file signalled, on CLOCK_MONOTONIC; 0 when it has not, or cannot be told (a point that
/// the CPU signalled).
[[nodiscard]] TimePoint sync_file_signal_time(int sync_file);

/// Tells the drivers of a sync file's fences when it is wanted (CLOCK_MONOTONIC), so that they may hurry (a clock that
/// they raise). A hint: a kernel before 6.6 and most drivers do not take it.
void sync_file_want_by(int sync_file, TimePoint when);

/// A sync file that signals when both have.
[[nodiscard]] Result<UniqueFd> merge_sync_files(const UniqueFd& one, const UniqueFd& other);

} // namespace fenceline
