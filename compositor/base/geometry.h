#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>

namespace fenceline {

/// The nearest number that fits.
[[nodiscard]] constexpr std::int32_t saturated(std::int64_t value) {
  using Limits = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, Limits::min(), Limits::max()));
}

/// Sums and differences stop at the limits of int32: clients choose offsets, hotspots and geometries freely.
struct Point {
  std::int32_t x = 0, y = 0;
  friend constexpr bool operator==(Point, Point) = default;
  friend constexpr Point operator+(Point a, Point b) {
    return {saturated(std::int64_t{a.x} + b.x), saturated(std::int64_t{a.y} + b.y)};
  }
  friend constexpr Point operator-(Point a, Point b) {
    return {saturated(std::int64_t{a.x} - b.x), saturated(std::int64_t{a.y} - b.y)};
  }
};

struct Size {
  std::int32_t width = 0, height = 0;
  friend constexpr bool operator==(Size, Size) = default;
  [[nodiscard]] constexpr bool empty() const { return width <= 0 || height <= 0; }
};

struct Rect {
  std::int32_t x = 0, y = 0, width = 0, height = 0;
  friend constexpr bool operator==(Rect, Rect) = default;
  [[nodiscard]] constexpr bool empty() const { return width <= 0 || height <= 0; }
  [[nodiscard]] constexpr Point origin() const { return {x, y}; }
  [[nodiscard]] constexpr Size size() const { return {width, height}; }
  [[nodiscard]] constexpr bool contains(Point p) const {
    return p.x >= x && p.y >= y && std::int64_t{p.x} < std::int64_t{x} + width &&
           std::int64_t{p.y} < std::int64_t{y} + height;
  }
  [[nodiscard]] constexpr Rect moved(Point by) const {
    const Point to = origin() + by;
    return {to.x, to.y, width, height};
  }
  /// The part that both cover; empty (all zero) when there is none. Safe for every int32 input.
  [[nodiscard]] constexpr Rect intersected(Rect o) const {
    const std::int64_t left = std::max(x, o.x), top = std::max(y, o.y);
    const std::int64_t right = std::min(std::int64_t{x} + width, std::int64_t{o.x} + o.width);
    const std::int64_t bottom = std::min(std::int64_t{y} + height, std::int64_t{o.y} + o.height);
    if (right <= left || bottom <= top)
      return {};
    return {static_cast<std::int32_t>(left), static_cast<std::int32_t>(top), static_cast<std::int32_t>(right - left),
            static_cast<std::int32_t>(bottom - top)};
  }
};

/// A rectangle in fractions of a pixel: what a viewport crops.
struct FRect {
  double x = 0, y = 0, width = 0, height = 0;
  friend constexpr bool operator==(const FRect&, const FRect&) = default;
};

/// wl_output.transform, with the protocol's numbers: counter-clockwise turns, 4 to 7 flipped first.
enum class Transform : std::uint8_t { Normal = 0, R90, R180, R270, Flipped, Flipped90, Flipped180, Flipped270 };

/// Whether the transform swaps width and height.
[[nodiscard]] constexpr bool swaps_axes(Transform t) {
  return (static_cast<unsigned>(t) & 1U) != 0;
}

} // namespace fenceline
