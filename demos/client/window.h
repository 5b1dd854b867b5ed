#pragma once

#include <string>

#include "demos/client/connection.h"
#include "demos/client/geometry.h"

namespace fenceline::demos {

/// For Window::Wish: as the compositor asks for it (wl_surface.preferred_buffer_transform), normal until it does.
inline constexpr int preferred_transform = -1;

/// An xdg toplevel. Its size follows the compositor's wish; where the compositor has none it is the one asked for.
class Window {
 public:
  struct Wish {
    std::string title;
    std::string app_id;
    Size size;
    bool fullscreen = false;
    bool opaque = true; // promise it to the compositor as the opaque region
    // wl_output.transform: how the picture lies in its buffers (wl_surface.set_buffer_transform); or
    // preferred_transform
    int transform = 0;
  };

  /// Makes the surface and sends its first commit, without a buffer. Drawing may begin when configured() is true.
  Window(Connection& connection, Wish wish);
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;
  ~Window();

  [[nodiscard]] wl_surface* surface() const { return surface_.get(); }
  /// For popups over it.
  [[nodiscard]] xdg_surface* role() const { return xdg_surface_.get(); }
  [[nodiscard]] bool configured() const { return configured_; }
  [[nodiscard]] bool closed() const { return closed_; }
  [[nodiscard]] bool fullscreen() const { return fullscreen_; }
  [[nodiscard]] Size size() const { return size_; }
  /// Of the buffers: size(), with the sides exchanged where the picture lies across.
  [[nodiscard]] Size buffer_size() const;
  /// True once after each change of size or transform, the first configure included. The next buffer must then have
  /// buffer_size().
  [[nodiscard]] bool take_resized();
  [[nodiscard]] bool resized() const { return resized_; }

  /// Asks the compositor; the answer is a configure.
  void ask_fullscreen(bool wanted);
  void close() { closed_ = true; }

 private:
  void on_toplevel_configure(Size size, wl_array* states);
  void on_configure(std::uint32_t serial);
  void on_preferred_transform(int transform);

  Connection& connection_;
  Wish wish_;
  Proxy<wl_surface> surface_;
  Proxy<xdg_surface> xdg_surface_;
  Proxy<xdg_toplevel> toplevel_;
  Size pending_size_; // the compositor's, 0 where it leaves the choice
  bool pending_fullscreen_ = false;
  Size size_;
  int transform_ = 0;
  bool fullscreen_ = false;
  bool configured_ = false;
  bool resized_ = false;
  bool closed_ = false;
};

} // namespace fenceline::demos
