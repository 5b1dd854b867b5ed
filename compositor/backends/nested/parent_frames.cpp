#include "compositor/backends/nested/parent_frames.h"

#include <algorithm>
#include <ctime>

namespace fenceline {

namespace {

std::uint64_t join(std::uint32_t high, std::uint32_t low) {
  return (std::uint64_t{high} << 32U) | low;
}

std::int64_t now_on(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

Result<std::unique_ptr<ParentFrames>> ParentFrames::create(EventLoop& loop, ParentConnection& connection,
                                                           ParentFramesListener& listener) {
  std::unique_ptr<ParentFrames> frames(new ParentFrames(loop, connection, listener));
  auto timer = loop.make_timer([raw = frames.get()] { raw->look(); });
  if (!timer)
    return timer.error();
  frames->timer_ = std::move(*timer);
  return frames;
}

ParentFrames::~ParentFrames() = default;

void ParentFrames::committed(wl_surface* surface, FrameId id) {
  auto frame = std::make_unique<Frame>();
  frame->owner = this;
  frame->id = id;
  frame->due = loop_.clock().now() + hidden_pace;
  static constexpr wl_callback_listener callback_listener = {.done = EventThunk<&Frame::done>::call};
  frame->callback.reset(wl_surface_frame(surface));
  wl_callback_add_listener(frame->callback.get(), &callback_listener, frame.get());
  if (connection_.presentation() != nullptr) {
    static constexpr wp_presentation_feedback_listener feedback_listener = {
        .sync_output = EventThunk<&Frame::sync_output>::call,
        .presented = EventThunk<&Frame::presented>::call,
        .discarded = EventThunk<&Frame::discarded>::call,
    };
    frame->feedback.reset(wp_presentation_feedback(connection_.presentation(), surface));
    wp_presentation_feedback_add_listener(frame->feedback.get(), &feedback_listener, frame.get());
  }
  frames_.push_back(std::move(frame));
  if (frames_.size() == 1)
    arm();
}

void ParentFrames::Frame::done(std::uint32_t) {
  callback.reset();
  if (feedback)
    return owner->take(*this);
  if (dropped)
    return owner->end_unseen(*this);
  // All that such a parent says. Its time has no zero that is known, and no more than milliseconds.
  owner->end(*this,
             {.output = {},
              .frame = id,
              .time = owner->loop_.clock().now(),
              .sequence = ++owner->sequence_,
              .hardware_clock = false,
              .vsync = false,
              .copied_again = true},
             Nanoseconds::zero());
}

void ParentFrames::Frame::presented(std::uint32_t seconds_high, std::uint32_t seconds_low, std::uint32_t nanoseconds,
                                    std::uint32_t refresh, std::uint32_t sequence_high, std::uint32_t sequence_low,
                                    std::uint32_t flags) {
  const TimePoint parents{static_cast<std::int64_t>(join(seconds_high, seconds_low)) * 1'000'000'000 + nanoseconds};
  const auto has = [flags](std::uint32_t flag) { return (flags & flag) != 0; };
  owner->end(*this,
             {.output = {},
              .frame = id,
              .time = owner->own_time(parents),
              .sequence = join(sequence_high, sequence_low),
              .hardware_clock =
                  has(WP_PRESENTATION_FEEDBACK_KIND_HW_CLOCK) && has(WP_PRESENTATION_FEEDBACK_KIND_HW_COMPLETION),
              .vsync = has(WP_PRESENTATION_FEEDBACK_KIND_VSYNC),
              .copied_again = !has(WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY)},
             Nanoseconds(refresh));
}

// Superseded before it was shown, or the window is not to be seen.
void ParentFrames::Frame::discarded() {
  feedback.reset();
  // Of the newest frame: a parent that hides us may discard at once, each time. The pace is the timer's then, or that
  // of the frame callback, if one comes.
  dropped = true;
  if (owner->frames_.back().get() != this || taken)
    owner->end_unseen(*this);
}

TimePoint ParentFrames::own_time(TimePoint parents) const {
  const auto clock = static_cast<clockid_t>(connection_.presentation_clock());
  if (clock == CLOCK_MONOTONIC)
    return parents;
  return {parents.ns - now_on(clock) + now_on(CLOCK_MONOTONIC)};
}

void ParentFrames::take(Frame& frame) {
  // An older one that nothing was said of has been passed over.
  for (const auto& older : frames_) {
    if (!older->taken) {
      older->taken = true;
      listener_.taken(older->id, loop_.clock().now());
    }
    if (older.get() == &frame)
      break;
  }
}

void ParentFrames::end(Frame& frame, const FlipEvent& event, Nanoseconds refresh) {
  take(frame);
  // Frames are shown in their order: those before it were not.
  for (bool last = false; !last;) {
    const std::unique_ptr<Frame> first = std::move(frames_.front());
    frames_.pop_front();
    last = first.get() == &frame;
    if (last)
      arm();
    listener_.ended(last ? event : unseen(first->id), last ? refresh : Nanoseconds::zero());
  }
}

FlipEvent ParentFrames::unseen(FrameId frame) const {
  return {.output = {},
          .frame = frame,
          .time = loop_.clock().now(),
          .sequence = sequence_,
          .hardware_clock = false,
          .vsync = false,
          .seen = false,
          .copied_again = true};
}

void ParentFrames::end_unseen(Frame& frame) {
  end(frame, unseen(frame.id), Nanoseconds::zero());
}

void ParentFrames::look() {
  if (!frames_.empty() && frames_.front()->due <= loop_.clock().now())
    end_unseen(*frames_.front());
  else
    arm();
}

void ParentFrames::arm() {
  if (frames_.empty())
    timer_->disarm();
  else
    timer_->arm(frames_.front()->due);
}

} // namespace fenceline
