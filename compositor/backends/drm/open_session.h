#pragma once
#include <memory>
#include <string>

#include "compositor/backends/drm/session.h"
#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"

namespace fenceline {

/// The session to take `card` with: the seat's when there is a seat, else one that opens devices directly when that is
/// allowed. The error is one line that says what to do.
[[nodiscard]] Result<std::unique_ptr<Session>> open_session(EventLoop& loop, Log& log, const std::string& card);

/// That line: `reason` is errno of opening the card directly.
[[nodiscard]] Error session_refusal(const std::string& card, int reason);

} // namespace fenceline
