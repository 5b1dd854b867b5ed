#include "demos/client/frame_loop.h"

namespace fenceline::demos {

FrameLoop::FrameLoop(EventLoop& loop, Window& window, FrameSource& source, PresentationTracker& presentation,
                     Statistics& statistics, const Ending::Limits& limits)
    : loop_(loop), window_(window), source_(source), presentation_(presentation), statistics_(statistics),
      limits_(limits), ending_(loop, window, presentation, statistics, limits), next_frame_(limits.start_frame) {}

void FrameLoop::run() {
  ending_.start();
  while (!ending_.reached()) {
    if (may_commit())
      draw_frame();
    loop_.run_once(ending_.deadline());
  }
}

bool FrameLoop::may_commit() const {
  if (!window_.configured() || !source_.ready())
    return false;
  // A new size is answered at once: a window that nobody sees gets no frame callbacks.
  if (window_.resized())
    return true;
  if (callback_ || (limits_.still && drawn_))
    return false;
  return ending_.wants_frames();
}

void FrameLoop::draw_frame() {
  static constexpr wl_callback_listener listener = {
      .done = [](void* self, wl_callback*, std::uint32_t) { static_cast<FrameLoop*>(self)->on_frame_callback(); },
  };
  if (window_.take_resized())
    source_.resize(window_.buffer_size());
  wl_surface* surface = window_.surface();
  source_.draw(next_frame_, surface);
  callback_.reset(wl_surface_frame(surface));
  wl_callback_add_listener(callback_.get(), &listener, this);
  if (presentation_.available())
    presentation_.track(surface, next_frame_);
  callback_commit_time_ = presentation_.now();
  wl_surface_commit(surface);
  statistics_.committed();
  drawn_ = true;
  if (!limits_.still)
    ++next_frame_;
}

void FrameLoop::on_frame_callback() {
  callback_.reset();
  // Without feedback the callback is all that tells of a frame; its arrival stands for the time of presentation.
  if (!presentation_.available())
    statistics_.presented({.frame = next_frame_ - (limits_.still ? 0u : 1u),
                           .committed = callback_commit_time_,
                           .presented = presentation_.now()});
}

} // namespace fenceline::demos
