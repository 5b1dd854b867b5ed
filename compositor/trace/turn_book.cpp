#include "compositor/trace/turn_book.h"

#include <algorithm>

namespace fenceline {

TurnBook::TurnBook(FrameObserver& next, const Clock& clock, Ticks ticks)
    : next_(next), clock_(clock), ticks_(ticks), first_time_(clock.now()), first_ticks_(ticks.now()) {
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
  add(part, now);
  last_ = now;
}

void TurnBook::serves(ClientId client) {
  if (client == serving_)
    return;
  did(TurnPart::Requests);
  serving_ = client;
}

void TurnBook::add(TurnPart part, std::uint64_t now) {
  const Stretch next{last_, now, part, part == TurnPart::Requests ? serving_ : ClientId{}};
  Stretch& newest = stretches_[newest_];
  if (newest.end == last_ && newest.same(next)) {
    newest.end = now;
    return;
  }
  newest_ = (newest_ + 1) % kept;
  stretches_[newest_] = next;
}

std::optional<TurnBook::Stretch> TurnBook::busy_with(std::uint64_t now, std::uint64_t ticks) const {
  const std::uint64_t since = now - ticks;
  std::optional<Stretch> most; // Its `end` is how long, all of its sort together.
  for (const Stretch& of : stretches_) {
    std::uint64_t sum = 0;
    for (const Stretch& stretch : stretches_)
      if (stretch.same(of) && stretch.end > since)
        sum += stretch.end - std::max(stretch.begin, since);
    if (2 * sum > ticks && (!most || sum > most->end))
      most = Stretch{0, sum, of.part, of.client};
  }
  return most;
}

void TurnBook::record(const FrameEvent& event) {
  if (event.kind != FrameEventKind::LatchBegin || ns_per_tick_ <= 0 || event.value == 0)
    return next_.record(event);
  const std::uint64_t now = ticks_.now();
  const double since_first = static_cast<double>(now - first_ticks_) * ns_per_tick_;
  const auto time = first_time_ + Nanoseconds(static_cast<std::int64_t>(since_first));
  const Nanoseconds late = time - TimePoint{static_cast<std::int64_t>(event.value)};
  if (late < least_late)
    return next_.record(event);
  FrameEvent told = event;
  const auto ticks = static_cast<std::uint64_t>(static_cast<double>(late.count()) / ns_per_tick_);
  if (const auto busy = busy_with(now, std::min(ticks, now))) {
    told.flags |= 1;
    told.detail = static_cast<std::uint8_t>(busy->part);
    told.client = busy->client;
  }
  next_.record(told);
}

void TurnBook::sleeps() {
  if (++turns_ % turns_a_measure == 0 && ticks_.is_tsc())
    measure();
  const double took = static_cast<double>(last_ - begun_) * ns_per_tick_;
  if (took < static_cast<double>(least.count()))
    return;
  const auto most = std::max_element(parts_.begin(), parts_.end()) - parts_.begin();
  next_.record({.kind = FrameEventKind::Turn,
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
