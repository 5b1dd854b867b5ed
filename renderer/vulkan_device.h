#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "compositor/base/geometry.h"
#include "renderer/device_choice.h"

namespace fenceline {

/// The logical device with its one queue, and what of it is used beyond Vulkan 1.3. Main thread.
class VulkanDevice {
 public:
  /// Entry points of extensions; null where the device has none.
  struct Functions {
    PFN_vkGetMemoryFdKHR get_memory_fd = nullptr;
    PFN_vkGetMemoryFdPropertiesKHR get_memory_fd_properties = nullptr;
    PFN_vkGetImageDrmFormatModifierPropertiesEXT get_image_modifier = nullptr;
    PFN_vkGetSemaphoreFdKHR get_semaphore_fd = nullptr;
    PFN_vkGetCalibratedTimestampsEXT get_calibrated_timestamps = nullptr;
  };

  [[nodiscard]] static Result<std::unique_ptr<VulkanDevice>> create(const DeviceCandidate& chosen);
  VulkanDevice(const VulkanDevice&) = delete;
  VulkanDevice& operator=(const VulkanDevice&) = delete;
  /// Waits until the device is idle.
  ~VulkanDevice();

  [[nodiscard]] VkDevice handle() const { return device_; }
  [[nodiscard]] VkPhysicalDevice physical() const { return chosen_.handle; }
  [[nodiscard]] VkQueue queue() const { return queue_; }
  [[nodiscard]] std::uint32_t queue_family() const { return chosen_.queue_family; }
  [[nodiscard]] const DeviceCandidate& facts() const { return chosen_; }
  [[nodiscard]] const VkPhysicalDeviceProperties& properties() const { return properties_; }
  /// How the queue stands to those of other programs, for people: the best that was granted.
  [[nodiscard]] std::string_view priority() const { return priority_; }
  [[nodiscard]] const Functions& functions() const { return functions_; }

  /// The first memory type among `allowed` (a bit each) that has all of `wanted`.
  [[nodiscard]] std::optional<std::uint32_t> memory_type(std::uint32_t allowed, VkMemoryPropertyFlags wanted) const;
  /// Bytes of the largest heap of the device's own memory; a CPU device's is the machine's.
  [[nodiscard]] std::uint64_t own_memory() const;
  /// Whether an image of this size is within the device's limits.
  [[nodiscard]] bool takes_size(Size size) const;

 private:
  explicit VulkanDevice(DeviceCandidate chosen) : chosen_(std::move(chosen)) {}

  DeviceCandidate chosen_;
  VkPhysicalDeviceProperties properties_{};
  VkPhysicalDeviceMemoryProperties memory_{};
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  Functions functions_;
  std::string_view priority_ = "ordinary";
};

} // namespace fenceline
