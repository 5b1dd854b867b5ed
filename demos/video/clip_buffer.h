#pragma once

#include <array>
#include <string>

#include "demos/client/connection.h"
#include "demos/client/geometry.h"
#include "demos/client/unique_fd.h"
#include "demos/video/clip_format.h"

namespace fenceline::demos {

/// The line that says why no dma-buf can be made, and what to do; by the errno of /dev/udmabuf and that of the heap.
std::string no_dmabufs(int without_udmabuf, int without_heap);

/// The same for a compositor that takes none. 0: /dev/udmabuf can be used here.
std::string none_taken(int without_udmabuf);

/// One picture of the clip in a linear dma-buf: udmabuf's where /dev/udmabuf may be used, else the system heap's
/// (/dev/dma_heap/system). Its rows are on 256 bytes, its memory planes on pages.
class ClipBuffer {
 public:
  ClipBuffer(Connection& connection, const ClipFormat& format, Size size);
  ClipBuffer(const ClipBuffer&) = delete;
  ClipBuffer& operator=(const ClipBuffer&) = delete;
  ~ClipBuffer();

  [[nodiscard]] wl_buffer* buffer() const { return buffer_.get(); }
  /// Attached to a commit and not released since.
  [[nodiscard]] bool busy() const { return busy_; }
  void set_busy() { busy_ = true; }
  /// Computes frame `frame` into it (video_pattern.h).
  void draw(std::uint32_t frame, bool full_range);

 private:
  struct Plane {
    std::size_t offset = 0, stride = 0;
  };
  void draw_rows(std::uint32_t frame, bool full_range) const;

  const ClipFormat& format_;
  Size size_;
  std::array<Plane, 3> planes_;
  std::size_t bytes_ = 0;
  UniqueFd dmabuf_;
  std::byte* memory_ = nullptr;
  Proxy<wl_buffer> buffer_;
  bool busy_ = false;
};

} // namespace fenceline::demos
