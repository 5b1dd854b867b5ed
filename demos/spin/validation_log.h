#pragma once

#include <atomic>
#include <string>

#include "demos/spin/vk.h"

namespace fenceline::demos {

/// What the Vulkan validation layer has to say about this program, warnings and errors alike. It outlives the instance
/// that it listens to.
class ValidationLog {
 public:
  static constexpr const char* layer = "VK_LAYER_KHRONOS_validation";

  ValidationLog() = default;
  ValidationLog(const ValidationLog&) = delete;
  ValidationLog& operator=(const ValidationLog&) = delete;

  /// For VkInstanceCreateInfo::pNext and vkCreateDebugUtilsMessengerEXT.
  [[nodiscard]] VkDebugUtilsMessengerCreateInfoEXT messenger_info();
  /// Makes one deliberate error, which the layer must report and which is not counted: a layer that is not there
  /// reports nothing either. Throws where it is not reported.
  void prove(VkDevice device);
  /// Throws where anything else was reported.
  void check() const;

 private:
  static VkBool32 on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity, VkDebugUtilsMessageTypeFlagsEXT types,
                             const VkDebugUtilsMessengerCallbackDataEXT* data, void* self);

  std::atomic<bool> proving_ = false;
  std::atomic<bool> proved_ = false;
  std::atomic<unsigned> messages_ = 0; // the layer reports on the thread that made the call
};

} // namespace fenceline::demos
