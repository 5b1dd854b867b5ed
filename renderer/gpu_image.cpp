#include "renderer/gpu_image.h"

#include <cassert>

namespace fenceline {

Result<std::unique_ptr<GpuImage>> GpuImage::create_local(const VulkanDevice& device, Size size, VkFormat format,
                                                         VkImageUsageFlags usage, const VkComponentMapping& components,
                                                         VkFormat also) {
  VkImageCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = format;
  info.extent = {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.tiling = VK_IMAGE_TILING_OPTIMAL;
  info.usage = usage;
  info.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  SecondFormat second(format, also);
  second.add_to(info);
  VkImage handle = VK_NULL_HANDLE;
  if (const VkResult r = vkCreateImage(device.handle(), &info, nullptr, &handle); r != VK_SUCCESS)
    return vk_error("cannot make an image", r);
  auto self = std::make_unique<GpuImage>(device, handle, size, format);

  VkMemoryRequirements needs{};
  vkGetImageMemoryRequirements(device.handle(), handle, &needs);
  auto type = device.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
  if (!type)
    type = device.memory_type(needs.memoryTypeBits, 0);
  if (!type)
    return Error{"the Vulkan device has no memory for an image"};
  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = *type;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  if (const VkResult r = vkAllocateMemory(device.handle(), &allocation, nullptr, &memory); r != VK_SUCCESS)
    return vk_error("no memory for an image", r);
  self->adopt(memory);
  if (const VkResult r = vkBindImageMemory(device.handle(), handle, memory, 0); r != VK_SUCCESS)
    return vk_error("cannot bind an image", r);
  if (auto made = self->make_view(components); !made)
    return made.error();
  return self;
}

GpuImage::~GpuImage() {
  vkDestroyImageView(device_.handle(), second_view_, nullptr);
  vkDestroyImageView(device_.handle(), view_, nullptr);
  vkDestroyImage(device_.handle(), image_, nullptr);
  for (std::size_t i = 0; i < memory_count_; ++i)
    vkFreeMemory(device_.handle(), memories_[i], nullptr);
}

void GpuImage::adopt(VkDeviceMemory memory) {
  assert(memory_count_ < memories_.size());
  memories_[memory_count_++] = memory;
}

Result<void> GpuImage::make_view(const VkComponentMapping& components) {
  auto made = new_view(components, format_, nullptr);
  if (!made)
    return made.error();
  view_ = *made;
  return {};
}

Result<VkImageView> GpuImage::add_view(const VkComponentMapping& components) {
  assert(second_view_ == VK_NULL_HANDLE);
  auto made = new_view(components, format_, nullptr);
  if (made)
    second_view_ = *made;
  return made;
}

Result<VkImageView> GpuImage::add_attachment_view(VkFormat format) {
  assert(second_view_ == VK_NULL_HANDLE);
  // The other format need not be good for all that the image is.
  VkImageViewUsageCreateInfo usage{};
  usage.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_USAGE_CREATE_INFO;
  usage.usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
  auto made = new_view(VkComponentMapping{}, format, &usage);
  if (made)
    second_view_ = *made;
  return made;
}

Result<VkImageView> GpuImage::new_view(const VkComponentMapping& components, VkFormat format, const void* next) const {
  VkImageViewCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
  info.pNext = next;
  info.image = image_;
  info.viewType = VK_IMAGE_VIEW_TYPE_2D;
  info.format = format;
  info.components = components;
  info.subresourceRange = whole_image;
  VkImageView view = VK_NULL_HANDLE;
  if (const VkResult r = vkCreateImageView(device_.handle(), &info, nullptr, &view); r != VK_SUCCESS)
    return vk_error("cannot make an image view", r);
  return view;
}

} // namespace fenceline
