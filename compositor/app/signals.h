#pragma once
#include <sys/signalfd.h>

#include <functional>
#include <memory>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"

namespace fenceline {

/// SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGCHLD as events of the loop. Make it before any thread: threads
/// inherit the blocked mask.
class Signals {
 public:
  using Callback = std::function<void(const signalfd_siginfo&)>;
  [[nodiscard]] static Result<std::unique_ptr<Signals>> create(EventLoop& loop, Callback callback);
  /// For a child process between fork and exec: signals as they are by default.
  static void restore_in_child();

 private:
  Signals() = default;
  UniqueFd fd_;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline
