// To be loaded in front of a program (LD_PRELOAD): its Vulkan device is lost with the next submission after the file
// that FENCELINE_LOSE_DEVICE names has been made. The file is removed then.
#include <dlfcn.h>
#include <unistd.h>
#include <vulkan/vulkan.h>

#include <cstdint>
#include <cstdlib>

extern "C" {

VKAPI_ATTR VkResult VKAPI_CALL vkQueueSubmit2(VkQueue queue, std::uint32_t count, const VkSubmitInfo2* submits,
                                              VkFence fence) {
  static const auto real = reinterpret_cast<PFN_vkQueueSubmit2>(::dlsym(RTLD_NEXT, "vkQueueSubmit2"));
  const char* file = std::getenv("FENCELINE_LOSE_DEVICE");
  if (file != nullptr && ::unlink(file) == 0)
    return VK_ERROR_DEVICE_LOST;
  return real(queue, count, submits, fence);
}
}
