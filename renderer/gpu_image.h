#pragma once
#include <array>
#include <cstddef>
#include <memory>

#include "compositor/base/geometry.h"
#include "renderer/vulkan_device.h"

namespace fenceline {

/// A two-dimensional image with its memory and a view. Each image has allocations of its own: textures and targets
/// are few, large and long-lived, so a sub-allocator would save nothing but calls that no frame makes.
class GpuImage {
 public:
  /// An image that nobody else sees, in the device's own memory and tiling.
  [[nodiscard]] static Result<std::unique_ptr<GpuImage>> create_local(const VulkanDevice& device, Size size,
                                                                      VkFormat format, VkImageUsageFlags usage,
                                                                      const VkComponentMapping& components);
  /// For builders: takes over `image`, which has no memory yet.
  GpuImage(const VulkanDevice& device, VkImage image, Size size, VkFormat format)
      : device_(device), image_(image), size_(size), format_(format) {}
  GpuImage(const GpuImage&) = delete;
  GpuImage& operator=(const GpuImage&) = delete;
  ~GpuImage();

  [[nodiscard]] VkImage handle() const { return image_; }
  [[nodiscard]] VkImageView view() const { return view_; }
  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] VkFormat format() const { return format_; }

  /// For builders: takes over memory of the image, at most four; destroyed after the image.
  void adopt(VkDeviceMemory memory);
  /// For builders: the view, once the memory is bound.
  [[nodiscard]] Result<void> make_view(const VkComponentMapping& components);
  /// One more view, at most one; as long as the image.
  [[nodiscard]] Result<VkImageView> add_view(const VkComponentMapping& components);

 private:
  [[nodiscard]] Result<VkImageView> new_view(const VkComponentMapping& components) const;

  const VulkanDevice& device_;
  VkImage image_;
  VkImageView view_ = VK_NULL_HANDLE;
  VkImageView second_view_ = VK_NULL_HANDLE;
  std::array<VkDeviceMemory, 4> memories_{};
  std::size_t memory_count_ = 0;
  Size size_;
  VkFormat format_;
};

/// All of the one level and layer that every image here has.
inline constexpr VkImageSubresourceRange whole_image = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};

} // namespace fenceline
