#pragma once

#include <cstdint>
#include <optional>

#include "demos/client/event_loop.h"
#include "demos/client/presentation.h"
#include "demos/client/unique_fd.h"
#include "demos/client/window.h"

namespace fenceline::demos {

/// When a demo ends: after so many frames, after a time, with its window, or at SIGINT and SIGTERM, which run_demo has
/// blocked. However it ends, the statistics are still to be had.
class Ending {
 public:
  struct Limits {
    std::uint32_t start_frame = 0;
    std::optional<std::uint32_t> frames; // end after so many were presented
    std::optional<double> seconds;       // end after so long
    bool still = false;                  // draw start_frame only, again when the size changes
  };

  Ending(EventLoop& loop, const Window& window, const PresentationTracker& presentation, const Statistics& statistics,
         const Limits& limits);
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  /// The seconds count from now on.
  void start();
  [[nodiscard]] bool reached() const;
  /// Whether another frame is due. What is on its way may be discarded; only then is one more than the limit.
  [[nodiscard]] bool wants_frames() const;
  /// When to look again at the latest.
  [[nodiscard]] std::optional<EventLoop::Time> deadline() const { return deadline_; }

 private:
  const Window& window_;
  const PresentationTracker& presentation_;
  const Statistics& statistics_;
  Limits limits_;
  std::optional<EventLoop::Time> deadline_;
  bool interrupted_ = false;
  UniqueFd signals_;
  std::optional<ScopedWatch> watch_;
};

} // namespace fenceline::demos
