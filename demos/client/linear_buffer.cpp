#include "demos/client/linear_buffer.h"

#include <cerrno>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <system_error>
#include <utility>

#include "demos/client/failure.h"
#include "demos/client/linear_memory.h"

namespace fenceline::demos {

namespace {

constexpr std::size_t row_alignment_pixels = 64; // 256 bytes: what the pickiest GPUs want of a linear image's rows

} // namespace

LinearBuffer::LinearBuffer(Connection& connection, Size size, std::uint32_t fourcc)
    : stride_pixels_((static_cast<std::size_t>(size.width) + row_alignment_pixels - 1) / row_alignment_pixels *
                     row_alignment_pixels),
      bytes_(stride_pixels_ * 4 * static_cast<std::size_t>(size.height)) {
  LinearMemory memory = allocate_linear(bytes_);
  if (!memory.dmabuf.valid())
    throw Failure("no dma-bufs can be made here: /dev/udmabuf (" +
                  std::generic_category().message(memory.without_udmabuf) + "), /dev/dma_heap/system (" +
                  std::generic_category().message(memory.without_heap) + ")");
  dmabuf_ = std::move(memory.dmabuf);
  void* mapped = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, dmabuf_.get(), 0);
  if (mapped == MAP_FAILED)
    fail_errno("cannot map a dma-buf", errno);
  pixels_ = static_cast<std::uint32_t*>(mapped);
  const Proxy<zwp_linux_buffer_params_v1> params(zwp_linux_dmabuf_v1_create_params(connection.dmabuf()));
  zwp_linux_buffer_params_v1_add(params.get(), dmabuf_.get(), 0, 0, static_cast<std::uint32_t>(stride_pixels_ * 4), 0,
                                 0);
  buffer_.reset(zwp_linux_buffer_params_v1_create_immed(params.get(), size.width, size.height, fourcc, 0));
  static constexpr wl_buffer_listener listener = {
      .release = [](void* self, wl_buffer*) { static_cast<LinearBuffer*>(self)->busy_ = false; },
  };
  wl_buffer_add_listener(buffer_.get(), &listener, this);
}

LinearBuffer::~LinearBuffer() {
  if (pixels_ != nullptr)
    munmap(pixels_, bytes_);
}

void LinearBuffer::sync(bool begins) const {
  dma_buf_sync access{.flags = static_cast<__u64>(begins ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END) | DMA_BUF_SYNC_WRITE};
  ioctl(dmabuf_.get(), DMA_BUF_IOCTL_SYNC, &access);
}

} // namespace fenceline::demos
