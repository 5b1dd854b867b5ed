#pragma once
#include "compositor/frame/ids.h"

namespace fenceline {

/// A surface under a point.
struct SurfaceHit {
  SurfaceId surface{};
  double x = 0, y = 0; ///< In its surface coordinates.
};

} // namespace fenceline
