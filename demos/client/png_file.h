#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "demos/client/geometry.h"

namespace fenceline::demos {

/// A picture in memory: XRGB8888, or premultiplied ARGB8888, rows without gaps.
struct Picture {
  Size size;
  std::vector<std::uint32_t> pixels;
};

/// Writes 8-bit RGB, or RGBA where `alpha` (PNG's alpha is not premultiplied, so the colours are divided).
void write_png(const std::string& path, const Picture& picture, bool alpha);

} // namespace fenceline::demos
