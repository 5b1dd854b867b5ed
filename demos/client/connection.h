#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "demos/client/wayland.h"

namespace fenceline::demos {

/// A connection to the compositor and the globals that the demos use. A missing global that not every demo needs is
/// null.
class Connection {
 public:
  /// `socket` is a display's name or path; empty takes WAYLAND_SOCKET, WAYLAND_DISPLAY or "wayland-0", as usual.
  explicit Connection(const std::string& socket);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] wl_display* display() const { return display_.get(); }
  [[nodiscard]] wl_compositor* compositor() const { return compositor_.get(); }
  [[nodiscard]] wl_subcompositor* subcompositor() const { return subcompositor_.get(); }
  [[nodiscard]] xdg_wm_base* wm_base() const { return wm_base_.get(); }
  [[nodiscard]] wl_shm* shm() const { return shm_.get(); }
  [[nodiscard]] zwp_linux_dmabuf_v1* dmabuf() const { return dmabuf_.get(); }
  [[nodiscard]] wp_linux_drm_syncobj_manager_v1* syncobj() const { return syncobj_.get(); }

  /// Null where the compositor has none. Bound only now, so that the caller's listener misses none of the events that
  /// follow a binding.
  [[nodiscard]] Proxy<wl_seat> bind_seat() const;
  [[nodiscard]] Proxy<wp_presentation> bind_presentation() const;

  /// One of the globals that the demos do not share, as its proxy; null where the compositor has none. The caller's.
  [[nodiscard]] void* bind_extra(const wl_interface& interface, std::uint32_t newest) const;

  /// Dispatches until the compositor has answered all that was sent.
  void roundtrip();
  /// Throws when the connection is lost or the compositor raised a protocol error.
  void check() const;

 private:
  struct Global {
    std::uint32_t name = 0; // 0: not offered
    std::uint32_t version = 0;
  };

  template <typename T>
  void bind(Proxy<T>& slot, std::uint32_t name, const wl_interface& interface, std::uint32_t version);
  void on_global(std::uint32_t name, const char* interface, std::uint32_t version);

  Proxy<wl_display> display_;
  Proxy<wl_registry> registry_;
  Proxy<wl_compositor> compositor_;
  Proxy<wl_subcompositor> subcompositor_;
  Proxy<xdg_wm_base> wm_base_;
  Proxy<wl_shm> shm_;
  Proxy<zwp_linux_dmabuf_v1> dmabuf_;
  Proxy<wp_linux_drm_syncobj_manager_v1> syncobj_;
  Global seat_;
  Global presentation_;
  std::map<std::string, Global> others_; // those that only one demo has a use for
};

} // namespace fenceline::demos
