#include "compositor/wl/epoll_entry.h"

#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

namespace fenceline::wl {

Result<EpollEntry> EpollEntry::find(int epoll, int fd) {
  struct stat socket {};
  if (::fstat(fd, &socket) != 0)
    return Error::from_errno("cannot look at a client's socket");
  std::ifstream file("/proc/self/fdinfo/" + std::to_string(epoll));
  std::string line;
  while (std::getline(file, line)) {
    int number = -1;
    std::uint64_t data = 0, inode = 0;
    if (std::sscanf(line.c_str(), "tfd: %d events: %*x data: %" SCNx64 " pos:%*d ino:%" SCNx64, &number, &data,
                    &inode) == 3 &&
        inode == socket.st_ino)
      return EpollEntry(epoll, number, data);
  }
  return Error{"a client's entry in libwayland's event loop cannot be found", ENOENT};
}

Result<void> EpollEntry::set(std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data_;
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event) != 0)
    return Error::from_errno("cannot change a client's entry in libwayland's event loop");
  return {};
}

Result<void> EpollEntry::unmute() const {
  return set(EPOLLIN | EPOLLOUT);
}

} // namespace fenceline::wl
