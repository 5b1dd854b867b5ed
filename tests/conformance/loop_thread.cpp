#include "tests/conformance/loop_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "compositor/base/thread.h"

namespace fenceline::test {

Result<std::unique_ptr<LoopThread>> LoopThread::create(EpollLoop& loop) {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid())
    return Error::from_errno("cannot make an eventfd");
  std::unique_ptr<LoopThread> self(new LoopThread(loop, std::move(event)));
  auto source = loop.watch(self->event_.get(), IoEvents::Readable, [raw = self.get()](IoEvents) { raw->woken(); });
  if (!source)
    return source.error();
  self->source_ = std::move(*source);
  return self;
}

Result<void> LoopThread::start() {
  Result<std::thread> started = start_thread("compositor", [this] { loop_.run(); });
  if (!started)
    return started.error();
  thread_ = std::move(*started);
  return {};
}

void LoopThread::stop() {
  if (!thread_.joinable())
    return;
  // On its own thread, so that it can't come before the loop has begun to run.
  call([this] { loop_.stop(); });
  thread_.join();
}

void LoopThread::call(const std::function<void()>& work) {
  if (!thread_.joinable())
    return work();
  Job job{.work = &work};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&job);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  done_.wait(lock, [&job] { return job.done; });
}

void LoopThread::woken() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
  std::vector<Job*> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(waiting_);
  }
  for (Job* job : jobs) {
    (*job->work)();
    const std::lock_guard lock(mutex_);
    job->done = true;
    done_.notify_all();
  }
}

} // namespace fenceline::test
