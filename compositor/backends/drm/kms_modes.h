#pragma once
#include <xf86drmMode.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// A mode that a person asked for (--mode WxH[@Hz]).
struct RequestedMode {
  Size size;
  std::optional<double> hz;
};

/// The length of a frame, or of a field when interlaced, from the pixel clock and the totals: exact to a nanosecond,
/// where the mode's own vrefresh is rounded to whole hertz. Zero for a mode without a clock.
[[nodiscard]] Nanoseconds refresh_of(const drmModeModeInfo& mode);

/// A connector's modes; a mode's id is its place in the list.
[[nodiscard]] std::vector<Mode> describe_modes(std::span<const drmModeModeInfo> modes);

/// What was asked for (the nearest refresh within half a hertz; without one the preferred or else the fastest of that
/// size), else the preferred mode, else the first. An error names the modes that `output` has.
[[nodiscard]] Result<Mode> choose_mode(std::string_view output, std::span<const Mode> modes,
                                       const std::optional<RequestedMode>& requested);

/// "1024x768@60.00".
[[nodiscard]] std::string mode_text(const Mode& mode);

} // namespace fenceline
