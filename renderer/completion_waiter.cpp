#include "renderer/completion_waiter.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <csignal>
#include <system_error>

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

  // Signals are the main thread's business.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    self->thread_ = std::thread([raw = self.get()] { raw->run(); });
  } catch (const std::system_error& e) {
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return Error{"cannot start the renderer's helper thread", e.code().value()};
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  (void)::pthread_setname_np(self->thread_.native_handle(), "compose-wait");
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
