#pragma once
#include "compositor/base/geometry.h"

namespace fenceline {

/// Where new windows go: in the middle, each a step further down than the one before, and from the middle again after
/// some. A window that fits stays inside.
class Placement {
 public:
  static constexpr int step = 32; ///< px
  static constexpr int length = 8;

  /// The upper left corner of a window of that size in `area`.
  [[nodiscard]] Point next(Rect area, Size size);

 private:
  int count_ = 0;
};

} // namespace fenceline
