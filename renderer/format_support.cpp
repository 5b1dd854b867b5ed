#include "renderer/format_support.h"

#include "renderer/gpu_image.h"

#include <algorithm>

namespace fenceline {

namespace {

constexpr VkFormatFeatureFlags texture_features =
    VK_FORMAT_FEATURE_SAMPLED_IMAGE_BIT | VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT;
// Drawn to, and read back.
constexpr VkFormatFeatureFlags target_features =
    VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT | texture_features;

struct ImageAnswer {
  bool importable = false;
  bool exportable = false;
  Size max;
};

ImageAnswer ask(VkPhysicalDevice device, VkFormat format, std::uint64_t modifier, VkImageUsageFlags usage,
                VkFormat also = VK_FORMAT_UNDEFINED) {
  VkPhysicalDeviceImageDrmFormatModifierInfoEXT drm{};
  drm.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT;
  drm.drmFormatModifier = modifier;
  drm.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  VkPhysicalDeviceExternalImageFormatInfo external{};
  external.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO;
  external.pNext = &drm;
  external.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
  VkPhysicalDeviceImageFormatInfo2 info{};
  info.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2;
  info.pNext = &external;
  info.format = format;
  info.type = VK_IMAGE_TYPE_2D;
  info.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
  info.usage = usage;
  SecondFormat second(format, also);
  second.add_to(info);

  VkExternalImageFormatProperties memory{};
  memory.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES;
  VkImageFormatProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2;
  properties.pNext = &memory;
  if (vkGetPhysicalDeviceImageFormatProperties2(device, &info, &properties) != VK_SUCCESS)
    return {};
  const VkExternalMemoryFeatureFlags features = memory.externalMemoryProperties.externalMemoryFeatures;
  const VkExtent3D extent = properties.imageFormatProperties.maxExtent;
  return {(features & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT) != 0,
          (features & VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) != 0,
          {static_cast<std::int32_t>(extent.width), static_cast<std::int32_t>(extent.height)}};
}

std::vector<VkDrmFormatModifierPropertiesEXT> modifiers_of(VkPhysicalDevice device, VkFormat format) {
  VkDrmFormatModifierPropertiesListEXT list{};
  list.sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT;
  VkFormatProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2;
  properties.pNext = &list;
  vkGetPhysicalDeviceFormatProperties2(device, format, &properties);
  std::vector<VkDrmFormatModifierPropertiesEXT> modifiers(list.drmFormatModifierCount);
  list.pDrmFormatModifierProperties = modifiers.data();
  vkGetPhysicalDeviceFormatProperties2(device, format, &properties);
  modifiers.resize(list.drmFormatModifierCount);
  return modifiers;
}

} // namespace

VkImageUsageFlags texture_usage(const VulkanDevice& device) {
  VkImageUsageFlags usage = VK_IMAGE_USAGE_SAMPLED_BIT;
  if (device.facts().cpu)
    usage |= VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
  return usage;
}

VkImageUsageFlags target_usage(const VulkanDevice& device) {
  VkImageUsageFlags usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_SAMPLED_BIT;
  if (device.facts().cpu)
    usage |= VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
  return usage;
}

constexpr VkFormatFeatureFlags attachment_features =
    VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT | VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT;

bool draws_as(const VulkanDevice& device, VkFormat format, VkFormat also, std::uint64_t modifier) {
  const auto modifiers = modifiers_of(device.physical(), also);
  const auto found = std::find_if(modifiers.begin(), modifiers.end(),
                                  [&](const auto& known) { return known.drmFormatModifier == modifier; });
  return found != modifiers.end() &&
         (found->drmFormatModifierTilingFeatures & attachment_features) == attachment_features &&
         ask(device.physical(), format, modifier, target_usage(device), also).importable;
}

bool draws_as(const VulkanDevice& device, VkFormat also) {
  VkFormatProperties properties{};
  vkGetPhysicalDeviceFormatProperties(device.physical(), also, &properties);
  return (properties.optimalTilingFeatures & attachment_features) == attachment_features;
}

FormatSupport::FormatSupport(const VulkanDevice& device) {
  for (const PixelFormat& format : pixel_formats())
    probe(device, format);
  for (const YuvFormat& format : yuv_formats())
    combine(format);
}

void FormatSupport::combine(const YuvFormat& format) {
  std::vector<ModifierSupport> made;
  for (const ModifierSupport& first : modifiers_) {
    // A part with compression data of its own would be another plane than the format has.
    if (first.format.fourcc != format.planes[0].fourcc || !first.texture || first.planes != 1)
      continue;
    const std::uint64_t modifier = first.format.modifier;
    bool all = true;
    for (std::size_t i = 1; i < format.plane_count; ++i) {
      const ModifierSupport* other = find({format.planes[i].fourcc, modifier});
      all = all && other != nullptr && other->texture && other->planes == 1;
    }
    if (!all)
      continue;
    ModifierSupport support;
    support.format = {format.fourcc, modifier};
    support.planes = static_cast<std::uint32_t>(format.plane_count);
    support.texture = true;
    support.max_texture = first.max_texture;
    made.push_back(support);
  }
  for (const ModifierSupport& support : made) {
    textures_.push_back(support.format);
    modifiers_.push_back(support);
  }
}

void FormatSupport::probe(const VulkanDevice& device, const PixelFormat& format) {
  VkFormatProperties plain{};
  vkGetPhysicalDeviceFormatProperties(device.physical(), format.vk, &plain);
  constexpr VkFormatFeatureFlags upload = texture_features | VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
  if (!format.part && (plain.optimalTilingFeatures & upload) == upload)
    uploads_.push_back(format.fourcc);
  if (!device.facts().dmabuf)
    return;

  VkFormatFeatureFlags for_texture = texture_features, for_target = target_features;
  if (device.facts().cpu) {
    for_texture |= VK_FORMAT_FEATURE_TRANSFER_SRC_BIT;
    for_target |= VK_FORMAT_FEATURE_TRANSFER_SRC_BIT | VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
  }
  for (const VkDrmFormatModifierPropertiesEXT& m : modifiers_of(device.physical(), format.vk)) {
    if (m.drmFormatModifierPlaneCount > DmabufAttributes::max_planes)
      continue;
    ModifierSupport support;
    support.format = {format.fourcc, m.drmFormatModifier};
    support.planes = m.drmFormatModifierPlaneCount;
    const VkFormatFeatureFlags features = m.drmFormatModifierTilingFeatures;
    if ((features & for_texture) == for_texture) {
      const ImageAnswer a = ask(device.physical(), format.vk, m.drmFormatModifier, texture_usage(device));
      support.texture = a.importable;
      support.max_texture = a.max;
    }
    if ((features & for_target) == for_target) {
      const ImageAnswer a = ask(device.physical(), format.vk, m.drmFormatModifier, target_usage(device));
      support.target = a.importable;
      support.exportable = a.exportable;
      support.max_target = a.max;
    }
    if (format.part)
      support.target = support.exportable = false;
    else if (support.texture)
      textures_.push_back(support.format);
    if (support.target || support.exportable)
      targets_.push_back(support.format);
    modifiers_.push_back(support);
  }
}

const ModifierSupport* FormatSupport::find(FormatModifier format) const {
  const auto found =
      std::find_if(modifiers_.begin(), modifiers_.end(), [&](const ModifierSupport& s) { return s.format == format; });
  return found == modifiers_.end() ? nullptr : &*found;
}

bool FormatSupport::uploads(std::uint32_t fourcc) const {
  return std::find(uploads_.begin(), uploads_.end(), fourcc) != uploads_.end();
}

} // namespace fenceline
