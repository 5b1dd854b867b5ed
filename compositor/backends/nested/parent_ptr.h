#pragma once
#include <wayland-client.h>

#include <memory>

#include "linux-dmabuf-v1-client-protocol.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

// The scanner names a request's function as the object it makes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "presentation-time-client-protocol.h"
#pragma GCC diagnostic pop

namespace fenceline {

/// Ends the parent's objects as their protocols want it: seats and outputs are released where their version can.
struct ParentDelete {
  void operator()(wl_registry* p) const { wl_registry_destroy(p); }
  void operator()(wl_callback* p) const { wl_callback_destroy(p); }
  void operator()(wl_compositor* p) const { wl_compositor_destroy(p); }
  void operator()(wl_shm* p) const { wl_shm_destroy(p); }
  void operator()(wl_shm_pool* p) const { wl_shm_pool_destroy(p); }
  void operator()(wl_buffer* p) const { wl_buffer_destroy(p); }
  void operator()(wl_surface* p) const { wl_surface_destroy(p); }
  void operator()(wl_subcompositor* p) const { wl_subcompositor_destroy(p); }
  void operator()(wl_subsurface* p) const { wl_subsurface_destroy(p); }
  void operator()(wl_region* p) const { wl_region_destroy(p); }
  void operator()(wl_seat* p) const {
    wl_seat_get_version(p) >= WL_SEAT_RELEASE_SINCE_VERSION ? wl_seat_release(p) : wl_seat_destroy(p);
  }
  void operator()(wl_pointer* p) const {
    wl_pointer_get_version(p) >= WL_POINTER_RELEASE_SINCE_VERSION ? wl_pointer_release(p) : wl_pointer_destroy(p);
  }
  void operator()(wl_keyboard* p) const {
    wl_keyboard_get_version(p) >= WL_KEYBOARD_RELEASE_SINCE_VERSION ? wl_keyboard_release(p) : wl_keyboard_destroy(p);
  }
  void operator()(wl_touch* p) const {
    wl_touch_get_version(p) >= WL_TOUCH_RELEASE_SINCE_VERSION ? wl_touch_release(p) : wl_touch_destroy(p);
  }
  void operator()(wl_output* p) const {
    wl_output_get_version(p) >= WL_OUTPUT_RELEASE_SINCE_VERSION ? wl_output_release(p) : wl_output_destroy(p);
  }
  void operator()(xdg_wm_base* p) const { xdg_wm_base_destroy(p); }
  void operator()(xdg_surface* p) const { xdg_surface_destroy(p); }
  void operator()(xdg_toplevel* p) const { xdg_toplevel_destroy(p); }
  void operator()(zxdg_decoration_manager_v1* p) const { zxdg_decoration_manager_v1_destroy(p); }
  void operator()(zxdg_toplevel_decoration_v1* p) const { zxdg_toplevel_decoration_v1_destroy(p); }
  void operator()(wp_presentation* p) const { wp_presentation_destroy(p); }
  void operator()(struct wp_presentation_feedback* p) const { wp_presentation_feedback_destroy(p); }
  void operator()(zwp_linux_dmabuf_v1* p) const { zwp_linux_dmabuf_v1_destroy(p); }
  void operator()(zwp_linux_dmabuf_feedback_v1* p) const { zwp_linux_dmabuf_feedback_v1_destroy(p); }
  void operator()(zwp_linux_buffer_params_v1* p) const { zwp_linux_buffer_params_v1_destroy(p); }
};

/// An object of the parent's.
template <class Proxy>
using ParentPtr = std::unique_ptr<Proxy, ParentDelete>;

template <auto Method>
struct EventThunk;

/// An event of the parent as a call of a member: a slot of a listener takes EventThunk<&Owner::method>::call. The owner
/// is the listener's data.
template <class Owner, class... Args, void (Owner::*Method)(Args...)>
struct EventThunk<Method> {
  template <class Proxy>
  static void call(void* owner, Proxy*, Args... args) {
    (static_cast<Owner*>(owner)->*Method)(args...);
  }
};

/// A slot for an event that is of no interest here.
struct IgnoredEvent {
  template <class Proxy, class... Args>
  static void call(void*, Proxy*, Args...) {}
};

} // namespace fenceline
