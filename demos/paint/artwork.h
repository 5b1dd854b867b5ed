#pragma once

#include <cstdint>
#include <vector>

#include "demos/client/geometry.h"

namespace fenceline::demos {

/// A picture that changes in parts. Frames are asked for in any order, but it is cheapest when each follows the last.
class Artwork {
 public:
  virtual ~Artwork() = default;
  virtual void resize(Size size) = 0;
  /// Goes on to `frame`. Returns the parts in which it differs from the frame before it was called (they may overlap);
  /// everything after a resize and after a step other than one forward.
  virtual std::vector<Rect> advance(std::uint32_t frame) = 0;
  /// Writes one row of the frame last advanced to: pixels x0 <= x < x1 of row y go to out[0], out[1]...
  virtual void draw_row(int y, int x0, int x1, std::uint32_t* out) const = 0;
};

} // namespace fenceline::demos
