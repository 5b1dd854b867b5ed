#include "compositor/app/snapshot_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "compositor/base/thread.h"

namespace fenceline {

Result<std::unique_ptr<SnapshotThread>> SnapshotThread::create(EventLoop& loop, const char* name) {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid())
    return Error::from_errno("cannot make an eventfd");
  std::unique_ptr<SnapshotThread> self(new SnapshotThread(std::move(event), name));
  auto source = loop.watch(self->event_.get(), IoEvents::Readable, [raw = self.get()](IoEvents) { raw->woken(); });
  if (!source)
    return source.error();
  self->source_ = std::move(*source);
  return self;
}

SnapshotThread::~SnapshotThread() {
  if (!thread_.joinable())
    return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Result<void> SnapshotThread::start() {
  Result<std::thread> started = start_thread(name_, [this] { run(); });
  if (!started)
    return started.error();
  thread_ = std::move(*started);
  return {};
}

Result<void> SnapshotThread::post(std::function<void()> work, std::function<void()> done) {
  if (!thread_.joinable())
    if (auto started = start(); !started)
      return started;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(work), std::move(done)});
  }
  changed_.notify_one();
  return {};
}

void SnapshotThread::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    // What was asked for is done, also at the end.
    if (waiting_.empty())
      return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job.work();
    lock.lock();
    ended_.push_back(std::move(job));
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
  }
}

void SnapshotThread::woken() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_.get(), &count, sizeof count);
  std::deque<Job> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (const Job& job : ended)
    job.done();
}

} // namespace fenceline
