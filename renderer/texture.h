#pragma once
#include <memory>
#include <vector>

#include "compositor/frame/yuv_formats.h"
#include "renderer/gpu_image.h"
#include "renderer/pixel_formats.h"
#include "renderer/texture_descriptors.h"

namespace fenceline {

/// Something that layers are drawn from. Shared between the store that knows its id and the frames in flight that read
/// it: the last of them frees it.
struct Texture {
  std::shared_ptr<GpuImage> image;               ///< The picture; of a YCbCr format the plane that has Y.
  std::vector<std::shared_ptr<GpuImage>> chroma; ///< Of a YCbCr format the other memory planes.
  const YuvFormat* yuv = nullptr;                ///< Null: RGB.
  TextureDescriptors::Set descriptor;
  PixelFormat format;
  bool foreign = false; ///< A client's dma-buf: taken from and given back to the foreign queue family each frame.
  bool filled = false;  ///< Uploaded textures: a submission has written it, so it is in SHADER_READ_ONLY_OPTIMAL.
  bool target = false;  ///< What is drawn to, seen as something to draw from (ImageReader).
};

/// Something that is drawn to.
struct Target {
  std::shared_ptr<GpuImage> image;
  PixelFormat format;
  bool foreign = false; ///< Given to the foreign queue family after drawing: the display reads it.
  /// It seen as the sRGB format of the same memory, and that; null: there is none.
  VkImageView linear_view = VK_NULL_HANDLE;
  VkFormat linear_format = VK_FORMAT_UNDEFINED;
  bool drawn = false; ///< There is a picture in it. One of our own is in COLOR_ATTACHMENT_OPTIMAL then.
};

} // namespace fenceline
