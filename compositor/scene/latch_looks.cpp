#include "compositor/scene/latch_looks.h"

#include <algorithm>
#include <utility>

namespace fenceline {

Result<std::unique_ptr<LatchLooks>> LatchLooks::create(EventLoop& loop) {
  std::unique_ptr<LatchLooks> looks(new LatchLooks(loop));
  auto timer = loop.make_timer([raw = looks.get()] { raw->overdue(); });
  if (!timer)
    return timer.error();
  looks->timer_ = std::move(*timer);
  return looks;
}

std::optional<OutputId> LatchLooks::ask(SurfaceId surface, const std::shared_ptr<LatchLooker>& looker) {
  const std::optional<OutputId> output = outputs_ != nullptr ? outputs_->output_of(surface) : std::nullopt;
  if (!output)
    return std::nullopt;
  ask_again(*output, looker);
  // Whichever comes first: the others need not wait for that one.
  for (const OutputId other : outputs_->outputs_of(surface))
    if (other != *output && outputs_->takes_pictures(other))
      ask_again(other, looker);
  return output;
}

void LatchLooks::ask_again(OutputId output, const std::shared_ptr<LatchLooker>& looker) {
  const auto same = [&](const Ask& ask) {
    return ask.output == output && !ask.looker.owner_before(looker) && !looker.owner_before(ask.looker);
  };
  if (std::none_of(asks_.begin(), asks_.end(), same)) {
    // Clients may come and go by the thousand before an output does.
    std::erase_if(asks_, [](const Ask& ask) { return ask.looker.expired(); });
    asks_.push_back({output, looker});
  }
  arm();
  if (outputs_ != nullptr)
    outputs_->ask_to_look(output);
}

std::optional<TimePoint> LatchLooks::wanted_by(SurfaceId surface) const {
  const std::optional<OutputId> output = outputs_ != nullptr ? outputs_->output_of(surface) : std::nullopt;
  return output ? std::optional(outputs_->next_latch(*output)) : std::nullopt;
}

bool LatchLooks::takes(OutputId output, SurfaceId surface) const {
  if (outputs_ == nullptr || !outputs_->takes_pictures(output))
    return false;
  const auto shown = outputs_->outputs_of(surface);
  return std::find(shown.begin(), shown.end(), output) != shown.end();
}

void LatchLooks::before_latch(OutputId output) {
  // By hand: std::stable_partition allocates.
  std::vector<Ask> telling = std::exchange(telling_, {});
  std::size_t kept = 0;
  for (Ask& ask : asks_) {
    if (ask.output == output)
      telling.push_back(std::move(ask));
    else if (Ask& place = asks_[kept++]; &place != &ask)
      place = std::move(ask);
  }
  asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(kept), asks_.end());
  tell(telling);
  telling.clear();
  telling_ = std::move(telling);
}

// Whoever is told may ask again, and may end others.
void LatchLooks::tell(const std::vector<Ask>& asks) {
  for (const Ask& ask : asks)
    if (const std::shared_ptr<LatchLooker> looker = ask.looker.lock())
      looker->look(ask.output);
}

void LatchLooks::arm() {
  if (!std::exchange(armed_, true))
    timer_->arm(loop_.clock().now() + patience);
}

void LatchLooks::overdue() {
  armed_ = false;
  const auto due = std::stable_partition(asks_.begin(), asks_.end(), [](const Ask& ask) { return !ask.late; });
  const std::vector<Ask> late(std::make_move_iterator(due), std::make_move_iterator(asks_.end()));
  asks_.erase(due, asks_.end());
  for (Ask& ask : asks_)
    ask.late = true;
  if (!asks_.empty())
    arm();
  tell(late);
}

} // namespace fenceline
