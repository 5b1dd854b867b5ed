#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"

namespace fenceline {

/// Waits for timeline values on a helper thread and tells the main thread through an eventfd: for devices whose fences
/// can't be handed to the event loop. The renderer's only thread.
class CompletionWaiter {
 public:
  enum class Outcome : std::uint8_t { Reached, NotYet, Failed };
  /// Blocks for a bounded time (100 ms or so) until the value is reached. Called on the helper thread only.
  using Wait = std::function<Outcome(std::uint64_t value)>;
  /// On the main thread: every value up to `reached` is; `failed`: no further one ever will be.
  using Notify = std::function<void(std::uint64_t reached, bool failed)>;

  static constexpr std::size_t capacity = 64;

  [[nodiscard]] static Result<std::unique_ptr<CompletionWaiter>> create(EventLoop& loop, Wait wait, Notify notify);
  CompletionWaiter(const CompletionWaiter&) = delete;
  CompletionWaiter& operator=(const CompletionWaiter&) = delete;
  /// Ends the thread, after at most one bounded wait; no notification comes any more.
  ~CompletionWaiter();

  /// Asks for a value, larger than all before. False when `capacity` values are waited for already.
  [[nodiscard]] bool push(std::uint64_t value);

 private:
  CompletionWaiter(UniqueFd event, Wait wait, Notify notify)
      : event_(std::move(event)), wait_(std::move(wait)), notify_(std::move(notify)) {}
  void run();
  void woken();
  void wake() const;

  UniqueFd event_;
  Wait wait_;
  Notify notify_;
  std::unique_ptr<EventSource> source_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> values_; // Guarded by mutex_, like all below.
  std::uint64_t reached_ = 0;
  bool failed_ = false;
  bool stop_ = false;
  std::thread thread_; // The last member: it uses all others.
};

} // namespace fenceline
