#include "demos/spin/vk.h"

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

std::string name_of(VkResult result) {
  switch (result) {
  case VK_ERROR_OUT_OF_HOST_MEMORY:
    return "out of memory";
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    return "out of device memory";
  case VK_ERROR_INITIALIZATION_FAILED:
    return "initialization failed";
  case VK_ERROR_DEVICE_LOST:
    return "the device is lost";
  case VK_ERROR_INCOMPATIBLE_DRIVER:
    return "no Vulkan driver";
  case VK_ERROR_EXTENSION_NOT_PRESENT:
    return "an extension is missing";
  case VK_ERROR_FEATURE_NOT_PRESENT:
    return "a feature is missing";
  case VK_ERROR_FORMAT_NOT_SUPPORTED:
    return "the format is not supported";
  case VK_ERROR_INVALID_EXTERNAL_HANDLE:
    return "the external handle is not valid";
  case VK_ERROR_TOO_MANY_OBJECTS:
    return "too many objects";
  default:
    return "VkResult " + std::to_string(static_cast<int>(result));
  }
}

} // namespace

void vk_check(VkResult result, const char* call) {
  if (result < 0)
    throw Failure(std::string(call) + ": " + name_of(result));
}

} // namespace fenceline::demos
