#include "compositor/backends/nested/dmabuf_image.h"

#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace fenceline {

namespace {

/// The kernel's fences of all that still reads or writes the buffer; none where the kernel does not tell (before Linux
/// 6.0), or there is nothing to wait for.
UniqueFd users_of(const UniqueFd& memory) {
  dma_buf_export_sync_file request{.flags = DMA_BUF_SYNC_WRITE, .fd = -1};
  if (!memory.valid() || ::ioctl(memory.get(), DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &request) != 0)
    return {};
  UniqueFd fence(request.fd);
  pollfd poll_fd{.fd = fence.get(), .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) > 0 ? UniqueFd() : std::move(fence);
}

} // namespace

DmabufImage::DmabufImage(EventLoop& loop, ParentConnection& connection, const DmabufAttributes& attributes,
                         std::uint32_t fourcc)
    : ParentImage(attributes.size), loop_(loop), params_(zwp_linux_dmabuf_v1_create_params(connection.dmabuf())),
      memory_(attributes.planes.front().fd.duplicate()) {
  static constexpr zwp_linux_buffer_params_v1_listener listener = {
      .created = EventThunk<&DmabufImage::created>::call,
      .failed = EventThunk<&DmabufImage::failed>::call,
  };
  zwp_linux_buffer_params_v1_add_listener(params_.get(), &listener, this);
  for (std::uint32_t i = 0; i < attributes.plane_count; ++i) {
    const DmabufPlane& plane = attributes.planes[i];
    zwp_linux_buffer_params_v1_add(params_.get(), plane.fd.get(), i, plane.offset, plane.stride,
                                   static_cast<std::uint32_t>(attributes.format.modifier >> 32U),
                                   static_cast<std::uint32_t>(attributes.format.modifier));
  }
  zwp_linux_buffer_params_v1_create(params_.get(), attributes.size.width, attributes.size.height, fourcc, 0);
}

DmabufImage::~DmabufImage() = default;

void DmabufImage::created(wl_buffer* buffer) {
  take(buffer);
  params_.reset();
  if (on_answered_)
    on_answered_();
}

void DmabufImage::failed() {
  refused_ = true;
  params_.reset();
  memory_.reset();
  if (on_answered_)
    on_answered_();
}

bool DmabufImage::add_fence(const UniqueFd& fence) const {
  dma_buf_import_sync_file request{.flags = DMA_BUF_SYNC_WRITE, .fd = fence.get()};
  return memory_.valid() && ::ioctl(memory_.get(), DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &request) == 0;
}

void DmabufImage::release() {
  readers_ = users_of(memory_);
  if (!readers_.valid())
    return give_back();
  auto source = loop_.watch(readers_.get(), IoEvents::Readable, [this](IoEvents) {
    const auto over = std::move(readers_done_);
    readers_.reset();
    give_back();
  });
  if (source)
    readers_done_ = std::move(*source);
  else
    give_back();
}

} // namespace fenceline
