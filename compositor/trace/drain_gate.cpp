#include "compositor/trace/drain_gate.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace fenceline {
namespace {

bool barrier(int command) {
  return ::syscall(SYS_membarrier, command, 0, 0) == 0;
}

} // namespace

DrainGate::DrainGate() : can_sleep_(barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)) {}

bool DrainGate::wait(Nanoseconds period) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, period, [this] { return ending_; });
  return !ending_;
}

bool DrainGate::announce() {
  if (!can_sleep_)
    return false;
  asleep_.store(true, std::memory_order_relaxed);
  if (barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED))
    return true;
  asleep_.store(false, std::memory_order_relaxed);
  can_sleep_ = false;
  return false;
}

void DrainGate::wait_until_recorded() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || !asleep(); });
}

void DrainGate::wake() noexcept {
  // One of them is enough.
  if (!asleep_.exchange(false, std::memory_order_relaxed))
    return;
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void DrainGate::end() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
}

} // namespace fenceline
