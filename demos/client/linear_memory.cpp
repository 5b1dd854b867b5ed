#include "demos/client/linear_memory.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace fenceline::demos {

namespace {

/// Not valid: errno says why.
UniqueFd from_udmabuf(std::size_t bytes) {
  const UniqueFd device(open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
  if (!device.valid())
    return {};
  const UniqueFd file(memfd_create("fenceline-demo", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ftruncate(file.get(), static_cast<off_t>(bytes)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    return {};
  udmabuf_create request{
      .memfd = static_cast<__u32>(file.get()), .flags = UDMABUF_FLAGS_CLOEXEC, .offset = 0, .size = bytes};
  return UniqueFd(ioctl(device.get(), UDMABUF_CREATE, &request));
}

UniqueFd from_heap(std::size_t bytes) {
  const UniqueFd heap(open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC));
  if (!heap.valid())
    return {};
  dma_heap_allocation_data request{.len = bytes, .fd = 0, .fd_flags = O_RDWR | O_CLOEXEC, .heap_flags = 0};
  if (ioctl(heap.get(), DMA_HEAP_IOCTL_ALLOC, &request) != 0)
    return {};
  return UniqueFd(static_cast<int>(request.fd));
}

} // namespace

LinearMemory allocate_linear(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  bytes = (bytes + page - 1) / page * page;
  LinearMemory memory{.dmabuf = from_udmabuf(bytes)};
  if (memory.dmabuf.valid())
    return memory;
  memory.without_udmabuf = errno;
  memory.dmabuf = from_heap(bytes);
  if (!memory.dmabuf.valid())
    memory.without_heap = errno;
  return memory;
}

} // namespace fenceline::demos
