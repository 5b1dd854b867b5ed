#include "compositor/scene/constraint.h"

#include <poll.h>

#include "compositor/base/sync_file.h"

namespace fenceline {

FdConstraint::FdConstraint(EventLoop& loop, UniqueFd fd, bool sync_file)
    : loop_(loop), fd_(std::move(fd)), sync_file_(sync_file) {}

FdConstraint::~FdConstraint() = default;

bool FdConstraint::ready() const {
  pollfd poll_fd{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) > 0;
}

Result<bool> FdConstraint::arm(std::function<void()> met) {
  if (ready())
    return true;
  auto source = loop_.watch(fd_.get(), IoEvents::Readable, [this, run = std::move(met)](IoEvents) {
    // Level-triggered: without this the loop would come back until the update is gone. And before the descriptor is
    // closed: its number may be another one's by the time that this ends.
    source_.reset();
    run();
  });
  if (!source)
    return source.error();
  source_ = std::move(*source);
  return false;
}

TimePoint FdConstraint::signalled_at() const {
  return sync_file_ ? sync_file_signal_time(fd_.get()) : TimePoint{};
}

} // namespace fenceline
