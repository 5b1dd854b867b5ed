#include "compositor/backends/nested/shm_image.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "compositor/base/fd.h"

namespace fenceline {

Result<std::unique_ptr<ShmImage>> ShmImage::create(wl_shm* shm, Size size, std::uint32_t format) {
  const std::int64_t bytes = std::int64_t{4} * size.width * size.height;
  // The protocol's sizes are int32.
  if (size.empty() || bytes > std::numeric_limits<std::int32_t>::max())
    return Error{"an image for the parent compositor has an impossible size", EINVAL};
  const UniqueFd file(::memfd_create("fenceline-nested", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ::ftruncate(file.get(), bytes) != 0)
    return Error::from_errno("no memory to share with the parent compositor");
  // A parent need not guard itself against a file that shrinks.
  ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL);
  const auto length = static_cast<std::size_t>(bytes);
  void* memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (memory == MAP_FAILED)
    return Error::from_errno("no memory to share with the parent compositor");
  std::unique_ptr<ShmImage> image(new ShmImage(size, {static_cast<std::uint32_t*>(memory), length / 4}));
  const ParentPtr<wl_shm_pool> pool(wl_shm_create_pool(shm, file.get(), static_cast<std::int32_t>(bytes)));
  image->take(wl_shm_pool_create_buffer(pool.get(), 0, size.width, size.height, size.width * 4, format));
  return image;
}

ShmImage::~ShmImage() {
  ::munmap(pixels_.data(), pixels_.size_bytes());
}

} // namespace fenceline
