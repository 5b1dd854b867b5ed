#include "demos/video/clip_encoding.h"

#if __has_include("color-representation-v1-client-protocol.h")

#include "color-representation-v1-client-protocol.h"

namespace fenceline::demos {

struct SurfaceEncoding::Objects {
  wp_color_representation_manager_v1* manager = nullptr;
  wp_color_representation_surface_v1* of_surface = nullptr;
  std::uint32_t coefficients = 0, range = 0; // that are wanted
  bool offered = false;
  ~Objects() {
    if (of_surface != nullptr)
      wp_color_representation_surface_v1_destroy(of_surface);
    if (manager != nullptr)
      wp_color_representation_manager_v1_destroy(manager);
  }
};

SurfaceEncoding::SurfaceEncoding(Connection& connection, wl_surface* surface, const ClipEncoding& encoding)
    : objects_(std::make_unique<Objects>()) {
  Objects& o = *objects_;
  o.coefficients =
      encoding.matrix == ClipEncoding::Matrix::bt601   ? WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT601
      : encoding.matrix == ClipEncoding::Matrix::bt709 ? WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT709
                                                       : WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT2020;
  o.range = encoding.full_range ? WP_COLOR_REPRESENTATION_SURFACE_V1_RANGE_FULL
                                : WP_COLOR_REPRESENTATION_SURFACE_V1_RANGE_LIMITED;
  o.manager = static_cast<wp_color_representation_manager_v1*>(
      connection.bind_extra(wp_color_representation_manager_v1_interface, 1));
  if (o.manager == nullptr)
    return;
  static constexpr wp_color_representation_manager_v1_listener listener = {
      .supported_alpha_mode = [](void*, wp_color_representation_manager_v1*, std::uint32_t) {},
      .supported_coefficients_and_ranges =
          [](void* data, wp_color_representation_manager_v1*, std::uint32_t coefficients, std::uint32_t range) {
            auto& self = *static_cast<Objects*>(data);
            self.offered = self.offered || (coefficients == self.coefficients && range == self.range);
          },
      .done = [](void*, wp_color_representation_manager_v1*) {},
  };
  wp_color_representation_manager_v1_add_listener(o.manager, &listener, &o);
  connection.roundtrip();
  if (!o.offered)
    return;
  o.of_surface = wp_color_representation_manager_v1_get_surface(o.manager, surface);
  wp_color_representation_surface_v1_set_coefficients_and_range(o.of_surface, o.coefficients, o.range);
  said_ = true;
}

SurfaceEncoding::~SurfaceEncoding() = default;

} // namespace fenceline::demos

#else // the build's wayland-protocols has no such file

namespace fenceline::demos {

struct SurfaceEncoding::Objects {};
SurfaceEncoding::SurfaceEncoding(Connection&, wl_surface*, const ClipEncoding&) {}
SurfaceEncoding::~SurfaceEncoding() = default;

} // namespace fenceline::demos

#endif
