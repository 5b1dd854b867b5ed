#pragma once

#include <cstddef>

#include "demos/spin/gpu.h"

namespace fenceline::demos {

/// A buffer in memory that the CPU sees, mapped and coherent for as long as it lives.
class HostBuffer {
 public:
  HostBuffer(const Gpu& gpu, std::size_t bytes, VkBufferUsageFlags usage);

  [[nodiscard]] VkBuffer buffer() const { return buffer_.get(); }
  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  OwnedMemory memory_;
  OwnedBuffer buffer_;
  std::byte* data_ = nullptr;
};

} // namespace fenceline::demos
