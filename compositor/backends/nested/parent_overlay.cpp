#include "compositor/backends/nested/parent_overlay.h"

#include <utility>

namespace fenceline {

ParentOverlay::ParentOverlay(ParentConnection& connection, wl_surface* window)
    : surface_(wl_compositor_create_surface(connection.compositor())),
      subsurface_(wl_subcompositor_get_subsurface(connection.subcompositor(), surface_.get(), window)) {
  const ParentPtr<wl_region> nothing(wl_compositor_create_region(connection.compositor()));
  wl_surface_set_input_region(surface_.get(), nothing.get());
}

void ParentOverlay::show(BufferId buffer, ParentImage& image, Point at) {
  wl_subsurface_set_position(subsurface_.get(), at.x, at.y);
  if (buffer != std::exchange(shown_, buffer))
    wl_surface_attach(surface_.get(), image.lend(), 0, 0);
  // A client may have drawn to the buffer that is shown already.
  wl_surface_damage_buffer(surface_.get(), 0, 0, image.size().width, image.size().height);
  wl_surface_commit(surface_.get());
}

void ParentOverlay::hide() {
  if (std::exchange(shown_, {}) == BufferId{})
    return;
  wl_surface_attach(surface_.get(), nullptr, 0, 0);
  wl_surface_commit(surface_.get());
}

} // namespace fenceline
