#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "compositor/base/epoll_loop.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline::test {

/// An event loop that runs on a thread of its own, and others that hand it work and wait until it is done. While it
/// does not run, what is called runs on the caller's thread: before it is started and after it has ended there is no
/// other.
class LoopThread {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LoopThread>> create(EpollLoop& loop);
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;
  ~LoopThread() { stop(); }

  [[nodiscard]] Result<void> start();
  /// Waits until the loop has ended. Does nothing when it does not run.
  void stop();
  /// Runs `work` on the loop's thread, and returns when it is done. Not from that thread itself.
  void call(const std::function<void()>& work);

 private:
  struct Job {
    const std::function<void()>* work = nullptr;
    bool done = false;
  };
  LoopThread(EpollLoop& loop, UniqueFd event) : loop_(loop), event_(std::move(event)) {}
  void woken();

  EpollLoop& loop_;
  UniqueFd event_;
  std::unique_ptr<EventSource> source_;
  std::thread thread_; ///< Its owner's: started and ended by the one who calls start and stop.
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<Job*> waiting_; ///< Guarded by mutex_, as is their `done`.
};

} // namespace fenceline::test
