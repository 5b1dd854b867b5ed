#include "tests/support/vulkan_faults.h"

#include <dlfcn.h>

#include <cstdint>
#include <cstring>
#include <utility>

namespace fenceline::test {

VulkanFaults& vulkan_faults() {
  static VulkanFaults faults;
  return faults;
}

namespace {

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

PFN_vkGetSemaphoreFdKHR& device_get_semaphore_fd() {
  static PFN_vkGetSemaphoreFdKHR function = nullptr;
  return function;
}

VKAPI_ATTR VkResult VKAPI_CALL get_semaphore_fd(VkDevice device, const VkSemaphoreGetFdInfoKHR* info, int* fd) {
  VulkanFaults& faults = vulkan_faults();
  if (info->semaphore == VK_NULL_HANDLE) {
    ++faults.files_of_no_semaphore;
    return VK_ERROR_UNKNOWN;
  }
  if (faults.failing_fence_files > 0) {
    --faults.failing_fence_files;
    return VK_ERROR_TOO_MANY_OBJECTS;
  }
  return device_get_semaphore_fd()(device, info, fd);
}

} // namespace
} // namespace fenceline::test

using fenceline::test::vulkan_faults;

extern "C" {

VKAPI_ATTR VkResult VKAPI_CALL vkCreateSemaphore(VkDevice device, const VkSemaphoreCreateInfo* info,
                                                 const VkAllocationCallbacks* allocator, VkSemaphore* semaphore) {
  static const auto real = fenceline::test::next<PFN_vkCreateSemaphore>("vkCreateSemaphore");
  if (vulkan_faults().failing_semaphores > 0) {
    --vulkan_faults().failing_semaphores;
    return VK_ERROR_OUT_OF_HOST_MEMORY;
  }
  const VkResult result = real(device, info, allocator, semaphore);
  vulkan_faults().semaphores_alive += result == VK_SUCCESS ? 1 : 0;
  return result;
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateDevice(VkPhysicalDevice physical, const VkDeviceCreateInfo* info,
                                              const VkAllocationCallbacks* allocator, VkDevice* device) {
  static const auto real = fenceline::test::next<PFN_vkCreateDevice>("vkCreateDevice");
  for (const auto* more = static_cast<const VkBaseInStructure*>(info->pQueueCreateInfos->pNext); more != nullptr;
       more = more->pNext)
    if (more->sType == VK_STRUCTURE_TYPE_DEVICE_QUEUE_GLOBAL_PRIORITY_CREATE_INFO_KHR &&
        reinterpret_cast<const VkDeviceQueueGlobalPriorityCreateInfoKHR*>(more)->globalPriority >
            vulkan_faults().best_priority) {
      ++vulkan_faults().priorities_refused;
      return VK_ERROR_NOT_PERMITTED_KHR;
    }
  return real(physical, info, allocator, device);
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceProperties2(VkPhysicalDevice device,
                                                          VkPhysicalDeviceProperties2* properties) {
  static const auto real = fenceline::test::next<PFN_vkGetPhysicalDeviceProperties2>("vkGetPhysicalDeviceProperties2");
  real(device, properties);
  if (vulkan_faults().no_cpu && properties->properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU)
    properties->properties.deviceType = VK_PHYSICAL_DEVICE_TYPE_OTHER;
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateImageView(VkDevice device, const VkImageViewCreateInfo* info,
                                                 const VkAllocationCallbacks* allocator, VkImageView* view) {
  static const auto real = fenceline::test::next<PFN_vkCreateImageView>("vkCreateImageView");
  if (vulkan_faults().no_srgb_views && info->format == VK_FORMAT_B8G8R8A8_SRGB)
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return real(device, info, allocator, view);
}

VKAPI_ATTR VkResult VKAPI_CALL vkCreateImage(VkDevice device, const VkImageCreateInfo* info,
                                             const VkAllocationCallbacks* allocator, VkImage* image) {
  static const auto real = fenceline::test::next<PFN_vkCreateImage>("vkCreateImage");
  if (vulkan_faults().no_mutable_images && (info->flags & VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT) != 0)
    return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  return real(device, info, allocator, image);
}

VKAPI_ATTR VkResult VKAPI_CALL vkQueueSubmit2(VkQueue queue, std::uint32_t count, const VkSubmitInfo2* submits,
                                              VkFence fence) {
  static const auto real = fenceline::test::next<PFN_vkQueueSubmit2>("vkQueueSubmit2");
  if (vulkan_faults().lost_submits > 0) {
    --vulkan_faults().lost_submits;
    return VK_ERROR_DEVICE_LOST;
  }
  return real(queue, count, submits, fence);
}

VKAPI_ATTR void VKAPI_CALL vkDestroySemaphore(VkDevice device, VkSemaphore semaphore,
                                              const VkAllocationCallbacks* allocator) {
  static const auto real = fenceline::test::next<PFN_vkDestroySemaphore>("vkDestroySemaphore");
  vulkan_faults().semaphores_alive -= semaphore != VK_NULL_HANDLE ? 1 : 0;
  real(device, semaphore, allocator);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device, const char* name) {
  static const auto real = fenceline::test::next<PFN_vkGetDeviceProcAddr>("vkGetDeviceProcAddr");
  const PFN_vkVoidFunction function = real(device, name);
  if (function == nullptr || std::strcmp(name, "vkGetSemaphoreFdKHR") != 0)
    return function;
  fenceline::test::device_get_semaphore_fd() = reinterpret_cast<PFN_vkGetSemaphoreFdKHR>(function);
  return reinterpret_cast<PFN_vkVoidFunction>(&fenceline::test::get_semaphore_fd);
}

VKAPI_ATTR void VKAPI_CALL vkGetPhysicalDeviceFormatProperties2(VkPhysicalDevice device, VkFormat format,
                                                                VkFormatProperties2* properties) {
  static const auto real =
      fenceline::test::next<PFN_vkGetPhysicalDeviceFormatProperties2>("vkGetPhysicalDeviceFormatProperties2");
  real(device, format, properties);
  for (auto* more = static_cast<VkBaseOutStructure*>(properties->pNext); more != nullptr; more = more->pNext)
    if (more->sType == VK_STRUCTURE_TYPE_DRM_FORMAT_MODIFIER_PROPERTIES_LIST_EXT && vulkan_faults().modifiers)
      vulkan_faults().modifiers(format, *reinterpret_cast<VkDrmFormatModifierPropertiesListEXT*>(more));
}
}
