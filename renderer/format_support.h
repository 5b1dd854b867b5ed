#pragma once
#include <span>
#include <vector>

#include "compositor/frame/dmabuf.h"
#include "compositor/frame/yuv_formats.h"
#include "renderer/pixel_formats.h"
#include "renderer/vulkan_device.h"

namespace fenceline {

/// What the device can do with dma-bufs of one format and modifier.
struct ModifierSupport {
  FormatModifier format;
  std::uint32_t planes = 0; ///< Memory planes, compression metadata included.
  bool texture = false;     ///< Can be imported and sampled with filtering.
  bool target = false;      ///< Can be imported and drawn to with blending.
  bool exportable = false;  ///< We can make such a target and export it.
  Size max_texture, max_target;
};

/// The device's answers for every format that the renderer knows, asked once. A YCbCr format has no answer of its own:
/// it can be sampled when the parts that its memory planes are can be, each as an image by itself.
class FormatSupport {
 public:
  explicit FormatSupport(const VulkanDevice& device);

  [[nodiscard]] std::span<const FormatModifier> textures() const { return textures_; }
  [[nodiscard]] std::span<const FormatModifier> targets() const { return targets_; }
  /// Null when the device takes no dma-buf of that format and modifier.
  [[nodiscard]] const ModifierSupport* find(FormatModifier format) const;
  /// Whether pixels of the format can be uploaded to a texture.
  [[nodiscard]] bool uploads(std::uint32_t fourcc) const;

 private:
  void probe(const VulkanDevice& device, const PixelFormat& format);
  void combine(const YuvFormat& format);

  std::vector<ModifierSupport> modifiers_;
  std::vector<FormatModifier> textures_;
  std::vector<FormatModifier> targets_;
  std::vector<std::uint32_t> uploads_;
};

/// Whether an image of that modifier can be drawn to with blending in another format too.
[[nodiscard]] bool draws_as(const VulkanDevice& device, VkFormat format, VkFormat also, std::uint64_t modifier);
/// The same of an image in the device's own tiling.
[[nodiscard]] bool draws_as(const VulkanDevice& device, VkFormat also);

/// What textures and targets are used for; images are made with the same flags that were asked about. Targets are read
/// back too (ImageReader). A CPU device also copies from the ones to the others (ComposePass).
[[nodiscard]] VkImageUsageFlags texture_usage(const VulkanDevice& device);
[[nodiscard]] VkImageUsageFlags target_usage(const VulkanDevice& device);

} // namespace fenceline
