// The part of the output's loop that goes on and off: pauses of the session, DPMS, modes, flips that do not come.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "compositor/output/output_loop.h"

namespace fenceline {

void OutputLoop::pause() {
  if (std::holds_alternative<Composing>(state_))
    carry(*std::get<Composing>(state_).pass, MissCause::Unknown);
  timer_->disarm();
  watchdog_->disarm();
  watching_ = false;
  state_ = Paused{};
}

void OutputLoop::resume() {
  if (!std::holds_alternative<Paused>(state_))
    return;
  // The flip of what was sent before may have got lost.
  services_.device.abandon(info_.id);
  ledger_.abandon(carried_);
  // The time away is no miss; whether the old picture's image still shows what it did is not known.
  first_try_.reset();
  forget_pictures();
  modeset_ = true;
  failures_ = 0;
  state_ = Idle{};
  schedule();
}

void OutputLoop::power(bool on) {
  if (std::exchange(powered_, on) == on)
    return;
  if (auto* composing = std::get_if<Composing>(&state_))
    carry(*composing->pass, MissCause::Unknown);
  if (std::holds_alternative<Off>(state_))
    state_ = Idle{};
  modeset_ = true;
  failures_ = 0;
  // A flip on its way, or the session's return, sees to it later.
  if (std::holds_alternative<Idle>(state_) || std::holds_alternative<Scheduled>(state_))
    sleep();
}

void OutputLoop::go_dark() {
  OutputState state;
  state.output = info_.id;
  state.frame = services_.frames.next();
  state.active = false;
  state.mode = info_.mode;
  state.modeset = true;
  const FrameId frame = state.frame;
  state_ = Idle{};
  if (const auto sent = services_.device.submit(std::move(state)); !sent) {
    note(FrameEventKind::SubmitFailed, frame, static_cast<std::uint64_t>(sent.error().code));
    if (sent.error().code == EACCES)
      return pause();
    if (failures_ == 0 && sent.error().code != EBUSY)
      services_.log.warn("{}: cannot be switched off yet: {}", info_.name, sent.error().text());
    const unsigned blanks = 1U << std::min(failures_++, most_back_off);
    not_before_ = services_.loop.clock().now() + refresh() * blanks;
    return sleep();
  }
  failures_ = 0;
  modeset_ = true;
  wishes_.forget();
  forget_pictures();
  SubmittedFrame dark;
  dark.frame = frame;
  ledger_.submitted(std::move(dark));
  carried_.finish(services_.loop.clock().now());
  services_.cursors.show(info_.id, {});
  const TimePoint sent = services_.loop.clock().now();
  state_ = InFlight{.frame = frame, .dark = true, .since = sent, .blank = {}};
  watch_flip(sent);
}

void OutputLoop::set_mode(const Mode& mode) {
  if (same_mode(mode, info_.mode))
    return;
  if (auto* composing = std::get_if<Composing>(&state_))
    carry(*composing->pass, MissCause::Unknown);
  info_.mode = mode;
  latch_model_.forget();
  blank_period_.forget();
  modeset_ = true;
  failures_ = 0;
  forget_pictures();
  mode_shown_ = false;
  last_flip_.reset();
  first_try_.reset();
  make_planner();
  services_.observer.describe(info_.id, info_.name, info_.mode.refresh);
  if (auto* in_flight = std::get_if<InFlight>(&state_))
    in_flight->next = Wanted::Picture;
  else if (std::holds_alternative<Idle>(state_) || std::holds_alternative<Scheduled>(state_))
    sleep();
}

// Here, in a wake of its own, nothing of the frame that failed is in use any more.
bool OutputLoop::changes_refused_mode() {
  if (services_.modes == nullptr || !modeset_ || mode_shown_ || failures_ != tries_of_a_mode)
    return false;
  services_.modes->mode_refused(info_.id, Mode(info_.mode));
  return failures_ == 0;
}

void OutputLoop::composer_changed() {
  if (auto* composing = std::get_if<Composing>(&state_))
    carry(*composing->pass, MissCause::Unknown);
  if (services_.gate->state() == ComposerGate::State::Broken)
    services_.composer = nullptr;
  forget_pictures();
  make_planner();
  // Who waits for a picture of what a lost one drew is told that there will be none.
  if (services_.composer == nullptr)
    capture_late();
  if (auto* in_flight = std::get_if<InFlight>(&state_))
    in_flight->next = Wanted::Picture;
  else if (std::holds_alternative<Idle>(state_) || std::holds_alternative<Scheduled>(state_))
    sleep();
}

void OutputLoop::set_mode_anew() {
  modeset_ = true;
  schedule();
}

void OutputLoop::retire() {
  if (auto* composing = std::get_if<Composing>(&state_))
    carry(*composing->pass, MissCause::Unknown);
  timer_->disarm();
  watchdog_->disarm();
  state_ = Off{};
  ledger_.abandon(carried_);
  carried_.finish(services_.loop.clock().now());
}

// Armed once for many frames: a timer a frame would cost two system calls each.
void OutputLoop::watch_flip(TimePoint sent) {
  if (std::exchange(watching_, true))
    return;
  watchdog_->arm(sent + flip_patience);
}

void OutputLoop::look_after_flip() {
  watching_ = false;
  const auto* in_flight = std::get_if<InFlight>(&state_);
  if (in_flight == nullptr)
    return;
  const Nanoseconds patience = in_flight->fenced ? fenced_flip_patience : flip_patience;
  const TimePoint now = services_.loop.clock().now();
  if (now < in_flight->since + patience) {
    watching_ = true;
    watchdog_->arm(in_flight->since + patience);
    return;
  }
  if (!std::exchange(hangs_, true))
    services_.log.error("{}: the display has not shown a frame that it took {} s ago; its mode is set anew", info_.name,
                        std::chrono::duration_cast<std::chrono::seconds>(patience).count());
  services_.device.abandon(info_.id);
  ledger_.abandon(carried_);
  modeset_ = true;
  forget_pictures();
  last_flip_.reset();
  first_try_.reset();
  not_before_ = now;
  state_ = Idle{};
  sleep();
}

} // namespace fenceline
