#include "demos/client/window.h"

#include <utility>

#include "demos/frame_code.h"

namespace fenceline::demos {

Window::Window(Connection& connection, Wish wish)
    : connection_(connection), wish_(std::move(wish)), surface_(wl_compositor_create_surface(connection.compositor())),
      xdg_surface_(xdg_wm_base_get_xdg_surface(connection.wm_base(), surface_.get())),
      toplevel_(xdg_surface_get_toplevel(xdg_surface_.get())) {
  static constexpr xdg_surface_listener surface_listener = {
      .configure = [](void* self, xdg_surface*,
                      std::uint32_t serial) { static_cast<Window*>(self)->on_configure(serial); },
  };
  static constexpr xdg_toplevel_listener toplevel_listener = {
      .configure =
          [](void* self, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array* states) {
            static_cast<Window*>(self)->on_toplevel_configure({width, height}, states);
          },
      .close = [](void* self, xdg_toplevel*) { static_cast<Window*>(self)->closed_ = true; },
      .configure_bounds = [](void*, xdg_toplevel*, std::int32_t, std::int32_t) {},
      .wm_capabilities = [](void*, xdg_toplevel*, wl_array*) {},
  };
  static constexpr wl_surface_listener preferences = {
      .enter = [](void*, wl_surface*, wl_output*) {},
      .leave = [](void*, wl_surface*, wl_output*) {},
      .preferred_buffer_scale = [](void*, wl_surface*, std::int32_t) {},
      .preferred_buffer_transform =
          [](void* self, wl_surface*, std::uint32_t transform) {
            static_cast<Window*>(self)->on_preferred_transform(static_cast<int>(transform));
          },
  };
  wl_surface_add_listener(surface_.get(), &preferences, this);
  xdg_surface_add_listener(xdg_surface_.get(), &surface_listener, this);
  xdg_toplevel_add_listener(toplevel_.get(), &toplevel_listener, this);
  xdg_toplevel_set_title(toplevel_.get(), wish_.title.c_str());
  xdg_toplevel_set_app_id(toplevel_.get(), wish_.app_id.c_str());
  xdg_toplevel_set_min_size(toplevel_.get(), frame_code_width, frame_code_width);
  if (wish_.fullscreen)
    xdg_toplevel_set_fullscreen(toplevel_.get(), nullptr);
  if (wish_.transform != preferred_transform)
    transform_ = wish_.transform;
  if (transform_ != 0)
    wl_surface_set_buffer_transform(surface_.get(), transform_);
  wl_surface_commit(surface_.get());
}

Size Window::buffer_size() const {
  return (transform_ & 1) != 0 ? Size{size_.height, size_.width} : size_;
}

// Double-buffered: it takes effect with the next buffer, which has the size for it.
void Window::on_preferred_transform(int transform) {
  if (wish_.transform != preferred_transform || transform == transform_)
    return;
  transform_ = transform;
  wl_surface_set_buffer_transform(surface_.get(), transform);
  resized_ = configured_;
}

Window::~Window() = default;

bool Window::take_resized() {
  return std::exchange(resized_, false);
}

void Window::ask_fullscreen(bool wanted) {
  if (wanted)
    xdg_toplevel_set_fullscreen(toplevel_.get(), nullptr);
  else
    xdg_toplevel_unset_fullscreen(toplevel_.get());
}

void Window::on_toplevel_configure(Size size, wl_array* states) {
  pending_size_ = size;
  pending_fullscreen_ = false;
  const auto* state = static_cast<const std::uint32_t*>(states->data);
  for (std::size_t i = 0; i < states->size / sizeof(*state); ++i)
    if (state[i] == XDG_TOPLEVEL_STATE_FULLSCREEN)
      pending_fullscreen_ = true;
}

void Window::on_configure(std::uint32_t serial) {
  xdg_surface_ack_configure(xdg_surface_.get(), serial);
  Size size{pending_size_.width > 0 ? pending_size_.width : wish_.size.width,
            pending_size_.height > 0 ? pending_size_.height : wish_.size.height};
  // The frame's number must fit in, whatever a compositor asks for.
  size.width = std::max(size.width, static_cast<int>(frame_code_width));
  size.height = std::max(size.height, static_cast<int>(frame_code_height));
  fullscreen_ = pending_fullscreen_;
  if (configured_ && size == size_)
    return;
  configured_ = true;
  resized_ = true;
  size_ = size;
  if (wish_.opaque) {
    // Double-buffered: it takes effect with the first buffer of this size.
    const Proxy<wl_region> region(wl_compositor_create_region(connection_.compositor()));
    wl_region_add(region.get(), 0, 0, size.width, size.height);
    wl_surface_set_opaque_region(surface_.get(), region.get());
  }
}

} // namespace fenceline::demos
