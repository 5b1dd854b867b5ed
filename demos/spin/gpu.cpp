#include "demos/spin/gpu.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <sys/sysmacros.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

constexpr std::array dmabuf_extensions = {
    VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
    VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
    VK_EXT_IMAGE_DRM_FORMAT_MODIFIER_EXTENSION_NAME,
    VK_EXT_QUEUE_FAMILY_FOREIGN_EXTENSION_NAME,
};

std::vector<VkExtensionProperties> extensions_of(VkPhysicalDevice device) {
  std::uint32_t count = 0;
  vk_check(vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr),
           "vkEnumerateDeviceExtensionProperties");
  std::vector<VkExtensionProperties> extensions(count);
  vk_check(vkEnumerateDeviceExtensionProperties(device, nullptr, &count, extensions.data()),
           "vkEnumerateDeviceExtensionProperties");
  return extensions;
}

bool has(const std::vector<VkExtensionProperties>& extensions, std::string_view name) {
  return std::any_of(extensions.begin(), extensions.end(),
                     [&](const VkExtensionProperties& e) { return name == e.extensionName; });
}

bool can_export_dmabuf(const std::vector<VkExtensionProperties>& extensions) {
  return std::all_of(dmabuf_extensions.begin(), dmabuf_extensions.end(),
                     [&](const char* name) { return has(extensions, name); });
}

bool is_drm_device(VkPhysicalDevice device, dev_t wanted) {
  if (!has(extensions_of(device), VK_EXT_PHYSICAL_DEVICE_DRM_EXTENSION_NAME))
    return false;
  VkPhysicalDeviceDrmPropertiesEXT drm{};
  drm.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRM_PROPERTIES_EXT;
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  properties.pNext = &drm;
  vkGetPhysicalDeviceProperties2(device, &properties);
  const auto same = [wanted](VkBool32 present, std::int64_t major_number, std::int64_t minor_number) {
    return present != VK_FALSE && major_number == static_cast<std::int64_t>(major(wanted)) &&
           minor_number == static_cast<std::int64_t>(minor(wanted));
  };
  return same(drm.hasPrimary, drm.primaryMajor, drm.primaryMinor) ||
         same(drm.hasRender, drm.renderMajor, drm.renderMinor);
}

} // namespace

Gpu::Gpu(std::optional<dev_t> wanted, ValidationLog* log) {
  try {
    make_instance(log);
    choose(wanted);
    make_device();
    if (log != nullptr)
      log->prove(device_);
  } catch (...) {
    if (device_ != VK_NULL_HANDLE)
      vkDestroyDevice(device_, nullptr);
    destroy_instance();
    throw;
  }
}

Gpu::~Gpu() {
  vkDeviceWaitIdle(device_);
  vkDestroyDevice(device_, nullptr);
  destroy_instance();
}

void Gpu::make_instance(ValidationLog* log) {
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = "fenceline spin";
  application.apiVersion = VK_API_VERSION_1_3;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  if (log == nullptr) {
    vk_check(vkCreateInstance(&info, nullptr, &instance_), "vkCreateInstance (paint needs no Vulkan)");
    return;
  }
  const char* const layer = ValidationLog::layer;
  const char* const extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  const VkDebugUtilsMessengerCreateInfoEXT messenger = log->messenger_info();
  info.pNext = &messenger; // for what happens while the instance comes and goes
  info.enabledLayerCount = 1;
  info.ppEnabledLayerNames = &layer;
  info.enabledExtensionCount = 1;
  info.ppEnabledExtensionNames = &extension;
  const VkResult result = vkCreateInstance(&info, nullptr, &instance_);
  if (result == VK_ERROR_LAYER_NOT_PRESENT)
    throw Failure(std::string(layer) + " is not installed (vulkan-validationlayers has it)");
  vk_check(result, "vkCreateInstance");
  const auto create = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
      vkGetInstanceProcAddr(instance_, "vkCreateDebugUtilsMessengerEXT"));
  vk_check(create(instance_, &messenger, nullptr, &messenger_), "vkCreateDebugUtilsMessengerEXT");
}

void Gpu::destroy_instance() {
  if (instance_ == VK_NULL_HANDLE)
    return;
  if (messenger_ != VK_NULL_HANDLE)
    reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance_, "vkDestroyDebugUtilsMessengerEXT"))(instance_, messenger_, nullptr);
  vkDestroyInstance(instance_, nullptr);
}

void Gpu::choose(std::optional<dev_t> wanted) {
  std::uint32_t count = 0;
  vk_check(vkEnumeratePhysicalDevices(instance_, &count, nullptr), "vkEnumeratePhysicalDevices");
  std::vector<VkPhysicalDevice> devices(count);
  vk_check(vkEnumeratePhysicalDevices(instance_, &count, devices.data()), "vkEnumeratePhysicalDevices");

  int best = -1;
  for (VkPhysicalDevice device : devices) {
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(device, &properties);
    if (properties.apiVersion < VK_API_VERSION_1_3)
      continue;
    const bool exports = can_export_dmabuf(extensions_of(device));
    const bool cpu = properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    const int rank = (wanted && is_drm_device(device, *wanted) ? 4 : 0) + (exports ? 2 : 0) + (cpu ? 0 : 1);
    if (rank > best) {
      best = rank;
      physical_ = device;
      name_ = properties.deviceName;
      exports_dmabuf_ = exports;
      has_sync_files_ = !cpu; // for now: make_device looks for the extension
    }
  }
  if (best < 0)
    throw Failure("no device with Vulkan 1.3 (mesa-vulkan-drivers brings one that runs on the CPU; paint needs none)");

  std::uint32_t families = 0;
  vkGetPhysicalDeviceQueueFamilyProperties(physical_, &families, nullptr);
  std::vector<VkQueueFamilyProperties> properties(families);
  vkGetPhysicalDeviceQueueFamilyProperties(physical_, &families, properties.data());
  const auto graphics = std::find_if(properties.begin(), properties.end(), [](const VkQueueFamilyProperties& p) {
    return (p.queueFlags & VK_QUEUE_GRAPHICS_BIT) != 0;
  });
  if (graphics == properties.end())
    throw Failure(name_ + " has no graphics queue (paint needs none)");
  queue_family_ = static_cast<std::uint32_t>(graphics - properties.begin());
}

void Gpu::make_device() {
  const auto available = extensions_of(physical_);
  std::vector<const char*> extensions;
  if (exports_dmabuf_)
    extensions.insert(extensions.end(), dmabuf_extensions.begin(), dmabuf_extensions.end());

  if (has_sync_files_ && has(available, VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME)) {
    extensions.push_back(VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME);
    VkPhysicalDeviceExternalSemaphoreInfo info{};
    info.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO;
    info.handleType = VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT;
    VkExternalSemaphoreProperties properties{};
    properties.sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES;
    vkGetPhysicalDeviceExternalSemaphoreProperties(physical_, &info, &properties);
    constexpr VkExternalSemaphoreFeatureFlags both_ways =
        VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT | VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
    has_sync_files_ = (properties.externalSemaphoreFeatures & both_ways) == both_ways;
  } else {
    has_sync_files_ = false;
  }

  const float priority = 1.0f;
  VkDeviceQueueCreateInfo queue_info{};
  queue_info.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue_info.queueFamilyIndex = queue_family_;
  queue_info.queueCount = 1;
  queue_info.pQueuePriorities = &priority;
  VkPhysicalDeviceVulkan13Features features13{};
  features13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES;
  features13.dynamicRendering = VK_TRUE;
  features13.synchronization2 = VK_TRUE;
  VkPhysicalDeviceVulkan12Features features12{};
  features12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  features12.pNext = &features13;
  features12.timelineSemaphore = VK_TRUE;
  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &features12;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue_info;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  vk_check(vkCreateDevice(physical_, &info, nullptr, &device_), "vkCreateDevice");
  vkGetDeviceQueue(device_, queue_family_, 0, &queue_);

  if (exports_dmabuf_) {
    get_memory_fd = reinterpret_cast<PFN_vkGetMemoryFdKHR>(vkGetDeviceProcAddr(device_, "vkGetMemoryFdKHR"));
    get_image_modifier = reinterpret_cast<PFN_vkGetImageDrmFormatModifierPropertiesEXT>(
        vkGetDeviceProcAddr(device_, "vkGetImageDrmFormatModifierPropertiesEXT"));
  }
  if (has_sync_files_) {
    get_semaphore_fd = reinterpret_cast<PFN_vkGetSemaphoreFdKHR>(vkGetDeviceProcAddr(device_, "vkGetSemaphoreFdKHR"));
    import_semaphore_fd =
        reinterpret_cast<PFN_vkImportSemaphoreFdKHR>(vkGetDeviceProcAddr(device_, "vkImportSemaphoreFdKHR"));
  }
}

std::uint32_t Gpu::memory_type(std::uint32_t allowed, VkMemoryPropertyFlags wanted) const {
  VkPhysicalDeviceMemoryProperties properties;
  vkGetPhysicalDeviceMemoryProperties(physical_, &properties);
  for (std::uint32_t i = 0; i < properties.memoryTypeCount; ++i)
    if ((allowed >> i & 1u) != 0 && (properties.memoryTypes[i].propertyFlags & wanted) == wanted)
      return i;
  throw Failure(name_ + " has no memory of the kind that is needed");
}

std::vector<std::uint64_t> Gpu::renderable_modifiers(VkFormat wanted) const {
  if (!exports_dmabuf_)
    return {};
  VkDrmFormatModifierPropertiesListEXT list{};
  list.sType = VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT;
  VkFormatProperties2 format{};
  format.sType = VK_STRUCTURE_TYPE_FORMAT_PROPERTIES_2;
  format.pNext = &list;
  vkGetPhysicalDeviceFormatProperties2(physical_, wanted, &format);
  std::vector<VkDrmFormatModifierPropertiesEXT> all(list.drmFormatModifierCount);
  list.pDrmFormatModifierProperties = all.data();
  vkGetPhysicalDeviceFormatProperties2(physical_, wanted, &format);

  std::vector<std::uint64_t> usable;
  for (const VkDrmFormatModifierPropertiesEXT& candidate : all) {
    constexpr VkFormatFeatureFlags needed = VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BIT |
                                            VK_FORMAT_FEATURE_COLOR_ATTACHMENT_BLEND_BIT |
                                            VK_FORMAT_FEATURE_TRANSFER_DST_BIT;
    if ((candidate.drmFormatModifierTilingFeatures & needed) != needed)
      continue;
    VkPhysicalDeviceImageDrmFormatModifierInfoEXT modifier{};
    modifier.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_DRM_FORMAT_MODIFIER_INFO_EXT;
    modifier.drmFormatModifier = candidate.drmFormatModifier;
    modifier.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
    VkPhysicalDeviceExternalImageFormatInfo external{};
    external.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_IMAGE_FORMAT_INFO;
    external.pNext = &modifier;
    external.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT;
    VkPhysicalDeviceImageFormatInfo2 image{};
    image.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_IMAGE_FORMAT_INFO_2;
    image.pNext = &external;
    image.format = wanted;
    image.type = VK_IMAGE_TYPE_2D;
    image.tiling = VK_IMAGE_TILING_DRM_FORMAT_MODIFIER_EXT;
    image.usage = target_usage;
    VkExternalImageFormatProperties external_properties{};
    external_properties.sType = VK_STRUCTURE_TYPE_EXTERNAL_IMAGE_FORMAT_PROPERTIES;
    VkImageFormatProperties2 properties{};
    properties.sType = VK_STRUCTURE_TYPE_IMAGE_FORMAT_PROPERTIES_2;
    properties.pNext = &external_properties;
    if (vkGetPhysicalDeviceImageFormatProperties2(physical_, &image, &properties) == VK_SUCCESS &&
        (external_properties.externalMemoryProperties.externalMemoryFeatures &
         VK_EXTERNAL_MEMORY_FEATURE_EXPORTABLE_BIT) != 0)
      usable.push_back(candidate.drmFormatModifier);
  }
  return usable;
}

} // namespace fenceline::demos
