#include "demos/spin/validation_log.h"

#include <cstdio>
#include <string_view>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

constexpr std::string_view deliberate = "VUID-VkBufferCreateInfo-size-00912"; // a buffer of size 0

struct Suppression {
  std::string_view vuid;
  std::string_view reason;
};

constexpr Suppression suppressions[] = {
    {"VUID-vkCmdCopyImage-dstImage-01996",
     "lavapipe leaves VkDrmFormatModifierPropertiesList2EXT empty, so the layer takes each image with a modifier for "
     "one "
     "that nothing may be copied to; VkDrmFormatModifierPropertiesListEXT has TRANSFER_DST, and spin has looked"},
};

} // namespace

VkDebugUtilsMessengerCreateInfoEXT ValidationLog::messenger_info() {
  VkDebugUtilsMessengerCreateInfoEXT info{};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  info.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = on_message;
  info.pUserData = this;
  return info;
}

VkBool32 ValidationLog::on_message(VkDebugUtilsMessageSeverityFlagBitsEXT, VkDebugUtilsMessageTypeFlagsEXT,
                                   const VkDebugUtilsMessengerCallbackDataEXT* data, void* self) {
  auto& log = *static_cast<ValidationLog*>(self);
  const std::string_view vuid = data->pMessageIdName != nullptr ? data->pMessageIdName : "";
  if (log.proving_ && vuid == deliberate) {
    log.proved_ = true;
    return VK_TRUE; // the driver must not see the call
  }
  for (const Suppression& suppression : suppressions)
    if (vuid == suppression.vuid)
      return VK_FALSE;
  ++log.messages_;
  std::fprintf(stderr, "spin: %s\n", data->pMessage);
  return VK_FALSE;
}

void ValidationLog::prove(VkDevice device) {
  VkBufferCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  info.usage = VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  VkBuffer buffer = VK_NULL_HANDLE;
  proving_ = true;
  const VkResult result = vkCreateBuffer(device, &info, nullptr, &buffer);
  proving_ = false;
  if (result == VK_SUCCESS)
    vkDestroyBuffer(device, buffer, nullptr);
  if (!proved_)
    throw Failure("the validation layer does not report a deliberate error");
}

void ValidationLog::check() const {
  if (messages_ > 0)
    throw Failure("the validation layer reported " + std::to_string(messages_) + " faults");
}

} // namespace fenceline::demos
