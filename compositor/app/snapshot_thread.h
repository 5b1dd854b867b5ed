#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"

namespace fenceline {

/// Does what takes its time and is nobody's frame (the writing of screenshots and traces, the loading of the renderer)
/// on a thread of its own, one job after the other. The thread is started by the first job.
class SnapshotThread {
 public:
  /// `name`: of the thread, see start_thread.
  [[nodiscard]] static Result<std::unique_ptr<SnapshotThread>> create(EventLoop& loop, const char* name = "snapshots");
  SnapshotThread(const SnapshotThread&) = delete;
  SnapshotThread& operator=(const SnapshotThread&) = delete;
  /// Waits until all jobs are done. What they would call when done is let go of.
  ~SnapshotThread();

  /// `work` is called on the thread, `done` afterwards on the main one, where both are let go of. Main thread. An
  /// error: the thread can't be started.
  [[nodiscard]] Result<void> post(std::function<void()> work, std::function<void()> done);

 private:
  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };

  SnapshotThread(UniqueFd event, const char* name) : event_(std::move(event)), name_(name) {}
  [[nodiscard]] Result<void> start();
  void run();
  void woken();

  UniqueFd event_;
  const char* name_;
  std::unique_ptr<EventSource> source_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_, ended_; // Guarded by mutex_, as is stop_.
  bool stop_ = false;
  std::thread thread_; // The last member: it uses all others.
};

} // namespace fenceline
