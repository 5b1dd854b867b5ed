#pragma once
#include <xf86drmMode.h>

#include <span>
#include <vector>

#include "compositor/frame/output_state.h"

namespace fenceline {

/// The length of a frame, or of a field when interlaced, from the pixel clock and the totals: exact to a nanosecond,
/// where the mode's own vrefresh is rounded to whole hertz. Zero for a mode without a clock.
[[nodiscard]] Nanoseconds refresh_of(const drmModeModeInfo& mode);

/// A connector's modes; a mode's id is its place in the list.
[[nodiscard]] std::vector<Mode> describe_modes(std::span<const drmModeModeInfo> modes);

} // namespace fenceline
