#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "compositor/base/result.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline {

/// The content of a plane's IN_FORMATS property: struct drm_format_modifier_blob. Ordered by format as the driver lists
/// them. The blob comes from the kernel, but a truncated one is an error and never a wild read.
[[nodiscard]] Result<std::vector<FormatModifier>> parse_in_formats(std::span<const std::byte> blob);

/// A plane without IN_FORMATS takes its formats in a layout that the driver chooses (DRM_FORMAT_MOD_INVALID) and, by
/// custom, linear.
[[nodiscard]] std::vector<FormatModifier> formats_without_modifiers(std::span<const std::uint32_t> fourccs);

} // namespace fenceline
