#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compositor/backends/drm/drm_api.h"
#include "compositor/frame/output_state.h"

namespace fenceline {

/// A property that an object may lack, with the value that means "nothing special".
struct NeutralProperty {
  std::uint32_t id = 0;
  std::uint64_t value = 0;
};

/// Property ids of a plane; 0 where an optional one is missing.
struct PlaneProperties {
  std::uint32_t fb_id = 0, crtc_id = 0;
  std::uint32_t crtc_x = 0, crtc_y = 0, crtc_w = 0, crtc_h = 0; ///< Output pixels; x and y signed.
  std::uint32_t src_x = 0, src_y = 0, src_w = 0, src_h = 0;     ///< 16.16 buffer pixels.
  std::uint32_t in_fence_fd = 0;                                ///< Optional.
  std::uint32_t rotation = 0;                                   ///< Optional; not there: Transform::Normal only.
  /// By Transform: the value of `rotation` with which a buffer whose content was turned so is shown upright. 0: none.
  std::array<std::uint64_t, 8> rotations{};
  std::uint32_t alpha = 0; ///< Optional. From 0 to opaque_alpha.
  static constexpr std::uint64_t opaque_alpha = 0xffff;
  std::uint32_t color_encoding = 0, color_range = 0;    ///< Optional, both or none: how YCbCr formats are read.
  std::array<std::optional<std::uint64_t>, 3> matrices; ///< By YuvMatrix: the value of `color_encoding`.
  std::array<std::optional<std::uint64_t>, 2> ranges;   ///< By YuvRange: the value of `color_range`.
  /// Those that another master may have left changed: premultiplied blending, the order.
  std::vector<NeutralProperty> neutral;
  PlaneType type = PlaneType::Overlay;
  std::uint32_t zpos = 0;            ///< Optional: only where it can be set.
  std::optional<PlaneDepths> depths; ///< None where the driver does not say.
  std::uint32_t in_formats_blob = 0; ///< 0: none.
  std::uint32_t crtc_at_start = 0;   ///< The CRTC it was on when the backend came.
};

struct CrtcProperties {
  std::uint32_t active = 0, mode_id = 0;
  std::uint32_t out_fence_ptr = 0; ///< Optional.
  std::uint32_t background = 0;    ///< Optional (Linux 7.0): the colour where no plane is, DRM_ARGB64.
  std::uint32_t vrr_enabled = 0;   ///< Optional: blanks come when there is a new picture.
  bool active_at_start = false;    ///< It was on when its properties were read.
  /// No colour transforms.
  std::vector<NeutralProperty> neutral;
};

struct ConnectorProperties {
  std::uint32_t crtc_id = 0;
  std::uint32_t edid_blob = 0; ///< 0: the display has none.
  bool non_desktop = false;    ///< A headset and the like: not for a desktop.
  std::uint32_t crtc_at_start = 0;
  std::uint32_t link_status = 0;  ///< Optional. Set to 0 (good) with a modeset, which trains the link anew.
  bool link_bad = false;          ///< The link has failed: the picture is not there any more.
  bool vrr_capable = false;       ///< Its display's refresh can vary.
  std::uint32_t content_type = 0; ///< Optional; with a value for each ContentType.
  std::array<std::uint64_t, 4> content_types{};
};

/// The property of that name, or null.
[[nodiscard]] const DrmProperty* find_property(std::span<const DrmProperty> properties, std::string_view name);

// The typed tables, from an object's properties. An error names the property that an atomic driver must have and this
// one lacks.
[[nodiscard]] Result<PlaneProperties> plane_properties(std::span<const DrmProperty> properties);
[[nodiscard]] Result<CrtcProperties> crtc_properties(std::span<const DrmProperty> properties);
[[nodiscard]] Result<ConnectorProperties> connector_properties(std::span<const DrmProperty> properties);

} // namespace fenceline
