#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>

#include "compositor/base/clock.h"

namespace fenceline {

/// Where the thread that drains the rings waits: for a while, or, when nothing has been recorded for long, until
/// something is. Those who record pay a load and a branch for it, and the first one after a pause a system call.
///
/// Whoever records writes to its ring and then reads whether the drainer sleeps; the drainer says that it is going to
/// sleep and then looks into the rings. Each must see the other's first step where its own second one came too early,
/// which takes a full barrier on both sides. The drainer's is membarrier(2), which makes every thread of the process
/// that runs pass one: that is theirs, too. Where the kernel has none, the drainer does not sleep for long.
class DrainGate {
 public:
  DrainGate();
  DrainGate(const DrainGate&) = delete;
  DrainGate& operator=(const DrainGate&) = delete;

  /// Any thread, after it has written to its ring.
  void recorded() noexcept {
    // The compiler must not exchange the two, either.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_relaxed))
      wake();
  }

  // The drainer:

  /// False: it has ended.
  [[nodiscard]] bool wait(Nanoseconds period);
  /// Until something is recorded, unless `idle` says, after everybody can see that the drainer sleeps, that something
  /// has been; where it cannot sleep, it does not wait.
  template <class Idle>
  void sleep(Idle idle) {
    if (!announce())
      return;
    if (idle())
      wait_until_recorded();
    asleep_.store(false, std::memory_order_relaxed);
  }

  // Any thread:

  /// The drainer is to end.
  void end();
  [[nodiscard]] bool asleep() const { return asleep_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool announce();
  void wait_until_recorded();
  void wake() noexcept;

  bool can_sleep_ = false;
  std::atomic<bool> asleep_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
};

} // namespace fenceline
