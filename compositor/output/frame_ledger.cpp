#include "compositor/output/frame_ledger.h"

#include <poll.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "compositor/base/sync_file.h"
#include "compositor/frame/lost_blank.h"

namespace fenceline {

namespace {

bool readable(const UniqueFd& fd) {
  pollfd poll_fd{.fd = fd.get(), .events = POLLIN, .revents = 0};
  return ::poll(&poll_fd, 1, 0) > 0;
}

bool contains(const std::vector<SurfaceId>& surfaces, SurfaceId surface) {
  return std::find(surfaces.begin(), surfaces.end(), surface) != surfaces.end();
}

} // namespace

/// Buffers that one composition reads.
struct FrameLedger::Read {
  FrameId frame{};
  UniqueFd fence;
  std::vector<BufferLeasePtr> leases;
  std::function<void(TimePoint)> then;
  std::unique_ptr<Watch> watch; ///< Of the fence, where that can be had.
};

FrameLedger::FrameLedger(EventLoop& loop, FrameObserver& observer, OutputId output, std::function<bool(BufferId)> reads,
                         SharedReleases* shared, DrawCues* cues)
    : loop_(loop), observer_(observer), output_(output), reads_on_(std::move(reads)), shared_(shared), cues_(cues) {}

FrameLedger::~FrameLedger() {
  if (shared_ != nullptr)
    shared_->forget(output_);
}

void SubmittedFrame::clear() {
  frame = {};
  snapshot.clear();
  scanned.clear();
  updates.clear();
  callbacks.clear();
  zero_copy.clear();
  not_shown.clear();
  hidden.clear();
  primary = {};
  background.reset();
  pieces.clear();
  cursor_image = {};
  cursor_at = {};
  times = {};
  release.reset();
}

std::unique_ptr<FrameLedger::Read> FrameLedger::take_read() {
  if (!spare_reads_.empty()) {
    auto spare = std::move(spare_reads_.back());
    spare_reads_.pop_back();
    return spare;
  }
  auto made = std::make_unique<Read>();
  made->watch = loop_.make_watch([this, read = made.get()](IoEvents) { signalled(read); });
  return made;
}

bool FrameLedger::reading(FrameId frame, UniqueFd fence, std::vector<BufferLeasePtr>&& leases,
                          std::function<void(TimePoint)> then) {
  auto read = take_read();
  read->frame = frame;
  read->fence = std::move(fence);
  read->leases.swap(leases);
  if (readable(read->fence)) {
    read->then = std::move(then);
    settle(std::move(read));
    return true;
  }
  for (const BufferLeasePtr& lease : read->leases)
    if (lease)
      lease->read_until(read->fence);
  const auto watched = read->watch->begin(read->fence.get(), IoEvents::Readable);
  if (watched)
    read->then = std::move(then);
  reads_.push_back(std::move(read));
  return static_cast<bool>(watched);
}

void FrameLedger::signalled(const Read* read) {
  const auto found = std::find_if(reads_.begin(), reads_.end(), [read](const auto& r) { return r.get() == read; });
  if (found == reads_.end())
    return;
  auto owned = std::move(*found);
  reads_.erase(found);
  settle(std::move(owned));
}

void FrameLedger::settle(std::unique_ptr<Read> read) {
  TimePoint time = sync_file_signal_time(read->fence.get());
  if (time == TimePoint{})
    time = loop_.clock().now();
  for (SubmittedFrame& frame : in_flight_)
    if (frame.frame == read->frame)
      frame.times.fence = time;
  read->watch->end();
  const auto then = std::exchange(read->then, {});
  read->leases.clear();
  read->fence.reset();
  if (spare_reads_.size() < most_spare_reads)
    spare_reads_.push_back(std::move(read));
  if (then)
    then(time);
}

void FrameLedger::sweep() {
  std::vector<std::unique_ptr<Read>> done;
  for (auto read = reads_.begin(); read != reads_.end();) {
    if (readable((*read)->fence)) {
      done.push_back(std::move(*read));
      read = reads_.erase(read);
    } else {
      ++read;
    }
  }
  for (auto& read : done)
    settle(std::move(read));
}

void FrameLedger::submitted(SubmittedFrame&& frame) {
  in_flight_.push_back(std::move(frame));
}

bool FrameLedger::wants_fence() const {
  return on_screen_ && in_flight_.empty() &&
         std::any_of(on_screen_->scanned.begin(), on_screen_->scanned.end(),
                     [](const SubmittedFrame::Scanned& scanned) {
                       return dynamic_cast<const TakesReleaseFence*>(scanned.lease.get()) != nullptr;
                     });
}

ReleaseFencePtr FrameLedger::make_fence(UniqueFd sync_file) {
  for (const ReleaseFencePtr& kept : kept_fences_)
    if (kept.use_count() == 1) {
      kept->renew(std::move(sync_file));
      return kept;
    }
  auto made = std::make_shared<ReleaseFence>(std::move(sync_file));
  if (kept_fences_.size() < most_kept_fences)
    kept_fences_.push_back(made);
  return made;
}

void FrameLedger::close_fences() {
  for (const ReleaseFencePtr& kept : kept_fences_)
    if (kept.use_count() == 1)
      kept->renew({});
}

void FrameLedger::replaced_after(UniqueFd sync_file) {
  // With more on its way what is on the screen may be replaced by another than this one.
  if (!on_screen_ || in_flight_.size() != 1)
    return;
  const ReleaseFencePtr fence = make_fence(std::move(sync_file));
  in_flight_.front().release = fence;
  for (SubmittedFrame::Scanned& scanned : on_screen_->scanned) {
    auto* told = dynamic_cast<TakesReleaseFence*>(scanned.lease.get());
    if (told == nullptr)
      continue;
    // Whoever else holds it reads it, or may: the scene, a composition, this frame itself, another output; but of
    // outputs that replace it, too, it is known when they are done.
    if (scanned.lease.use_count() == 1) {
      told->free_after(fence);
      scanned.promised = true;
    } else if (shared_ != nullptr) {
      if (const ReleaseFencePtr all = shared_->replaced(output_, scanned.lease, fence))
        told->free_after(all);
    }
  }
}

bool FrameLedger::promised() const {
  return on_screen_ && std::any_of(on_screen_->scanned.begin(), on_screen_->scanned.end(),
                                   [this](const SubmittedFrame::Scanned& scanned) {
                                     return scanned.promised ||
                                            (shared_ != nullptr && shared_->promised(scanned.lease.get()));
                                   });
}

void FrameLedger::ready(FrameId frame, TimePoint time) {
  CarriedUpdates::Callbacks callbacks;
  for (SubmittedFrame& waiting : in_flight_) {
    if (waiting.frame != frame)
      continue;
    callbacks = std::exchange(waiting.callbacks, {});
    for (LatchedUpdate& update : waiting.updates) {
      std::move(update.callbacks.begin(), update.callbacks.end(), std::back_inserter(callbacks));
      update.callbacks.clear();
    }
  }
  for (const auto& callback : callbacks)
    callback->done(time);
}

void FrameLedger::released(BufferId buffer) {
  // Moved out first: who gets a buffer back may cause whatever he likes.
  std::vector<SubmittedFrame::Scanned> free;
  const auto first = std::stable_partition(
      lent_.begin(), lent_.end(), [buffer](const SubmittedFrame::Scanned& lent) { return lent.buffer != buffer; });
  std::move(first, lent_.end(), std::back_inserter(free));
  lent_.erase(first, lent_.end());
}

bool FrameLedger::flipped(const FlipEvent& event, Nanoseconds refresh) {
  sweep();
  const auto found = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [&event](const SubmittedFrame& frame) { return frame.frame == event.frame; });
  if (found == in_flight_.end())
    return false;
  if (found->release)
    found->release->pass();
  if (shared_ != nullptr)
    shared_->forget(output_);
  // What was on the screen is not any more; what was submitted before has been on it or never will be.
  std::vector<SubmittedFrame::Scanned> replaced;
  const auto replace = [this, &replaced](SubmittedFrame& frame) {
    for (SubmittedFrame::Scanned& scanned : frame.scanned) {
      const bool lent = std::any_of(lent_.begin(), lent_.end(), [&scanned](const SubmittedFrame::Scanned& other) {
        return other.buffer == scanned.buffer;
      });
      const bool lend = !lent && reads_on_ && reads_on_(scanned.buffer);
      (lend ? lent_ : replaced).push_back(std::move(scanned));
    }
  };
  if (on_screen_)
    replace(*on_screen_);
  for (auto frame = in_flight_.begin(); frame != found; ++frame)
    replace(*frame);
  SubmittedFrame over = on_screen_ ? std::move(*on_screen_) : SubmittedFrame{};
  on_screen_ = std::move(*found);
  in_flight_.erase(in_flight_.begin(), std::next(found));
  on_screen_->release.reset();
  // Moved out, for those who are told may cause whatever they like.
  SubmittedFrame told;
  told.frame = on_screen_->frame;
  told.updates = std::exchange(on_screen_->updates, {});
  told.callbacks = std::exchange(on_screen_->callbacks, {});
  told.zero_copy = on_screen_->zero_copy;
  told.not_shown = on_screen_->not_shown;
  told.hidden = on_screen_->hidden;
  told.times = on_screen_->times;
  replaced.clear();
  close_fences();
  present(told, event, refresh);
  over.clear();
  // What these had is told of.
  told.updates.clear();
  told.callbacks.clear();
  over.updates = std::move(told.updates);
  over.callbacks = std::move(told.callbacks);
  spare_ = std::move(over);
  return true;
}

bool FrameLedger::lost_blank(const FlipEvent& event, Nanoseconds refresh) {
  // Where the refresh varies a blank is no refresh long.
  const bool counts = event.vsync && !event.variable;
  const auto counted = counts ? std::optional(CountedFlip{event.time, event.sequence}) : std::nullopt;
  const auto before = std::exchange(counted_, counted);
  return before && counted && blank_was_lost(event.time - before->time, event.sequence - before->sequence, refresh);
}

void FrameLedger::present(SubmittedFrame& frame, const FlipEvent& event, Nanoseconds refresh) {
  observer_.record({.kind = FrameEventKind::Flip,
                    .output = output_,
                    .frame = frame.frame,
                    .value = event.sequence,
                    .time = event.time});
  if (const auto miss = find_miss(frame.times, event.time, refresh, lost_blank(event, refresh)))
    observer_.record({.kind = FrameEventKind::Missed,
                      .detail = static_cast<std::uint8_t>(miss->cause),
                      .output = output_,
                      .frame = frame.frame,
                      .value = miss->blanks,
                      .time = *frame.times.blank});
  for (LatchedUpdate& update : frame.updates) {
    if (!event.seen || contains(frame.not_shown, update.surface)) {
      discard_feedback(update, observer_);
      continue;
    }
    const bool zero_copy = contains(frame.zero_copy, update.surface);
    observer_.record({.kind = FrameEventKind::Presented,
                      .flags = static_cast<std::uint16_t>(zero_copy ? 1 : 0),
                      .client = update.client,
                      .surface = update.surface,
                      .output = output_,
                      .commit = update.commit,
                      .frame = frame.frame,
                      .time = event.time});
    for (const auto& feedback : update.feedback)
      feedback->presented(event, refresh, zero_copy && !event.copied_again);
  }
  for (const auto& callback : frame.callbacks)
    callback->done(event.time);
  for (LatchedUpdate& update : frame.updates) {
    // Where pictures are shown as they come the client sets the pace.
    if (cues_ != nullptr && !event.torn && !event.variable)
      cues_->shown(output_, update.surface, !contains(frame.hidden, update.surface), std::move(update.callbacks),
                   event.time);
    else
      for (const auto& callback : update.callbacks)
        callback->done(event.time);
  }
}

void FrameLedger::abandon(CarriedUpdates& to) {
  if (shared_ != nullptr)
    shared_->forget(output_);
  for (SubmittedFrame& frame : in_flight_)
    to.add(std::exchange(frame.updates, {}), std::exchange(frame.callbacks, {}));
}

} // namespace fenceline
