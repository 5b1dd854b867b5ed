#include "renderer/pixel_formats.h"

#include <cstdint>

#include <drm_fourcc.h>

namespace fenceline {

namespace {

// DRM names the bits of a little-endian word from the top; Vulkan names unpacked formats by their bytes and packed ones
// by their word.
constexpr PixelFormat formats[] = {
    {DRM_FORMAT_XRGB8888, VK_FORMAT_B8G8R8A8_UNORM, 4, false},
    {DRM_FORMAT_ARGB8888, VK_FORMAT_B8G8R8A8_UNORM, 4, true},
    {DRM_FORMAT_XBGR8888, VK_FORMAT_R8G8B8A8_UNORM, 4, false},
    {DRM_FORMAT_ABGR8888, VK_FORMAT_R8G8B8A8_UNORM, 4, true},
    {DRM_FORMAT_XRGB2101010, VK_FORMAT_A2R10G10B10_UNORM_PACK32, 4, false},
    {DRM_FORMAT_ARGB2101010, VK_FORMAT_A2R10G10B10_UNORM_PACK32, 4, true},
    {DRM_FORMAT_XBGR2101010, VK_FORMAT_A2B10G10R10_UNORM_PACK32, 4, false},
    {DRM_FORMAT_ABGR2101010, VK_FORMAT_A2B10G10R10_UNORM_PACK32, 4, true},
    {DRM_FORMAT_XBGR16161616F, VK_FORMAT_R16G16B16A16_SFLOAT, 8, false},
    {DRM_FORMAT_ABGR16161616F, VK_FORMAT_R16G16B16A16_SFLOAT, 8, true},
    {DRM_FORMAT_RGB565, VK_FORMAT_R5G6B5_UNORM_PACK16, 2, false},
    {DRM_FORMAT_R8, VK_FORMAT_R8_UNORM, 1, false, true},
    {DRM_FORMAT_GR88, VK_FORMAT_R8G8_UNORM, 2, false, true},
    {DRM_FORMAT_R16, VK_FORMAT_R16_UNORM, 2, false, true},
    {DRM_FORMAT_GR1616, VK_FORMAT_R16G16_UNORM, 4, false, true},
};

} // namespace

VkComponentMapping PixelFormat::components() const {
  VkComponentMapping mapping{};
  if (!alpha)
    mapping.a = VK_COMPONENT_SWIZZLE_ONE;
  return mapping;
}

std::span<const PixelFormat> pixel_formats() {
  return formats;
}

VkFormat srgb_sibling(VkFormat format) {
  switch (format) {
  case VK_FORMAT_B8G8R8A8_UNORM:
    return VK_FORMAT_B8G8R8A8_SRGB;
  case VK_FORMAT_R8G8B8A8_UNORM:
    return VK_FORMAT_R8G8B8A8_SRGB;
  default:
    return VK_FORMAT_UNDEFINED;
  }
}

const PixelFormat* find_pixel_format(std::uint32_t fourcc) {
  for (const PixelFormat& f : formats)
    if (f.fourcc == fourcc)
      return &f;
  return nullptr;
}

std::string fourcc_text(std::uint32_t fourcc) {
  std::string text;
  for (unsigned shift = 0; shift < 32; shift += 8) {
    const auto c = static_cast<char>((fourcc >> shift) & 0xffU);
    text += c >= ' ' && c <= '~' ? c : '?';
  }
  return text;
}

} // namespace fenceline
