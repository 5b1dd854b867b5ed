#pragma once
#include <vulkan/vulkan.h>

#include <functional>

namespace fenceline::test {

/// What the Vulkan calls of this program answer instead of the device. A program that links vulkan_faults.cpp has them
/// in front of the loader's.
struct VulkanFaults {
  int failing_semaphores = 0;  ///< So many vkCreateSemaphore calls fail.
  int failing_fence_files = 0; ///< So many vkGetSemaphoreFdKHR calls fail.
  /// Above it vkCreateDevice grants a queue none.
  VkQueueGlobalPriorityKHR best_priority = VK_QUEUE_GLOBAL_PRIORITY_REALTIME_KHR;
  int priorities_refused = 0;
  bool no_cpu = false;            ///< A device that runs on the CPU says that it does not.
  bool no_srgb_views = false;     ///< vkCreateImageView fails for sRGB formats.
  bool no_mutable_images = false; ///< vkCreateImage fails for images that can be seen in several formats.
  int lost_submits = 0;           ///< So many vkQueueSubmit2 calls say that the device is lost.
  int semaphores_alive = 0;       ///< Made and not destroyed.
  int files_of_no_semaphore = 0;  ///< vkGetSemaphoreFdKHR calls with VK_NULL_HANDLE, which drivers do not survive.
  /// Changes what the device says of a format's modifiers.
  std::function<void(VkFormat, VkDrmFormatModifierPropertiesListEXT&)> modifiers;
};

/// This program's. The calls have no object that they could belong to.
[[nodiscard]] VulkanFaults& vulkan_faults();

} // namespace fenceline::test
