#include "protocols/point_waits.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <utility>

namespace fenceline {

PointWait::PointWait(std::shared_ptr<PointWaits> waits, SyncPoint point, SurfaceId surface)
    : waits_(std::move(waits)), point_(std::move(point)), surface_(surface) {}

PointWait::~PointWait() {
  waits_->move(*this, nullptr);
}

bool PointWait::arm(std::function<void()> met) {
  if (!signalled_)
    met_ = std::move(met);
  return signalled_;
}

Result<void> PointWaits::open() {
  if (source_)
    return {};
  event_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event_.valid())
    return Error::from_errno("cannot make an eventfd");
  auto source = loop_.watch(event_.get(), IoEvents::Readable | IoEvents::Edges, [this](IoEvents) { woken(); });
  if (!source)
    return source.error();
  source_ = std::move(*source);
  return {};
}

// The kernel tells at once of a point that has signalled already, in the next turn of the loop: for a client whose
// points never have it is not worth a look of its own, but now and then.
bool PointWaits::already_signalled(const SyncPoint& point) {
  constexpr unsigned sure_after = 8, look_each = 64;
  if (objects_.tells_of_the_past() && pending_in_a_row_ >= sure_after && pending_in_a_row_ % look_each != 0) {
    ++pending_in_a_row_;
    return false;
  }
  const bool signalled = point.timeline->signalled(point.point);
  pending_in_a_row_ = signalled ? 0 : pending_in_a_row_ + 1;
  return signalled;
}

/// False: it has signalled meanwhile, and need not be waited for.
Result<bool> PointWaits::ask_kernel(const SyncPoint& point, SurfaceId surface) {
  if (auto opened = open(); !opened)
    return opened.error();
  if (auto told = point.timeline->notify(point.point, event_.get()); !told)
    return told.error();
  ++registered_;
  if (const auto latch = looks_ != nullptr ? looks_->wanted_by(surface) : std::nullopt)
    point.timeline->want_by(point.point, *latch);
  // Such a kernel forgets whoever asks for a point that was overtaken meanwhile: it stays counted as one to be told of,
  // and more is asked than has to be.
  return objects_.tells_of_the_past() || !point.timeline->signalled(point.point);
}

Result<std::unique_ptr<PointWait>> PointWaits::wait(const SyncPoint& point, SurfaceId surface) {
  const auto make = [&] { return std::make_unique<PointWait>(shared_from_this(), point, surface); };
  if (to_be_told_ > 0)
    --to_be_told_;
  else if (looks_ != nullptr && at_latch_.size() < most_looked_at)
    if (const auto output = looks_->ask(surface, shared_from_this())) {
      auto wait = make();
      leave_to(*wait, *output);
      return wait;
    }
  if (already_signalled(point))
    return std::unique_ptr<PointWait>();
  const Result<bool> asked = ask_kernel(point, surface);
  if (!asked)
    return asked.error();
  if (!*asked)
    return std::unique_ptr<PointWait>();
  auto wait = make();
  leave_to_kernel(*wait);
  return wait;
}

void PointWaits::leave_to(PointWait& wait, OutputId latch) {
  wait.latch_ = latch;
  move(wait, &at_latch_);
}

void PointWaits::leave_to_kernel(PointWait& wait) {
  wait.latch_.reset();
  SyncTimeline& timeline = *wait.point_.timeline;
  if (timeline.waits().list.empty()) {
    timeline.waits().place = timelines_.size();
    timelines_.push_back(&timeline);
  }
  move(wait, &timeline.waits().list);
}

// The last one takes the place of the one that goes, in the wait's list and among the timelines.
void PointWaits::move(PointWait& wait, List* to) {
  if (List* from = std::exchange(wait.list_, to)) {
    PointWait* last = (*from)[wait.place_] = from->back();
    last->place_ = wait.place_;
    from->pop_back();
    TimelineWaits& waits = wait.point_.timeline->waits();
    if (from == &waits.list && waits.list.empty()) {
      SyncTimeline* other = timelines_[waits.place] = timelines_.back();
      other->waits().place = waits.place;
      timelines_.pop_back();
      constexpr std::size_t usual = 64;
      if (waits.list.capacity() > usual)
        waits.list = {}; // A client could have this for each of its timelines, one after the other.
    }
  }
  if (to != nullptr) {
    wait.place_ = to->size();
    to->push_back(&wait);
  }
}

void PointWaits::look(OutputId output) {
  const auto self = shared_from_this();
  looked_at_.clear();
  handles_.clear();
  for (PointWait* wait : at_latch_)
    if (wait->latch_ == output || looks_->takes(output, wait->surface_)) {
      const std::uint32_t handle = wait->point_.timeline->handle();
      looked_at_.push_back(wait);
      if (std::find(handles_.begin(), handles_.end(), handle) == handles_.end())
        handles_.push_back(handle);
    }
  ask_reached();
  for (PointWait* wait : looked_at_) {
    const auto handle = std::find(handles_.begin(), handles_.end(), wait->point_.timeline->handle());
    if (has_signalled(*wait, static_cast<std::size_t>(handle - handles_.begin())))
      move(*wait, &met_);
    else if (wait->latch_ == output || !looks_->takes(*wait->latch_, wait->surface_))
      was_late(*wait, output);
  }
  tell();
}

// What comes too late for this picture the kernel tells of, so that the next one is asked for as soon as it is there.
void PointWaits::was_late(PointWait& wait, OutputId output) {
  const Result<bool> asked = ask_kernel(wait.point_, wait.surface_);
  if (!asked) { // No memory to be told with.
    wait.latch_ = output;
    looks_->ask_again(output, shared_from_this());
    return;
  }
  to_be_told_ += told_when_late;
  if (*asked)
    leave_to_kernel(wait);
  else
    move(wait, &met_);
}

/// One call for all handles_. Where it fails for want of memory each point is asked for alone: the event will not come
/// again.
void PointWaits::ask_reached() {
  reached_.assign(handles_.size(), 0);
  known_ = handles_.empty() || objects_.reached(handles_, reached_);
}

bool PointWaits::has_signalled(const PointWait& wait, std::size_t asked) const {
  const auto& [timeline, point] = wait.point_;
  return known_ ? point <= reached_[asked] : timeline->signalled(point);
}

void PointWaits::woken() {
  // Whoever is told may end the last wait, and with it what keeps this here.
  const auto self = shared_from_this();
  // Mostly there is one, and that is it: the count need not be taken then. Not any more where two were taken at once:
  // the second one's edge is still to be told of, and it would stand for a point that has not signalled.
  std::uint64_t count = 1;
  if (registered_ == 1 && one_by_one_) {
    ++untaken_;
  } else {
    count = 0;
    [[maybe_unused]] const auto taken = ::read(event_.get(), &count, sizeof count);
    count -= std::min(count, std::exchange(untaken_, 0));
    one_by_one_ = one_by_one_ && count == 1;
  }
  const bool all = count >= registered_;
  registered_ -= std::min(count, registered_);
  handles_.clear();
  for (const SyncTimeline* timeline : all ? std::span<SyncTimeline*>() : std::span(timelines_))
    handles_.push_back(timeline->handle());
  ask_reached();
  // From behind, for what goes is replaced by the last one. A wait keeps its timeline, which has lost its last one.
  for (std::size_t i = timelines_.size(); i-- > 0;) {
    const List& list = timelines_[i]->waits().list;
    for (std::size_t k = list.size(); k-- > 0;)
      if (all || has_signalled(*list[k], i))
        move(*list[k], &met_);
  }
  tell();
}

void PointWaits::tell() {
  // Those who are told may end others that are still in the list.
  while (!met_.empty()) {
    PointWait& wait = *met_.back();
    move(wait, nullptr);
    wait.signalled_ = true;
    if (wait.met_)
      std::exchange(wait.met_, nullptr)();
  }
}

} // namespace fenceline
