// The part of the output's loop that says when its next picture is taken, and sends it as the display takes it.
#include <algorithm>

#include "compositor/output/output_loop.h"

namespace fenceline {

LatchTime OutputLoop::next_latch(TimePoint after) const {
  const TimePoint now = services_.loop.clock().now();
  // What tears goes as soon as it is there: no blank is its own.
  if (wishes_.at_once() && !modeset_) {
    const TimePoint at = std::max(now, after);
    return {.latch = at, .blank = at, .phase_known = false};
  }
  if (variable_ && last_flip_ && !modeset_)
    return variable_latch(now, after);
  return services_.frame_clock.next_latch(now, modeset_ ? std::nullopt : last_flip_, blank_period_.period(refresh()),
                                          after, latch_model_.lead() + blank_period_.uncertainty(now));
}

Nanoseconds OutputLoop::lead() const {
  const LatchTime when = next_latch(not_before_);
  return when.phase_known ? when.blank - when.latch : Nanoseconds{};
}

TimePoint OutputLoop::time_to_schedule(TimePoint target) const {
  constexpr Nanoseconds tick{1};
  const LatchTime when = next_latch(target - tick);
  if (variable_)
    return when.latch;
  // The moment after the latch for the blank before.
  return when.phase_known ? when.latch - period() + tick : target;
}

std::optional<TimePoint> OutputLoop::due(TimePoint now) const {
  constexpr Nanoseconds ahead = std::chrono::milliseconds(2);
  // The kernel tells of the flip a little after it.
  constexpr Nanoseconds told = std::chrono::microseconds(300);
  std::optional<TimePoint> blank;
  if (const auto* scheduled = std::get_if<Scheduled>(&state_)) {
    if (scheduled->when.phase_known && scheduled->when.latch - now <= ahead)
      blank = scheduled->when.blank;
  } else if (const auto* composing = std::get_if<Composing>(&state_)) {
    blank = composing->pass->aimed;
  } else if (const auto* in_flight = std::get_if<InFlight>(&state_)) {
    blank = in_flight->blank;
  }
  return blank && now < *blank + told ? std::optional(*blank + told) : std::nullopt;
}

TimePoint OutputLoop::coming_latch() const {
  const auto* scheduled = std::get_if<Scheduled>(&state_);
  if (scheduled == nullptr || scheduled->repeat)
    return next_latch(not_before_).latch;
  // Else that picture is being taken.
  const bool to_come = scheduled->when.latch > services_.loop.clock().now();
  return to_come ? scheduled->when.latch : next_latch(std::max(not_before_, scheduled->when.blank)).latch;
}

// Where no blank is waited for, a picture does not wait for what was to be done later either.
bool OutputLoop::goes_before(const Scheduled& scheduled, Wanted wanted) {
  if (scheduled.repeat)
    return true;
  if (wanted != Wanted::Picture || scheduled.wanted != Wanted::Look || (!wishes_.at_once() && !variable_))
    return false;
  not_before_ = std::min(not_before_, services_.loop.clock().now());
  return true;
}

// The display takes a picture as soon as its shortest frame is over: until then there is a lead to keep, and from then
// on, where the picture waits for something else (VariableBlanks, a time of its own), the commit itself is the blank.
LatchTime OutputLoop::variable_latch(TimePoint now, TimePoint after) const {
  constexpr Nanoseconds tick{1};
  const Nanoseconds lead = services_.frame_clock.lead(latch_model_.lead(), refresh());
  const TimePoint ready = *variable_->display_ready();
  const TimePoint wanted = std::max(*variable_->earliest(), after + tick);
  const TimePoint latch = std::max(now, wanted <= ready ? ready - lead : wanted);
  return {.latch = latch, .blank = std::max(ready, latch + lead), .phase_known = true};
}

void OutputLoop::flipped_variably(const FlipEvent& event) {
  if (!wishes_.variable_refresh()) {
    variable_.reset();
    return;
  }
  // From here on blanks are no whole frames apart.
  blank_period_.interrupted();
  if (!variable_)
    variable_.emplace(refresh(), info_.variable ? info_.variable->longest : Nanoseconds{});
  variable_->flipped(event.time);
}

void OutputLoop::repeat_later() {
  const auto again = variable_ && powered_ && !modeset_ ? variable_->repeat() : std::nullopt;
  if (!again || !std::holds_alternative<Idle>(state_))
    return;
  const TimePoint at = std::max(*again, services_.loop.clock().now());
  state_ = Scheduled{.when = {.latch = at, .blank = at + latch_model_.lead(), .phase_known = true}, .repeat = true};
  timer_->arm(at);
}

void OutputLoop::choose(bool tearing, RefreshChoice refresh) {
  if (wishes_.choose(tearing, refresh))
    schedule();
}

Result<UniqueFd> OutputLoop::send(OutputState& state, bool wants_fence) {
  const auto once = [&]() -> Result<UniqueFd> {
    // What is shown at once has no blank to promise a buffer for.
    if (wants_fence && !state.tears)
      return services_.device.submit_with_fence(std::move(state));
    if (auto sent = services_.device.submit(std::move(state)); !sent)
      return sent.error();
    return UniqueFd();
  };
  auto sent = once();
  while (!sent && wishes_.soften(state, sent.error()))
    sent = once();
  return sent;
}

void OutputLoop::note_submit(const FramePass& pass, bool composed) {
  wishes_.accepted();
  note(FrameEventKind::Submit, pass.frame, static_cast<std::uint64_t>((pass.times.submitted - pass.times.sent).count()),
       static_cast<std::uint16_t>((composed ? 1 : 0) | (wishes_.torn() ? 2 : 0) | (wishes_.tearing_refused() ? 4 : 0)),
       pass.times.submitted);
}

} // namespace fenceline
