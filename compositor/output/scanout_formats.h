#pragma once
#include <span>
#include <vector>

#include "compositor/frame/output_state.h"

namespace fenceline {

/// What clients are told that a display reads as it is: what the primary plane of the first output takes, in its order,
/// and then what only overlay planes of it take.
[[nodiscard]] std::vector<FormatModifier> scanout_formats(std::span<const OutputInfo> outputs);

} // namespace fenceline
