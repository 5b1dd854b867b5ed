#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "compositor/base/geometry.h"
#include "compositor/base/result.h"

namespace fenceline {

/// Writes pixels as an 8-bit RGB PNG (what a display shows has no alpha). The file appears under its name only when it
/// is whole.
/// `pixels`: XRGB8888, rows without padding.
[[nodiscard]] Result<void> write_png(const std::string& path, Size size, std::span<const std::uint32_t> pixels);

} // namespace fenceline
