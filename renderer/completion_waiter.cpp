#include "renderer/completion_waiter.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "compositor/base/thread.h"

namespace fenceline {

Result<std::unique_ptr<CompletionWaiter>> CompletionWaiter::create(EventLoop& loop, Wait wait, Notify notify) {
  UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid())
    return Error::from_errno("cannot make an eventfd");
  std::unique_ptr<CompletionWaiter> self(new CompletionWaiter(std::move(event), std::move(wait), std::move(notify)));
  auto source = loop.watch(self->event_.get(), IoEvents::Readable, [raw = self.get()](IoEvents) { raw->woken(); });
  if (!source)
    return source.error();
  self->source_ = std::move(*source);
  Result<std::thread> started = start_thread("compose-wait", [raw = self.get()] { raw->run(); });
  if (!started)
    return started.error();
  self->thread_ = std::move(*started);
  return self;
}

CompletionWaiter::~CompletionWaiter() {
  if (!thread_.joinable())
    return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool CompletionWaiter::push(std::uint64_t value) {
  {
    const std::lock_guard lock(mutex_);
    if (values_.size() >= capacity)
      return false;
    values_.push_back(value);
  }
  changed_.notify_one();
  return true;
}

void CompletionWaiter::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !values_.empty(); });
    if (stop_)
      return;
    const std::uint64_t value = values_.front();
    lock.unlock();
    const Outcome outcome = wait_(value);
    lock.lock();
    if (stop_)
      return;
    if (outcome == Outcome::NotYet)
      continue;
    values_.pop_front();
    if (outcome == Outcome::Reached)
      reached_ = value;
    else
      failed_ = true;
    wake();
  }
}

void CompletionWaiter::wake() const {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop is awake.
  (void)!::write(event_.get(), &one, sizeof(one));
}

void CompletionWaiter::woken() {
  std::uint64_t count = 0;
  (void)!::read(event_.get(), &count, sizeof(count));
  std::uint64_t reached = 0;
  bool failed = false;
  {
    const std::lock_guard lock(mutex_);
    reached = reached_;
    failed = failed_;
  }
  notify_(reached, failed);
}

} // namespace fenceline
