#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "demos/client/geometry.h"
#include "demos/client/unique_fd.h"
#include "demos/client/wayland.h"

namespace fenceline::demos {

/// One wl_shm buffer in a sealed memfd of its own: it starts on a page, its rows on 256 bytes, and its file can neither
/// shrink nor grow. That is what a compositor needs to hand it to udmabuf, and on to a GPU or a display, uncopied.
class ShmBuffer {
 public:
  /// `format` is a wl_shm format of four bytes a pixel.
  ShmBuffer(wl_shm* shm, Size size, std::uint32_t format);
  ShmBuffer(const ShmBuffer&) = delete;
  ShmBuffer& operator=(const ShmBuffer&) = delete;
  ~ShmBuffer();

  [[nodiscard]] wl_buffer* buffer() const { return buffer_.get(); }
  [[nodiscard]] Size size() const { return size_; }
  /// The first pixel of a row. To be written only while the buffer is not busy.
  [[nodiscard]] std::uint32_t* row(int y) { return pixels_ + static_cast<std::size_t>(y) * stride_pixels_; }
  /// Attached to a commit and not released since.
  [[nodiscard]] bool busy() const { return busy_; }
  void set_busy() { busy_ = true; }

 private:
  Size size_;
  std::size_t stride_pixels_;
  std::size_t bytes_;
  UniqueFd file_;
  std::uint32_t* pixels_;
  Proxy<wl_buffer> buffer_;
  bool busy_ = false;
};

} // namespace fenceline::demos
