#include "compositor/backends/nested/parent_window.h"

#include <algorithm>
#include <utility>

namespace fenceline {

ParentWindow::ParentWindow(ParentConnection& connection, Size size, bool fullscreen)
    : connection_(connection), surface_(wl_compositor_create_surface(connection.compositor())),
      xdg_surface_(xdg_wm_base_get_xdg_surface(connection.wm_base(), surface_.get())),
      toplevel_(xdg_surface_get_toplevel(xdg_surface_.get())), wanted_(size) {
  static constexpr xdg_surface_listener surface_listener = {
      .configure = EventThunk<&ParentWindow::surface_configure>::call,
  };
  static constexpr xdg_toplevel_listener toplevel_listener = [] {
    xdg_toplevel_listener slots{};
    slots.configure = EventThunk<&ParentWindow::toplevel_configure>::call;
    slots.close = EventThunk<&ParentWindow::close>::call;
    slots.configure_bounds = IgnoredEvent::call;
    slots.wm_capabilities = IgnoredEvent::call;
    return slots;
  }();
  xdg_surface_add_listener(xdg_surface_.get(), &surface_listener, this);
  xdg_toplevel_add_listener(toplevel_.get(), &toplevel_listener, this);
  xdg_toplevel_set_title(toplevel_.get(), "Fenceline");
  xdg_toplevel_set_app_id(toplevel_.get(), "fenceline");
  if (fullscreen)
    xdg_toplevel_set_fullscreen(toplevel_.get(), nullptr);
  if (connection.decorations() != nullptr) {
    decoration_.reset(zxdg_decoration_manager_v1_get_toplevel_decoration(connection.decorations(), toplevel_.get()));
    static constexpr zxdg_toplevel_decoration_v1_listener listener = {.configure = IgnoredEvent::call};
    zxdg_toplevel_decoration_v1_add_listener(decoration_.get(), &listener, this);
    // We draw no frame of our own; without one of the parent's the window is moved by the parent's shortcuts.
    zxdg_toplevel_decoration_v1_set_mode(decoration_.get(), ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
  }
  wl_surface_commit(surface_.get());
}

void ParentWindow::toplevel_configure(std::int32_t width, std::int32_t height, wl_array*) {
  // Zero: as we like.
  pending_ = {std::clamp(width, 0, max_side), std::clamp(height, 0, max_side)};
}

void ParentWindow::surface_configure(std::uint32_t serial) {
  serial_ = serial;
  const Size before = wanted_;
  if (!pending_.empty())
    wanted_ = pending_;
  const bool first = !std::exchange(configured_, true);
  if (!first && wanted_ != before && on_resized_)
    on_resized_();
}

void ParentWindow::close() {
  if (on_close_)
    on_close_();
}

void ParentWindow::acknowledge(Size size) {
  if (serial_ && size == wanted_) {
    xdg_surface_ack_configure(xdg_surface_.get(), *serial_);
    serial_.reset();
  }
  if (size == std::exchange(opaque_, size))
    return;
  // Whatever is shown covers all of it: what lies below need not be drawn.
  const ParentPtr<wl_region> all(wl_compositor_create_region(connection_.compositor()));
  wl_region_add(all.get(), 0, 0, size.width, size.height);
  wl_surface_set_opaque_region(surface_.get(), all.get());
}

} // namespace fenceline
