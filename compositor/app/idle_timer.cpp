#include "compositor/app/idle_timer.h"

#include <algorithm>
#include <utility>

namespace fenceline {

namespace {

using namespace std::chrono_literals;

/// Nobody says when an inhibitor ends to count (its window may be covered): while one does, it is looked at this often.
constexpr Nanoseconds look_again = 5s;

} // namespace

Result<std::unique_ptr<IdleTimer>> IdleTimer::create(EventLoop& loop, Actions actions) {
  std::unique_ptr<IdleTimer> self(new IdleTimer(loop, std::move(actions)));
  auto timer = loop.make_timer([idle = self.get()] { idle->look(); });
  if (!timer)
    return timer.error();
  self->timer_ = std::move(*timer);
  return self;
}

void IdleTimer::set_timeout(Nanoseconds timeout) {
  if (std::exchange(timeout_, timeout) == timeout)
    return;
  if (timeout_ <= Nanoseconds{})
    timer_->disarm();
  input();
  if (timeout_ > Nanoseconds{})
    timer_->arm(last_ + timeout_);
}

void IdleTimer::input() {
  last_ = loop_.clock().now();
  // While the displays are on, the timer finds out by itself that it is too early.
  if (!std::exchange(idle_, false))
    return;
  if (timeout_ > Nanoseconds{})
    timer_->arm(last_ + timeout_);
  actions_.power(true);
}

void IdleTimer::look_soon() {
  if (timeout_ > Nanoseconds{} && !idle_)
    timer_->arm(loop_.clock().now() + std::min(timeout_, look_again));
}

void IdleTimer::look() {
  const TimePoint now = loop_.clock().now();
  if (actions_.inhibited()) {
    // From its end on the whole time counts, to within a look.
    last_ = now;
    return look_soon();
  }
  if (now < last_ + timeout_)
    return timer_->arm(last_ + timeout_);
  idle_ = true;
  actions_.power(false);
}

} // namespace fenceline
