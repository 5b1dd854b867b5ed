#include "compositor/output/output_loop.h"

#include <algorithm>
#include <cerrno>

namespace fenceline {

namespace {

SubmittedFrame::Piece piece_of(const Layer& layer) {
  return {.buffer = layer.buffer,
          .source = layer.source,
          .dest = layer.dest,
          .alpha = has_alpha(layer.format.fourcc),
          .transform = layer.transform,
          .fade = layer.alpha,
          .yuv = layer.yuv};
}

FRect whole(Size size) {
  return {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
}

} // namespace

Result<std::unique_ptr<OutputLoop>> OutputLoop::create(const OutputServices& services, const OutputInfo& info) {
  std::unique_ptr<OutputLoop> output(new OutputLoop(services, info));
  auto timer = services.loop.make_urgent_timer([raw = output.get()] { raw->wake(); });
  if (!timer)
    return timer.error();
  output->timer_ = std::move(*timer);
  auto watchdog = services.loop.make_timer([raw = output.get()] { raw->look_after_flip(); });
  if (!watchdog)
    return watchdog.error();
  output->watchdog_ = std::move(*watchdog);
  services.observer.describe(info.id, info.name, info.mode.refresh);
  return output;
}

OutputLoop::OutputLoop(const OutputServices& services, const OutputInfo& info)
    : services_(services), info_(info), cursor_images_(services.device, services.buffers, info.id, info.cursor_size),
      ledger_(
          services.loop, services.observer, info.id,
          [&device = services.device](BufferId buffer) { return device.reads(buffer); }, services.releases,
          services.cues),
      carried_(services.observer), wishes_(info_, services.log) {
  make_planner();
}

// All of it is for one mode's size.
void OutputLoop::make_planner() {
  planner_.reset();
  upper_images_.reset();
  primary_upper_images_.reset();
  images_.reset();
  UpperPlane upper;
  if (services_.composer != nullptr) {
    images_ = std::make_unique<OutputImages>(services_.device, *services_.composer, services_.buffers, services_.log,
                                             info_, services_.gate);
    const PlaneStack stack(info_);
    const auto& over = stack.over().planes;
    for (auto plane = over.rbegin(); plane != over.rend() && upper_images_ == nullptr; ++plane) {
      upper_images_ = translucent_images(**plane);
      upper = {upper_images_.get(), (*plane)->id};
    }
    if (const PlaneInfo* primary = stack.primary(); primary != nullptr && !stack.under().planes.empty())
      primary_upper_images_ = translucent_images(*primary);
  }
  planner_.emplace(services_.device, info_, images_.get(), upper, primary_upper_images_.get(), cursor_images_,
                   services_.cursors, services_.observer, services_.plane_tests);
}

/// Null where the plane and the composer have no such format in common.
std::unique_ptr<OutputImages> OutputLoop::translucent_images(const PlaneInfo& plane) const {
  if (info_.reads_pixels)
    return nullptr;
  auto images = std::make_unique<OutputImages>(services_.device, *services_.composer, services_.buffers, services_.log,
                                               info_, plane, services_.gate);
  return images->possible() ? std::move(images) : nullptr;
}

void OutputLoop::forget_pictures() {
  last_picture_.reset();
  last_upper_.reset();
}

OutputLoop::~OutputLoop() {
  services_.cursors.show(info_.id, {});
}

void OutputLoop::want(Wanted wanted) {
  if (wanted == Wanted::Nothing)
    return;
  if (wanted == Wanted::Picture && variable_)
    variable_->asked(services_.loop.clock().now());
  const auto more = [wanted](Wanted& before) { before = std::max(before, wanted); };
  if (std::holds_alternative<Idle>(state_))
    begin(wanted);
  else if (auto* scheduled = std::get_if<Scheduled>(&state_); scheduled != nullptr && goes_before(*scheduled, wanted))
    begin(wanted);
  else if (scheduled != nullptr)
    more(scheduled->wanted);
  else if (auto* composing = std::get_if<Composing>(&state_))
    more(composing->next);
  else if (auto* in_flight = std::get_if<InFlight>(&state_))
    more(in_flight->next);
}

void OutputLoop::schedule_in_time() {
  if (std::holds_alternative<Idle>(state_))
    sleep();
  else
    want(Wanted::Picture);
}

void OutputLoop::sleep(Wanted wanted) {
  const LatchTime when = next_latch(not_before_);
  state_ = Scheduled{when, wanted};
  timer_->arm(when.latch);
}

// For the coming blank, where there is time enough for a frame as most of them are: nothing else goes to that blank,
// and a frame that misses it is at the next one, as it would have been. What comes meanwhile has to wait for that flip:
// so it is tried less and less often where it fails (LatchModel::shortest).
LatchTime OutputLoop::hurried(const LatchTime& when) const {
  const auto shortest = latch_model_.shortest();
  if (!shortest || !when.phase_known || modeset_ || variable_ || !services_.frame_clock.may_hurry())
    return when;
  const TimePoint now = services_.loop.clock().now();
  const TimePoint blank = when.blank - blank_period_.period(refresh());
  if (blank <= not_before_ || now + *shortest + blank_period_.uncertainty(now) > blank)
    return when;
  return {.latch = now, .blank = blank, .phase_known = true, .hurried = true};
}

void OutputLoop::begin(Wanted wanted) {
  const LatchTime when = hurried(next_latch(not_before_));
  if (!when.hurried)
    return sleep(wanted);
  state_ = Scheduled{when, wanted};
  // Whoever has changed something may not be done yet.
  services_.loop.defer([this, alive = std::weak_ptr(alive_), latch = when.latch] {
    if (alive.expired())
      return;
    if (const auto* scheduled = std::get_if<Scheduled>(&state_); scheduled != nullptr && scheduled->when.latch == latch)
      wake();
  });
}

void OutputLoop::wake() {
  auto* scheduled = std::get_if<Scheduled>(&state_);
  if (scheduled == nullptr)
    return;
  if (!powered_)
    return go_dark();
  if (changes_refused_mode())
    return;
  const Wanted wanted = std::exchange(scheduled->wanted, Wanted::Nothing);
  latch(LatchTime(scheduled->when), wanted);
}

void OutputLoop::latch(const LatchTime& when, Wanted wanted) {
  const TimePoint woken = services_.loop.clock().now();
  // While the state is that of a frame to come: what is applied now asks for no further one.
  if (services_.watch != nullptr) {
    TimePoint blank = when.phase_known ? when.blank : woken;
    if (when.phase_known && blank < woken)
      blank = blank + period() * ((woken - blank) / period() + 1);
    services_.watch->before_latch(info_.id, blank);
  }
  // Somebody who has looked may want to look at the next latch, too; what asks for a picture is in this one.
  const auto* scheduled = std::get_if<Scheduled>(&state_);
  const Wanted asked = scheduled != nullptr ? scheduled->wanted : Wanted::Nothing;
  if (std::max(wanted, asked) != Wanted::Picture) {
    state_ = Idle{};
    if (asked == Wanted::Look) {
      // Where no blank is known, a clock may have the next picture at once (nested), but one look a frame is enough.
      not_before_ = when.phase_known && !variable_ ? when.blank : woken + 2 * refresh();
      sleep(Wanted::Look);
    }
    repeat_later();
    return;
  }
  // Images whose fences could not be watched are free again only when somebody looks.
  ledger_.sweep();
  auto owned = spare_pass_ != nullptr ? std::move(spare_pass_) : std::make_unique<FramePass>();
  FramePass& pass = *owned;
  pass.frame = services_.frames.next();
  pass.times.planned = when.latch;
  // To look at what has become ready takes time, too.
  pass.times.woken = std::max(woken, services_.loop.rough_clock().now());
  pass.times.hurried = when.hurried;
  // The one that it may not miss.
  const TimePoint aimed = when.hurried ? when.blank + blank_period_.period(refresh()) : when.blank;
  if (when.phase_known)
    pass.aimed = pass.times.blank = aimed;
  not_before_ = when.phase_known ? when.blank : pass.times.woken + refresh();
  if (const auto first = std::exchange(first_try_, std::nullopt); first && !modeset_) {
    pass.times.blank = first->blank;
    pass.times.first_try = first->cause;
  }
  state_ = Composing{std::move(owned), asked == Wanted::Look ? Wanted::Look : Wanted::Nothing};

  note(FrameEventKind::LatchBegin, pass.frame, static_cast<std::uint64_t>(when.latch.ns), 0,
       when.phase_known ? aimed : TimePoint{});
  services_.source.latch(info_.id, pass.frame, pass.latched);
  pass.callbacks = carried_.join(pass.latched);
  for (const LatchedUpdate& update : pass.latched.updates)
    services_.observer.record({.kind = FrameEventKind::Latch,
                               .client = update.client,
                               .surface = update.surface,
                               .output = info_.id,
                               .commit = update.commit,
                               .frame = pass.frame,
                               .value = static_cast<std::uint64_t>(update.buffer),
                               .time = {}});
  note(FrameEventKind::LatchEnd, pass.frame);
  if (variable_)
    variable_->taken();
  if (services_.watch != nullptr)
    services_.watch->after_latch(info_.id);
  keep_cursors(pass);
  run(pass);
}

// From here on the store has the cursor's pixels, for whichever way of showing them is planned now or later.
void OutputLoop::keep_cursors(FramePass& pass) {
  std::vector<SurfaceId> cursors;
  for (const Layer& layer : pass.latched.snapshot.layers)
    if (layer.role == LayerRole::Cursor)
      cursors.push_back(layer.surface);
  services_.cursors.show(info_.id, std::move(cursors));
  for (std::size_t i = 0; i < pass.latched.snapshot.layers.size(); ++i) {
    const Layer& layer = pass.latched.snapshot.layers[i];
    LayerHold& hold = pass.latched.holds[i];
    if (layer.role != LayerRole::Cursor || !hold.pixels)
      continue;
    // The client has had that buffer back, so the picture would be lost: from now on the composer has it.
    if (CursorStore::Picture* unused = services_.cursors.victim(layer.surface, layer.client))
      (void)upload_cursor(pass, *unused);
    if (!services_.cursors.keep(layer.surface, layer.client, *hold.pixels))
      continue;
    const Size size = hold.pixels->size();
    book(CopyKind::CursorUpload, layer, pass.frame,
         std::uint64_t{4} * static_cast<std::uint64_t>(size.width) * static_cast<std::uint64_t>(size.height));
    hold = {};
    services_.source.pixels_taken(layer.surface, layer.commit);
  }
}

void OutputLoop::run(FramePass& pass) {
  planner_->plan(pass.latched.snapshot, pass.mode, modeset_, pass.planned);
  if (pass.planned.plan.composes && waits_for_composer())
    show_what_planes_can(pass);
  else if (pass.planned.plan.composes)
    compose(pass);
  else if (pass.planned.shows_anything())
    submit(pass);
  else
    show_nothing(pass);
}

// What is on the screen goes on: a window that needs the composer joins it when that is there.
void OutputLoop::show_what_planes_can(FramePass& pass) {
  PlannedFrame& planned = pass.planned;
  if (planned.drawn.empty() && planned.target) {
    planned.plan.composes = false;
    return submit(pass);
  }
  services_.gate->want();
  // A renderer that was lost is back in a moment: the picture that it has drawn stays until then, where it is shown.
  if (last_plan_.composes && !modeset_)
    return show_nothing(pass);
  if (std::exchange(pass.reduced, true))
    return show_nothing(pass);
  LatchedFrame& latched = pass.latched;
  SceneSnapshot& snapshot = latched.snapshot;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i) {
    const SurfaceId surface = snapshot.layers[i].surface;
    const bool was_on_plane =
        std::any_of(last_plan_.layers.begin(), last_plan_.layers.end(),
                    [surface](const LayerPlan& layer) { return layer.surface == surface && layer.plane; });
    const bool drawn = std::find(planned.drawn.begin(), planned.drawn.end(), i) != planned.drawn.end();
    if (drawn && !was_on_plane) {
      pass.not_shown.push_back(surface);
      continue;
    }
    if (kept != i) {
      snapshot.layers[kept] = std::move(snapshot.layers[i]);
      latched.holds[kept] = std::move(latched.holds[i]);
    }
    ++kept;
  }
  snapshot.layers.resize(kept);
  latched.holds.resize(kept);
  run(pass);
}

// Without a renderer there may be nothing that a plane takes. The clients must not wait for ever for a frame that never
// comes, nor be told that they were seen.
void OutputLoop::show_nothing(FramePass& pass) {
  if (!waits_for_composer() && !std::exchange(said_no_composer_, true))
    services_.log.warn("{}: nothing here can go on a plane, and there is no renderer to compose it; the last picture "
                       "stays ({})",
                       info_.name, pass.planned.plan.text());
  const auto owned = std::move(std::get<Composing>(state_).pass);
  const Wanted next = std::get<Composing>(state_).next;
  state_ = Idle{};
  const TimePoint now = services_.loop.clock().now();
  for (LatchedUpdate& update : owned->latched.updates) {
    discard_feedback(update, services_.observer);
    for (const auto& callback : update.callbacks)
      callback->done(now);
  }
  for (const auto& callback : owned->callbacks)
    callback->done(now);
  want(next);
}

void OutputLoop::submit(FramePass& pass) {
  OutputState& state = submitting_;
  planner_->state(pass.latched.snapshot, pass.planned, modeset_, state);
  if (pass.in_fence.valid() && !state.planes.empty())
    state.planes.front().in_fence = std::move(pass.in_fence);
  for (PlaneState& plane : state.planes)
    if (pass.upper_fence.valid() && pass.planned.upper && plane.plane == pass.planned.upper->plane)
      plane.in_fence = std::move(pass.upper_fence);
  wishes_.put(state, pass.latched.snapshot, pass.planned.plan);
  const bool fenced = std::any_of(state.planes.begin(), state.planes.end(),
                                  [](const PlaneState& plane) { return plane.in_fence.valid(); });
  // A display that was late once is not trusted with clients' points until it has shown something again.
  const bool wants_fence = !modeset_ && !hangs_ && ledger_.wants_fence();
  pass.times.sent = services_.loop.clock().now();
  auto sent = send(state, wants_fence);
  state.planes.clear(); // Whoever did not take the fences leaves them here.
  pass.times.submitted = services_.loop.clock().now();
  if (!sent)
    return rejected(pass, sent.error());
  submitted(pass, fenced);
  if (sent->valid())
    ledger_.replaced_after(std::move(*sent));
}

void OutputLoop::submitted(FramePass& pass, bool fenced) {
  const auto& layers = pass.latched.snapshot.layers;
  SubmittedFrame frame = ledger_.take_spare();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerPlan& plan = pass.planned.plan.layers[i];
    services_.observer.record({.kind = FrameEventKind::Placed,
                               .detail = static_cast<std::uint8_t>(plan.refusal),
                               .flags = static_cast<std::uint16_t>((plan.hidden ? 1 : 0) | (plan.background ? 2 : 0)),
                               .client = layers[i].client,
                               .surface = layers[i].surface,
                               .output = info_.id,
                               .commit = layers[i].commit,
                               .frame = pass.frame,
                               .value = plan.plane ? static_cast<std::uint64_t>(*plan.plane) : 0,
                               .time = {}});
    if (plan.refusal == Refusal::NoComposer)
      pass.not_shown.push_back(layers[i].surface);
    if (plan.hidden)
      frame.hidden.push_back(layers[i].surface);
  }
  const bool composed = pass.planned.upper || (pass.planned.target && !pass.planned.target->black);
  note_submit(pass, composed);
  if (images_ && !pass.planned.target && !pass.reduced)
    images_->drop_black();

  frame.frame = pass.frame;
  frame.background = pass.planned.background;
  if (pass.planned.background_layer)
    frame.zero_copy.push_back(layers[*pass.planned.background_layer].surface);
  if (pass.planned.direct) {
    frame.zero_copy.push_back(layers[*pass.planned.direct].surface);
    frame.primary = layers[*pass.planned.direct].buffer;
    frame.scanned.push_back({frame.primary, pass.latched.holds[*pass.planned.direct].lease});
    frame.pieces.push_back(piece_of(layers[*pass.planned.direct]));
    frame.pieces.back().alpha = false;
  } else if (pass.planned.target) {
    const Rect screen{0, 0, pass.latched.snapshot.size.width, pass.latched.snapshot.size.height};
    frame.primary = pass.planned.target->buffer;
    frame.scanned.push_back({frame.primary, pass.planned.target->use});
    // Pictures of the screen are black where there is no piece.
    if (!pass.planned.target->black) {
      frame.pieces.push_back({frame.primary, whole(pass.planned.target->size), screen});
      keep_picture(last_picture_, pass, *pass.planned.target, screen, pass.planned.drawn);
    }
  }
  for (const ScannedLayer& overlay : pass.planned.overlays) {
    const Layer& layer = layers[overlay.layer];
    frame.zero_copy.push_back(layer.surface);
    frame.scanned.push_back({layer.buffer, pass.latched.holds[overlay.layer].lease});
    frame.pieces.push_back(piece_of(layer));
  }
  if (const auto& upper = pass.planned.upper) {
    frame.scanned.push_back({upper->image.buffer, upper->image.use});
    frame.pieces.push_back({upper->image.buffer, whole(upper->at.size()), upper->at, true});
    if (upper->on_primary)
      frame.primary = upper->image.buffer;
    keep_picture(last_upper_, pass, upper->image, upper->at, pass.planned.upper_drawn);
    last_upper_->plane = upper->plane;
  }
  last_above_ = pass.planned.upper ? pass.planned.upper->image.buffer : BufferId{};
  if (pass.planned.cursor && pass.planned.cursor_direct) {
    const Layer& layer = layers[*pass.planned.cursor];
    frame.zero_copy.push_back(layer.surface);
    frame.scanned.push_back({layer.buffer, pass.latched.holds[*pass.planned.cursor].lease});
    frame.pieces.push_back(piece_of(layer));
  } else if (pass.planned.cursor) {
    frame.cursor_image = pass.planned.cursor_image.buffer;
    frame.cursor_at = layers[*pass.planned.cursor].dest.origin();
  }
  last_primary_ = frame.primary;
  // A reduced picture is not all that the output has to show.
  if (services_.chances != nullptr && !pass.reduced)
    services_.chances->planned(info_.id, pass.planned.chances);
  // Exchanged, not moved: each side keeps the memory of the other's list for the next frame.
  std::swap(last_plan_, pass.planned.plan);
  std::swap(frame.snapshot, pass.latched.snapshot);
  std::swap(frame.updates, pass.latched.updates);
  std::swap(frame.callbacks, pass.callbacks);
  std::swap(frame.not_shown, pass.not_shown);
  frame.times = pass.times;
  if (modeset_) {
    // Its flip is the first of other blanks.
    last_flip_.reset();
    blank_period_.interrupted();
    variable_.reset();
  }
  if (pass.times.composed != TimePoint{})
    frame.times.work = pass.planned.direct || !pass.planned.overlays.empty() ? FrameWork::Mixed : FrameWork::Composed;
  modeset_ = false;
  failures_ = 0;
  ledger_.submitted(std::move(frame));
  const InFlight next{
      .frame = pass.frame, .next = std::get<Composing>(state_).next, .fenced = fenced, .since = pass.times.submitted, .blank = pass.aimed};
  auto ended = std::move(std::get<Composing>(state_).pass);
  state_ = next;
  watch_flip(next.since);
  end_pass(std::move(ended));
}

void OutputLoop::end_pass(std::unique_ptr<FramePass> pass) {
  pass->clear();
  spare_pass_ = std::move(pass);
}

void OutputLoop::rejected(FramePass& pass, const Error& error) {
  note(FrameEventKind::SubmitFailed, pass.frame, static_cast<std::uint64_t>(error.code));
  if (error.code == EACCES) {
    services_.log.info("{}: the display is somebody else's: {}", info_.name, error.text());
    pause();
    return;
  }
  if (error.code == EBUSY) {
    if (hangs_)
      return give_up(pass, MissCause::KernelLate, error);
    // The display has not shown the frame before yet. By the next blank it has.
    carry(pass, MissCause::KernelLate);
    sleep();
    return;
  }
  // A display that does not take the black image shows one that is composed.
  if (services_.gate != nullptr && pass.planned.target && pass.planned.target->black && !pass.planned.uses_planes())
    services_.gate->want();
  // A buffer that can't be shown there just now says nothing about the next one.
  const bool passing = error.code == ENOENT;
  if (!passing)
    planner_->rejected(pass.latched.snapshot, pass.planned);
  const bool simpler = images_ ? pass.planned.uses_planes() : pass.planned.cursor.has_value();
  if (pass.mode == PlanMode::Planes && simpler) {
    const std::string what = fmt::format("{}: the display rejected a frame ({}): {}; showing it without planes",
                                         info_.name, error.text(), pass.planned.plan.text());
    if (passing)
      services_.log.debug("{}", what);
    else
      services_.log.warn("{}", what);
    pass.mode = PlanMode::ComposeAll;
    run(pass);
    return;
  }
  give_up(pass, MissCause::LateSubmit, error);
}

void OutputLoop::give_up(FramePass& pass, MissCause cause, const Error& why) {
  if (failures_ == 0)
    services_.log.warn("{}: a frame cannot be shown ({}); the last picture stays, and the next blanks are tried",
                       info_.name, why.text());
  const unsigned blanks = 1U << std::min(failures_, most_back_off);
  ++failures_;
  carry(pass, cause);
  not_before_ = not_before_ + refresh() * (blanks - 1);
  sleep();
}

/// Ends the pass without a frame: what it owes goes to the next one.
void OutputLoop::carry(FramePass& pass, MissCause cause) {
  first_try_ = FirstTry{pass.times.blank, pass.times.first_try.value_or(cause)};
  carried_.add(std::move(pass.latched.updates), std::move(pass.callbacks));
  const auto ended = std::move(std::get<Composing>(state_).pass);
  state_ = Idle{};
}

void OutputLoop::flipped(const FlipEvent& event) {
  Wanted next = Wanted::Nothing;
  if (const auto* in_flight = std::get_if<InFlight>(&state_); in_flight && in_flight->frame == event.frame) {
    const bool dark = in_flight->dark;
    // What was asked for last may be the other thing.
    next = dark == powered_ ? Wanted::Picture : dark ? Wanted::Nothing : in_flight->next;
    if (dark && !powered_)
      state_ = Off{};
    else
      state_ = Idle{};
    not_before_ = event.time;
    hangs_ = false;
    mode_shown_ = mode_shown_ || (!dark && !modeset_);
  }
  // The blanks of a mode that goes are not those of the one that comes.
  if (!modeset_ && !event.torn) {
    last_flip_ = event.time;
    blank_period_.flipped(event.time, refresh());
    flipped_variably(event);
  }
  if (!ledger_.flipped(event, refresh())) {
    services_.log.debug("{}: a flip of a frame that is not known", info_.name);
  } else {
    latch_model_.shown(ledger_.on_screen()->times, event.time, refresh());
    cursor_images_.flipped(ledger_.on_screen()->cursor_image);
  }
  capture_late();
  want(next);
  repeat_later();
}

void OutputLoop::ready(FrameId frame, TimePoint time) {
  const auto* in_flight = std::get_if<InFlight>(&state_);
  // The end of a picture is not the time for the next one.
  if (in_flight == nullptr || in_flight->frame != frame || in_flight->dark)
    return;
  // It may have been switched off meanwhile.
  const Wanted next = powered_ ? in_flight->next : Wanted::Picture;
  state_ = Idle{};
  ledger_.ready(frame, time);
  want(next);
}

FramePass* OutputLoop::pass_of(FrameId frame) {
  auto* composing = std::get_if<Composing>(&state_);
  return composing != nullptr && composing->pass->frame == frame ? composing->pass.get() : nullptr;
}

void OutputLoop::book(CopyKind kind, const Layer& layer, FrameId frame, std::uint64_t bytes) {
  services_.observer.record({.kind = FrameEventKind::Copy,
                             .detail = static_cast<std::uint8_t>(kind),
                             .client = layer.client,
                             .surface = layer.surface,
                             .output = info_.id,
                             .commit = layer.commit,
                             .frame = frame,
                             .value = bytes,
                             .time = {}});
}

void OutputLoop::note(FrameEventKind kind, FrameId frame, std::uint64_t value, std::uint16_t flags, TimePoint time) {
  services_.observer.record(
      {.kind = kind, .flags = flags, .output = info_.id, .frame = frame, .value = value, .time = time});
}

} // namespace fenceline
