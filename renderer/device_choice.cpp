#include "renderer/device_choice.h"

#include <fmt/format.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cstring>

namespace fenceline {

namespace {

std::vector<VkExtensionProperties> extensions_of(VkPhysicalDevice device) {
  std::uint32_t count = 0;
  vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> extensions(count);
  vkEnumerateDeviceExtensionProperties(device, nullptr, &count, extensions.data());
  return extensions;
}

bool contains(const std::vector<VkExtensionProperties>& extensions, const char* wanted) {
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const VkExtensionProperties& e) { return std::strcmp(e.extensionName, wanted) == 0; });
}

bool exports_sync_files(VkPhysicalDevice device) {
  VkPhysicalDeviceExternalSemaphoreInfo info{};
  info.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO;
  info.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
  VkExternalSemaphoreProperties properties{};
  properties.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES;
  vkGetPhysicalDeviceExternalSemaphoreProperties(device, &info, &properties);
  return (properties.externalSemaphoreFeatures & VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT) != 0;
}

std::optional<std::uint32_t> graphics_family(VkPhysicalDevice device) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  for (std::uint32_t i = 0; i < count; ++i)
    if ((families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0)
      return i;
  return std::nullopt;
}

/// What the device lacks of Vulkan 1.3 as it is used here; empty when nothing.
std::string missing_features(VkPhysicalDevice device) {
  VkPhysicalDeviceVulkan13Features v13{};
  v13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES;
  VkPhysicalDeviceVulkan12Features v12{};
  v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  v12.pNext = &v13;
  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.pNext = &v12;
  vkGetPhysicalDeviceFeatures2(device, &features);
  if (!v13.dynamicRendering)
    return "no dynamic rendering";
  if (!v13.synchronization2)
    return "no synchronization2";
  if (!v12.timelineSemaphore)
    return "no timeline semaphores";
  return {};
}

bool has_our_clock(VkInstance instance, VkPhysicalDevice device) {
  const auto list = reinterpret_cast<PFN_vkGetPhysicalDeviceCalibrateableTimeDomainsEXT>(
      vkGetInstanceProcAddr(instance, "vkGetPhysicalDeviceCalibrateableTimeDomainsEXT"));
  std::uint32_t count = 0;
  if (list == nullptr || list(device, &count, nullptr) != VK_SUCCESS)
    return false;
  std::vector<VkTimeDomainEXT> domains(count);
  if (list(device, &count, domains.data()) != VK_SUCCESS)
    return false;
  const auto has = [&](VkTimeDomainEXT wanted) {
    return std::find(domains.begin(), domains.end(), wanted) != domains.end();
  };
  return has(VK_TIME_DOMAIN_DEVICE_EXT) && has(VK_TIME_DOMAIN_CLOCK_MONOTONIC_EXT);
}

unsigned timestamp_bits(VkPhysicalDevice device, std::uint32_t wanted) {
  std::uint32_t count = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vkGetPhysicalDeviceQueueFamilyProperties(device, &count, families.data());
  return wanted < count ? families[wanted].timestampValidBits : 0;
}

DeviceCandidate examine(VkInstance instance, VkPhysicalDevice device) {
  DeviceCandidate candidate;
  candidate.handle = device;
  const std::vector<VkExtensionProperties> extensions = extensions_of(device);

  VkPhysicalDeviceDrmPropertiesEXT drm{};
  drm.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRM_PROPERTIES_EXT;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  const bool tells_drm = contains(extensions, VK_EXT_PHYSICAL_DEVICE_DRM_EXTENSION_NAME);
  if (tells_drm)
    properties.pNext = &drm;
  vkGetPhysicalDeviceProperties2(device, &properties);
  if (tells_drm && drm.hasPrimary)
    candidate.primary = makedev(static_cast<unsigned>(drm.primaryMajor), static_cast<unsigned>(drm.primaryMinor));
  if (tells_drm && drm.hasRender)
    candidate.render = makedev(static_cast<unsigned>(drm.renderMajor), static_cast<unsigned>(drm.renderMinor));

  candidate.name = properties.properties.deviceName;
  candidate.cpu = properties.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
  candidate.dmabuf = std::all_of(dmabuf_extensions().begin(), dmabuf_extensions().end(),
                                 [&](const char* e) { return contains(extensions, e); });
  // A CPU device's export blocks until the rendering is done, so it is as if there were none.
  candidate.sync_file =
      !candidate.cpu && contains(extensions, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME) && exports_sync_files(device);

  const std::uint32_t version = properties.properties.apiVersion;
  if (version < VK_API_VERSION_1_3) {
    candidate.flaw = fmt::format("has Vulkan {}.{} only", VK_API_VERSION_MAJOR(version), VK_API_VERSION_MINOR(version));
    return candidate;
  }
  for (const char* extension : {VK_KHR_GLOBAL_PRIORITY_EXTENSION_NAME, VK_EXT_GLOBAL_PRIORITY_EXTENSION_NAME})
    if (candidate.priority_extension == nullptr && contains(extensions, extension))
      candidate.priority_extension = extension;
  candidate.flaw = missing_features(device);
  if (const auto family = graphics_family(device)) {
    candidate.queue_family = *family;
    candidate.timestamp_bits = timestamp_bits(device, *family);
    candidate.calibrated = candidate.timestamp_bits != 0 &&
                           contains(extensions, VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME) &&
                           has_our_clock(instance, device);
  } else {
    candidate.flaw = "has no graphics queue";
  }
  return candidate;
}

int rank(const DeviceCandidate& c, std::optional<dev_t> display) {
  if (display && (c.primary == display || c.render == display))
    return 3;
  if (c.cpu)
    return 1;
  return c.dmabuf ? 2 : 0;
}

} // namespace

std::span<const char* const> dmabuf_extensions() {
  static constexpr const char* names[] = {
      VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME, VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
      VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME, VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME};
  return names;
}

std::vector<DeviceCandidate> find_devices(VkInstance instance) {
  std::uint32_t count = 0;
  vkEnumeratePhysicalDevices(instance, &count, nullptr);
  std::vector<VkPhysicalDevice> handles(count);
  vkEnumeratePhysicalDevices(instance, &count, handles.data());
  handles.resize(count);
  std::vector<DeviceCandidate> found;
  for (VkPhysicalDevice handle : handles)
    found.push_back(examine(instance, handle));
  return found;
}

Result<DeviceCandidate> choose_device(const std::vector<DeviceCandidate>& found, std::optional<dev_t> display) {
  const DeviceCandidate* best = nullptr;
  std::string flaws;
  for (const DeviceCandidate& c : found) {
    if (!c.flaw.empty())
      flaws += fmt::format("{}'{}' {}", flaws.empty() ? "" : ", ", c.name, c.flaw);
    else if (!best || rank(c, display) > rank(*best, display))
      best = &c;
  }
  if (best)
    return *best;
  return Error{fmt::format("no usable Vulkan device: wanted one with Vulkan 1.3, dynamic rendering, synchronization2, "
                           "timeline semaphores and a graphics queue; found {}; a GPU's driver or Mesa's lavapipe "
                           "(mesa-vulkan-drivers) gives one",
                           flaws.empty() ? "none" : flaws)};
}

} // namespace fenceline
