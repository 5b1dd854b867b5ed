#include "renderer/vulkan_device.h"

namespace fenceline {

namespace {

template <class Function>
Function load(VkDevice device, const char* name) {
  return reinterpret_cast<Function>(vkGetDeviceProcAddr(device, name));
}

/// What is asked for, best first: a composition is short, and late it is worth nothing.
struct Priority {
  VkQueueGlobalPriorityKHR value;
  std::string_view name;
};
constexpr Priority priorities[] = {{VK_QUEUE_GLOBAL_PRIORITY_REALTIME_KHR, "realtime"},
                                   {VK_QUEUE_GLOBAL_PRIORITY_HIGH_KHR, "high"}};

} // namespace

Result<std::unique_ptr<VulkanDevice>> VulkanDevice::create(const DeviceCandidate& chosen) {
  std::unique_ptr<VulkanDevice> self(new VulkanDevice(chosen));
  vkGetPhysicalDeviceProperties(chosen.handle, &self->properties_);
  vkGetPhysicalDeviceMemoryProperties(chosen.handle, &self->memory_);

  std::vector<const char*> extensions;
  if (chosen.dmabuf)
    extensions.assign(dmabuf_extensions().begin(), dmabuf_extensions().end());
  if (chosen.sync_file)
    extensions.push_back(VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME);
  if (chosen.calibrated)
    extensions.push_back(VK_EXT_CALIBRATED_TIMESTAMPS_EXTENSION_NAME);
  const std::size_t without_priority = extensions.size();
  if (chosen.priority_extension != nullptr)
    extensions.push_back(chosen.priority_extension);

  const float priority = 1.0F;
  VkDeviceQueueCreateInfo queue{};
  queue.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queue.queueFamilyIndex = chosen.queue_family;
  queue.queueCount = 1;
  queue.pQueuePriorities = &priority;

  VkPhysicalDeviceVulkan13Features v13{};
  v13.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES;
  v13.dynamicRendering = VK_TRUE;
  v13.synchronization2 = VK_TRUE;
  VkPhysicalDeviceVulkan12Features v12{};
  v12.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES;
  v12.timelineSemaphore = VK_TRUE;
  v12.pNext = &v13;

  VkDeviceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  info.pNext = &v12;
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queue;
  info.enabledExtensionCount = static_cast<std::uint32_t>(extensions.size());
  info.ppEnabledExtensionNames = extensions.data();
  // Granted to who has CAP_SYS_NICE, or to whom the driver trusts. Refusals are VK_ERROR_NOT_PERMITTED by the book;
  // some drivers answer otherwise, so only the last try counts.
  VkResult result = VK_ERROR_NOT_PERMITTED_KHR;
  if (chosen.priority_extension != nullptr) {
    VkDeviceQueueGlobalPriorityCreateInfoKHR global{};
    global.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_GLOBAL_PRIORITY_CREATE_INFO_KHR;
    queue.pNext = &global;
    for (const Priority& wanted : priorities) {
      global.globalPriority = wanted.value;
      result = vkCreateDevice(chosen.handle, &info, nullptr, &self->device_);
      if (result == VK_SUCCESS)
        self->priority_ = wanted.name;
      if (result == VK_SUCCESS || result == VK_ERROR_DEVICE_LOST)
        break;
    }
    queue.pNext = nullptr;
    info.enabledExtensionCount = static_cast<std::uint32_t>(without_priority);
  }
  if (result != VK_SUCCESS && result != VK_ERROR_DEVICE_LOST)
    result = vkCreateDevice(chosen.handle, &info, nullptr, &self->device_);
  if (result != VK_SUCCESS)
    return vk_error("cannot open the Vulkan device '" + chosen.name + "'", result);
  vkGetDeviceQueue(self->device_, chosen.queue_family, 0, &self->queue_);

  Functions& f = self->functions_;
  if (chosen.dmabuf) {
    f.get_memory_fd = load<PFN_vkGetMemoryFdKHR>(self->device_, "vkGetMemoryFdKHR");
    f.get_memory_fd_properties = load<PFN_vkGetMemoryFdPropertiesKHR>(self->device_, "vkGetMemoryFdPropertiesKHR");
    f.get_image_modifier =
        load<PFN_vkGetImageDrmFormatModifierPropertiesEXT>(self->device_, "vkGetImageDrmFormatModifierPropertiesEXT");
  }
  if (chosen.calibrated)
    f.get_calibrated_timestamps = load<PFN_vkGetCalibratedTimestampsEXT>(self->device_, "vkGetCalibratedTimestampsEXT");
  if (chosen.sync_file)
    f.get_semaphore_fd = load<PFN_vkGetSemaphoreFdKHR>(self->device_, "vkGetSemaphoreFdKHR");
  return self;
}

VulkanDevice::~VulkanDevice() {
  if (device_ == VK_NULL_HANDLE)
    return;
  vkDeviceWaitIdle(device_);
  vkDestroyDevice(device_, nullptr);
}

std::optional<std::uint32_t> VulkanDevice::memory_type(std::uint32_t allowed, VkMemoryPropertyFlags wanted) const {
  for (std::uint32_t i = 0; i < memory_.memoryTypeCount; ++i)
    if ((allowed & (1U << i)) != 0 && (memory_.memoryTypes[i].propertyFlags & wanted) == wanted)
      return i;
  return std::nullopt;
}

std::uint64_t VulkanDevice::own_memory() const {
  std::uint64_t largest = 0;
  for (std::uint32_t i = 0; i < memory_.memoryHeapCount; ++i)
    if ((memory_.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) != 0)
      largest = std::max<std::uint64_t>(largest, memory_.memoryHeaps[i].size);
  return largest;
}

bool VulkanDevice::takes_size(Size size) const {
  const std::uint32_t limit = properties_.limits.maxImageDimension2D;
  return !size.empty() && static_cast<std::uint32_t>(size.width) <= limit &&
         static_cast<std::uint32_t>(size.height) <= limit;
}

} // namespace fenceline
