#pragma once
#include <cstdint>
#include <utility>

#include "compositor/base/geometry.h"

namespace fenceline {

// How pictures are turned. A Transform flips first, around the vertical axis, where it flips at all; then it turns
// counter-clockwise: a turn by 90 degrees takes the right edge to the top (wl_output.transform).

/// A place in a picture, in fractions of its sides.
struct UnitPoint {
  double x = 0, y = 0;
  friend constexpr bool operator==(UnitPoint, UnitPoint) = default;
};

/// `first`, and then `then`, in one.
[[nodiscard]] constexpr Transform combined(Transform first, Transform then) {
  const auto a = static_cast<unsigned>(first), b = static_cast<unsigned>(then);
  // A flip that follows a turn is one before the opposite turn.
  const unsigned turns = (b & 4U) != 0 ? 4U - (a & 3U) : a & 3U;
  return static_cast<Transform>(((a ^ b) & 4U) | ((turns + b) & 3U));
}

/// What undoes it.
[[nodiscard]] constexpr Transform inverse(Transform t) {
  return t == Transform::R90 ? Transform::R270 : t == Transform::R270 ? Transform::R90 : t;
}

/// The size of a picture once it is turned.
[[nodiscard]] constexpr Size turned(Transform t, Size size) {
  return swaps_axes(t) ? Size{size.height, size.width} : size;
}

/// Where a place of a picture lies once it is turned.
[[nodiscard]] constexpr UnitPoint turned(Transform t, UnitPoint at) {
  const auto number = static_cast<unsigned>(t);
  if (number >= 4)
    at.x = 1 - at.x;
  for (unsigned turn = 0; turn < (number & 3U); ++turn)
    at = {at.y, 1 - at.x};
  return at;
}

/// Where a rectangle of a picture of `size` lies once that is turned. It may reach beyond the picture.
[[nodiscard]] constexpr Rect turned(Transform t, Rect rect, Size size) {
  const auto number = static_cast<unsigned>(t);
  // What is as far from the other end.
  const auto mirrored = [](std::int32_t at, std::int32_t length, std::int32_t whole) {
    return saturated(std::int64_t{whole} - at - length);
  };
  if (number >= 4)
    rect.x = mirrored(rect.x, rect.width, size.width);
  for (unsigned turn = 0; turn < (number & 3U); ++turn) {
    rect = {rect.y, mirrored(rect.x, rect.width, size.width), rect.height, rect.width};
    std::swap(size.width, size.height);
  }
  return rect;
}

} // namespace fenceline
