#include "compositor/backends/drm/open_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "compositor/backends/drm/direct_session.h"
#include "compositor/backends/drm/seat_session.h"

namespace fenceline {

Error session_refusal(const std::string& card, int reason) {
  if (reason == ENOENT)
    return {fmt::format("there is no {}: name a display card with --device, or use --backend headless", card), 0};
  return {fmt::format("not allowed to take {}: log in on this machine's own terminal, or start seatd, or use --backend "
                      "headless",
                      card),
          reason};
}

Result<std::unique_ptr<Session>> open_session(EventLoop& loop, Log& log, const std::string& card) {
  if (::access(card.c_str(), F_OK) != 0)
    return session_refusal(card, errno);
  auto seat = SeatSession::create(loop, log);
  if (seat)
    return std::unique_ptr<Session>(std::move(*seat));
  if (::access(card.c_str(), R_OK | W_OK) != 0)
    return session_refusal(card, errno);
  log.debug("no seat ({}): opening the devices directly", seat.error().text());
  return std::unique_ptr<Session>(std::make_unique<DirectSession>());
}

} // namespace fenceline
