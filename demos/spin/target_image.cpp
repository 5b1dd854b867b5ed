#include "demos/spin/target_image.h"

#include <array>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

OwnedImage make_image(const Gpu& gpu, const VkImageCreateInfo& info) {
  VkImage image = VK_NULL_HANDLE;
  vk_check(vkCreateImage(gpu.device(), &info, nullptr, &image), "vkCreateImage");
  return {gpu.device(), image};
}

OwnedMemory make_memory(const Gpu& gpu, const VkMemoryAllocateInfo& info) {
  VkDeviceMemory memory = VK_NULL_HANDLE;
  vk_check(vkAllocateMemory(gpu.device(), &info, nullptr, &memory), "vkAllocateMemory");
  return {gpu.device(), memory};
}

} // namespace

VkImageCreateInfo TargetImage::image_info() const {
  VkImageCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = format_;
  info.extent = {static_cast<std::uint32_t>(size_.width), static_cast<std::uint32_t>(size_.height), 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  info.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  return info;
}

TargetImage TargetImage::for_reading(const Gpu& gpu, Size size, VkFormat format) {
  TargetImage target(size, format);
  VkImageCreateInfo info = target.image_info();
  info.tiling = VK_IMAGE_TILING_OPTIMAL;
  info.usage = target_usage | VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
  target.image_ = make_image(gpu, info);
  VkMemoryRequirements needs;
  vkGetImageMemoryRequirements(gpu.device(), target.image(), &needs);
  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = gpu.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
  target.memory_ = make_memory(gpu, allocation);
  vk_check(vkBindImageMemory(gpu.device(), target.image(), target.memory_.get(), 0), "vkBindImageMemory");
  target.make_view(gpu);
  return target;
}

TargetImage TargetImage::for_sharing(const Gpu& gpu, Size size, VkFormat format,
                                     std::span<const std::uint64_t> modifiers) {
  TargetImage target(size, format);
  VkImageDrmFormatModifierListCreateInfoEXT list{};
  list.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT;
  list.drmFormatModifierCount = static_cast<std::uint32_t>(modifiers.size());
  list.pDrmFormatModifiers = modifiers.data();
  VkExternalMemoryImageCreateInfo external{};
  external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO;
  external.pNext = &list;
  external.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  VkImageCreateInfo info = target.image_info();
  info.pNext = &external;
  info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
  info.usage = target_usage;
  target.image_ = make_image(gpu, info);

  VkMemoryRequirements needs;
  vkGetImageMemoryRequirements(gpu.device(), target.image(), &needs);
  VkMemoryDedicatedAllocateInfo dedicated{};
  dedicated.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO;
  dedicated.image = target.image();
  VkExportMemoryAllocateInfo exported{};
  exported.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO;
  exported.pNext = &dedicated;
  exported.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.pNext = &exported;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = gpu.memory_type(needs.memoryTypeBits, 0); // the first is the driver's best
  target.memory_ = make_memory(gpu, allocation);
  vk_check(vkBindImageMemory(gpu.device(), target.image(), target.memory_.get(), 0), "vkBindImageMemory");

  VkMemoryGetFdInfoKHR fd_info{};
  fd_info.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR;
  fd_info.memory = target.memory_.get();
  fd_info.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  int fd = -1;
  vk_check(gpu.get_memory_fd(gpu.device(), &fd_info, &fd), "vkGetMemoryFdKHR");
  target.dmabuf_ = UniqueFd(fd);
  target.read_layout(gpu);
  target.make_view(gpu);
  return target;
}

void TargetImage::make_view(const Gpu& gpu) {
  VkImageViewCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO;
  info.image = image();
  info.viewType = VK_IMAGE_VIEW_TYPE_2D;
  info.format = format_;
  info.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  VkImageView view = VK_NULL_HANDLE;
  vk_check(vkCreateImageView(gpu.device(), &info, nullptr, &view), "vkCreateImageView");
  view_ = {gpu.device(), view};
}

void TargetImage::read_layout(const Gpu& gpu) {
  VkImageDrmFormatModifierPropertiesEXT chosen{};
  chosen.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_PROPERTIES_EXT;
  vk_check(gpu.get_image_modifier(gpu.device(), image(), &chosen), "vkGetImageDrmFormatModifierPropertiesEXT");
  modifier_ = chosen.drmFormatModifier;

  VkDrmFormatModifierPropertiesListEXT list{};
  list.sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT;
  VkFormatProperties2 format{};
  format.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2;
  format.pNext = &list;
  vkGetPhysicalDeviceFormatProperties2(gpu.physical(), format_, &format);
  std::vector<VkDrmFormatModifierPropertiesEXT> all(list.drmFormatModifierCount);
  list.pDrmFormatModifierProperties = all.data();
  vkGetPhysicalDeviceFormatProperties2(gpu.physical(), format_, &format);
  std::uint32_t count = 0;
  for (const VkDrmFormatModifierPropertiesEXT& candidate : all)
    if (candidate.drmFormatModifier == modifier_)
      count = candidate.drmFormatModifierPlaneCount;

  constexpr std::array aspects = {VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT, VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT,
                                  VK_IMAGE_ASPECT_MEMORY_PLANE_2_BIT_EXT, VK_IMAGE_ASPECT_MEMORY_PLANE_3_BIT_EXT};
  if (count < 1 || count > aspects.size())
    throw Failure("the driver names a modifier with " + std::to_string(count) + " planes");
  for (std::uint32_t i = 0; i < count; ++i) {
    const VkImageSubresource plane{static_cast<VkImageAspectFlags>(aspects[i]), 0, 0};
    VkSubresourceLayout layout{};
    vkGetImageSubresourceLayout(gpu.device(), image(), &plane, &layout);
    planes_.push_back({static_cast<std::uint32_t>(layout.offset), static_cast<std::uint32_t>(layout.rowPitch)});
  }
}

} // namespace fenceline::demos
