#pragma once

// Owning pointers to the proxies that the demos use.

#include <memory>

#include <wayland-client.h>

#include "linux-dmabuf-v1-client-protocol.h"
#include "linux-drm-syncobj-v1-client-protocol.h"
#include "relative-pointer-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

// In C it is no fault that the generated header has a function and a struct of the same name.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "presentation-time-client-protocol.h"
#pragma GCC diagnostic pop

namespace fenceline::demos {

/// Sends the request that ends an object, or frees the proxy where the protocol has no such request.
struct ProxyDeleter {
  void operator()(wl_display* p) const;
  void operator()(wl_registry* p) const;
  void operator()(wl_callback* p) const;
  void operator()(wl_compositor* p) const;
  void operator()(wl_surface* p) const;
  void operator()(wl_region* p) const;
  void operator()(wl_subcompositor* p) const;
  void operator()(wl_subsurface* p) const;
  void operator()(wl_buffer* p) const;
  void operator()(wl_shm* p) const;
  void operator()(wl_shm_pool* p) const;
  void operator()(wl_seat* p) const;
  void operator()(wl_pointer* p) const;
  void operator()(wl_keyboard* p) const;
  void operator()(xdg_wm_base* p) const;
  void operator()(xdg_surface* p) const;
  void operator()(xdg_toplevel* p) const;
  void operator()(xdg_popup* p) const;
  void operator()(xdg_positioner* p) const;
  void operator()(wp_presentation* p) const;
  void operator()(struct wp_presentation_feedback* p) const;
  void operator()(zwp_linux_dmabuf_v1* p) const;
  void operator()(zwp_linux_dmabuf_feedback_v1* p) const;
  void operator()(zwp_linux_buffer_params_v1* p) const;
  void operator()(wp_linux_drm_syncobj_manager_v1* p) const;
  void operator()(wp_linux_drm_syncobj_surface_v1* p) const;
  void operator()(wp_linux_drm_syncobj_timeline_v1* p) const;
  void operator()(zwp_relative_pointer_manager_v1* p) const;
  void operator()(zwp_relative_pointer_v1* p) const;
};

template <typename T>
using Proxy = std::unique_ptr<T, ProxyDeleter>;

} // namespace fenceline::demos
