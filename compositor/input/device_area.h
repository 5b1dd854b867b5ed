#pragma once
#include <utility>

#include "compositor/base/transform.h"
#include "compositor/input/pointer_constraint.h"

namespace fenceline {

/// What a device lies over that tells absolute positions, a touch screen say: the display, which it is turned with.
struct DeviceArea {
  Rect rect;                               ///< Of the output, in global coordinates.
  Transform transform = Transform::Normal; ///< Of the output.

  /// A place on a device of `width` and `height`, in global coordinates.
  [[nodiscard]] SurfacePosition at(double x, double y, double width, double height) const {
    // Numbers that are whole stay so: what is divided by was multiplied by before where the two are the same.
    const auto undo = static_cast<unsigned>(inverse(transform));
    if (undo >= 4)
      x = width - x;
    for (unsigned turn = 0; turn < (undo & 3U); ++turn) {
      const double left = x;
      x = y;
      y = width - left;
      std::swap(width, height);
    }
    return {rect.x + x * rect.width / width, rect.y + y * rect.height / height};
  }
};

} // namespace fenceline
