#pragma once
#include <string>

#include "tools/report/frame_report.h"

namespace fenceline::report {

/// For a person: at most 100 columns.
[[nodiscard]] std::string as_text(const Report& report, const std::string& path);
/// For a program: one JSON object (RFC 8259); times in milliseconds, sizes in bytes.
[[nodiscard]] std::string as_json(const Report& report, const std::string& path);

} // namespace fenceline::report
