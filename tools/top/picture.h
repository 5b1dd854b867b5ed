#pragma once
#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace fenceline::top {

struct Line {
  std::string text; ///< UTF-8, no control characters.
  bool heading = false;
};

/// The session's counts (with_rates) for a person: outputs, then clients, those that draw most first. Names are the
/// clients': what a terminal could take for a command is not in them any more. What is not told is "-".
[[nodiscard]] std::vector<Line> picture(const nlohmann::ordered_json& stats, const std::string& session);

/// The first `columns` characters.
[[nodiscard]] std::string cut(const std::string& text, std::size_t columns);

} // namespace fenceline::top
