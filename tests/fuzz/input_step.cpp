#include "tests/fuzz/input_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace fenceline::fuzz {

namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(InputKind::kCount)> kNames = {"move", "button", "wheel",
                                                                                              "key", "plug"};

bool parse_number(std::string_view text, std::int32_t& out) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failure == std::errc{} && end == text.data() + text.size();
}

} // namespace

std::string InputStep::text() const {
  return fmt::format("{}:{}:{}", kNames[static_cast<std::size_t>(kind)], a, b);
}

std::optional<InputStep> InputStep::parse(std::string_view text) {
  const auto first = text.find(':');
  const auto second = text.find(':', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos)
    return std::nullopt;
  const auto* name = std::ranges::find(kNames, text.substr(0, first));
  InputStep step;
  if (name == kNames.end() || !parse_number(text.substr(first + 1, second - first - 1), step.a) ||
      !parse_number(text.substr(second + 1), step.b))
    return std::nullopt;
  step.kind = static_cast<InputKind>(name - kNames.begin());
  return step;
}

} // namespace fenceline::fuzz
