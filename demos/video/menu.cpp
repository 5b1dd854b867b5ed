#include "demos/video/menu.h"

#include <algorithm>

namespace fenceline::demos {

namespace {

constexpr Size menu_size{180, 240};
constexpr int line = 40; // rows of an entry, px
constexpr std::uint32_t back = 0xff202020, chosen = 0xff404040;

} // namespace

Menu::Menu(Connection& connection, Window& window)
    : picture_(connection.shm(), menu_size, WL_SHM_FORMAT_XRGB8888),
      surface_(wl_compositor_create_surface(connection.compositor())),
      xdg_surface_(xdg_wm_base_get_xdg_surface(connection.wm_base(), surface_.get())) {
  for (int y = 0; y < menu_size.height; ++y)
    std::fill_n(picture_.row(y), menu_size.width, y / line == 1 ? chosen : back);
  const Proxy<xdg_positioner> place(xdg_wm_base_create_positioner(connection.wm_base()));
  xdg_positioner_set_size(place.get(), menu_size.width, menu_size.height);
  xdg_positioner_set_anchor_rect(place.get(), window.size().width / 4, window.size().height / 4, 1, 1);
  popup_.reset(xdg_surface_get_popup(xdg_surface_.get(), window.role(), place.get()));
  static constexpr xdg_surface_listener surface_listener = {
      .configure = [](void* self, xdg_surface*,
                      std::uint32_t serial) { static_cast<Menu*>(self)->on_configure(serial); },
  };
  static constexpr xdg_popup_listener popup_listener = {
      .configure = [](void*, xdg_popup*, std::int32_t, std::int32_t, std::int32_t, std::int32_t) {},
      // Without a grab nobody ends it but the window, and that ends the program.
      .popup_done = [](void*, xdg_popup*) {},
      .repositioned = [](void*, xdg_popup*, std::uint32_t) {},
  };
  xdg_surface_add_listener(xdg_surface_.get(), &surface_listener, this);
  xdg_popup_add_listener(popup_.get(), &popup_listener, this);
  wl_surface_commit(surface_.get());
}

void Menu::on_configure(std::uint32_t serial) {
  xdg_surface_ack_configure(xdg_surface_.get(), serial);
  if (!drawn_) {
    wl_surface_attach(surface_.get(), picture_.buffer(), 0, 0);
    wl_surface_damage_buffer(surface_.get(), 0, 0, menu_size.width, menu_size.height);
  }
  drawn_ = true;
  wl_surface_commit(surface_.get());
}

} // namespace fenceline::demos
