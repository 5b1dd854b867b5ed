#pragma once
#include <cstdint>

#include "compositor/base/result.h"

namespace fenceline::wl {

/// A descriptor in an epoll set that somebody else has made, to have it not told of for a while.
///
/// libwayland reads each client whenever there is something, and has no call to leave one alone; its epoll set is
/// public (wl_event_loop_get_fd). What an entry hands back to its maker has to stay as it is when the entry is changed;
/// the kernel says it in /proc/self/fdinfo (proc(5), "tfd").
class EpollEntry {
 public:
  /// libwayland watches a copy of the descriptor: the entry is found by the file that it stands for (its inode). An
  /// error where /proc is not there, or the file is not in the set.
  [[nodiscard]] static Result<EpollEntry> find(int epoll, int fd);

  /// From now on only errors and a hang-up are told of.
  [[nodiscard]] Result<void> mute() const { return set(0); }
  /// As it may have been before: libwayland takes back by itself what it does not wait for.
  [[nodiscard]] Result<void> unmute() const;

 private:
  EpollEntry(int epoll, int fd, std::uint64_t data) : epoll_(epoll), fd_(fd), data_(data) {}
  [[nodiscard]] Result<void> set(std::uint32_t events) const;

  int epoll_;
  int fd_;
  std::uint64_t data_;
};

} // namespace fenceline::wl
