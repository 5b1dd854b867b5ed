#pragma once

// The picture of `pointer`, as a function of where the pointer is, so that another program can compute what must be on
// a screen: a square with the pointer in its middle on a plain ground.

#include <cstdint>

namespace fenceline::demos {

inline constexpr int pointer_square_half = 24; // px: the square has sides of twice that
inline constexpr std::uint32_t pointer_ground = 0xff1d2430;
inline constexpr std::uint32_t pointer_ink = 0xfff2b134;

/// Whether a pixel belongs to the square of a pointer at (at_x, at_y), both the pixel's that it is on.
constexpr bool in_pointer_square(int x, int y, int at_x, int at_y) {
  return x >= at_x - pointer_square_half && x < at_x + pointer_square_half && y >= at_y - pointer_square_half &&
         y < at_y + pointer_square_half;
}

/// XRGB8888, X = 0xff.
constexpr std::uint32_t pointer_pixel(int x, int y, int at_x, int at_y) {
  return in_pointer_square(x, y, at_x, at_y) ? pointer_ink : pointer_ground;
}

} // namespace fenceline::demos
