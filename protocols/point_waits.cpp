#include "protocols/point_waits.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace fenceline {

PointWait::PointWait(std::shared_ptr<PointWaits> waits, SyncPoint point, SurfaceId surface)
    : waits_(std::move(waits)), point_(std::move(point)), surface_(surface) {}

PointWait::~PointWait() {
  waits_->ended(this);
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
  if (to_be_told_ > 0)
    --to_be_told_;
  else if (looks_ != nullptr && looked_at_ < most_looked_at)
    if (const auto output = looks_->ask(surface, shared_from_this())) {
      auto wait = add(point, surface);
      leave_to(*wait, output);
      return wait;
    }
  if (already_signalled(point))
    return std::unique_ptr<PointWait>();
  const Result<bool> asked = ask_kernel(point, surface);
  if (!asked)
    return asked.error();
  return *asked ? add(point, surface) : nullptr;
}

std::unique_ptr<PointWait> PointWaits::add(const SyncPoint& point, SurfaceId surface) {
  auto wait = std::make_unique<PointWait>(shared_from_this(), point, surface);
  PointLine& line = line_of(point.timeline);
  wait->line_ = &line;
  wait->place_ = line.waits.size();
  line.waits.push_back(wait.get());
  return wait;
}

PointLine& PointWaits::line_of(const std::shared_ptr<SyncTimeline>& timeline) {
  for (const auto& line : lines_)
    if (line->timeline == timeline)
      return *line;
  if (spare_lines_.empty())
    spare_lines_.push_back(std::make_unique<PointLine>());
  lines_.push_back(std::move(spare_lines_.back()));
  spare_lines_.pop_back();
  PointLine& line = *lines_.back();
  line.timeline = timeline;
  line.place = lines_.size() - 1;
  return line;
}

void PointWaits::leave_to(PointWait& wait, std::optional<OutputId> latch) {
  const std::size_t was = wait.latch_ ? 1 : 0, is = latch ? 1 : 0;
  wait.latch_ = latch;
  wait.line_->looked_at += is - was;
  looked_at_ += is - was;
}

// The last one takes its place, in the line and among the lines: a client that goes ends thousands.
void PointWaits::take_out(PointWait& wait) {
  leave_to(wait, std::nullopt);
  PointLine& line = *std::exchange(wait.line_, nullptr);
  PointWait* last = line.waits.back();
  line.waits[wait.place_] = last;
  last->place_ = wait.place_;
  line.waits.pop_back();
  if (!line.waits.empty())
    return;
  line.timeline.reset();
  const std::size_t place = line.place;
  std::swap(lines_[place], lines_.back());
  lines_[place]->place = place;
  constexpr std::size_t most_spare = 8;
  if (spare_lines_.size() < most_spare)
    spare_lines_.push_back(std::move(lines_.back()));
  lines_.pop_back();
}

void PointWaits::ended(PointWait* wait) {
  if (wait->line_ != nullptr)
    take_out(*wait);
  else if (wait->place_ < met_.size() && met_[wait->place_] == wait)
    met_[wait->place_] = nullptr;
}

void PointWaits::look(OutputId output) {
  const auto self = shared_from_this();
  find_met(true, false);
  // What comes too late for this picture the kernel tells of, so that the next one is asked for as soon as it is there.
  late_.clear();
  for (const auto& line : lines_)
    for (PointWait* wait : line->looked_at != 0 ? std::span<PointWait* const>(line->waits) : std::span<PointWait* const>())
      if (wait->latch_ == output)
        late_.push_back(wait);
  for (PointWait* wait : late_) {
    to_be_told_ = told_when_late;
    const Result<bool> asked = ask_kernel(wait->point_, wait->surface_);
    if (!asked)
      looks_->ask_again(output, self); // No memory to be told with.
    else if (*asked)
      leave_to(*wait, std::nullopt);
    else
      meet(*wait);
  }
  tell();
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
  find_met(false, all);
  tell();
}

/// Takes out of the lines what has signalled of the points that are looked at, or of those that the kernel tells of.
/// `all`: they have, all of them.
void PointWaits::find_met(bool looked_at, bool all) {
  asked_.clear();
  handles_.clear();
  for (const auto& line : lines_)
    if ((looked_at ? line->looked_at : line->waits.size() - line->looked_at) != 0) {
      asked_.push_back(line.get());
      handles_.push_back(line->timeline->handle());
    }
  reached_.assign(handles_.size(), all ? std::numeric_limits<std::uint64_t>::max() : 0);
  // One call for all. Where that fails for want of memory each point is asked alone: the event will not come again.
  const bool known = all || handles_.empty() || objects_.reached(handles_, reached_);
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    // With its last wait a line goes.
    const std::shared_ptr<SyncTimeline> timeline = asked_[i]->timeline;
    std::vector<PointWait*>& waits = asked_[i]->waits;
    for (std::size_t k = waits.size(); k-- > 0;) {
      PointWait& wait = *waits[k];
      const std::uint64_t point = wait.point_.point;
      if (wait.latch_.has_value() == looked_at && (known ? point <= reached_[i] : timeline->signalled(point)))
        meet(wait);
    }
  }
}

void PointWaits::meet(PointWait& wait) {
  take_out(wait);
  wait.place_ = met_.size();
  met_.push_back(&wait);
}

void PointWaits::tell() {
  // By number, for those who are told may end others that are still in the list.
  for (std::size_t i = 0; i < met_.size(); ++i) {
    PointWait* wait = std::exchange(met_[i], nullptr);
    if (!wait)
      continue;
    wait->signalled_ = true;
    if (wait->met_)
      std::exchange(wait->met_, nullptr)();
  }
  met_.clear();
}

} // namespace fenceline
