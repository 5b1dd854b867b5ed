#include "renderer/vulkan_instance.h"

#include <algorithm>
#include <cstring>

namespace fenceline {

namespace {

constexpr const char* validation_layer = "VK_LAYER_KHRONOS_validation";

/// A message of the layer that is wrong or does not apply here.
struct Suppression {
  std::string_view vuid;
  std::string_view reason;
};

// lavapipe of Mesa 25.0 fills VkDrmFormatModifierPropertiesListEXT but leaves the List2 variant empty. The layer asks
// that one, so it takes every image with a modifier to have no features at all. FormatSupport asks the first list and
// admits only modifiers with the features that the suppressed messages are about.
constexpr std::string_view empty_list = "lavapipe leaves VkDrmFormatModifierPropertiesList2EXT empty";
constexpr Suppression suppressions[] = {
    {"VUID-vkCmdDraw-magFilter-04553", empty_list},
    {"VUID-vkCmdCopyImage-srcImage-01995", empty_list},
    {"VUID-vkCmdCopyImage-dstImage-01996", empty_list},
};

bool has_layer(const char* wanted) {
  std::uint32_t count = 0;
  vkEnumerateInstanceLayerProperties(&count, nullptr);
  std::vector<VkLayerProperties> layers(count);
  vkEnumerateInstanceLayerProperties(&count, layers.data());
  return std::any_of(layers.begin(), layers.end(),
                     [&](const VkLayerProperties& l) { return std::strcmp(l.layerName, wanted) == 0; });
}

} // namespace

VKAPI_ATTR VkBool32 VKAPI_CALL VulkanInstance::message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                       VkDebugUtilsMessageTypeFlagsEXT types,
                                                       const VkDebugUtilsMessengerCallbackDataEXT* data, void* self) {
  auto& instance = *static_cast<VulkanInstance*>(self);
  const std::string_view id = data->pMessageIdName ? data->pMessageIdName : "";
  if ((types & VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT) == 0) {
    instance.log_.debug("vulkan: {}", data->pMessage);
    return VK_FALSE;
  }
  for (const Suppression& s : suppressions) {
    if (id == s.vuid) {
      instance.log_.debug("validation layer: {} suppressed: {}", s.vuid, s.reason);
      return VK_FALSE;
    }
  }
  instance.errors_.fetch_add(1, std::memory_order_relaxed);
  if (severity >= VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT)
    instance.log_.error("validation layer: {}", data->pMessage);
  else
    instance.log_.warn("validation layer: {}", data->pMessage);
  return VK_FALSE;
}

Result<std::unique_ptr<VulkanInstance>> VulkanInstance::create(Log& log, bool validation) {
  std::uint32_t version = VK_API_VERSION_1_0;
  if (vkEnumerateInstanceVersion(&version) != VK_SUCCESS || version < VK_API_VERSION_1_3)
    return Error{"the Vulkan loader is older than 1.3: install a newer libvulkan1"};
  if (validation && !has_layer(validation_layer))
    return Error{
        "VK_LAYER_KHRONOS_validation is not installed: install vulkan-validationlayers, or run without validation"};

  std::unique_ptr<VulkanInstance> self(new VulkanInstance(log));
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = "fenceline";
  application.apiVersion = VK_API_VERSION_1_3;

  VkDebugUtilsMessengerCreateInfoEXT messenger{};
  messenger.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  messenger.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  messenger.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT | VK_DEBUG_UTILS_MESSAGE_TYPE_GENERAL_BIT_EXT;
  messenger.pfnUserCallback = &VulkanInstance::message;
  messenger.pUserData = self.get();

  // Within one command buffer the layer also finds missing barriers.
  const VkValidationFeatureEnableEXT enabled = VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT;
  VkValidationFeaturesEXT features{};
  features.sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT;
  features.enabledValidationFeatureCount = 1;
  features.pEnabledValidationFeatures = &enabled;
  features.pNext = &messenger;

  const char* extension = VK_EXT_DEBUG_UTILS_EXTENSION_NAME;
  VkInstanceCreateInfo info{};
  info.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  info.pApplicationInfo = &application;
  if (validation) {
    info.pNext = &features;
    info.enabledLayerCount = 1;
    info.ppEnabledLayerNames = &validation_layer;
    info.enabledExtensionCount = 1;
    info.ppEnabledExtensionNames = &extension;
  }
  if (const VkResult result = vkCreateInstance(&info, nullptr, &self->instance_); result != VK_SUCCESS)
    return vk_error("cannot make a Vulkan instance (is a driver such as mesa-vulkan-drivers installed?)", result);

  if (validation) {
    const auto create_messenger = reinterpret_cast<PFN_vkCreateDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(self->instance_, "vkCreateDebugUtilsMessengerEXT"));
    const VkResult result = create_messenger ? create_messenger(self->instance_, &messenger, nullptr, &self->messenger_)
                                             : VK_ERROR_EXTENSION_NOT_PRESENT;
    if (result != VK_SUCCESS)
      return vk_error("cannot listen to the validation layer", result);
  }
  return self;
}

VulkanInstance::~VulkanInstance() {
  if (messenger_ != VK_NULL_HANDLE) {
    const auto destroy_messenger = reinterpret_cast<PFN_vkDestroyDebugUtilsMessengerEXT>(
        vkGetInstanceProcAddr(instance_, "vkDestroyDebugUtilsMessengerEXT"));
    if (destroy_messenger)
      destroy_messenger(instance_, messenger_, nullptr);
  }
  if (instance_ != VK_NULL_HANDLE)
    vkDestroyInstance(instance_, nullptr);
}

} // namespace fenceline
