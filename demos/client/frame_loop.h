#pragma once

#include <cstdint>

#include "demos/client/ending.h"
#include "demos/client/geometry.h"

namespace fenceline::demos {

/// What makes the pictures and owns the buffers that they are in.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  /// The pictures are this large from now on. Called once before the first draw.
  virtual void resize(Size size) = 0;
  /// Whether a buffer is free, so that draw may be called.
  [[nodiscard]] virtual bool ready() const = 0;
  /// Draws frame `frame` into a free buffer, attaches it to the surface and states its damage. The caller commits.
  virtual void draw(std::uint32_t frame, wl_surface* surface) = 0;
  /// For the report at the end.
  [[nodiscard]] virtual Facts facts() const = 0;
};

/// Runs a demo: one commit a frame callback, until its end is reached or asked for.
class FrameLoop {
 public:
  FrameLoop(EventLoop& loop, Window& window, FrameSource& source, PresentationTracker& presentation,
            Statistics& statistics, const Ending::Limits& limits);
  FrameLoop(const FrameLoop&) = delete;
  FrameLoop& operator=(const FrameLoop&) = delete;

  void run();

 private:
  [[nodiscard]] bool may_commit() const;
  void draw_frame();
  void on_frame_callback();

  EventLoop& loop_;
  Window& window_;
  FrameSource& source_;
  PresentationTracker& presentation_;
  Statistics& statistics_;
  Ending::Limits limits_;
  Ending ending_;
  Proxy<wl_callback> callback_; // set while a commit waits for its frame callback
  std::int64_t callback_commit_time_ = 0;
  std::uint32_t next_frame_;
  bool drawn_ = false;
};

} // namespace fenceline::demos
