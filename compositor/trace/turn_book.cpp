#include "compositor/trace/turn_book.h"

#include <algorithm>

namespace fenceline {

TurnBook::TurnBook(FrameObserver& next, const Clock& clock) : next_(next), clock_(clock) {
  begun_ = last_ = clock.now();
}

void TurnBook::woke() {
  begun_ = last_ = clock_.now();
  parts_ = {};
}

void TurnBook::did(TurnPart part) {
  const TimePoint now = clock_.now();
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

void TurnBook::add(TurnPart part, TimePoint now) {
  const Stretch next{last_, now, part, part == TurnPart::Requests ? serving_ : ClientId{}};
  Stretch& newest = stretches_[newest_];
  if (newest.end == last_ && newest.same(next)) {
    newest.end = now;
    return;
  }
  newest_ = (newest_ + 1) % kept;
  stretches_[newest_] = next;
}

const TurnBook::Stretch* TurnBook::busy_with(TimePoint since, TimePoint now) const {
  for (const Stretch& of : stretches_) {
    Nanoseconds sum{};
    for (const Stretch& stretch : stretches_)
      if (stretch.same(of) && stretch.end > since)
        sum += stretch.end - std::max(stretch.begin, since);
    if (2 * sum > now - since)
      return &of;
  }
  return nullptr;
}

void TurnBook::record(const FrameEvent& event) {
  const TimePoint planned{static_cast<std::int64_t>(event.value)};
  if (event.kind != FrameEventKind::LatchBegin || planned == TimePoint{})
    return next_.record(event);
  const TimePoint now = clock_.now();
  if (now - planned < least_late)
    return next_.record(event);
  // What has been done since the last word of it is the latch's own: it looks for what has become ready.
  did(TurnPart::Timers);
  const Stretch* busy = busy_with(planned, now);
  if (busy == nullptr)
    return next_.record(event);
  FrameEvent told = event;
  told.flags |= 1;
  told.detail = static_cast<std::uint8_t>(busy->part);
  told.client = busy->client;
  next_.record(told);
}

void TurnBook::sleeps() {
  const Nanoseconds took = last_ - begun_;
  if (took < least)
    return;
  const auto most = std::max_element(parts_.begin(), parts_.end()) - parts_.begin();
  next_.record({.kind = FrameEventKind::Turn,
                .detail = static_cast<std::uint8_t>(most),
                .value = static_cast<std::uint64_t>(took.count()),
                .time = {}});
}

} // namespace fenceline
