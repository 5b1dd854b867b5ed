#pragma once
#include <vulkan/vulkan.h>

#include <string>
#include <string_view>

#include "compositor/base/result.h"

namespace fenceline {

/// The name of a Vulkan result, such as VK_ERROR_DEVICE_LOST; "VkResult" for ones that are not known here.
[[nodiscard]] std::string_view name(VkResult result);

/// An error whose text says what was tried and what Vulkan answered. Its code is ENOMEM where memory ran out, ENODEV
/// where the device is lost, else 0.
[[nodiscard]] Error vk_error(std::string_view what, VkResult result);

} // namespace fenceline
