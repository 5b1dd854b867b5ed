#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/base/rough_clock.h"
#include "compositor/base/turn_watch.h"

namespace fenceline {

/// EventLoop on epoll; timers are timerfds at absolute CLOCK_MONOTONIC times, exact to the kernel's timer slack.
class EpollLoop final : public EventLoop {
 public:
  [[nodiscard]] static Result<std::unique_ptr<EpollLoop>> create();
  ~EpollLoop() override;

  [[nodiscard]] std::unique_ptr<Watch> make_watch(IoCallback callback) override;
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_timer(std::function<void()> callback) override;
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_urgent_timer(std::function<void()> callback) override;
  bool look() override;
  void defer(std::function<void()> work) override;
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  [[nodiscard]] const Clock& rough_clock() const override { return rough_; }

  /// Called each time before the loop sleeps, for what must be flushed then (client sockets).
  void before_sleep(std::function<void()> hook) { before_sleep_ = std::move(hook); }
  /// Null, as at the start: nobody watches. It outlives the loop, or is taken away before.
  void set_watch(TurnWatch* watch) { watch_ = watch; }
  /// Runs until stop() is called.
  void run();
  /// Runs what is ready, sleeping at most `timeout_ms` (-1: until something comes).
  void dispatch(int timeout_ms);
  void stop() { running_ = false; }

 private:
  struct Source;
  struct LoopTimer;
  EpollLoop(UniqueFd epoll, UniqueFd urgent) : epoll_(std::move(epoll)), urgent_(std::move(urgent)) {}
  /// `wanted`: EPOLLIN and the like.
  [[nodiscard]] Result<void> add(Source& source, int fd, std::uint32_t wanted);
  [[nodiscard]] Result<std::unique_ptr<Timer>> add_timer(bool urgent, std::function<void()> callback);
  void run_deferred();
  void tell(Source& source, std::uint32_t bits);
  void drop(const Source* source);
  [[nodiscard]] Source* find(std::uint64_t number) const;

  UniqueFd epoll_;
  UniqueFd urgent_; ///< Of what is urgent alone, which is in both.
  MonotonicClock clock_;
  RoughClock rough_{clock_, Ticks::detect(clock_)};
  std::vector<std::function<void()>> deferred_;
  std::function<void()> before_sleep_;
  TurnWatch* watch_ = nullptr;
  /// By number, which the kernel hands back: an event of a source that is gone finds nobody, whoever lives at its
  /// address now. A handful, in the order of their making.
  std::vector<std::pair<std::uint64_t, Source*>> live_;
  std::uint64_t last_number_ = 0;
  std::uint64_t batch_ = 1; ///< Counts the sleeps and the looks.
  bool running_ = false;
  bool looking_ = false;
};

} // namespace fenceline
