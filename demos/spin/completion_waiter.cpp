#include "demos/spin/completion_waiter.h"

namespace fenceline::demos {

CompletionWaiter::CompletionWaiter(const FrameRenderer& renderer, const SyncTimeline& timeline)
    : renderer_(renderer), timeline_(timeline), thread_([this] { run(); }) {}

CompletionWaiter::~CompletionWaiter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void CompletionWaiter::signal_when_done(std::uint64_t drawing, std::uint64_t point) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({drawing, point});
  }
  wake_.notify_one();
}

void CompletionWaiter::check() {
  const std::lock_guard lock(mutex_);
  if (failure_)
    std::rethrow_exception(failure_);
}

void CompletionWaiter::run() {
  try {
    for (;;) {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (jobs_.empty())
        return;
      const Job job = jobs_.front();
      jobs_.pop_front();
      lock.unlock();
      renderer_.wait(job.drawing);
      timeline_.signal(job.point);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
  }
}

} // namespace fenceline::demos
