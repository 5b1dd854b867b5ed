#include "compositor/frame/output_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>

namespace fenceline {
namespace {

constexpr double refresh_tolerance_hz = 0.5;

// By their numbers.
constexpr std::array<std::string_view, 8> transform_names{"normal",  "90",         "180",         "270",
                                                          "flipped", "flipped-90", "flipped-180", "flipped-270"};

double hertz(const Mode& mode) {
  return mode.refresh.count() > 0 ? 1e9 / static_cast<double>(mode.refresh.count()) : 0;
}

std::string names_of(std::span<const Mode> modes) {
  std::vector<std::string> names;
  for (const auto& mode : modes)
    if (auto name = mode_text(mode); std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(std::move(name));
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string request_text(const ModeRequest& request) {
  const auto size = fmt::format("{}x{}", request.size.width, request.size.height);
  return request.refresh_hz ? fmt::format("{}@{:.6g}", size, *request.refresh_hz) : size;
}

bool parse_number(std::string_view text, std::int32_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out > 0 && out <= 65535;
}

} // namespace

std::string identity_of(const OutputInfo& info) {
  std::string identity;
  for (const std::string* part : {&info.make, &info.model, &info.serial})
    if (!part->empty())
      identity += (identity.empty() ? "" : " ") + *part;
  return identity;
}

Result<ModeRequest> parse_mode(const std::string& text) {
  const Error wrong{fmt::format("\"{}\" is no mode: WxH or WxH@Hz is, as in 1920x1080@60", text), 0};
  const std::size_t x = text.find('x'), at = text.find('@');
  if (x == std::string::npos)
    return wrong;
  ModeRequest request;
  const std::string_view view(text);
  const std::size_t height_length = at == std::string::npos ? std::string::npos : at - x - 1;
  if (!parse_number(view.substr(0, x), request.size.width) ||
      !parse_number(view.substr(x + 1, height_length), request.size.height))
    return wrong;
  if (at != std::string::npos) {
    double hz = 0;
    const std::string_view rest = view.substr(at + 1);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), hz);
    if (error != std::errc() || end != rest.data() + rest.size() || !(hz >= 1 && hz <= 1000))
      return wrong;
    request.refresh_hz = hz;
  }
  return request;
}

Result<Transform> parse_transform(const std::string& text) {
  const auto found = std::find(transform_names.begin(), transform_names.end(), text);
  if (found == transform_names.end())
    return Error{fmt::format("\"{}\" is no transform: one of {} is", text, fmt::join(transform_names, ", ")), 0};
  return static_cast<Transform>(found - transform_names.begin());
}

std::string_view name(Transform transform) {
  return transform_names[static_cast<std::size_t>(transform) % transform_names.size()];
}

bool matches(const OutputSettings& settings, const OutputInfo& info) {
  return !settings.match.empty() &&
         (settings.match == info.name || settings.match == identity_of(info) || settings.match == every_output);
}

const OutputSettings* find_settings(std::span<const OutputSettings> all, const OutputInfo& info) {
  const OutputSettings* found = nullptr;
  for (const OutputSettings& settings : all)
    if (matches(settings, info) && (found == nullptr || settings.match != every_output))
      found = &settings;
  return found;
}

Result<Mode> choose_mode(std::string_view output, std::span<const Mode> modes,
                         const std::optional<ModeRequest>& requested) {
  if (modes.empty())
    return Error{fmt::format("{} has no modes", output), ENOENT};
  if (!requested) {
    const auto preferred = std::find_if(modes.begin(), modes.end(), [](const Mode& mode) { return mode.preferred; });
    return preferred != modes.end() ? *preferred : modes.front();
  }
  // Smaller is better.
  const auto distance = [&](const Mode& mode) {
    if (requested->refresh_hz)
      return std::abs(hertz(mode) - *requested->refresh_hz);
    return mode.preferred ? -1e9 : -hertz(mode);
  };
  const Mode* best = nullptr;
  for (const auto& mode : modes)
    if (mode.size == requested->size && (best == nullptr || distance(mode) < distance(*best)))
      best = &mode;
  if (best == nullptr || (requested->refresh_hz && distance(*best) > refresh_tolerance_hz))
    return Error{fmt::format("{} has no mode {}; it has {}", output, request_text(*requested), names_of(modes)), 0};
  return *best;
}

std::string mode_text(const Mode& mode) {
  return fmt::format("{}x{}@{:.2f}", mode.size.width, mode.size.height, hertz(mode));
}

} // namespace fenceline
