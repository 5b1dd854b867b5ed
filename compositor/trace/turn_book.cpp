#include "compositor/trace/turn_book.h"

#include <algorithm>

namespace fenceline {

TurnBook::TurnBook(FrameObserver& observer, const Clock& clock, Ticks ticks)
    : observer_(observer), clock_(clock), ticks_(ticks), first_time_(clock.now()), first_ticks_(ticks.now()) {
  begun_ = last_ = first_ticks_;
  if (!ticks.is_tsc())
    ns_per_tick_ = 1;
}

void TurnBook::woke() {
  begun_ = last_ = ticks_.now();
  parts_ = {};
}

void TurnBook::did(TurnPart part) {
  const std::uint64_t now = ticks_.now();
  parts_.at(static_cast<std::size_t>(part)) += now - last_;
  last_ = now;
}

void TurnBook::sleeps() {
  if (++turns_ % turns_a_measure == 0 && ticks_.is_tsc())
    measure();
  const double took = static_cast<double>(last_ - begun_) * ns_per_tick_;
  if (took < static_cast<double>(least.count()))
    return;
  const auto most = std::max_element(parts_.begin(), parts_.end()) - parts_.begin();
  observer_.record({.kind = FrameEventKind::Turn,
                    .detail = static_cast<std::uint8_t>(most),
                    .value = static_cast<std::uint64_t>(took),
                    .time = {}});
}

void TurnBook::measure() {
  const std::uint64_t ticks = ticks_.now() - first_ticks_;
  const Nanoseconds time = clock_.now() - first_time_;
  if (ticks != 0 && time > Nanoseconds::zero())
    ns_per_tick_ = static_cast<double>(time.count()) / static_cast<double>(ticks);
}

} // namespace fenceline
