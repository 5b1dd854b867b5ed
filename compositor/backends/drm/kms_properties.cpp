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
  if (const auto* rotation = find_property(properties, "rotation"); rotation != nullptr && !rotation->immutable())
    if (const auto bit = enum_value(*rotation, "rotate-0"))
      p.neutral.push_back({rotation->id, std::uint64_t{1} << *bit});
  if (const auto* alpha = find_property(properties, "alpha"); alpha != nullptr && !alpha->immutable())
    p.neutral.push_back({alpha->id, 0xffff});
  if (const auto* blend = find_property(properties, "pixel blend mode"); blend != nullptr && !blend->immutable())
    if (const auto value = enum_value(*blend, "Pre-multiplied"))
      p.neutral.push_back({blend->id, *value});
  if (const auto* zpos = find_property(properties, "zpos"); zpos != nullptr) {
    p.zpos = zpos->value;
    // Another master may change the order that is reckoned with.
    if (!zpos->immutable())
      p.neutral.push_back({zpos->id, zpos->value});
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
  for (const std::string_view name : {"DEGAMMA_LUT", "CTM", "GAMMA_LUT", "VRR_ENABLED"})
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
  return p;
}

} // namespace fenceline
