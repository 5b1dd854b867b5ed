#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "compositor/backends/nested/parent_connection.h"
#include "compositor/base/geometry.h"

namespace fenceline {

/// The window in the parent that is our screen. Its surface is the primary plane.
class ParentWindow {
 public:
  /// Largest side that a parent may ask for, px.
  static constexpr std::int32_t max_side = 16384;

  /// `size`: what we want where the parent has no opinion.
  ParentWindow(ParentConnection& connection, Size size, bool fullscreen);
  ParentWindow(const ParentWindow&) = delete;
  ParentWindow& operator=(const ParentWindow&) = delete;

  /// Whether the parent has answered the first commit: until then no buffer may be attached.
  [[nodiscard]] bool configured() const { return configured_; }
  /// What the window is to be from now on, px.
  [[nodiscard]] Size wanted() const { return wanted_; }
  /// Called when wanted() is another one than before; not for the first.
  void on_resized(std::function<void()> callback) { on_resized_ = std::move(callback); }
  /// Called when the user wants the window closed.
  void on_close(std::function<void()> callback) { on_close_ = std::move(callback); }
  [[nodiscard]] wl_surface* surface() const { return surface_.get(); }
  /// To be called before each commit of the surface with a buffer of that size: answers the parent's configure if the
  /// size is the one that it asked for. (An answer counts with the next commit, and binds that to the size.)
  void acknowledge(Size size);

 private:
  void surface_configure(std::uint32_t serial);
  void toplevel_configure(std::int32_t width, std::int32_t height, wl_array* states);
  void close();

  ParentConnection& connection_;
  ParentPtr<wl_surface> surface_;
  ParentPtr<xdg_surface> xdg_surface_;
  ParentPtr<xdg_toplevel> toplevel_;
  ParentPtr<zxdg_toplevel_decoration_v1> decoration_;
  Size wanted_, pending_;
  std::optional<std::uint32_t> serial_; ///< Of the newest configure that is not answered.
  Size opaque_;
  bool configured_ = false;
  std::function<void()> on_resized_, on_close_;
};

} // namespace fenceline
