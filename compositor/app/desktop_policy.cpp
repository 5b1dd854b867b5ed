#include "compositor/app/desktop_policy.h"

namespace fenceline {

SurfaceHit DesktopPolicy::hit_test(double x, double y) const {
  return desktop_.hit_test(x, y).value_or(SurfaceHit{});
}

bool DesktopPolicy::origin_of(SurfaceId surface, double& x, double& y) const {
  const std::optional<Point> origin = desktop_.origin_of(surface);
  if (!origin)
    return false;
  x = origin->x;
  y = origin->y;
  return true;
}

SurfaceId DesktopPolicy::keyboard_focus() const {
  return desktop_.keyboard_focus().value_or(SurfaceId{});
}

void DesktopPolicy::clicked(SurfaceId surface) {
  if (surface == SurfaceId{})
    desktop_.dismiss_popups();
  else
    desktop_.clicked(surface);
}

} // namespace fenceline
