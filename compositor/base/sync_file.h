#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline {

/// When the last fence of a sync file signalled, on CLOCK_MONOTONIC; 0 when it has not, or cannot be told (a point that
/// the CPU signalled).
[[nodiscard]] TimePoint sync_file_signal_time(int sync_file);

/// A sync file that signals when both have.
[[nodiscard]] Result<UniqueFd> merge_sync_files(const UniqueFd& one, const UniqueFd& other);

} // namespace fenceline
