#pragma once
#include <functional>
#include <memory>

#include "compositor/base/event_loop.h"

namespace fenceline {

/// Switches the displays off when nobody has touched anything for a while, and on with the next touch; or something
/// else that nobody needs to see then. Main thread.
class IdleTimer {
 public:
  struct Actions {
    std::function<bool()> inhibited;    ///< Whether somebody is watching without touching anything.
    std::function<void(bool on)> power; ///< Only called for a change.
  };
  /// The loop outlives it. It is off until it has a timeout.
  [[nodiscard]] static Result<std::unique_ptr<IdleTimer>> create(EventLoop& loop, Actions actions);
  IdleTimer(const IdleTimer&) = delete;
  IdleTimer& operator=(const IdleTimer&) = delete;

  /// 0: never; displays that are off go on. Else the time begins now, unless nothing changes.
  void set_timeout(Nanoseconds timeout);
  /// A device was used. Costs nothing but a look at the clock while the displays are on.
  void input();
  /// Somebody may inhibit from now on.
  void look_soon();
  /// Whether the displays are off.
  [[nodiscard]] bool idle() const { return idle_; }

 private:
  IdleTimer(EventLoop& loop, Actions actions) : loop_(loop), actions_(std::move(actions)) {}
  void look();

  EventLoop& loop_;
  Actions actions_;
  std::unique_ptr<Timer> timer_;
  Nanoseconds timeout_{};
  TimePoint last_; ///< When something was touched, or an inhibitor was seen.
  bool idle_ = false;
};

} // namespace fenceline
