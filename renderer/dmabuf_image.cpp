#include "renderer/dmabuf_image.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "compositor/base/file_kind.h"

namespace fenceline {

namespace {

constexpr VkImageAspectFlagBits memory_planes[] = {
    VK_IMAGE_ASPECT_MEMORY_PLANE_0_BIT_EXT, VK_IMAGE_ASPECT_MEMORY_PLANE_1_BIT_EXT,
    VK_IMAGE_ASPECT_MEMORY_PLANE_2_BIT_EXT, VK_IMAGE_ASPECT_MEMORY_PLANE_3_BIT_EXT};

VkImageCreateInfo image_info(Size size, VkFormat format, VkImageUsageFlags usage, const void* next) {
  VkImageCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO;
  info.pNext = next;
  info.imageType = VK_IMAGE_TYPE_2D;
  info.format = format;
  info.extent = {static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), 1};
  info.mipLevels = 1;
  info.arrayLayers = 1;
  info.samples = VK_SAMPLE_COUNT_1_BIT;
  info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
  info.usage = usage;
  info.initialLayout = VK_IMAGE_LAYOUT_UNDEFINED;
  return info;
}

/// Whether all planes, of which each was seen to be in a dma-buf, lie in the same; each has an inode of its own.
Result<bool> one_dmabuf(const DmabufAttributes& attributes) {
  struct stat first {};
  if (::fstat(attributes.planes[0].fd.get(), &first) != 0)
    return Error::from_errno("cannot look at a dma-buf");
  for (std::size_t i = 1; i < attributes.plane_count; ++i) {
    struct stat other {};
    if (::fstat(attributes.planes[i].fd.get(), &other) != 0)
      return Error::from_errno("cannot look at a dma-buf");
    if (other.st_ino != first.st_ino || other.st_dev != first.st_dev)
      return false;
  }
  return true;
}

/// Memory of a dma-buf, big enough for `needs`. `dedicated`: the image it is for, or null.
Result<VkDeviceMemory> import_memory(const VulkanDevice& device, const UniqueFd& fd, const VkMemoryRequirements& needs,
                                     VkImage dedicated) {
  const auto bytes = dmabuf_size(fd.get());
  if (!bytes)
    return bytes.error();
  if (*bytes < needs.size)
    return Error{fmt::format("the device needs {} bytes, the dma-buf has {}", needs.size, *bytes)};

  VkMemoryFdPropertiesKHR properties{};
  properties.sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR;
  if (const VkResult r = device.functions().get_memory_fd_properties(
          device.handle(), VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT, fd.get(), &properties);
      r != VK_SUCCESS)
    return vk_error("the device does not take the dma-buf", r);
  const auto type = device.memory_type(needs.memoryTypeBits & properties.memoryTypeBits, 0);
  if (!type)
    return Error{"the device has no memory type for the dma-buf"};

  UniqueFd own = fd.duplicate();
  if (!own.valid())
    return Error::from_errno("cannot duplicate a dma-buf's descriptor");
  VkMemoryDedicatedAllocateInfo only{};
  only.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO;
  only.image = dedicated;
  VkImportMemoryFdInfoKHR import{};
  import.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR;
  import.pNext = dedicated != VK_NULL_HANDLE ? &only : nullptr;
  import.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  import.fd = own.get();
  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.pNext = &import;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = *type;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  if (const VkResult r = vkAllocateMemory(device.handle(), &allocation, nullptr, &memory); r != VK_SUCCESS)
    return vk_error("cannot import a dma-buf", r);
  (void)own.release(); // A successful import takes the descriptor over.
  return memory;
}

Result<void> bind_memory(const VulkanDevice& device, GpuImage& image, const DmabufAttributes& attributes) {
  VkMemoryRequirements needs{};
  vkGetImageMemoryRequirements(device.handle(), image.handle(), &needs);
  auto memory = import_memory(device, attributes.planes[0].fd, needs, image.handle());
  if (!memory)
    return memory.error();
  image.adopt(*memory);
  if (const VkResult r = vkBindImageMemory(device.handle(), image.handle(), *memory, 0); r != VK_SUCCESS)
    return vk_error("cannot bind a dma-buf", r);
  return {};
}

} // namespace

Result<std::unique_ptr<GpuImage>> import_dmabuf_image(const VulkanDevice& device, const FormatSupport& support,
                                                      const DmabufAttributes& attributes, DmabufUse use,
                                                      VkFormat also) {
  const PixelFormat* format = find_pixel_format(attributes.format.fourcc);
  const ModifierSupport* modifier = support.find(attributes.format);
  if (!format || !modifier || !(use == DmabufUse::Texture ? modifier->texture : modifier->target))
    return Error{fmt::format("the Vulkan device cannot {} {} with modifier {:#x}",
                             use == DmabufUse::Texture ? "sample" : "draw to", fourcc_text(attributes.format.fourcc),
                             attributes.format.modifier)};
  if (auto checked = check_dmabuf(attributes, *modifier, *format,
                                  use == DmabufUse::Texture ? modifier->max_texture : modifier->max_target);
      !checked)
    return checked.error();
  // All formats that the renderer knows have one plane of colours; the others are the modifier's, such as compression
  // data. Only images of formats with several planes of colours may be bound plane by plane
  // (VUID-VkImageCreateInfo-format-01577), whatever a driver says of the modifier.
  const auto single = one_dmabuf(attributes);
  if (!single)
    return single.error();
  if (!*single)
    return Error{fmt::format("Vulkan takes all planes of an image ({}) only from one dma-buf",
                             fourcc_text(attributes.format.fourcc))};

  std::array<VkSubresourceLayout, DmabufAttributes::max_planes> layouts{};
  for (std::size_t i = 0; i < attributes.plane_count; ++i) {
    layouts[i].offset = attributes.planes[i].offset;
    layouts[i].rowPitch = attributes.planes[i].stride;
  }
  VkImageDrmFormatModifierExplicitCreateInfoEXT drm{};
  drm.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_EXPLICIT_CREATE_INFO_EXT;
  drm.drmFormatModifier = attributes.format.modifier;
  drm.drmFormatModifierPlaneCount = static_cast<std::uint32_t>(attributes.plane_count);
  drm.pPlaneLayouts = layouts.data();
  VkExternalMemoryImageCreateInfo external{};
  external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO;
  external.pNext = &drm;
  external.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  VkImageCreateInfo info = image_info(
      attributes.size, format->vk, use == DmabufUse::Texture ? texture_usage(device) : target_usage(device), &external);
  SecondFormat second(format->vk, also);
  second.add_to(info);
  VkImage handle = VK_NULL_HANDLE;
  if (const VkResult r = vkCreateImage(device.handle(), &info, nullptr, &handle); r != VK_SUCCESS)
    return vk_error("the device does not take the dma-buf's layout", r);

  auto image = std::make_unique<GpuImage>(device, handle, attributes.size, format->vk);
  if (auto bound = bind_memory(device, *image, attributes); !bound)
    return bound.error();
  // Alpha of an attachment cannot be swizzled.
  const VkComponentMapping components = use == DmabufUse::Texture ? format->components() : VkComponentMapping{};
  if (auto made = image->make_view(components); !made)
    return made.error();
  return image;
}

Result<std::vector<std::unique_ptr<GpuImage>>>
import_yuv_planes(const VulkanDevice& device, const FormatSupport& support, const DmabufAttributes& attributes) {
  const YuvFormat* format = find_yuv_format(attributes.format.fourcc);
  const ModifierSupport* modifier = support.find(attributes.format);
  if (!format || !modifier)
    return Error{fmt::format("the Vulkan device cannot sample {} with modifier {:#x}",
                             fourcc_text(attributes.format.fourcc), attributes.format.modifier)};
  if (attributes.plane_count != format->plane_count)
    return Error{fmt::format("{} planes given, {} has {}", attributes.plane_count, fourcc_text(format->fourcc),
                             format->plane_count)};
  std::vector<std::unique_ptr<GpuImage>> planes;
  for (std::size_t i = 0; i < format->plane_count; ++i) {
    const DmabufPlane& plane = attributes.planes[i];
    DmabufAttributes part;
    part.size = format->plane_size(i, attributes.size);
    part.format = {format->planes[i].fourcc, attributes.format.modifier};
    part.plane_count = 1;
    part.planes[0] = {plane.fd.duplicate(), plane.offset, plane.stride};
    auto image = import_dmabuf_image(device, support, part, DmabufUse::Texture);
    if (!image)
      return Error{fmt::format("plane {} of {}: {}", i, fourcc_text(format->fourcc), image.error().what),
                   image.error().code};
    planes.push_back(std::move(*image));
  }
  return planes;
}

Result<ExportedImage> export_dmabuf_image(const VulkanDevice& device, const FormatSupport& support, Size size,
                                          const PixelFormat& format, std::span<const std::uint64_t> modifiers,
                                          VkFormat also) {
  VkImageDrmFormatModifierListCreateInfoEXT list{};
  list.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_LIST_CREATE_INFO_EXT;
  list.drmFormatModifierCount = static_cast<std::uint32_t>(modifiers.size());
  list.pDrmFormatModifiers = modifiers.data();
  VkExternalMemoryImageCreateInfo external{};
  external.sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_IMAGE_CREATE_INFO;
  external.pNext = &list;
  external.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  VkImageCreateInfo info = image_info(size, format.vk, target_usage(device), &external);
  SecondFormat second(format.vk, also);
  second.add_to(info);
  VkImage handle = VK_NULL_HANDLE;
  if (const VkResult r = vkCreateImage(device.handle(), &info, nullptr, &handle); r != VK_SUCCESS)
    return vk_error("cannot make an image to export", r);
  ExportedImage out;
  out.image = std::make_unique<GpuImage>(device, handle, size, format.vk);

  VkMemoryRequirements needs{};
  vkGetImageMemoryRequirements(device.handle(), handle, &needs);
  auto type = device.memory_type(needs.memoryTypeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
  if (!type)
    type = device.memory_type(needs.memoryTypeBits, 0);
  if (!type)
    return Error{"the device has no memory for an image to export"};
  VkMemoryDedicatedAllocateInfo only{};
  only.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO;
  only.image = handle;
  VkExportMemoryAllocateInfo exported{};
  exported.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO;
  exported.pNext = &only;
  exported.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  VkMemoryAllocateInfo allocation{};
  allocation.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocation.pNext = &exported;
  allocation.allocationSize = needs.size;
  allocation.memoryTypeIndex = *type;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  if (const VkResult r = vkAllocateMemory(device.handle(), &allocation, nullptr, &memory); r != VK_SUCCESS)
    return vk_error("no memory for an image to export", r);
  out.image->adopt(memory);
  if (const VkResult r = vkBindImageMemory(device.handle(), handle, memory, 0); r != VK_SUCCESS)
    return vk_error("cannot bind an image to export", r);
  if (auto made = out.image->make_view(VkComponentMapping{}); !made)
    return made.error();

  VkImageDrmFormatModifierPropertiesEXT chosen{};
  chosen.sType = VK_STRUCTURE_TYPE_IMAGE_DRM_FORMAT_MODIFIER_PROPERTIES_EXT;
  if (const VkResult r = device.functions().get_image_modifier(device.handle(), handle, &chosen); r != VK_SUCCESS)
    return vk_error("cannot tell the modifier of an image", r);
  out.attributes.size = size;
  out.attributes.format = {format.fourcc, chosen.drmFormatModifier};
  const ModifierSupport* modifier = support.find(out.attributes.format);
  if (!modifier)
    return Error{fmt::format("the driver picked modifier {:#x}, which it had not listed", chosen.drmFormatModifier)};

  VkMemoryGetFdInfoKHR get{};
  get.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR;
  get.memory = memory;
  get.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  int raw = -1;
  if (const VkResult r = device.functions().get_memory_fd(device.handle(), &get, &raw); r != VK_SUCCESS)
    return vk_error("cannot export an image as a dma-buf", r);
  const UniqueFd fd(raw);
  out.attributes.plane_count = modifier->planes;
  for (std::uint32_t i = 0; i < modifier->planes; ++i) {
    const VkImageSubresource plane = {static_cast<VkImageAspectFlags>(memory_planes[i]), 0, 0};
    VkSubresourceLayout layout{};
    vkGetImageSubresourceLayout(device.handle(), handle, &plane, &layout);
    out.attributes.planes[i] = {fd.duplicate(), static_cast<std::uint32_t>(layout.offset),
                                static_cast<std::uint32_t>(layout.rowPitch)};
    if (!out.attributes.planes[i].fd.valid())
      return Error::from_errno("cannot duplicate a dma-buf's descriptor");
  }
  return out;
}

} // namespace fenceline
