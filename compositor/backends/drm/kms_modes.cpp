#include "compositor/backends/drm/kms_modes.h"

#include <cstdint>

namespace fenceline {

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

} // namespace fenceline
