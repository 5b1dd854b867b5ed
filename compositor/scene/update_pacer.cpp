#include "compositor/scene/update_pacer.h"

#include <algorithm>
#include <utility>

namespace fenceline {

/// Met when its wait is over.
class UpdatePacer::TimeConstraint final : public CommitConstraint {
 public:
  TimeConstraint(UpdatePacer& pacer, WaitId id, SurfaceId surface, TimePoint target)
      : pacer_(pacer), book_(pacer.book_), id_(id), surface_(surface), target_(target) {}
  TimeConstraint(const TimeConstraint&) = delete;
  TimeConstraint& operator=(const TimeConstraint&) = delete;
  ~TimeConstraint() override {
    if (const auto book = book_.lock())
      book->erase(id_);
  }
  [[nodiscard]] Result<bool> arm(std::function<void()> met) override {
    return book_.expired() || !pacer_.wait(id_, surface_, target_, std::move(met));
  }
  [[nodiscard]] bool is_fence() const override { return false; }

 private:
  UpdatePacer& pacer_; ///< As long as its book is there.
  std::weak_ptr<Book> book_;
  WaitId id_;
  SurfaceId surface_;
  TimePoint target_;
};

void UpdatePacer::Book::erase(WaitId id) {
  const auto found = waits.find(id);
  if (found == waits.end())
    return;
  looks.erase({found->second.look, id});
  asked.erase(id);
  waits.erase(found);
}

void UpdatePacer::Book::look_at(WaitId id, Wait& wait, TimePoint when) {
  looks.erase({wait.look, id});
  wait.look = when;
  looks.insert({when, id});
}

Result<std::unique_ptr<UpdatePacer>> UpdatePacer::create(EventLoop& loop, Scene& scene) {
  std::unique_ptr<UpdatePacer> pacer(new UpdatePacer(loop, scene));
  auto times = loop.make_timer([raw = pacer.get()] { raw->times_due(); });
  if (!times)
    return times.error();
  pacer->times_timer_ = std::move(*times);
  auto barriers = loop.make_timer([raw = pacer.get()] { raw->barriers_due(); });
  if (!barriers)
    return barriers.error();
  pacer->barriers_timer_ = std::move(*barriers);
  return pacer;
}

UpdatePacer::UpdatePacer(EventLoop& loop, Scene& scene) : loop_(loop), scene_(scene) {
  scene_.add_listener(*this);
}

UpdatePacer::~UpdatePacer() {
  scene_.remove_listener(*this);
}

std::unique_ptr<CommitConstraint> UpdatePacer::not_before(SurfaceId surface, TimePoint target) {
  return std::make_unique<TimeConstraint>(*this, ids_.next(), surface, target);
}

/// False: its time is there.
bool UpdatePacer::wait(WaitId id, SurfaceId surface, TimePoint target, std::function<void()> met) {
  if (target <= now())
    return false;
  Wait& added = book_->waits[id];
  added = {.surface = surface, .target = target, .look = target, .asked = std::nullopt, .met = std::move(met)};
  book_->looks.insert({target, id});
  see_to(id, added);
  arm_times();
  return true;
}

/// Asks for the picture, or finds out when to.
void UpdatePacer::see_to(WaitId id, Wait& wait) {
  wait.asked.reset();
  book_->asked.erase(id);
  TimePoint look = wait.target;
  if (const auto output = output_of(wait.surface)) {
    const TimePoint ask = outputs_->ask_time(*output, wait.target - prediction_error);
    if (ask <= now()) {
      wait.asked = output;
      book_->asked.insert(id);
      outputs_->ask(*output);
    } else {
      look = std::min(look, ask);
    }
  }
  book_->look_at(id, wait, look);
}

// Each may take others with it: an update that is applied can end its client.
void UpdatePacer::end(const std::vector<WaitId>& ids) {
  for (const WaitId id : ids) {
    const auto found = book_->waits.find(id);
    if (found == book_->waits.end())
      continue;
    const std::function<void()> met = std::move(found->second.met);
    book_->erase(id);
    met();
  }
}

void UpdatePacer::before_latch(OutputId output, TimePoint blank) {
  if (book_->looks.empty())
    return arm_times();
  std::vector<WaitId> due;
  const TimePoint reached = blank + prediction_error;
  for (const auto& [look, id] : book_->looks) {
    if (look > reached)
      break;
    const Wait& wait = book_->waits.at(id);
    if (wait.target <= reached && output_of(wait.surface) == output)
      due.push_back(id);
  }
  end(due);
  arm_times();
}

void UpdatePacer::after_latch(OutputId output) {
  // The blank that it was for turned out to be too early a one.
  if (!book_->asked.empty())
    for (const WaitId id : std::vector(book_->asked.begin(), book_->asked.end()))
      if (Wait& wait = book_->waits.at(id); wait.asked == output)
        see_to(id, wait);
  arm_times();
  if (barriers_.empty())
    return;
  std::vector<SurfaceId> latched;
  for (const auto& [surface, deadline] : barriers_)
    if (output_of(surface) == output)
      latched.push_back(surface);
  clear(latched);
}

void UpdatePacer::times_due() {
  times_armed_.reset();
  std::vector<WaitId> due, asking;
  for (const auto& [look, id] : book_->looks) {
    if (look > now())
      break;
    (book_->waits.at(id).target <= now() ? due : asking).push_back(id);
  }
  for (const WaitId id : asking)
    see_to(id, book_->waits.at(id));
  end(due);
  arm_times();
}

void UpdatePacer::arm_times() {
  if (book_->looks.empty()) {
    if (std::exchange(times_armed_, std::nullopt))
      times_timer_->disarm();
    return;
  }
  const TimePoint first = book_->looks.begin()->first;
  if (std::exchange(times_armed_, first) != first)
    times_timer_->arm(first);
}

void UpdatePacer::surface_changed(Surface& surface) {
  if (!surface.current().fifo_barrier)
    return;
  const TimePoint latest = now() + barrier_patience;
  if (barriers_.try_emplace(surface.id(), latest).second && barriers_.size() == 1)
    barriers_timer_->arm(latest);
}

void UpdatePacer::barriers_due() {
  std::vector<SurfaceId> late;
  for (const auto& [surface, deadline] : barriers_)
    if (deadline <= now())
      late.push_back(surface);
  clear(late);
  std::optional<TimePoint> next;
  for (const auto& [surface, deadline] : barriers_)
    next = std::min(deadline, next.value_or(deadline));
  if (next)
    barriers_timer_->arm(*next);
}

// What is applied then may set the barrier anew: that one is a new one.
void UpdatePacer::clear(const std::vector<SurfaceId>& surfaces) {
  for (const SurfaceId surface : surfaces)
    barriers_.erase(surface);
  if (barriers_.empty() && !surfaces.empty())
    barriers_timer_->disarm();
  for (const SurfaceId surface : surfaces)
    scene_.clear_barrier(surface);
}

} // namespace fenceline
