#include "demos/client/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <poll.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

void EventLoop::watch(int fd, std::function<void()> ready) {
  watches_.push_back({fd, std::move(ready)});
}

void EventLoop::unwatch(int fd) {
  std::erase_if(watches_, [fd](const Watch& watch) { return watch.fd == fd; });
}

void EventLoop::run_once(std::optional<Time> deadline) {
  wl_display* display = connection_.display();
  if (wl_display_prepare_read(display) != 0) {
    if (wl_display_dispatch_pending(display) < 0)
      connection_.check();
    return;
  }
  short display_events = POLLIN;
  if (wl_display_flush(display) < 0) {
    if (errno == EAGAIN)
      display_events |= POLLOUT; // the socket is full: go on sending when the compositor has read some
    else if (errno != EPIPE) {   // after EPIPE the compositor's last words can still be read
      wl_display_cancel_read(display);
      connection_.check();
      fail_errno("the connection to the compositor is lost", errno);
    }
  }

  std::vector<pollfd> entries{{wl_display_get_fd(display), display_events, 0}};
  for (const Watch& watch : watches_)
    entries.push_back({watch.fd, POLLIN, 0});
  int timeout_ms = -1;
  if (deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000));
  }
  const int count = ::poll(entries.data(), entries.size(), timeout_ms);
  if (count <= 0) {
    wl_display_cancel_read(display);
    if (count < 0 && errno != EINTR)
      fail_errno("poll", errno);
    return;
  }

  if ((entries[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    if (wl_display_read_events(display) < 0)
      connection_.check();
  } else {
    wl_display_cancel_read(display);
  }
  if (wl_display_dispatch_pending(display) < 0)
    connection_.check();

  // By descriptor, not by index: what runs may add and remove watches.
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].revents == 0)
      continue;
    const auto found =
        std::find_if(watches_.begin(), watches_.end(), [&](const Watch& watch) { return watch.fd == entries[i].fd; });
    if (found != watches_.end()) {
      const auto ready = found->ready;
      ready();
    }
  }
}

} // namespace fenceline::demos
