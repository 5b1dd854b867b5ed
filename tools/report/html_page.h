#pragma once
#include <string>

#include "tools/report/frame_report.h"

namespace fenceline::report {

/// For a person with a browser: one page that needs nothing else. It has the text report's figures, how long the steps
/// took as pictures, the frames that were missed, and the frames around the worst of them, drawn.
[[nodiscard]] std::string as_html(const Report& report, const std::string& path);

} // namespace fenceline::report
