#include "compositor/base/epoll_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace fenceline {

struct EpollLoop::Source final : Watch {
  Source(EpollLoop& l, IoCallback c) : loop(l), callback(std::make_shared<IoCallback>(std::move(c))) {}
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() override { end(); }

  [[nodiscard]] Result<void> begin(int wanted_fd, IoEvents wanted) override {
    end();
    part = has(wanted, IoEvents::Patient) ? TurnPart::Requests : TurnPart::Events;
    urgent = has(wanted, IoEvents::Urgent);
    return loop.add(*this, wanted_fd,
                    (has(wanted, IoEvents::Readable) ? EPOLLIN : 0U) |
                        (has(wanted, IoEvents::Writable) ? EPOLLOUT : 0U) |
                        (has(wanted, IoEvents::Edges) ? EPOLLET : 0U));
  }
  void end() override {
    if (fd >= 0)
      loop.drop(this);
    fd = -1;
  }

  EpollLoop& loop;
  int fd = -1; ///< Watched now; -1: none.
  TurnPart part = TurnPart::Events;
  bool urgent = false;
  // Shared, so that a callback that destroys its own source still runs to its end.
  std::shared_ptr<IoCallback> callback;
};

struct EpollLoop::LoopTimer final : Timer {
  LoopTimer(EpollLoop& l, UniqueFd f) : loop(l), fd(std::move(f)) {}
  void arm(TimePoint when) override {
    // A time of zero would disarm the timer; the past fires at once.
    const std::int64_t ns = std::max<std::int64_t>(when.ns, 1);
    set(itimerspec{.it_interval = {}, .it_value = {.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000}});
  }
  void disarm() override { set(itimerspec{}); }
  void set(const itimerspec& spec) {
    ::timerfd_settime(fd.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
    set_in = loop.batch_;
    fired = false;
  }
  /// An event of this batch was reported before the timer was armed anew or disarmed: it is the old arming's. One that
  /// has fired is told of a second time where it is in both sets.
  [[nodiscard]] bool stale() const { return fired || set_in == loop.batch_; }

  EpollLoop& loop;
  UniqueFd fd;
  std::uint64_t set_in = 0; ///< The batch of events in which it was armed or disarmed last.
  bool fired = false;       ///< Since then.
  std::unique_ptr<Source> source;
};

Result<std::unique_ptr<EpollLoop>> EpollLoop::create() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC)), urgent(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid() || !urgent.valid())
    return Error::from_errno("cannot create the event loop");
  return std::unique_ptr<EpollLoop>(new EpollLoop(std::move(epoll), std::move(urgent)));
}

EpollLoop::~EpollLoop() = default;

std::unique_ptr<Watch> EpollLoop::make_watch(IoCallback callback) {
  return std::make_unique<Source>(*this, std::move(callback));
}

Result<void> EpollLoop::add(Source& source, int fd, std::uint32_t wanted) {
  epoll_event event{};
  event.events = wanted;
  event.data.u64 = ++last_number_;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return Error::from_errno("cannot watch a descriptor");
  if (source.urgent && ::epoll_ctl(urgent_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
    const Error failed = Error::from_errno("cannot watch a descriptor");
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    return failed;
  }
  source.fd = fd;
  live_.emplace_back(last_number_, &source);
  return {};
}

void EpollLoop::drop(const Source* source) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, source->fd, nullptr);
  if (source->urgent)
    ::epoll_ctl(urgent_.get(), EPOLL_CTL_DEL, source->fd, nullptr);
  std::erase_if(live_, [source](const auto& entry) { return entry.second == source; });
}

EpollLoop::Source* EpollLoop::find(std::uint64_t number) const {
  const auto found = std::lower_bound(live_.begin(), live_.end(), number,
                                      [](const auto& entry, std::uint64_t wanted) { return entry.first < wanted; });
  return found != live_.end() && found->first == number ? found->second : nullptr;
}

Result<std::unique_ptr<Timer>> EpollLoop::make_timer(std::function<void()> callback) {
  return add_timer(false, std::move(callback));
}

Result<std::unique_ptr<Timer>> EpollLoop::make_urgent_timer(std::function<void()> callback) {
  return add_timer(true, std::move(callback));
}

Result<std::unique_ptr<Timer>> EpollLoop::add_timer(bool urgent, std::function<void()> callback) {
  UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd.valid())
    return Error::from_errno("cannot create a timer");
  auto timer = std::make_unique<LoopTimer>(*this, std::move(fd));
  LoopTimer* raw = timer.get();
  // By edges nothing has to be read: the next arming sets the count back.
  timer->source = std::make_unique<Source>(*this, [raw, run = std::move(callback)](IoEvents) {
    if (raw->stale())
      return;
    raw->fired = true;
    run();
  });
  timer->source->part = TurnPart::Timers;
  timer->source->urgent = urgent;
  if (const auto added = add(*timer->source, raw->fd.get(), EPOLLIN | EPOLLET); !added)
    return added.error();
  return std::unique_ptr<Timer>(std::move(timer));
}

void EpollLoop::defer(std::function<void()> work) {
  deferred_.push_back(std::move(work));
}

void EpollLoop::run_deferred() {
  while (!deferred_.empty()) {
    auto work = std::exchange(deferred_, {});
    for (auto& item : work)
      item();
  }
}

void EpollLoop::tell(Source& source, std::uint32_t bits) {
  auto seen = static_cast<IoEvents>(0);
  if (bits & EPOLLIN)
    seen = seen | IoEvents::Readable;
  if (bits & EPOLLOUT)
    seen = seen | IoEvents::Writable;
  if (bits & (EPOLLHUP | EPOLLRDHUP))
    seen = seen | IoEvents::Hangup;
  if (bits & EPOLLERR)
    seen = seen | IoEvents::Error;
  const TurnPart part = source.part;
  const auto callback = source.callback;
  (*callback)(seen);
  if (watch_ != nullptr)
    watch_->did(part);
}

void EpollLoop::dispatch(int timeout_ms) {
  run_deferred();
  if (before_sleep_)
    before_sleep_();
  if (watch_ != nullptr) {
    watch_->did(TurnPart::Rest);
    watch_->sleeps();
  }
  ++batch_;
  std::array<epoll_event, 32> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  if (watch_ != nullptr)
    watch_->woke();
  // The latch that is due comes first, then what the display and the devices say, then what clients ask for.
  for (const TurnPart part : {TurnPart::Timers, TurnPart::Events, TurnPart::Requests})
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      // Each time anew: what was told before may have ended it.
      if (Source* source = find(event.data.u64); source != nullptr && source->part == part)
        tell(*source, event.events);
    }
  run_deferred();
}

bool EpollLoop::look() {
  if (looking_)
    return false;
  ++batch_;
  std::array<epoll_event, 8> events{};
  const int count = ::epoll_wait(urgent_.get(), events.data(), static_cast<int>(events.size()), 0);
  if (count <= 0)
    return false;
  if (watch_ != nullptr)
    watch_->did(TurnPart::Requests);
  looking_ = true;
  for (const TurnPart part : {TurnPart::Timers, TurnPart::Events})
    for (int i = 0; i < count; ++i)
      if (Source* source = find(events[static_cast<std::size_t>(i)].data.u64);
          source != nullptr && source->part == part)
        tell(*source, events[static_cast<std::size_t>(i)].events);
  looking_ = false;
  return true;
}

void EpollLoop::run() {
  running_ = true;
  while (running_)
    dispatch(-1);
}

} // namespace fenceline
