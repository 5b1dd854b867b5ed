#pragma once
#include "compositor/base/region.h"
#include "compositor/base/transform.h"

namespace fenceline {

/// How global coordinates (logical px) lie on the pixels of one output. Edges are rounded, never sizes: what touches in
/// logical coordinates touches on the screen.
///
/// A tree of surfaces is laid out from where its root's origin is rounded to, so that its surfaces have the same sizes
/// wherever it lies: what a client draws for its size times the scale, rounded half up, is shown pixel on pixel. What
/// reaches to an edge of the output reaches to its last pixel, also where the scale does not divide the mode.
///
/// Where the output is turned all this happens in the upright picture, which is then turned onto the output's pixels.
class OutputGrid {
 public:
  /// `area`: in global coordinates. `scale`: pixels a logical pixel. `pixels`: the mode's; empty: the area's, scaled
  /// and turned.
  explicit OutputGrid(Rect area, double scale = 1.0, Size pixels = {}, Transform transform = Transform::Normal);

  /// Of the output.
  [[nodiscard]] Size pixels() const { return turned(transform_, upright_); }
  /// Of the upright picture.
  [[nodiscard]] Size upright() const { return upright_; }
  /// What turns the upright picture onto the output's pixels.
  [[nodiscard]] Transform transform() const { return transform_; }
  /// A rectangle of the tree whose root lies at `root`, both in global coordinates, in pixels of the upright picture.
  [[nodiscard]] Rect place(Rect rect, Point root) const;
  /// The pixels of the upright picture that show nothing but `region`, a part of a surface of `size` that was placed at
  /// `dest`.
  [[nodiscard]] Region inside(const Region& region, Size size, Rect dest) const;
  /// From the upright picture to the output's pixels.
  [[nodiscard]] Rect onto_output(Rect rect) const { return turned(transform_, rect, upright_); }
  [[nodiscard]] Region onto_output(Region region) const;

 private:
  [[nodiscard]] std::int64_t rounded(std::int64_t logical) const;

  Rect area_;
  double scale_;
  Transform transform_;
  Size upright_;
  bool plain_; ///< A logical pixel is a pixel.
};

} // namespace fenceline
