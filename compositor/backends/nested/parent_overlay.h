#pragma once
#include "compositor/backends/nested/parent_connection.h"
#include "compositor/backends/nested/parent_image.h"
#include "compositor/base/geometry.h"
#include "compositor/frame/ids.h"

namespace fenceline {

/// A subsurface of our window: an overlay plane. What it is told shows with the next commit of the window's surface. It
/// takes no input.
class ParentOverlay {
 public:
  /// Above all that were made before it. The parent has subsurfaces.
  ParentOverlay(ParentConnection& connection, wl_surface* window);
  ParentOverlay(const ParentOverlay&) = delete;
  ParentOverlay& operator=(const ParentOverlay&) = delete;

  /// The image, pixel for pixel, with its upper left corner there. It is ready().
  void show(BufferId buffer, ParentImage& image, Point at);
  void hide();
  /// 0: nothing.
  [[nodiscard]] BufferId shown() const { return shown_; }

 private:
  ParentPtr<wl_surface> surface_;
  ParentPtr<wl_subsurface> subsurface_;
  BufferId shown_{};
};

} // namespace fenceline
