#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "demos/client/connection.h"

namespace fenceline::demos {

/// Waits in poll for the compositor's events and for the descriptors that are watched, and for nothing else.
class EventLoop {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit EventLoop(Connection& connection) : connection_(connection) {}

  /// Calls `ready` whenever `fd` can be read. The descriptor stays its owner's, who unwatches it before closing it.
  void watch(int fd, std::function<void()> ready);
  void unwatch(int fd);
  /// Sends what is queued, waits for one thing to happen or for the deadline, and handles it.
  void run_once(std::optional<Time> deadline);

 private:
  struct Watch {
    int fd;
    std::function<void()> ready;
  };

  Connection& connection_;
  std::vector<Watch> watches_;
};

/// Keeps a descriptor watched for as long as it lives.
class ScopedWatch {
 public:
  ScopedWatch(EventLoop& loop, int fd, std::function<void()> ready) : loop_(loop), fd_(fd) {
    loop_.watch(fd, std::move(ready));
  }
  ScopedWatch(const ScopedWatch&) = delete;
  ScopedWatch& operator=(const ScopedWatch&) = delete;
  ~ScopedWatch() { loop_.unwatch(fd_); }

 private:
  EventLoop& loop_;
  int fd_;
};

} // namespace fenceline::demos
