#include "demos/client/ending.h"

#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

Ending::Ending(EventLoop& loop, const Window& window, const PresentationTracker& presentation,
               const Statistics& statistics, const Limits& limits)
    : window_(window), presentation_(presentation), statistics_(statistics), limits_(limits) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGINT);
  sigaddset(&mask, SIGTERM);
  signals_ = UniqueFd(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid())
    fail_errno("signalfd", errno);
  watch_.emplace(loop, signals_.get(), [this] { interrupted_ = true; });
}

void Ending::start() {
  if (limits_.seconds)
    deadline_ = std::chrono::steady_clock::now() +
                std::chrono::duration_cast<EventLoop::Time::duration>(std::chrono::duration<double>(*limits_.seconds));
}

bool Ending::reached() const {
  return interrupted_ || window_.closed() || (limits_.frames && statistics_.presented_count() >= *limits_.frames) ||
         (deadline_ && std::chrono::steady_clock::now() >= *deadline_);
}

bool Ending::wants_frames() const {
  return !limits_.frames || statistics_.presented_count() + presentation_.in_flight() < *limits_.frames;
}

} // namespace fenceline::demos
