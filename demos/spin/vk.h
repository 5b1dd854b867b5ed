#pragma once

#include <string>
#include <utility>

#include <vulkan/vulkan.h>

namespace fenceline::demos {

/// Throws a Failure that names the call and the result, unless it is VK_SUCCESS (or positive, such as VK_INCOMPLETE).
void vk_check(VkResult result, const char* call);

/// A child object of a device: moves, never copies, is destroyed once.
template <typename Handle, void (*Destroy)(VkDevice, Handle, const VkAllocationCallbacks*)>
class VkOwned {
 public:
  VkOwned() = default;
  VkOwned(VkDevice device, Handle handle) : device_(device), handle_(handle) {}
  VkOwned(VkOwned&& other) noexcept
      : device_(other.device_), handle_(std::exchange(other.handle_, Handle{VK_NULL_HANDLE})) {}
  VkOwned& operator=(VkOwned&& other) noexcept {
    if (this != &other) {
      reset();
      device_ = other.device_;
      handle_ = std::exchange(other.handle_, Handle{VK_NULL_HANDLE});
    }
    return *this;
  }
  ~VkOwned() { reset(); }

  [[nodiscard]] Handle get() const { return handle_; }
  [[nodiscard]] const Handle* address() const { return &handle_; }

 private:
  void reset() {
    if (handle_ != VK_NULL_HANDLE)
      Destroy(device_, std::exchange(handle_, Handle{VK_NULL_HANDLE}), nullptr);
  }

  VkDevice device_ = VK_NULL_HANDLE;
  Handle handle_ = VK_NULL_HANDLE;
};

using OwnedImage = VkOwned<VkImage, vkDestroyImage>;
using OwnedImageView = VkOwned<VkImageView, vkDestroyImageView>;
using OwnedMemory = VkOwned<VkDeviceMemory, vkFreeMemory>;
using OwnedBuffer = VkOwned<VkBuffer, vkDestroyBuffer>;
using OwnedSemaphore = VkOwned<VkSemaphore, vkDestroySemaphore>;
using OwnedCommandPool = VkOwned<VkCommandPool, vkDestroyCommandPool>;
using OwnedPipeline = VkOwned<VkPipeline, vkDestroyPipeline>;
using OwnedPipelineLayout = VkOwned<VkPipelineLayout, vkDestroyPipelineLayout>;
using OwnedShaderModule = VkOwned<VkShaderModule, vkDestroyShaderModule>;

} // namespace fenceline::demos
