#pragma once

#include <string>

#include "demos/client/connection.h"
#include "demos/client/geometry.h"

namespace fenceline::demos {

/// An xdg toplevel. Its size follows the compositor's wish; where the compositor has none it is the one asked for.
class Window {
 public:
  struct Wish {
    std::string title;
    std::string app_id;
    Size size;
    bool fullscreen = false;
    bool opaque = true; // promise it to the compositor as the opaque region
    int transform = 0;  // wl_output.transform: how the picture lies in its buffers (wl_surface.set_buffer_transform)
  };

  /// Makes the surface and sends its first commit, without a buffer. Drawing may begin when configured() is true.
  Window(Connection& connection, Wish wish);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  [[nodiscard]] wl_surface* surface() const { return surface_.get(); }
  [[nodiscard]] bool configured() const { return configured_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool fullscreen() const { return fullscreen_; }
  [[nodiscard]] Size size() const { return size_; }
  /// Of the buffers: size(), with the sides exchanged where the picture lies across.
  [[nodiscard]] Size buffer_size() const;
  /// True once after each change of size, the first configure included. The next buffer must then have buffer_size().
  [[nodiscard]] bool take_resized();
  [[nodiscard]] bool resized() const { return resized_; }

  /// Asks the compositor; the answer is a configure.
  void ask_fullscreen(bool wanted);
  void close() { closed_ = true; }

 private:
  void on_toplevel_configure(Size size, wl_array* states);
  void on_configure(std::uint32_t serial);

  Connection& connection_;
  Wish wish_;
  Proxy<wl_surface> surface_;
  Proxy<xdg_surface> xdg_surface_;
  Proxy<xdg_toplevel> toplevel_;
  Size pending_size_; // the compositor's, 0 where it leaves the choice
  bool pending_fullscreen_ = false;
  Size size_;
  bool fullscreen_ = false;
  bool configured_ = false;
  bool resized_ = false;
  bool closed_ = false;
};

} // namespace fenceline::demos
