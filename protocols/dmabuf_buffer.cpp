#include "protocols/dmabuf_buffer.h"

#include <linux/dma-buf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "compositor/base/sync_file.h"

namespace fenceline {

DmabufBuffer::DmabufBuffer(BufferId id, DmabufAttributes&& attributes, BufferImporter& importer, wl::Held held)
    : ClientBuffer(id, BufferKind::Dmabuf, attributes.size, attributes.format, nullptr), importer_(importer),
      held_(std::move(held)) {
  // Planes are often parts of one dma-buf, whose inode tells. DmabufParams has seen that they are dma-bufs, so this
  // asks nobody.
  std::vector<std::pair<dev_t, ino_t>> seen;
  for (std::size_t i = 0; i < attributes.plane_count; ++i) {
    struct stat info {};
    if (::fstat(attributes.planes[i].fd.get(), &info) != 0)
      continue;
    const std::pair<dev_t, ino_t> key{info.st_dev, info.st_ino};
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      continue;
    seen.push_back(key);
    memory_.push_back(std::move(attributes.planes[i].fd));
  }
}

DmabufBuffer::~DmabufBuffer() {
  importer_.forget_buffer(id());
}

Result<void> DmabufBuffer::add_write_fences(EventLoop& loop,
                                            std::vector<std::unique_ptr<CommitConstraint>>& constraints,
                                            const WantedBy& wanted_by) const {
  for (const UniqueFd& fd : memory_) {
    // A dma-buf polls readable when nobody writes to it: mostly so, and cheaper than a sync file.
    pollfd writers{.fd = fd.get(), .events = POLLIN, .revents = 0};
    if (::poll(&writers, 1, 0) > 0)
      continue;
    dma_buf_export_sync_file request{.flags = DMA_BUF_SYNC_READ, .fd = -1};
    if (::ioctl(fd.get(), DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &request) == 0) {
      if (const auto when = wanted_by ? wanted_by() : std::nullopt)
        sync_file_want_by(request.fd, *when);
      constraints.push_back(std::make_unique<FdConstraint>(loop, UniqueFd(request.fd), true));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      return Error::from_errno("cannot export a dma-buf's fences");
    // Kernels before 6.0 don't export fences: the dma-buf itself is waited for.
    UniqueFd copy = fd.duplicate();
    if (!copy.valid())
      return Error::from_errno("cannot wait for a dma-buf's fences");
    constraints.push_back(std::make_unique<FdConstraint>(loop, std::move(copy), false));
  }
  return {};
}

void DmabufBuffer::add_read_fence(const UniqueFd& fence) const {
  for (const UniqueFd& fd : memory_) {
    dma_buf_import_sync_file request{.flags = DMA_BUF_SYNC_READ, .fd = fence.get()};
    // Kernels before 6.0 don't take one, and memory may be short: the release, which waits for the fence, says it
    // alone.
    [[maybe_unused]] const int told = ::ioctl(fd.get(), DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &request);
  }
}

} // namespace fenceline
