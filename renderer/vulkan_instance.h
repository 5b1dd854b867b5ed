#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compositor/base/log.h"
#include "renderer/vk.h"

namespace fenceline {

/// A Vulkan instance, with the validation layer when asked for. The layer's messages are logged and counted.
class VulkanInstance {
 public:
  /// `validation` without an installed VK_LAYER_KHRONOS_validation is an error: who asks for it relies on it.
  [[nodiscard]] static Result<std::unique_ptr<VulkanInstance>> create(Log& log, bool validation);
  VulkanInstance(const VulkanInstance&) = delete;
  VulkanInstance& operator=(const VulkanInstance&) = delete;
  ~VulkanInstance();

  [[nodiscard]] VkInstance handle() const { return instance_; }
  [[nodiscard]] bool validates() const { return messenger_ != VK_NULL_HANDLE; }
  /// Errors and warnings of the validation layer so far, without the suppressed ones. Any thread.
  [[nodiscard]] std::uint64_t validation_errors() const { return errors_.load(std::memory_order_relaxed); }

 private:
  explicit VulkanInstance(Log& log) : log_(log) {}
  static VKAPI_ATTR VkBool32 VKAPI_CALL message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                VkDebugUtilsMessageTypeFlagsEXT types,
                                                const VkDebugUtilsMessengerCallbackDataEXT* data, void* self);

  Log& log_;
  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  std::atomic<std::uint64_t> errors_ = 0; // The layer may speak on any thread that calls Vulkan.
};

} // namespace fenceline
