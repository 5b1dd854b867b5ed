#include "protocols/shm_turns.h"

#include <algorithm>

namespace fenceline {

ShmWay ShmTurns::next(BufferId buffer) {
  const bool repeats = !seen_.empty() && seen_.back() == buffer;
  // It has not gone on while the last one was held, or only when that was over: it may have been waiting for it.
  if (given_back_ || (repeats && held_)) {
    wary_ = wary_next_;
    wary_next_ = std::min(2 * wary_next_, wary_at_most);
  }
  if (repeats || given_back_)
    moved_on_ = 0;
  else if (held_)
    moved_on_ = std::min(moved_on_ + 1, proof);
  held_ = given_back_ = false;
  const auto before = std::find(seen_.begin(), seen_.end(), buffer);
  const bool again = before != seen_.end();
  if (again)
    seen_.erase(before);
  else if (seen_.size() == most_buffers)
    seen_.erase(seen_.begin());
  seen_.push_back(buffer);
  if (wary_ > 0) {
    --wary_;
    return ShmWay::Upload;
  }
  if (repeats)
    return ShmWay::UploadAndHold;
  return again ? ShmWay::InPlace : ShmWay::Upload;
}

void ShmTurns::given_back() {
  given_back_ = held_;
  held_ = false;
}

void ShmTurns::cleared() {
  seen_.clear();
  held_ = given_back_ = false;
  moved_on_ = 0;
}

} // namespace fenceline
