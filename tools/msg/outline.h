#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace fenceline::msg {

/// A session's answer for a person: a line for each value, indented by what it is part of; lists of things with a blank
/// line between them. Ends with a newline, but for nothing at all.
[[nodiscard]] std::string outline(const nlohmann::ordered_json& answer);

} // namespace fenceline::msg
