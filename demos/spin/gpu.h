#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "demos/spin/validation_log.h"
#include "demos/spin/vk.h"

namespace fenceline::demos {

/// The Vulkan device that spin draws with, with one queue, and what it can share with others.
class Gpu {
 public:
  /// Takes the device of the DRM node `wanted` if Vulkan has it. Else the first that can export dma-bufs, GPUs before
  /// CPUs; else any with Vulkan 1.3.
  /// With `log`, the validation layer is on and reports to it.
  explicit Gpu(std::optional<dev_t> wanted, ValidationLog* log = nullptr);
  Gpu(const Gpu&) = delete;
  Gpu& operator=(const Gpu&) = delete;
  ~Gpu();

  [[nodiscard]] VkDevice device() const { return device_; }
  [[nodiscard]] VkPhysicalDevice physical() const { return physical_; }
  [[nodiscard]] VkQueue queue() const { return queue_; }
  [[nodiscard]] std::uint32_t queue_family() const { return queue_family_; }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Whether images can be exported as dma-bufs with a modifier.
  [[nodiscard]] bool exports_dmabuf() const { return exports_dmabuf_; }
  /// Whether a fence can leave as a sync file while the work is still going on. Never so on a CPU device: there the
  /// export itself waits for the work.
  [[nodiscard]] bool has_sync_files() const { return has_sync_files_; }

  /// Index of a memory type among `allowed` (a bit each) with all of `wanted`; throws if there is none.
  [[nodiscard]] std::uint32_t memory_type(std::uint32_t allowed, VkMemoryPropertyFlags wanted) const;

  /// Modifiers with which a colour target of that format and any usual size can be made and exported as a dma-buf.
  [[nodiscard]] std::vector<std::uint64_t> renderable_modifiers(VkFormat format) const;

  // Extension functions; null where the device lacks them.
  PFN_vkGetMemoryFdKHR get_memory_fd = nullptr;
  PFN_vkGetSemaphoreFdKHR get_semaphore_fd = nullptr;
  PFN_vkImportSemaphoreFdKHR import_semaphore_fd = nullptr;
  PFN_vkGetImageDrmFormatModifierPropertiesEXT get_image_modifier = nullptr;

 private:
  void make_instance(ValidationLog* log);
  void destroy_instance();
  void choose(std::optional<dev_t> wanted);
  void make_device();

  VkInstance instance_ = VK_NULL_HANDLE;
  VkDebugUtilsMessengerEXT messenger_ = VK_NULL_HANDLE;
  VkPhysicalDevice physical_ = VK_NULL_HANDLE;
  VkDevice device_ = VK_NULL_HANDLE;
  VkQueue queue_ = VK_NULL_HANDLE;
  std::uint32_t queue_family_ = 0;
  std::string name_;
  bool exports_dmabuf_ = false;
  bool has_sync_files_ = false;
};

/// Of what is read with the CPU: XRGB8888 and ARGB8888 in DRM's words.
inline constexpr VkFormat read_format = VK_FORMAT_B8G8R8A8_UNORM;
inline constexpr VkImageUsageFlags target_usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;

} // namespace fenceline::demos
