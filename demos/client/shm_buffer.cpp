#include "demos/client/shm_buffer.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

constexpr std::size_t row_alignment_pixels = 64; // 256 bytes: what the pickiest GPUs want of a linear image's rows

constexpr std::size_t round_up(std::size_t value, std::size_t to) {
  return (value + to - 1) / to * to;
}

UniqueFd sealed_file(std::size_t bytes) {
  UniqueFd file(memfd_create("fenceline-demo", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ftruncate(file.get(), static_cast<off_t>(bytes)) != 0)
    fail_errno("cannot make " + std::to_string(bytes) + " bytes of shared memory", errno);
  if (fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    fail_errno("cannot seal shared memory", errno);
  return file;
}

} // namespace

ShmBuffer::ShmBuffer(wl_shm* shm, Size size, std::uint32_t format)
    : size_(size), stride_pixels_(round_up(static_cast<std::size_t>(size.width), row_alignment_pixels)),
      bytes_(round_up(stride_pixels_ * 4 * static_cast<std::size_t>(size.height),
                      static_cast<std::size_t>(sysconf(_SC_PAGESIZE)))),
      file_(sealed_file(bytes_)) {
  if (bytes_ > INT32_MAX)
    throw Failure("a picture of " + std::to_string(size.width) + "x" + std::to_string(size.height) +
                  " is too large for wl_shm");
  void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
  if (memory == MAP_FAILED)
    fail_errno("cannot map shared memory", errno);
  pixels_ = static_cast<std::uint32_t*>(memory);
  const Proxy<wl_shm_pool> pool(wl_shm_create_pool(shm, file_.get(), static_cast<std::int32_t>(bytes_)));
  buffer_.reset(wl_shm_pool_create_buffer(pool.get(), 0, size.width, size.height,
                                          static_cast<std::int32_t>(stride_pixels_ * 4), format));
  static constexpr wl_buffer_listener listener = {
      .release = [](void* self, wl_buffer*) { static_cast<ShmBuffer*>(self)->busy_ = false; },
  };
  wl_buffer_add_listener(buffer_.get(), &listener, this);
}

ShmBuffer::~ShmBuffer() {
  munmap(pixels_, bytes_);
}

} // namespace fenceline::demos
