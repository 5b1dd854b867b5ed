#include "compositor/backends/drm/kms_modes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace fenceline {
namespace {

constexpr double refresh_tolerance_hz = 0.5;

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

std::string request_text(const RequestedMode& request) {
  const auto size = fmt::format("{}x{}", request.size.width, request.size.height);
  return request.hz ? fmt::format("{}@{:.6g}", size, *request.hz) : size;
}

} // namespace

Nanoseconds refresh_of(const drmModeModeInfo& mode) {
  if (mode.clock == 0)
    return Nanoseconds(0);
  // The clock is in kHz: a pixel takes 10^6 / clock ns.
  auto numerator = std::uint64_t{mode.htotal} * mode.vtotal * 1'000'000;
  std::uint64_t denominator = mode.clock;
  if ((mode.flags & DRM_MODE_FLAG_INTERLACE) != 0)
    denominator *= 2;
  if ((mode.flags & DRM_MODE_FLAG_DBLSCAN) != 0)
    numerator *= 2;
  if (mode.vscan > 1)
    numerator *= mode.vscan;
  return Nanoseconds(static_cast<std::int64_t>((numerator + denominator / 2) / denominator));
}

std::vector<Mode> describe_modes(std::span<const drmModeModeInfo> modes) {
  std::vector<Mode> all;
  for (const auto& mode : modes)
    all.push_back({.size = {mode.hdisplay, mode.vdisplay},
                   .refresh = refresh_of(mode),
                   .id = static_cast<std::uint32_t>(all.size()),
                   .preferred = (mode.type & DRM_MODE_TYPE_PREFERRED) != 0});
  return all;
}

Result<Mode> choose_mode(std::string_view output, std::span<const Mode> modes,
                         const std::optional<RequestedMode>& requested) {
  if (modes.empty())
    return Error{fmt::format("{} has no modes", output), ENOENT};
  if (!requested) {
    const auto preferred = std::find_if(modes.begin(), modes.end(), [](const Mode& mode) { return mode.preferred; });
    return preferred != modes.end() ? *preferred : modes.front();
  }
  // Smaller is better.
  const auto distance = [&](const Mode& mode) {
    if (requested->hz)
      return std::abs(hertz(mode) - *requested->hz);
    return mode.preferred ? -1e9 : -hertz(mode);
  };
  const Mode* best = nullptr;
  for (const auto& mode : modes)
    if (mode.size == requested->size && (best == nullptr || distance(mode) < distance(*best)))
      best = &mode;
  if (best == nullptr || (requested->hz && distance(*best) > refresh_tolerance_hz))
    return Error{fmt::format("{} has no mode {}; it has {}", output, request_text(*requested), names_of(modes)), 0};
  return *best;
}

std::string mode_text(const Mode& mode) {
  return fmt::format("{}x{}@{:.2f}", mode.size.width, mode.size.height, hertz(mode));
}

} // namespace fenceline
