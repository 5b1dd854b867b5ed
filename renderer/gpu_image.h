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
  /// An image that nobody else sees, in the device's own memory and tiling. `also`: a second format that it can be
  /// seen in.
  [[nodiscard]] static Result<std::unique_ptr<GpuImage>> create_local(const VulkanDevice& device, Size size,
                                                                      VkFormat format, VkImageUsageFlags usage,
                                                                      const VkComponentMapping& components,
                                                                      VkFormat also = VK_FORMAT_UNDEFINED);
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
  /// The same in another format, which the image was made for: to be drawn to.
  [[nodiscard]] Result<VkImageView> add_attachment_view(VkFormat format);

 private:
  [[nodiscard]] Result<VkImageView> new_view(const VkComponentMapping& components, VkFormat format,
                                             const void* next) const;

  const VulkanDevice& device_;
  VkImage image_;
  VkImageView view_ = VK_NULL_HANDLE;
  VkImageView second_view_ = VK_NULL_HANDLE;
  std::array<VkDeviceMemory, 4> memories_{};
  std::size_t memory_count_ = 0;
  Size size_;
  VkFormat format_;
};

/// What the making of an image has to say, so that it can be seen in another format of the same size too.
class SecondFormat {
 public:
  SecondFormat(VkFormat own, VkFormat also) : formats_{own, also} {
    list_.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_LIST_CREATE_INFO;
    list_.viewFormatCount = static_cast<std::uint32_t>(formats_.size());
    list_.pViewFormats = formats_.data();
  }
  SecondFormat(const SecondFormat&) = delete;
  SecondFormat& operator=(const SecondFormat&) = delete;

  /// To Vulkan's structure, for as long as this lives. None: the format is VK_FORMAT_UNDEFINED.
  template <class Info>
  void add_to(Info& info) {
    if (formats_[1] == VK_FORMAT_UNDEFINED)
      return;
    list_.pNext = info.pNext;
    info.pNext = &list_;
    info.flags |= VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT;
  }

 private:
  std::array<VkFormat, 2> formats_;
  VkImageFormatListCreateInfo list_{};
};

/// All of the one level and layer that every image here has.
inline constexpr VkImageSubresourceRange whole_image = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};

} // namespace fenceline
