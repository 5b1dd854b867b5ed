#pragma once
#include "compositor/base/region.h"

namespace fenceline {

/// How global coordinates (logical px) lie on the pixels of one output. Edges are rounded, never sizes: what touches in
/// logical coordinates touches on the screen.
///
/// A tree of surfaces is laid out from where its root's origin is rounded to, so that its surfaces have the same sizes
/// wherever it lies: what a client draws for its size times the scale, rounded half up, is shown pixel on pixel. What
/// reaches to an edge of the output reaches to its last pixel, also where the scale does not divide the mode.
class OutputGrid {
 public:
  /// `area`: in global coordinates. `scale`: pixels a logical pixel. `pixels`: the mode's; empty: the area's, scaled.
  explicit OutputGrid(Rect area, double scale = 1.0, Size pixels = {});

  [[nodiscard]] Size pixels() const { return pixels_; }
  /// A rectangle of the tree whose root lies at `root`, both in global coordinates, in pixels of the output.
  [[nodiscard]] Rect place(Rect rect, Point root) const;
  /// The pixels that show nothing but `region`, a part of a surface of `size` that was placed at `dest`.
  [[nodiscard]] Region inside(const Region& region, Size size, Rect dest) const;

 private:
  [[nodiscard]] std::int64_t rounded(std::int64_t logical) const;

  Rect area_;
  double scale_;
  Size pixels_;
  bool plain_; ///< A logical pixel is a pixel.
};

} // namespace fenceline
