#include "compositor/backends/drm/kms_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

namespace fenceline {
namespace {

struct Wanted {
  std::string_view name;
  std::uint32_t& id;
};

Result<void> find_required(std::span<const DrmProperty> properties, std::initializer_list<Wanted> wanted) {
  for (const auto& [name, id] : wanted) {
    const auto* found = find_property(properties, name);
    if (found == nullptr)
      return Error{fmt::format("the driver has no {} property", name), ENOENT};
    id = found->id;
  }
  return {};
}

std::uint64_t value_of(std::span<const DrmProperty> properties, std::string_view name) {
  const auto* found = find_property(properties, name);
  return found != nullptr ? found->value : 0;
}

std::optional<std::uint64_t> enum_value(const DrmProperty& property, std::string_view name) {
  for (const auto& item : property.enums)
    if (item.name == name)
      return item.value;
  return std::nullopt;
}

/// Names of drm_get_color_encoding_name and drm_get_color_range_name.
void find_encodings(std::span<const DrmProperty> properties, PlaneProperties& p) {
  constexpr std::array<std::string_view, 3> matrices{"ITU-R BT.601 YCbCr", "ITU-R BT.709 YCbCr", "ITU-R BT.2020 YCbCr"};
  constexpr std::array<std::string_view, 2> ranges{"YCbCr limited range", "YCbCr full range"};
  const DrmProperty* encoding = find_property(properties, "COLOR_ENCODING");
  const DrmProperty* range = find_property(properties, "COLOR_RANGE");
  if (encoding == nullptr || range == nullptr || encoding->immutable() || range->immutable())
    return;
  p.color_encoding = encoding->id;
  p.color_range = range->id;
  for (std::size_t i = 0; i < matrices.size(); ++i)
    p.matrices[i] = enum_value(*encoding, matrices[i]);
  for (std::size_t i = 0; i < ranges.size(); ++i)
    p.ranges[i] = enum_value(*range, ranges[i]);
}

/// The rotations that turn buffers upright again. A client that set Transform R90 turned its picture counter-clockwise
/// by a quarter (wl_output.transform); the plane has to turn it clockwise. KMS counts counter-clockwise as well, so
/// that is three quarters. A flipped one was flipped around the vertical axis first, then turned; KMS reflects first
/// too, and undoing both in the opposite order comes to the same turn with a reflection before it.
std::array<std::uint64_t, 8> undoing_rotations(const DrmProperty& rotation) {
  constexpr std::array<std::string_view, 4> turns{"rotate-0", "rotate-90", "rotate-180", "rotate-270"};
  const auto bits = [&rotation](std::string_view turn, bool x, bool y) -> std::uint64_t {
    std::uint64_t value = 0;
    for (const auto& [name, wanted] : {std::pair(turn, true), {std::string_view("reflect-x"), x}, {"reflect-y", y}}) {
      const auto bit = wanted ? enum_value(rotation, name) : std::nullopt;
      if (wanted && !bit)
        return 0;
      if (bit)
        value |= std::uint64_t{1} << *bit;
    }
    return value;
  };
  std::array<std::uint64_t, 8> values{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool flipped = i >= 4;
    const std::size_t turn = flipped ? i - 4 : (4 - i) % 4;
    values[i] = bits(turns[turn], flipped, false);
    // Both reflections together are half a turn.
    if (values[i] == 0)
      values[i] = bits(turns[(turn + 2) % 4], !flipped, true);
  }
  return values;
}

/// Names of drm_content_type_enum_list, by ContentType. A film is what a video is called there.
void find_content_types(const DrmProperty& property, ConnectorProperties& p) {
  constexpr std::array<std::string_view, 4> names{"No Data", "Photo", "Cinema", "Game"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto value = enum_value(property, names[i]);
    if (!value)
      return;
    p.content_types[i] = *value;
  }
  p.content_type = property.id;
}

} // namespace

const DrmProperty* find_property(std::span<const DrmProperty> properties, std::string_view name) {
  const auto found =
      std::find_if(properties.begin(), properties.end(), [&](const DrmProperty& p) { return p.name == name; });
  return found != properties.end() ? &*found : nullptr;
}

Result<PlaneProperties> plane_properties(std::span<const DrmProperty> properties) {
  PlaneProperties p;
  auto found = find_required(properties, {{"FB_ID", p.fb_id},
                                          {"CRTC_ID", p.crtc_id},
                                          {"CRTC_X", p.crtc_x},
                                          {"CRTC_Y", p.crtc_y},
                                          {"CRTC_W", p.crtc_w},
                                          {"CRTC_H", p.crtc_h},
                                          {"SRC_X", p.src_x},
                                          {"SRC_Y", p.src_y},
                                          {"SRC_W", p.src_w},
                                          {"SRC_H", p.src_h}});
  if (!found)
    return found.error();
  const auto* type = find_property(properties, "type");
  if (type == nullptr)
    return Error{"the driver has no type property", ENOENT};
  p.type = type->value == DRM_PLANE_TYPE_PRIMARY  ? PlaneType::Primary
           : type->value == DRM_PLANE_TYPE_CURSOR ? PlaneType::Cursor
                                                  : PlaneType::Overlay;
  if (const auto* fence = find_property(properties, "IN_FENCE_FD"); fence != nullptr)
    p.in_fence_fd = fence->id;
  if (const auto* rotation = find_property(properties, "rotation"); rotation != nullptr && !rotation->immutable()) {
    p.rotations = undoing_rotations(*rotation);
    if (p.rotations[0] != 0)
      p.rotation = rotation->id;
  }
  if (const auto* alpha = find_property(properties, "alpha"); alpha != nullptr && !alpha->immutable())
    p.alpha = alpha->id;
  find_encodings(properties, p);
  if (const auto* blend = find_property(properties, "pixel blend mode"); blend != nullptr && !blend->immutable())
    if (const auto value = enum_value(*blend, "Pre-multiplied"))
      p.neutral.push_back({blend->id, *value});
  if (const auto* zpos = find_property(properties, "zpos"); zpos != nullptr) {
    p.depths = {.lowest = zpos->value, .highest = zpos->value, .at_start = zpos->value};
    if (!zpos->immutable()) {
      p.zpos = zpos->id;
      p.depths->lowest = std::min(zpos->least, zpos->value);
      p.depths->highest = std::max(zpos->most, zpos->value);
    }
  }
  p.in_formats_blob = static_cast<std::uint32_t>(value_of(properties, "IN_FORMATS"));
  p.crtc_at_start = static_cast<std::uint32_t>(value_of(properties, "CRTC_ID"));
  return p;
}

Result<CrtcProperties> crtc_properties(std::span<const DrmProperty> properties) {
  CrtcProperties p;
  if (auto found = find_required(properties, {{"ACTIVE", p.active}, {"MODE_ID", p.mode_id}}); !found)
    return found.error();
  p.active_at_start = value_of(properties, "ACTIVE") != 0;
  if (const auto* fence = find_property(properties, "OUT_FENCE_PTR"); fence != nullptr)
    p.out_fence_ptr = fence->id;
  if (const auto* background = find_property(properties, "BACKGROUND_COLOR");
      background != nullptr && !background->immutable())
    p.background = background->id;
  if (const auto* vrr = find_property(properties, "VRR_ENABLED"); vrr != nullptr && !vrr->immutable())
    p.vrr_enabled = vrr->id;
  for (const std::string_view name : {"DEGAMMA_LUT", "CTM", "GAMMA_LUT"})
    if (const auto* found = find_property(properties, name); found != nullptr && !found->immutable())
      p.neutral.push_back({found->id, 0});
  return p;
}

Result<ConnectorProperties> connector_properties(std::span<const DrmProperty> properties) {
  ConnectorProperties p;
  if (auto found = find_required(properties, {{"CRTC_ID", p.crtc_id}}); !found)
    return found.error();
  p.edid_blob = static_cast<std::uint32_t>(value_of(properties, "EDID"));
  p.non_desktop = value_of(properties, "non-desktop") != 0;
  p.crtc_at_start = static_cast<std::uint32_t>(value_of(properties, "CRTC_ID"));
  if (const auto* link = find_property(properties, "link-status"); link != nullptr && !link->immutable()) {
    p.link_status = link->id;
    p.link_bad = link->value != DRM_MODE_LINK_STATUS_GOOD;
  }
  p.vrr_capable = value_of(properties, "vrr_capable") != 0;
  if (const auto* content = find_property(properties, "content type"); content != nullptr && !content->immutable())
    find_content_types(*content, p);
  return p;
}

} // namespace fenceline
