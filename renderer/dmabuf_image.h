#pragma once
#include "renderer/dmabuf_check.h"
#include "renderer/gpu_image.h"

namespace fenceline {

enum class DmabufUse : std::uint8_t { Texture, Target };

/// An image in somebody else's dma-buf. Anything wrong with it is an error, never a crash. `also`: a second format that
/// it is to be seen in (draws_as).
[[nodiscard]] Result<std::unique_ptr<GpuImage>> import_dmabuf_image(const VulkanDevice& device,
                                                                    const FormatSupport& support,
                                                                    const DmabufAttributes& attributes, DmabufUse use,
                                                                    VkFormat also = VK_FORMAT_UNDEFINED);

/// The memory planes of a YCbCr format that the device can sample, each as an image of its own; they may lie in several
/// dma-bufs. Errors as above.
[[nodiscard]] Result<std::vector<std::unique_ptr<GpuImage>>>
import_yuv_planes(const VulkanDevice& device, const FormatSupport& support, const DmabufAttributes& attributes);

/// A target of our own in exported memory.
struct ExportedImage {
  std::unique_ptr<GpuImage> image;
  DmabufAttributes attributes;
};

/// Makes a target with one of `modifiers` (the driver picks) and exports it.
[[nodiscard]] Result<ExportedImage> export_dmabuf_image(const VulkanDevice& device, const FormatSupport& support,
                                                        Size size, const PixelFormat& format,
                                                        std::span<const std::uint64_t> modifiers,
                                                        VkFormat also = VK_FORMAT_UNDEFINED);

} // namespace fenceline
