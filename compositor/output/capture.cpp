#include "compositor/output/capture.h"

#include <algorithm>

namespace fenceline {

namespace {

/// Premultiplied `top` over opaque `below`, each channel rounded to the nearest.
std::uint32_t over(std::uint32_t top, std::uint32_t below) {
  const std::uint32_t rest = 255U - (top >> 24U);
  std::uint32_t pixel = 0xff000000U;
  for (unsigned shift = 0; shift < 24; shift += 8) {
    const std::uint32_t sum = (top >> shift & 0xffU) + ((below >> shift & 0xffU) * rest + 127U) / 255U;
    pixel |= std::min(sum, 255U) << shift;
  }
  return pixel;
}

} // namespace

std::vector<std::uint32_t> flatten(const Capture& capture) {
  const Size size = capture.image.size;
  std::vector<std::uint32_t> pixels(capture.image.pixels.begin(), capture.image.pixels.end());
  for (std::uint32_t& pixel : pixels)
    pixel |= 0xff000000U;
  if (!capture.cursor)
    return pixels;
  const auto& [picture, at] = *capture.cursor;
  const Rect seen =
      Rect{at.x, at.y, picture.size.width, picture.size.height}.intersected({0, 0, size.width, size.height});
  for (std::int32_t y = seen.y; y < seen.y + seen.height; ++y)
    for (std::int32_t x = seen.x; x < seen.x + seen.width; ++x) {
      std::uint32_t& pixel =
          pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)];
      pixel = over(picture.pixels[static_cast<std::size_t>(y - at.y) * static_cast<std::size_t>(picture.size.width) +
                                  static_cast<std::size_t>(x - at.x)],
                   pixel);
    }
  return pixels;
}

} // namespace fenceline
