#pragma once
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "compositor/base/event_loop.h"

namespace fenceline::test {

/// A clock that stands still until it is told to move.
class VirtualClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override { return now_; }
  /// Time that work takes: passes without any event being handed out.
  void spend(Nanoseconds time) { now_ = now_ + time; }
  void set(TimePoint time) { now_ = std::max(now_, time); }

 private:
  TimePoint now_;
};

/// EventLoop in virtual time: timers fire at exactly their time, descriptors are asked after each step, nothing sleeps.
class VirtualLoop : public EventLoop {
 public:
  [[nodiscard]] std::unique_ptr<Watch> make_watch(IoCallback callback) override {
    return std::unique_ptr<Watch>(new Source(*this, std::move(callback)));
  }
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_timer(std::function<void()> callback) override {
    return std::unique_ptr<Timer>(new VirtualTimer(*this, std::move(callback)));
  }
  void defer(std::function<void()> work) override { deferred_.push_back(std::move(work)); }
  [[nodiscard]] const VirtualClock& clock() const override { return clock_; }
  [[nodiscard]] VirtualClock& clock() { return clock_; }
  [[nodiscard]] TimePoint now() const { return clock_.now(); }

  /// Runs everything that is due until `end`, in the order of time, and leaves the clock there (later when work spent
  /// more).
  void run_until(TimePoint end) {
    for (;;) {
      run_ready();
      VirtualTimer* next = next_timer();
      if (next == nullptr || *next->due + wake_delay > end)
        break;
      clock_.set(*next->due + wake_delay);
      count_step(*next->due);
      const auto callback = next->callback;
      next->due.reset();
      (*callback)();
    }
    clock_.set(end);
    run_ready();
  }
  void advance(Nanoseconds time) { run_until(now() + time); }

  /// Runs deferred work and descriptors that are ready now, until nothing is left; time stands still.
  void run_ready() {
    bool again = true;
    while (again) {
      again = false;
      while (!deferred_.empty()) {
        auto work = std::exchange(deferred_, {});
        for (auto& item : work) {
          count_step(now());
          item();
        }
      }
      const std::vector<Source*> sources = sources_;
      for (Source* source : sources) {
        if (std::find(sources_.begin(), sources_.end(), source) == sources_.end())
          continue;
        pollfd poll_fd{.fd = source->fd, .events = source->bits(), .revents = 0};
        if (::poll(&poll_fd, 1, 0) <= 0)
          continue;
        count_step(now());
        again = true;
        const auto callback = source->callback;
        (*callback)(events_of(poll_fd.revents));
      }
    }
  }

  /// Timers that wait for their time: none on an idle display.
  [[nodiscard]] std::size_t armed_timers() const {
    return static_cast<std::size_t>(
        std::count_if(timers_.begin(), timers_.end(), [](const VirtualTimer* t) { return t->due.has_value(); }));
  }
  [[nodiscard]] std::size_t watched_descriptors() const { return sources_.size(); }

  /// How much later than asked timers fire: a busy machine.
  Nanoseconds wake_delay{};
  /// Makes all that begins to watch fail: a table that is full.
  bool watches_fail = false;

 private:
  struct Source final : Watch {
    Source(VirtualLoop& l, IoCallback c) : loop(l), callback(std::make_shared<IoCallback>(std::move(c))) {}
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() override { end(); }
    [[nodiscard]] Result<void> begin(int f, IoEvents w) override {
      end();
      if (loop.watches_fail)
        return Error{"cannot watch a descriptor", ENOSPC};
      fd = f;
      wanted = w;
      loop.sources_.push_back(this);
      return {};
    }
    void end() override { std::erase(loop.sources_, this); }
    [[nodiscard]] short bits() const {
      return static_cast<short>((has(wanted, IoEvents::Readable) ? POLLIN : 0) |
                                (has(wanted, IoEvents::Writable) ? POLLOUT : 0));
    }
    VirtualLoop& loop;
    int fd = -1;
    IoEvents wanted{};
    std::shared_ptr<IoCallback> callback;
  };

  struct VirtualTimer final : Timer {
    VirtualTimer(VirtualLoop& l, std::function<void()> c)
        : loop(l), callback(std::make_shared<std::function<void()>>(std::move(c))) {
      loop.timers_.push_back(this);
    }
    VirtualTimer(const VirtualTimer&) = delete;
    VirtualTimer& operator=(const VirtualTimer&) = delete;
    ~VirtualTimer() override { std::erase(loop.timers_, this); }
    void arm(TimePoint when) override { due = when; }
    void disarm() override { due.reset(); }
    VirtualLoop& loop;
    std::shared_ptr<std::function<void()>> callback;
    std::optional<TimePoint> due;
  };

  [[nodiscard]] VirtualTimer* next_timer() const {
    VirtualTimer* next = nullptr;
    for (VirtualTimer* timer : timers_)
      if (timer->due && (next == nullptr || *timer->due < *next->due))
        next = timer;
    return next;
  }

  static IoEvents events_of(short revents) {
    auto seen = static_cast<IoEvents>(0);
    if (revents & POLLIN)
      seen = seen | IoEvents::Readable;
    if (revents & POLLOUT)
      seen = seen | IoEvents::Writable;
    if (revents & POLLHUP)
      seen = seen | IoEvents::Hangup;
    if (revents & (POLLERR | POLLNVAL))
      seen = seen | IoEvents::Error;
    return seen;
  }

  // A program that does a thousand things without time passing is a busy loop: the test ends instead of hanging.
  void count_step(TimePoint at) {
    steps_ = at == step_time_ ? steps_ + 1 : 0;
    step_time_ = at;
    if (steps_ > 1000)
      throw std::runtime_error("busy loop: 1000 events at one moment");
  }

  VirtualClock clock_;
  std::vector<std::function<void()>> deferred_;
  std::vector<Source*> sources_;
  std::vector<VirtualTimer*> timers_;
  TimePoint step_time_{-1};
  int steps_ = 0;
};

} // namespace fenceline::test
