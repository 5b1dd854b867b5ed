#pragma once
#include <filesystem>
#include <memory>

#include "compositor/base/log.h"
#include "renderer/vulkan_device.h"

namespace fenceline {

/// The driver's compiled pipelines, kept on disk between sessions: read at creation, written at destruction when there
/// is something new. A file that is not this device's and driver's, or is damaged, is ignored. Failures cost a debug
/// line.
class PipelineCache {
 public:
  /// `folder`: where the file lives; empty: nothing is kept.
  PipelineCache(const VulkanDevice& device, Log& log, const std::filesystem::path& folder);
  PipelineCache(const PipelineCache&) = delete;
  PipelineCache& operator=(const PipelineCache&) = delete;
  ~PipelineCache();

  /// Null when the driver gave none: pipelines are then made without.
  [[nodiscard]] VkPipelineCache handle() const { return cache_; }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  [[nodiscard]] std::vector<std::byte> load() const;
  void store() const;

  const VulkanDevice& device_;
  Log& log_;
  std::filesystem::path file_;
  VkPipelineCache cache_ = VK_NULL_HANDLE;
  std::uint64_t loaded_hash_ = 0;
};

} // namespace fenceline
