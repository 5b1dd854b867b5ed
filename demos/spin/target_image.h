#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "demos/client/geometry.h"
#include "demos/client/unique_fd.h"
#include "demos/spin/gpu.h"

namespace fenceline::demos {

/// An image to draw into: either a dma-buf to share, or one that is only copied out of.
class TargetImage {
 public:
  struct Plane {
    std::uint32_t offset; // bytes
    std::uint32_t pitch;  // bytes a row
  };

  /// To copy out of.
  static TargetImage for_reading(const Gpu& gpu, Size size, VkFormat format = read_format);
  /// Exported as a dma-buf, with the one of `modifiers` that the driver likes best.
  static TargetImage for_sharing(const Gpu& gpu, Size size, VkFormat format, std::span<const std::uint64_t> modifiers);

  [[nodiscard]] VkImage image() const { return image_.get(); }
  [[nodiscard]] VkImageView view() const { return view_.get(); }
  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] VkFormat format() const { return format_; }
  [[nodiscard]] bool shared() const { return dmabuf_.valid(); }
  // Of a shared image. All planes are in the one dma-buf.
  [[nodiscard]] int dmabuf() const { return dmabuf_.get(); }
  [[nodiscard]] std::uint64_t modifier() const { return modifier_; }
  [[nodiscard]] const std::vector<Plane>& planes() const { return planes_; }

 private:
  TargetImage(Size size, VkFormat format) : size_(size), format_(format) {}
  [[nodiscard]] VkImageCreateInfo image_info() const;
  void make_view(const Gpu& gpu);
  void read_layout(const Gpu& gpu);

  Size size_;
  VkFormat format_;
  OwnedMemory memory_;
  OwnedImage image_;
  OwnedImageView view_;
  UniqueFd dmabuf_;
  std::uint64_t modifier_ = 0;
  std::vector<Plane> planes_;
};

} // namespace fenceline::demos
