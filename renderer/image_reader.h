#pragma once
#include "renderer/compose_pass.h"
#include "renderer/frame_ring.h"
#include "renderer/gpu_buffer.h"
#include "renderer/target_store.h"

namespace fenceline {

/// Copies an image to CPU memory as a screen shows it: any format that can be sampled becomes XRGB8888, without
/// blending.
class ImageReader {
 public:
  /// What one copy is made with.
  struct Copy {
    std::shared_ptr<Texture> image;
    std::shared_ptr<Target> screen;    ///< Where the image is drawn to, once.
    std::shared_ptr<GpuBuffer> pixels; ///< Where it ends: rows without padding, the X byte may be anything.
    YuvEncoding yuv;
  };

  ImageReader(const VulkanDevice& device, TargetStore& targets, TextureDescriptors& descriptors, ComposePass& pass)
      : device_(device), targets_(targets), descriptors_(descriptors), pass_(pass) {}

  /// Of a client's picture; `yuv`: how it is read if it is video.
  [[nodiscard]] Result<Copy> prepare(std::shared_ptr<Texture> image, const YuvEncoding& yuv);
  /// Of a picture that was composed.
  [[nodiscard]] Result<Copy> prepare(const Target& target);
  /// Writes the copy down; the frame keeps what it needs.
  void record(GpuFrame& frame, const Copy& copy);

 private:
  void rest(VkCommandBuffer commands, const Texture& image, bool before) const;

  const VulkanDevice& device_;
  TargetStore& targets_;
  TextureDescriptors& descriptors_;
  ComposePass& pass_;
};

} // namespace fenceline
