#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "demos/client/ending.h"
#include "demos/client/event_loop.h"
#include "demos/client/presentation.h"
#include "demos/client/window.h"
#include "demos/pointer/pointer_events.h"
#include "demos/pointer/square_buffer.h"

namespace fenceline::demos {

/// Keeps the square under the pointer. Each group of events is answered by a commit at once, where a buffer is free;
/// else the newest place is, with the first buffer that comes back. It never waits for a frame callback: the picture
/// that the display shows next is of the newest event that it could know of.
class Follower {
 public:
  struct Choice {
    int buffers = 4;
    bool shm = false; // never dma-bufs
    Ending::Limits limits;
  };

  Follower(Connection& connection, Window& window, EventLoop& loop, PresentationTracker& presentation,
           Statistics& statistics, Choice choice);
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  void run();
  [[nodiscard]] Facts facts() const;
  /// Lines for a person, ended.
  [[nodiscard]] std::string text() const;

 private:
  void on_events(const PointerEvents::Group& group);
  void resize();
  void answer();
  /// From the newest event that a frame answers to its presentation, ns.
  [[nodiscard]] std::vector<std::int64_t> latencies() const;

  Connection& connection_;
  Window& window_;
  EventLoop& loop_;
  PresentationTracker& presentation_;
  Statistics& statistics_;
  Choice choice_;
  bool dmabuf_;
  PointerEvents events_;
  Ending ending_;
  std::vector<std::unique_ptr<SquareBuffer>> ring_;
  std::optional<Place> place_, shown_;                // none: the pointer has not been here
  bool due_ = false;                                  // there is something to be shown
  std::optional<std::int64_t> due_time_;              // of the newest event in that
  std::vector<std::optional<std::int64_t>> answered_; // by frame: the time of the newest event in it
  std::uint64_t groups_ = 0, exact_ = 0;
};

} // namespace fenceline::demos
