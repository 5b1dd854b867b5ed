#include "compositor/output/capture.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>
#include <utility>

#include "compositor/base/transform.h"

namespace fenceline {

namespace {

std::uint32_t opaque_pixel(const Color& color) {
  std::uint32_t pixel = 0xff;
  for (const float channel : {color.red, color.green, color.blue})
    pixel = pixel << 8U | static_cast<std::uint32_t>(std::lround(std::clamp(channel, 0.0F, 1.0F) * 255));
  return pixel;
}

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

/// Finds the pixel of a plane's buffer that is shown at a place of the plane: the nearest where it is scaled.
class Picker {
 public:
  explicit Picker(const Capture::Piece& piece) : piece_(piece) {}

  [[nodiscard]] std::uint32_t at(std::int32_t x, std::int32_t y) const {
    double u = (x + 0.5) / piece_.dest.width, v = (y + 0.5) / piece_.dest.height;
    // What wl_output.transform says was done to the picture: flipped around the vertical axis, then turned
    // counter-clockwise, which brings the right edge to the top.
    const auto transform = static_cast<unsigned>(piece_.transform);
    if (transform >= 4)
      u = 1 - u;
    for (unsigned turn = 0; turn < (transform & 3U); ++turn)
      std::tie(u, v) = std::pair(v, 1 - u);
    const ReadBack& image = piece_.image;
    return faded((piece_.alpha ? 0 : 0xff000000U) |
                 pixel_at(image.pixels, image.size, inside(piece_.source.x + u * piece_.source.width, image.size.width),
                          inside(piece_.source.y + v * piece_.source.height, image.size.height)));
  }

 private:
  static std::int32_t inside(double at, std::int32_t end) {
    return std::clamp(static_cast<std::int32_t>(at), 0, end - 1);
  }
  [[nodiscard]] std::uint32_t faded(std::uint32_t pixel) const {
    if (piece_.fade >= 1.0F)
      return pixel;
    std::uint32_t out = 0;
    for (unsigned shift = 0; shift < 32; shift += 8)
      out |= static_cast<std::uint32_t>(std::lround(static_cast<float>(pixel >> shift & 0xffU) * piece_.fade)) << shift;
    return out;
  }

  const Capture::Piece& piece_;
};

} // namespace

std::vector<std::uint32_t> flatten(const Capture& capture) {
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(capture.size.width) *
                                        static_cast<std::size_t>(capture.size.height),
                                    opaque_pixel(capture.background));
  const Canvas canvas{pixels, capture.size};
  for (const Capture::Piece& piece : capture.pieces) {
    const Picker picker(piece);
    canvas.lay(piece.dest, [&picker](std::int32_t x, std::int32_t y) { return picker.at(x, y); });
  }
  if (!capture.cursor)
    return pixels;
  const CursorImages::Pixels& picture = capture.cursor->picture;
  const Point at = capture.cursor->at;
  canvas.lay({at.x, at.y, picture.size.width, picture.size.height},
             [&picture](std::int32_t x, std::int32_t y) { return pixel_at(picture.pixels, picture.size, x, y); });
  return pixels;
}

std::vector<std::uint32_t> upright(const Capture& capture, Transform turned_by) {
  std::vector<std::uint32_t> pixels = flatten(capture);
  if (turned_by == Transform::Normal)
    return pixels;
  const Size size = turned(inverse(turned_by), capture.size);
  std::vector<std::uint32_t> out;
  out.reserve(pixels.size());
  for (std::int32_t y = 0; y < size.height; ++y)
    for (std::int32_t x = 0; x < size.width; ++x) {
      const Rect at = turned(turned_by, {x, y, 1, 1}, size);
      out.push_back(pixel_at(pixels, capture.size, at.x, at.y));
    }
  return out;
}

} // namespace fenceline
