#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "demos/client/ending.h"
#include "demos/client/event_loop.h"
#include "demos/client/presentation.h"
#include "demos/client/shm_buffer.h"
#include "demos/client/window.h"
#include "demos/video/clip_buffer.h"
#include "demos/video/clip_encoding.h"
#include "demos/video/commit_times.h"
#include "demos/video/menu.h"

namespace fenceline::demos {

/// Plays the clip: the window is black, the video lies on a desynchronised subsurface over it, and a translucent bar of
/// wl_shm on another one over that; a menu may be open over all. Frames whose time has passed are left out.
///
/// With commit-timing each frame is committed as soon as it has a buffer, and says when it is to be shown; the times
/// count from the presentation of the first one, and lie a quarter of a blank period before blanks, so that noise in
/// either clock decides nothing. Else, and until the first one was presented, a frame is committed when its time has
/// come and the frame callback of the one before is there.
class Player {
 public:
  enum class Pace { automatic, commit_timing, callbacks };
  struct Choice {
    const ClipFormat* format = nullptr;
    ClipEncoding encoding;
    Pace pace = Pace::automatic; // automatic: commit-timing where it is on offer
    double rate = 30;            // frames a second
    bool bar = true;
    bool menu = false;
    int buffers = 3;
    Ending::Limits limits;
  };

  Player(Connection& connection, Window& window, EventLoop& loop, PresentationTracker& presentation,
         Statistics& statistics, Choice choice);
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;

  void run();
  [[nodiscard]] Facts facts() const;
  /// A line for a person, ended: how the frames were paced.
  [[nodiscard]] std::string pace_text() const;

 private:
  using Time = EventLoop::Time;
  struct Part {
    Proxy<wl_surface> surface;
    Proxy<wl_subsurface> place;
  };

  [[nodiscard]] Part make_part() const;
  void resize();
  void draw_bar();
  void play();
  void take_base();
  void leave_out();
  [[nodiscard]] std::optional<Time> next_due() const;
  [[nodiscard]] Time due(std::uint32_t frame) const;
  [[nodiscard]] std::int64_t time_of(std::uint32_t frame) const;
  [[nodiscard]] std::optional<std::int64_t> time_said(std::uint32_t frame) const;

  Connection& connection_;
  Window& window_;
  EventLoop& loop_;
  PresentationTracker& presentation_;
  Statistics& statistics_;
  Choice choice_;
  Part video_, bar_;
  std::unique_ptr<SurfaceEncoding> said_;
  std::unique_ptr<CommitTimes> times_; // null: paced by callbacks
  std::optional<std::int64_t> base_;   // of the start frame, on the presentation clock: paced by times
  std::uint32_t first_timed_ = 0;      // frame
  std::unique_ptr<ShmBuffer> black_, bar_picture_;
  std::unique_ptr<Menu> menu_;
  std::vector<std::unique_ptr<ClipBuffer>> ring_;
  Proxy<wl_callback> callback_;
  std::int64_t callback_commit_time_ = 0;
  std::optional<Time> start_;
  Ending ending_;
  std::uint32_t next_frame_;
  std::uint64_t left_out_ = 0;
  bool drawn_ = false;
};

} // namespace fenceline::demos
