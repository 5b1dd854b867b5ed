#pragma once

#include <memory>

#include "demos/client/connection.h"
#include "demos/client/shm_buffer.h"
#include "demos/client/window.h"

namespace fenceline::demos {

/// A menu over the window: an xdg_popup without a grab, one still picture of wl_shm.
class Menu {
 public:
  /// Opened at a place of the window, which is shown, or is with its next commit.
  Menu(Connection& connection, Window& window);
  Menu(const Menu&) = delete;
  Menu& operator=(const Menu&) = delete;

 private:
  void on_configure(std::uint32_t serial);

  ShmBuffer picture_;
  Proxy<wl_surface> surface_;
  Proxy<xdg_surface> xdg_surface_;
  Proxy<xdg_popup> popup_;
  bool drawn_ = false;
};

} // namespace fenceline::demos
