#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "tools/report/frame_report.h"

namespace fenceline::report {

/// Text for the inside of an element or of a quoted attribute: names come from clients. Control characters and what is
/// no UTF-8 are replaced.
[[nodiscard]] std::string escaped(std::string_view text, std::size_t most = 80);

/// An SVG picture of how long something took: columns of equal width, from 0 to what 99.5 % did not exceed; what lies
/// above is said in words below it. Empty without values.
[[nodiscard]] std::string histogram_picture(const Histogram& of, std::string_view title);

/// An SVG picture of some frames of one output: a lane for each client whose content they took, from its commit to its
/// fence; one for the session, from the latch to the commit to the display; one for the display, from there to the
/// flip. Upright lines are the blanks that were aimed at. `frames` are in their order.
[[nodiscard]] std::string timeline_picture(const Report& report, std::span<const FrameLine> frames,
                                           std::string_view title);

} // namespace fenceline::report
