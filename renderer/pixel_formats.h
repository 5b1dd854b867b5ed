#pragma once
#include <cstdint>
#include <span>

#include "renderer/vk.h"

namespace fenceline {

/// A DRM format and the Vulkan format of the same memory. An X format has the Vulkan format of its sibling with alpha;
/// who samples it reads alpha as 1.
struct PixelFormat {
  std::uint32_t fourcc = 0;
  VkFormat vk = VK_FORMAT_UNDEFINED;
  std::uint32_t bytes = 0; ///< A pixel.
  bool alpha = false;
  bool part = false; ///< One memory plane of a YCbCr format, no picture of its own.

  /// How a texture of the format is sampled.
  [[nodiscard]] VkComponentMapping components() const;
};

/// The formats that the renderer knows. What the device can do with each has to be asked (FormatSupport).
[[nodiscard]] std::span<const PixelFormat> pixel_formats();
/// The same memory, decoded when it is read and encoded when it is written, as sRGB says; VK_FORMAT_UNDEFINED: Vulkan
/// has none.
[[nodiscard]] VkFormat srgb_sibling(VkFormat format);
/// Null for a format that is not known.
[[nodiscard]] const PixelFormat* find_pixel_format(std::uint32_t fourcc);
/// "AR24" for DRM_FORMAT_ARGB8888.
[[nodiscard]] std::string fourcc_text(std::uint32_t fourcc);

} // namespace fenceline
