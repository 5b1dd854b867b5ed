#include "compositor/output/capture.h"

#include <algorithm>
#include <span>

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

/// Pixels of `width` a row.
struct Canvas {
  std::vector<std::uint32_t>& pixels;
  Size size;

  /// Lays a picture over `dest`; `pick` gives its pixel for one of the canvas.
  template <class Pick>
  void lay(Rect dest, Pick&& pick) const {
    const Rect seen = dest.intersected({0, 0, size.width, size.height});
    for (std::int32_t y = seen.y; y < seen.y + seen.height; ++y)
      for (std::int32_t x = seen.x; x < seen.x + seen.width; ++x) {
        std::uint32_t& pixel =
            pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)];
        pixel = over(pick(x - dest.x, y - dest.y), pixel);
      }
  }
};

std::uint32_t pixel_at(std::span<const std::uint32_t> pixels, Size size, std::int32_t x, std::int32_t y) {
  return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(x)];
}

/// The nearest pixel of a part of an image that is stretched over `length` pixels.
std::int32_t nearest(double from, double part, std::int32_t length, std::int32_t at, std::int32_t end) {
  return std::clamp(static_cast<std::int32_t>(from + (at + 0.5) * part / length), 0, end - 1);
}

} // namespace

std::vector<std::uint32_t> flatten(const Capture& capture) {
  std::vector<std::uint32_t> pixels(capture.image.pixels.begin(), capture.image.pixels.end());
  for (std::uint32_t& pixel : pixels)
    pixel |= 0xff000000U;
  const Canvas canvas{pixels, capture.image.size};
  for (const Capture::Overlay& overlay : capture.overlays) {
    const auto& [image, source, dest, alpha] = overlay;
    const std::uint32_t opaque = alpha ? 0 : 0xff000000U;
    canvas.lay(dest, [&](std::int32_t x, std::int32_t y) {
      return opaque |
             pixel_at(image.pixels, image.size, nearest(source.x, source.width, dest.width, x, image.size.width),
                      nearest(source.y, source.height, dest.height, y, image.size.height));
    });
  }
  if (!capture.cursor)
    return pixels;
  const auto& [picture, at] = *capture.cursor;
  canvas.lay({at.x, at.y, picture.size.width, picture.size.height},
             [&picture](std::int32_t x, std::int32_t y) { return pixel_at(picture.pixels, picture.size, x, y); });
  return pixels;
}

} // namespace fenceline
