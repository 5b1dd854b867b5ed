#include "compositor/scene/fence_patience.h"

#include <utility>

namespace fenceline {

Result<std::unique_ptr<FencePatience>> FencePatience::create(EventLoop& loop, Scene& scene, Nanoseconds limit,
                                                             Tell tell) {
  std::unique_ptr<FencePatience> patience(new FencePatience(loop, scene, limit, std::move(tell)));
  auto timer = loop.make_timer([raw = patience.get()] { raw->tick(); });
  if (!timer)
    return timer.error();
  patience->timer_ = std::move(*timer);
  return patience;
}

FencePatience::FencePatience(EventLoop& loop, Scene& scene, Nanoseconds limit, Tell tell)
    : loop_(loop), scene_(scene), limit_(limit), tell_(std::move(tell)) {
  scene_.add_listener(*this);
}

FencePatience::~FencePatience() {
  scene_.remove_listener(*this);
}

void FencePatience::arm() {
  if (!std::exchange(armed_, true))
    timer_->arm(loop_.clock().now() + limit_ / ticks);
}

void FencePatience::tick() {
  armed_ = false;
  // The first tick of an update comes at any time within its first interval.
  const Scene::FenceWaits waits = scene_.age_fences(ticks + 1);
  if (waits.any)
    arm();
  for (const Scene::OverdueFence& late : waits.overdue)
    tell_(late);
}

} // namespace fenceline
