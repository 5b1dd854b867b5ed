#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>

#include "demos/client/sync_timeline.h"
#include "demos/spin/frame_renderer.h"

namespace fenceline::demos {

/// For devices whose fences cannot leave as sync files before the work is done (a CPU is one): a thread that waits for
/// each drawing and then signals a point of the timeline. The commit that names the point has long been sent by then.
class CompletionWaiter {
 public:
  CompletionWaiter(const FrameRenderer& renderer, const SyncTimeline& timeline);
  CompletionWaiter(const CompletionWaiter&) = delete;
  CompletionWaiter& operator=(const CompletionWaiter&) = delete;
  /// Waits for all that was asked for.
  ~CompletionWaiter();

  /// `drawing` as FrameRenderer::draw gave it. Drawings and points must grow.
  void signal_when_done(std::uint64_t drawing, std::uint64_t point);
  /// Throws what the thread met, if it had to give up.
  void check();

 private:
  struct Job {
    std::uint64_t drawing;
    std::uint64_t point;
  };
  void run();

  const FrameRenderer& renderer_;
  const SyncTimeline& timeline_;
  std::mutex mutex_; // guards what follows, up to the thread
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

} // namespace fenceline::demos
