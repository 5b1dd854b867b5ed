#pragma once

#include <cstddef>
#include <cstdint>

#include "demos/client/connection.h"
#include "demos/client/geometry.h"
#include "demos/client/unique_fd.h"

namespace fenceline::demos {

/// One buffer of four bytes a pixel in a linear dma-buf (linear_memory.h) that the CPU draws into. Its rows are on 256
/// bytes.
class LinearBuffer {
 public:
  /// `fourcc`: of DRM. Throws where there is no such memory to be had. The compositor must take it: see DmabufFeedback.
  LinearBuffer(Connection& connection, Size size, std::uint32_t fourcc);
  LinearBuffer(const LinearBuffer&) = delete;
  LinearBuffer& operator=(const LinearBuffer&) = delete;
  ~LinearBuffer();

  [[nodiscard]] wl_buffer* buffer() const { return buffer_.get(); }
  /// The first pixel of a row. To be written between begin() and end(), and only while the buffer is not busy.
  [[nodiscard]] std::uint32_t* row(int y) { return pixels_ + static_cast<std::size_t>(y) * stride_pixels_; }
  void begin() { sync(true); }
  void end() { sync(false); }
  /// Attached to a commit and not released since.
  [[nodiscard]] bool busy() const { return busy_; }
  void set_busy() { busy_ = true; }

 private:
  void sync(bool begins) const;

  std::size_t stride_pixels_;
  std::size_t bytes_;
  UniqueFd dmabuf_;
  std::uint32_t* pixels_ = nullptr;
  Proxy<wl_buffer> buffer_;
  bool busy_ = false;
};

} // namespace fenceline::demos
