#include "compositor/backends/drm/session.h"

#include <algorithm>

namespace fenceline {

SessionListener::SessionListener(Session& session) : session_(session) {
  session_.listeners_.push_back(this);
}

SessionListener::~SessionListener() {
  std::erase(session_.listeners_, this);
}

// A listener may unregister itself or another one while it is being told.
void Session::tell_paused() {
  for (auto* listener : std::vector(listeners_))
    if (std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end())
      listener->session_paused();
}

void Session::tell_resumed() {
  for (auto* listener : std::vector(listeners_))
    if (std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end())
      listener->session_resumed();
}

} // namespace fenceline
