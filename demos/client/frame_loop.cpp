#include "demos/client/frame_loop.h"

#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

FrameLoop::FrameLoop(EventLoop& loop, Window& window, FrameSource& source, PresentationTracker& presentation,
                     Statistics& statistics, Limits limits)
    : loop_(loop), window_(window), source_(source), presentation_(presentation), statistics_(statistics),
      limits_(limits), next_frame_(limits.start_frame) {
  // main blocked these two before it started any thread.
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  signals_ = UniqueFd(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid())
    fail_errno("signalfd", errno);
  loop_.watch(signals_.get(), [this] { interrupted_ = true; });
}

FrameLoop::~FrameLoop() {
  loop_.unwatch(signals_.get());
}

void FrameLoop::run() {
  if (limits_.seconds)
    deadline_ = std::chrono::steady_clock::now() +
                std::chrono::duration_cast<EventLoop::Time::duration>(std::chrono::duration<double>(*limits_.seconds));
  while (!done()) {
    if (may_commit())
      draw_frame();
    loop_.run_once(deadline_);
  }
}

bool FrameLoop::done() const {
  return interrupted_ || window_.closed() || (limits_.frames && statistics_.presented_count() >= *limits_.frames) ||
         (deadline_ && std::chrono::steady_clock::now() >= *deadline_);
}

bool FrameLoop::may_commit() const {
  if (!window_.configured() || !source_.ready())
    return false;
  // A new size is answered at once: a window that nobody sees gets no frame callbacks.
  if (window_.resized())
    return true;
  if (callback_ || (limits_.still && drawn_))
    return false;
  // What is on its way may be discarded; only then is another frame due.
  return !limits_.frames || statistics_.presented_count() + presentation_.in_flight() < *limits_.frames;
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
