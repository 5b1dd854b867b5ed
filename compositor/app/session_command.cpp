#include "compositor/app/session_command.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

namespace fenceline {

Nanoseconds RestartDelay::after(Nanoseconds ran_for) {
  if (ran_for >= well)
    next_ = shortest;
  const Nanoseconds now = next_;
  next_ = std::min<Nanoseconds>(2 * next_, longest);
  return now;
}

Result<std::unique_ptr<SessionCommand>> SessionCommand::start(const Parts& parts, std::vector<std::string> command) {
  std::unique_ptr<SessionCommand> made(new SessionCommand(parts, std::move(command)));
  if (parts.keep_running) {
    Result<std::unique_ptr<Timer>> timer = parts.loop.make_timer([&self = *made] { self.relaunch(); });
    if (!timer)
      return timer.error();
    made->timer_ = std::move(*timer);
  }
  if (const Result<void> launched = made->launch(); !launched)
    return launched.error();
  return made;
}

SessionCommand::~SessionCommand() {
  if (child_)
    child_->terminate();
}

Result<void> SessionCommand::launch() {
  started_ = parts_.loop.clock().now();
  Result<Child> child = Child::start(command_, parts_.variables, parts_.limit);
  if (!child)
    return child.error();
  child_ = *child;
  return {};
}

void SessionCommand::relaunch() {
  if (const Result<void> launched = launch(); !launched)
    failed(launched.error().text());
}

void SessionCommand::failed(const std::string& how) {
  const Nanoseconds delay = delay_.after(parts_.loop.clock().now() - started_);
  parts_.log.warn("{}: it is started again in {} s", how,
                  std::chrono::duration_cast<std::chrono::seconds>(delay).count());
  timer_->arm(parts_.loop.clock().now() + delay);
}

std::optional<int> SessionCommand::reap() {
  const std::optional<int> status = child_ ? child_->ended() : std::nullopt;
  if (!status)
    return std::nullopt;
  child_.reset();
  // What a shell tells of a signal, too.
  const int signal = *status > 128 && *status < 128 + SIGRTMIN ? *status - 128 : 0;
  const std::string how = fmt::format("{} ended with status {}{}", command_.front(), *status,
                                      signal != 0 ? fmt::format(" (signal {}: {})", signal, ::strsignal(signal)) : "");
  if (*status != 0 && parts_.keep_running) {
    failed(how);
    return std::nullopt;
  }
  parts_.log.info("{}", how);
  return status;
}

} // namespace fenceline
