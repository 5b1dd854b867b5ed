#include "compositor/scene/callback_pacer.h"

#include <algorithm>
#include <utility>

namespace fenceline {

Result<std::unique_ptr<CallbackPacer>> CallbackPacer::create(EventLoop& loop, Scene& scene) {
  std::unique_ptr<CallbackPacer> pacer(new CallbackPacer(loop, scene));
  auto timer = loop.make_timer([raw = pacer.get()] { raw->due(); });
  if (!timer)
    return timer.error();
  pacer->timer_ = std::move(*timer);
  auto unseen = loop.make_timer([raw = pacer.get()] { raw->look_for_unseen(); });
  if (!unseen)
    return unseen.error();
  pacer->unseen_timer_ = std::move(*unseen);
  return pacer;
}

CallbackPacer::CallbackPacer(EventLoop& loop, Scene& scene) : loop_(loop), scene_(scene) {
  scene_.add_listener(*this);
}

CallbackPacer::~CallbackPacer() {
  scene_.remove_listener(*this);
}

void CallbackPacer::shown(OutputId output, SurfaceId surface, bool seen, Callbacks callbacks, TimePoint flip) {
  if (callbacks.empty())
    return;
  Held held{.due = flip,
            .output = output,
            .surface = surface,
            .callbacks = std::move(callbacks),
            .flip = flip,
            .aimed = std::nullopt};
  const auto pace = paces_.find(surface);
  if (!seen) {
    held.due = flip + hidden_pause;
    return hold(std::move(held));
  }
  const auto lead = pace != paces_.end() && late_ && outputs_ != nullptr ? pace->second.time.lead() : std::nullopt;
  if (!lead)
    return tell(std::move(held));
  const TimePoint latch = outputs_->next_latch(output);
  if (latch - *lead < now() + least_gain)
    return tell(std::move(held));
  held.due = latch - *lead;
  held.aimed = latch;
  hold(std::move(held));
}

void CallbackPacer::hold(Held held) {
  held_.push_back(std::move(held));
  arm();
}

void CallbackPacer::tell(Held held) {
  if (const Surface* surface = scene_.find(held.surface)) {
    Pace& pace = paces_[held.surface];
    pace.told = now();
    pace.ready.reset();
    pace.aimed = held.aimed;
    scene_.observer().record({.kind = FrameEventKind::Cue,
                              .client = surface->client(),
                              .surface = held.surface,
                              .output = held.output,
                              .commit = surface->current().commit,
                              .value = static_cast<std::uint64_t>((*pace.told - held.flip).count()),
                              .time = held.aimed.value_or(TimePoint{})});
  }
  for (const auto& callback : held.callbacks)
    callback->done(held.flip);
}

void CallbackPacer::due() {
  armed_.reset();
  const TimePoint by = now() + std::chrono::microseconds(50);
  const auto first =
      std::stable_partition(held_.begin(), held_.end(), [by](const Held& held) { return held.due > by; });
  // Whoever is told may cause whatever he likes.
  std::vector<Held> told(std::make_move_iterator(first), std::make_move_iterator(held_.end()));
  held_.erase(first, held_.end());
  for (Held& held : told)
    tell(std::move(held));
  arm();
}

void CallbackPacer::arm() {
  if (held_.empty())
    return;
  const auto first = std::min_element(held_.begin(), held_.end(),
                                      [](const Held& a, const Held& b) { return a.due < b.due; });
  if (armed_ && *armed_ <= first->due)
    return;
  armed_ = first->due;
  timer_->arm(first->due);
}

void CallbackPacer::content_committed(const Surface& surface) {
  const auto found = paces_.find(surface.id());
  if (found != paces_.end() && found->second.told && !found->second.ready)
    found->second.ready = now();
}

void CallbackPacer::fence_signalled(const Surface& surface, TimePoint when) {
  const auto found = paces_.find(surface.id());
  if (found != paces_.end() && found->second.ready)
    found->second.ready = std::max(*found->second.ready, when);
}

void CallbackPacer::latched(const Surface& surface) {
  std::erase_if(unlatched_, [&surface](const Unlatched& entry) { return entry.surface == surface.id(); });
  const auto found = paces_.find(surface.id());
  if (found == paces_.end() || !found->second.ready)
    return;
  Pace& pace = found->second;
  pace.time.drew(*pace.ready - *pace.told);
  // A latch is late by little where the wake was, or where it was hurried, and by a frame where the content was late. So
  // it is where the session itself was; who it was cannot be told of fences without a stamp.
  if (pace.aimed && now() < *pace.aimed + std::chrono::milliseconds(2)) {
    pace.unexplained -= std::min(pace.unexplained, 1U);
    pace.time.came(true);
  } else if (pace.aimed && (*pace.ready > *pace.aimed || (pace.unexplained += once_late) >= many_late)) {
    pace.unexplained = 0;
    pace.time.came(false);
  }
  pace.told.reset();
  pace.ready.reset();
  pace.aimed.reset();
}

void CallbackPacer::surface_changed(Surface& surface) {
  if (surface.current().callbacks.empty() || !surface.current().mapped())
    return;
  const auto known = [&surface](const Unlatched& entry) { return entry.surface == surface.id(); };
  if (std::none_of(unlatched_.begin(), unlatched_.end(), known))
    unlatched_.push_back({.surface = surface.id()});
  if (!std::exchange(looks_, true))
    unseen_timer_->arm(now() + unseen_pause);
}

void CallbackPacer::surface_gone(SurfaceId surface) {
  paces_.erase(surface);
  std::erase_if(unlatched_, [surface](const Unlatched& entry) { return entry.surface == surface; });
}

// What is on an output that is off or hangs waits for that.
void CallbackPacer::look_for_unseen() {
  looks_ = false;
  const auto unseen = [this](const Unlatched& entry) {
    return entry.late && (outputs_ == nullptr || outputs_->outputs_of(entry.surface).empty());
  };
  std::vector<Held> told;
  for (Unlatched& entry : unlatched_) {
    if (Surface* surface = unseen(entry) ? scene_.find(entry.surface) : nullptr)
      told.push_back({.due = now(),
                      .output = {},
                      .surface = entry.surface,
                      .callbacks = scene_.take_callbacks(*surface),
                      .flip = now(),
                      .aimed = std::nullopt});
    entry.late = true;
  }
  std::erase_if(unlatched_, [&told](const Unlatched& entry) {
    return std::any_of(told.begin(), told.end(), [&entry](const Held& held) { return held.surface == entry.surface; });
  });
  if (!unlatched_.empty() && !std::exchange(looks_, true))
    unseen_timer_->arm(now() + unseen_pause);
  // Whoever is told may cause whatever he likes.
  for (Held& held : told)
    tell(std::move(held));
}

} // namespace fenceline
