#pragma once

#include <array>
#include <cstdint>

#include <drm_fourcc.h>
#include <vulkan/vulkan.h>

namespace fenceline::demos {

/// A format that spin can draw in, where its device can.
struct PixelFormat {
  const char* name; // DRM's, for people
  std::uint32_t fourcc;
  bool alpha; // translucent, premultiplied
  VkFormat vulkan;
};

/// Of each kind the one that everybody takes is first.
inline constexpr std::array<PixelFormat, 6> pixel_formats = {{
    {"XRGB8888", DRM_FORMAT_XRGB8888, false, VK_FORMAT_B8G8R8A8_UNORM},
    {"XBGR8888", DRM_FORMAT_XBGR8888, false, VK_FORMAT_R8G8B8A8_UNORM},
    {"XRGB2101010", DRM_FORMAT_XRGB2101010, false, VK_FORMAT_A2R10G10B10_UNORM_PACK32},
    {"XBGR2101010", DRM_FORMAT_XBGR2101010, false, VK_FORMAT_A2B10G10R10_UNORM_PACK32},
    {"ARGB8888", DRM_FORMAT_ARGB8888, true, VK_FORMAT_B8G8R8A8_UNORM},
    {"ABGR8888", DRM_FORMAT_ABGR8888, true, VK_FORMAT_R8G8B8A8_UNORM},
}};

/// The one that is drawn in where no other is asked for.
constexpr const PixelFormat& usual_format(bool alpha) {
  return pixel_formats[alpha ? 4 : 0];
}
static_assert(!usual_format(false).alpha && usual_format(true).alpha);

} // namespace fenceline::demos
