#include "compositor/trace/kept_events.h"

#include <utility>

namespace fenceline {

void KeptEvents::append(const StampedEvent& event) {
  if (pieces_.empty() || pieces_.back().size() == piece_events) {
    if (size_ + piece_events > limit_ && pieces_.size() > 1)
      forget_piece();
    pieces_.emplace_back().reserve(piece_events);
  }
  pieces_.back().push_back(event);
  ++size_;
}

void KeptEvents::append(Gap gap) {
  // One a flush and ring at most; as many as there can be flushes in a minute is plenty.
  constexpr std::size_t most_gaps = 256;
  gaps_.push_back(std::move(gap));
  if (gaps_.size() > most_gaps)
    gaps_.pop_front();
}

void KeptEvents::age(TimePoint now) {
  const TimePoint oldest = now - keep_;
  while (!pieces_.empty() && pieces_.front().back().written < oldest)
    forget_piece();
  while (!gaps_.empty() && gaps_.front().when < oldest)
    gaps_.pop_front();
}

void KeptEvents::forget_piece() {
  size_ -= pieces_.front().size();
  pieces_.pop_front();
}

} // namespace fenceline
