#pragma once

#include <algorithm>
#include <cstdint>

namespace fenceline::demos {

/// Pixels; both sides are positive where a picture is meant.
struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

/// Pixels, half open: x0 <= x < x1.
struct Rect {
  int x0 = 0;
  int y0 = 0;
  int x1 = 0;
  int y1 = 0;

  [[nodiscard]] bool empty() const { return x0 >= x1 || y0 >= y1; }
  [[nodiscard]] Rect clipped_to(Size size) const {
    return {std::max(x0, 0), std::max(y0, 0), std::min(x1, size.width), std::min(y1, size.height)};
  }
  friend bool operator==(const Rect&, const Rect&) = default;
};

} // namespace fenceline::demos
