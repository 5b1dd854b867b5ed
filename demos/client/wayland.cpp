#include "demos/client/wayland.h"

namespace fenceline::demos {

void ProxyDeleter::operator()(wl_display* p) const {
  wl_display_disconnect(p);
}
void ProxyDeleter::operator()(wl_registry* p) const {
  wl_registry_destroy(p);
}
void ProxyDeleter::operator()(wl_callback* p) const {
  wl_callback_destroy(p);
}
void ProxyDeleter::operator()(wl_compositor* p) const {
  wl_compositor_destroy(p);
}
void ProxyDeleter::operator()(wl_surface* p) const {
  wl_surface_destroy(p);
}
void ProxyDeleter::operator()(wl_region* p) const {
  wl_region_destroy(p);
}
void ProxyDeleter::operator()(wl_subcompositor* p) const {
  wl_subcompositor_destroy(p);
}
void ProxyDeleter::operator()(wl_subsurface* p) const {
  wl_subsurface_destroy(p);
}
void ProxyDeleter::operator()(wl_buffer* p) const {
  wl_buffer_destroy(p);
}
void ProxyDeleter::operator()(wl_shm* p) const {
  if (wl_shm_get_version(p) >= WL_SHM_RELEASE_SINCE_VERSION)
    wl_shm_release(p);
  else
    wl_shm_destroy(p);
}
void ProxyDeleter::operator()(wl_shm_pool* p) const {
  wl_shm_pool_destroy(p);
}
void ProxyDeleter::operator()(wl_seat* p) const {
  if (wl_seat_get_version(p) >= WL_SEAT_RELEASE_SINCE_VERSION)
    wl_seat_release(p);
  else
    wl_seat_destroy(p);
}
void ProxyDeleter::operator()(wl_pointer* p) const {
  if (wl_pointer_get_version(p) >= WL_POINTER_RELEASE_SINCE_VERSION)
    wl_pointer_release(p);
  else
    wl_pointer_destroy(p);
}
void ProxyDeleter::operator()(wl_keyboard* p) const {
  if (wl_keyboard_get_version(p) >= WL_KEYBOARD_RELEASE_SINCE_VERSION)
    wl_keyboard_release(p);
  else
    wl_keyboard_destroy(p);
}
void ProxyDeleter::operator()(xdg_wm_base* p) const {
  xdg_wm_base_destroy(p);
}
void ProxyDeleter::operator()(xdg_surface* p) const {
  xdg_surface_destroy(p);
}
void ProxyDeleter::operator()(xdg_toplevel* p) const {
  xdg_toplevel_destroy(p);
}
void ProxyDeleter::operator()(xdg_popup* p) const {
  xdg_popup_destroy(p);
}
void ProxyDeleter::operator()(xdg_positioner* p) const {
  xdg_positioner_destroy(p);
}
void ProxyDeleter::operator()(wp_presentation* p) const {
  wp_presentation_destroy(p);
}
void ProxyDeleter::operator()(struct wp_presentation_feedback* p) const {
  wp_presentation_feedback_destroy(p);
}
void ProxyDeleter::operator()(zwp_linux_dmabuf_v1* p) const {
  zwp_linux_dmabuf_v1_destroy(p);
}
void ProxyDeleter::operator()(zwp_linux_dmabuf_feedback_v1* p) const {
  zwp_linux_dmabuf_feedback_v1_destroy(p);
}
void ProxyDeleter::operator()(zwp_linux_buffer_params_v1* p) const {
  zwp_linux_buffer_params_v1_destroy(p);
}
void ProxyDeleter::operator()(wp_linux_drm_syncobj_manager_v1* p) const {
  wp_linux_drm_syncobj_manager_v1_destroy(p);
}
void ProxyDeleter::operator()(wp_linux_drm_syncobj_surface_v1* p) const {
  wp_linux_drm_syncobj_surface_v1_destroy(p);
}
void ProxyDeleter::operator()(wp_linux_drm_syncobj_timeline_v1* p) const {
  wp_linux_drm_syncobj_timeline_v1_destroy(p);
}
void ProxyDeleter::operator()(zwp_relative_pointer_manager_v1* p) const {
  zwp_relative_pointer_manager_v1_destroy(p);
}
void ProxyDeleter::operator()(zwp_relative_pointer_v1* p) const {
  zwp_relative_pointer_v1_destroy(p);
}

} // namespace fenceline::demos
