#pragma once
#include <optional>

#include "compositor/frame/ids.h"

namespace fenceline {

/// A point, in surface coordinates where nothing else is said.
struct SurfacePosition {
  double x = 0, y = 0;
};

/// Who would hold the pointer on a surface: at its place, or within a region. The seat asks, and says when it begins
/// and ends.
class PointerConstraint {
 public:
  virtual ~PointerConstraint() = default;
  /// 0 when it can't hold the pointer any more.
  [[nodiscard]] virtual SurfaceId surface() const = 0;
  /// Whether it keeps the pointer where it is, not only inside.
  [[nodiscard]] virtual bool locks() const = 0;
  /// Whether it may begin with the pointer there.
  [[nodiscard]] virtual bool contains(SurfacePosition at) const = 0;
  /// The place nearest to a point where the pointer may be; the point itself when there is none.
  [[nodiscard]] virtual SurfacePosition nearest(SurfacePosition to) const = 0;
  /// Where the pointer is put when the constraint is given up while it holds; none: it stays.
  [[nodiscard]] virtual std::optional<SurfacePosition> release_position() const = 0;
  virtual void activated() = 0;
  virtual void deactivated() = 0;
};

} // namespace fenceline
