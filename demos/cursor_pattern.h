#pragma once

// The cursor that the demos bring with them: a ring with a dot in its middle and a translucent inside, computed in
// integers so that a test knows each pixel of it.

#include "demos/pattern.h"

namespace fenceline::demos {

inline constexpr std::uint32_t cursor_size = 32;    // px, width and height
inline constexpr std::uint32_t cursor_hotspot = 16; // px, from the left and from the top

/// ARGB8888, premultiplied. x and y are 0..31; everything outside is transparent.
constexpr std::uint32_t cursor_pixel(std::uint32_t x, std::uint32_t y) {
  if (x >= cursor_size || y >= cursor_size)
    return 0;
  const int dx = 2 * static_cast<int>(x) - 31;
  const int dy = 2 * static_cast<int>(y) - 31;
  const int d2 = dx * dx + dy * dy; // the squared distance from the middle, in quarters of a square px
  if (d2 <= 5 * 5)
    return premultiply_argb(0xffffff, 255);
  if (d2 <= 19 * 19)
    return premultiply_argb(0x3fa9f5, 64);
  if (d2 <= 21 * 21)
    return premultiply_argb(0xffffff, 160);
  if (d2 <= 25 * 25)
    return premultiply_argb(0xffffff, 255);
  if (d2 <= 27 * 27)
    return premultiply_argb(0x101420, 192);
  if (d2 <= 30 * 30)
    return premultiply_argb(0x101420, 80);
  return 0;
}

} // namespace fenceline::demos
