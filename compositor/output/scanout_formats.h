#pragma once
#include <span>
#include <vector>

#include "compositor/frame/output_state.h"

namespace fenceline {

/// What clients are told that an output reads as it is: what its primary plane takes, in its order, and then what only
/// overlay planes of it take.
[[nodiscard]] std::vector<FormatModifier> plane_formats(const OutputInfo& output);
/// What its overlay planes take.
[[nodiscard]] std::vector<FormatModifier> overlay_formats(const OutputInfo& output);
/// What the first output that reads anything as it is does.
[[nodiscard]] std::vector<FormatModifier> scanout_formats(std::span<const OutputInfo> outputs);

} // namespace fenceline
