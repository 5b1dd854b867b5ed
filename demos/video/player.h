#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "demos/client/event_loop.h"
#include "demos/client/presentation.h"
#include "demos/client/shm_buffer.h"
#include "demos/client/window.h"
#include "demos/video/clip_buffer.h"
#include "demos/video/clip_encoding.h"
#include "demos/video/menu.h"

namespace fenceline::demos {

/// Plays the clip: the window is black, the video lies on a desynchronised subsurface over it, and a translucent bar of
/// wl_shm on another one over that; a menu may be open over all. Each frame is committed when its time has come and the
/// frame callback of the one before is there; frames whose time has passed are left out.
class Player {
 public:
  struct Choice {
    const ClipFormat* format = nullptr;
    ClipEncoding encoding;
    double rate = 30; // frames a second
    bool bar = true;
    bool menu = false;
    bool still = false; // the first frame alone, again when the size changes
    int buffers = 3;
    std::uint32_t start_frame = 0;
    std::optional<std::uint32_t> frames; // end after so many were presented
    std::optional<double> seconds;       // end after so long
  };

  Player(Connection& connection, Window& window, EventLoop& loop, PresentationTracker& presentation,
         Statistics& statistics, Choice choice);
  Player(const Player&) = delete;
  Player& operator=(const Player&) = delete;
  ~Player();

  /// Until its end is reached or asked for (SIGINT, SIGTERM).
  void run();
  [[nodiscard]] Facts facts() const;

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
  [[nodiscard]] bool done() const;
  [[nodiscard]] std::optional<Time> next_due() const;
  [[nodiscard]] Time due(std::uint32_t frame) const;

  Connection& connection_;
  Window& window_;
  EventLoop& loop_;
  PresentationTracker& presentation_;
  Statistics& statistics_;
  Choice choice_;
  Part video_, bar_;
  std::unique_ptr<SurfaceEncoding> said_;
  std::unique_ptr<ShmBuffer> black_, bar_picture_;
  std::unique_ptr<Menu> menu_;
  std::vector<std::unique_ptr<ClipBuffer>> ring_;
  Proxy<wl_callback> callback_;
  std::int64_t callback_commit_time_ = 0;
  std::optional<Time> start_, deadline_;
  std::uint32_t next_frame_;
  std::uint64_t left_out_ = 0;
  bool drawn_ = false;
  bool interrupted_ = false;
  UniqueFd signals_;
};

} // namespace fenceline::demos
