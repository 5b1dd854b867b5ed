#include "protocols/color_representation_global.h"

#if __has_include("color-representation-v1-server-protocol.h")

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "color-representation-v1-server-protocol.h"
#include "compositor/frame/yuv_formats.h"
#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

struct Representation {
  std::uint32_t coefficients = 0, range = 0;
  std::optional<YuvEncoding> yuv; ///< None: identity, for RGB.
};

constexpr auto limited = WP_COLOR_REPRESENTATION_SURFACE_V1_RANGE_LIMITED;
constexpr auto full = WP_COLOR_REPRESENTATION_SURFACE_V1_RANGE_FULL;
/// What is on offer: all that the renderer converts. RGB of limited range would need a conversion of its own.
constexpr Representation representations[] = {
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_IDENTITY, full, std::nullopt},
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT709, limited, YuvEncoding{YuvMatrix::Bt709, YuvRange::Limited}},
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT709, full, YuvEncoding{YuvMatrix::Bt709, YuvRange::Full}},
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT601, limited, YuvEncoding{YuvMatrix::Bt601, YuvRange::Limited}},
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT601, full, YuvEncoding{YuvMatrix::Bt601, YuvRange::Full}},
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT2020, limited,
     YuvEncoding{YuvMatrix::Bt2020, YuvRange::Limited}},
    {WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT2020, full, YuvEncoding{YuvMatrix::Bt2020, YuvRange::Full}},
};

/// By wp_color_representation_surface_v1.chroma_location, less 1.
constexpr std::array<ChromaSite, 6> sites{{{ChromaSite::X::Left, ChromaSite::Y::Middle},
                                           {ChromaSite::X::Middle, ChromaSite::Y::Middle},
                                           {ChromaSite::X::Left, ChromaSite::Y::Top},
                                           {ChromaSite::X::Middle, ChromaSite::Y::Top},
                                           {ChromaSite::X::Left, ChromaSite::Y::Bottom},
                                           {ChromaSite::X::Middle, ChromaSite::Y::Bottom}}};

/// wp_color_representation_surface_v1.
class ColorRepresentationSurface final : public wl::Resource<ColorRepresentationSurface>, public CommitExtension {
 public:
  ColorRepresentationSurface(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
  }
  ~ColorRepresentationSurface() override {
    if (!surface_)
      return;
    surface_->remove_extension(*this);
    surface_->surface().pending().yuv = YuvEncoding{};
    surface_->surface().pending().chroma = ChromaSite{};
  }
  static const wl_interface& interface() { return wp_color_representation_surface_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource& surface, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    const auto& buffer = surface.resulting_state().buffer;
    if (!buffer)
      return true;
    const std::uint32_t fourcc = buffer->format.fourcc;
    const YuvFormat* yuv = find_yuv_format(fourcc);
    // Formats that are not known here are none that could be shown wrong: only a display without a renderer takes them.
    const bool rgb = bytes_per_pixel(fourcc) != 0;
    if (chosen_ != nullptr && ((chosen_->yuv && rgb) || (!chosen_->yuv && yuv != nullptr))) {
      post_error(WP_COLOR_REPRESENTATION_SURFACE_V1_ERROR_PIXEL_FORMAT,
                 "the coefficients {} do not go with the pixel format {:#x}", chosen_->coefficients, fourcc);
      return false;
    }
    const bool has_site = yuv != nullptr && yuv->planes[1].halved_x != 0 && yuv->planes[1].halved_y != 0;
    if (has_location_ && (rgb || (yuv != nullptr && !has_site))) {
      post_error(WP_COLOR_REPRESENTATION_SURFACE_V1_ERROR_PIXEL_FORMAT,
                 "the pixel format {:#x} is not 4:2:0, so its chroma has no location", fourcc);
      return false;
    }
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  [[nodiscard]] bool inert() {
    if (!surface_)
      post_error(WP_COLOR_REPRESENTATION_SURFACE_V1_ERROR_INERT, "the wl_surface is gone");
    return surface_ == nullptr;
  }

  void set_alpha_mode(std::uint32_t mode) {
    if (!inert() && mode != WP_COLOR_REPRESENTATION_SURFACE_V1_ALPHA_MODE_PREMULTIPLIED_ELECTRICAL)
      post_error(WP_COLOR_REPRESENTATION_SURFACE_V1_ERROR_ALPHA_MODE, "the alpha mode {} is not on offer", mode);
  }

  void set_coefficients_and_range(std::uint32_t coefficients, std::uint32_t range) {
    if (inert())
      return;
    const auto* found =
        std::find_if(std::begin(representations), std::end(representations), [&](const Representation& offered) {
          return offered.coefficients == coefficients && offered.range == range;
        });
    if (found == std::end(representations))
      return post_error(WP_COLOR_REPRESENTATION_SURFACE_V1_ERROR_COEFFICIENTS,
                        "the coefficients {} with the range {} are not on offer", coefficients, range);
    chosen_ = found;
    surface_->surface().pending().yuv = found->yuv.value_or(YuvEncoding{});
  }

  void set_chroma_location(std::uint32_t location) {
    if (inert())
      return;
    if (location == 0 || location > sites.size())
      return post_error(WP_COLOR_REPRESENTATION_SURFACE_V1_ERROR_CHROMA_LOCATION, "there is no chroma location {}",
                        location);
    has_location_ = true;
    surface_->surface().pending().chroma = sites[location - 1];
  }

  static const struct wp_color_representation_surface_v1_interface requests;
  SurfaceResource* surface_;
  const Representation* chosen_ = nullptr; ///< Null: the client has not said.
  bool has_location_ = false;
};

const struct wp_color_representation_surface_v1_interface ColorRepresentationSurface::requests = {
    .destroy = wl::destroy,
    .set_alpha_mode = wl::thunk<&ColorRepresentationSurface::set_alpha_mode>,
    .set_coefficients_and_range = wl::thunk<&ColorRepresentationSurface::set_coefficients_and_range>,
    .set_chroma_location = wl::thunk<&ColorRepresentationSurface::set_chroma_location>,
};

class ColorRepresentationManager final : public wl::Resource<ColorRepresentationManager> {
 public:
  ColorRepresentationManager(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {
    wp_color_representation_manager_v1_send_supported_alpha_mode(
        resource(), WP_COLOR_REPRESENTATION_SURFACE_V1_ALPHA_MODE_PREMULTIPLIED_ELECTRICAL);
    for (const Representation& offered : representations)
      wp_color_representation_manager_v1_send_supported_coefficients_and_ranges(resource(), offered.coefficients,
                                                                                offered.range);
    wp_color_representation_manager_v1_send_done(resource());
  }
  static const wl_interface& interface() { return wp_color_representation_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_surface(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<ColorRepresentationSurface>())
      return post_error(WP_COLOR_REPRESENTATION_MANAGER_V1_ERROR_SURFACE_EXISTS,
                        "wl_surface {} has a colour representation already", surface->object_id());
    new ColorRepresentationSurface(client(), version(), id, *surface);
  }
  static const struct wp_color_representation_manager_v1_interface requests;
};

const struct wp_color_representation_manager_v1_interface ColorRepresentationManager::requests = {
    .destroy = wl::destroy,
    .get_surface = wl::thunk<&ColorRepresentationManager::get_surface>,
};

} // namespace

ColorRepresentationGlobal::ColorRepresentationGlobal(wl::Display& display) {
  global_.emplace(display, wp_color_representation_manager_v1_interface, 1, wl::binds<ColorRepresentationManager>());
}

} // namespace fenceline

#else

namespace fenceline {

ColorRepresentationGlobal::ColorRepresentationGlobal(wl::Display&) {}

} // namespace fenceline

#endif
