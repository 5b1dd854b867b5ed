#pragma once
#include <string>

#include "tools/report/frame_report.h"

namespace fenceline::report {

/// One of two reports to compare, and the file that it is of.
struct Compared {
  const Report& report;
  const std::string& path;
};

/// The figures of two traces side by side, with their difference and ratio, for a person. Outputs and clients are
/// matched by their names, the first of a name with the first of that name; what only one trace has is listed as such.
///
/// It does not tell which differences are more than noise: successive frames of a session depend on each other, so a
/// test that takes them for independent would be too sure of itself. That takes several traces of each side.
[[nodiscard]] std::string comparison_as_text(const Compared& a, const Compared& b);
/// The same, for a program: one JSON object (RFC 8259); times in milliseconds, sizes in bytes. A ratio is left out
/// where `a` is 0.
[[nodiscard]] std::string comparison_as_json(const Compared& a, const Compared& b);

} // namespace fenceline::report
