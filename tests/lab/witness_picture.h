#pragma once
// Pictures of a display, and how they are compared.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compositor/base/geometry.h"

namespace fenceline::lab {

/// XRGB8888 with X = 0, rows without padding.
struct Picture {
  Size size;
  std::vector<std::uint32_t> words;

  [[nodiscard]] std::uint32_t at(Point p) const {
    return words[static_cast<std::size_t>(p.y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(p.x)];
  }
  std::uint32_t& at(Point p) {
    return words[static_cast<std::size_t>(p.y) * static_cast<std::size_t>(size.width) + static_cast<std::size_t>(p.x)];
  }
  bool operator==(const Picture&) const = default;
};

/// A picture by its pixels; the top byte of what `pixel` gives is left out.
[[nodiscard]] Picture make_picture(Size size, const std::function<std::uint32_t(std::uint32_t, std::uint32_t)>& pixel);

/// The number that a demo wrote into its picture (demos/frame_code.h), with the picture's top left corner at `corner`.
[[nodiscard]] std::uint32_t frame_number(const Picture& picture, Point corner = {0, 0});

/// Whether a demo's picture has its corner here, by the black and white of its frame's number (which is not 0).
[[nodiscard]] bool number_stands_at(const Picture& picture, Point corner);

struct Difference {
  Point where;
  std::uint32_t is = 0, should = 0;
};

/// Every pixel where some channel differs by more than `allowed(x, y)` (0 where it is not given). Pictures of different
/// sizes throw.
[[nodiscard]] std::vector<Difference> differences(const Picture& is, const Picture& should,
                                                  const std::function<int(Point)>& allowed = {});

/// For a failing test: how many, and the first of them.
[[nodiscard]] std::string text(const std::vector<Difference>& differences);

/// What vkms' CRC of a display that shows this picture is, by its definition: each row composed to 16 bits a channel
/// (alpha, red, green, blue; 8 bits widened by 257; alpha opaque), and the kernel's crc32_le over the rows.
[[nodiscard]] std::uint32_t vkms_crc(const Picture& picture);

/// The next `count` CRCs that the lab's display computes, one each blank.
[[nodiscard]] std::vector<std::uint32_t> read_crcs(std::size_t count);

} // namespace fenceline::lab
