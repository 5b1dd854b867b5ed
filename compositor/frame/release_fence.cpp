#include "compositor/frame/release_fence.h"

#include <poll.h>

namespace fenceline {

bool ReleaseFence::passed() const {
  if (passed_)
    return true;
  pollfd waiting{.fd = sync_file_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) > 0;
}

} // namespace fenceline
