#include "compositor/base/fd.h"

#include <fcntl.h>
#include <unistd.h>

namespace fenceline {

void UniqueFd::reset(int fd) noexcept {
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = fd;
}

UniqueFd UniqueFd::duplicate() const noexcept {
  return fd_ < 0 ? UniqueFd() : UniqueFd(::fcntl(fd_, F_DUPFD_CLOEXEC, 0));
}

} // namespace fenceline
