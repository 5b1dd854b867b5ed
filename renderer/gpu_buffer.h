#pragma once
#include <cstddef>
#include <memory>
#include <span>

#include "renderer/vulkan_device.h"

namespace fenceline {

/// A buffer that the CPU and the GPU both see, mapped for its whole life.
class GpuBuffer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<GpuBuffer>> create(const VulkanDevice& device, std::size_t size,
                                                                 VkBufferUsageFlags usage);
  GpuBuffer(const GpuBuffer&) = delete;
  GpuBuffer& operator=(const GpuBuffer&) = delete;
  ~GpuBuffer();

  [[nodiscard]] VkBuffer handle() const { return buffer_; }
  [[nodiscard]] std::span<std::byte> bytes() const { return bytes_; }

 private:
  explicit GpuBuffer(const VulkanDevice& device) : device_(device) {}

  const VulkanDevice& device_;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VkDeviceMemory memory_ = VK_NULL_HANDLE;
  std::span<std::byte> bytes_;
};

} // namespace fenceline
