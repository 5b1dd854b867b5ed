#pragma once
#include <chrono>
#include <functional>
#include <memory>

#include "compositor/base/event_loop.h"
#include "compositor/scene/scene.h"

namespace fenceline {

/// Waits for clients' fences no longer than a limit: a fence that never signals holds up its own update, and for no
/// longer than that what its client commits after it. Main thread.
class FencePatience final : public SceneListener {
 public:
  using Tell = std::function<void(const Scene::OverdueFence&)>;
  static constexpr Nanoseconds usual = std::chrono::seconds(5);

  /// `limit`: by up to a fifth of it later. `tell`: of each update that is not waited for any longer.
  [[nodiscard]] static Result<std::unique_ptr<FencePatience>> create(EventLoop& loop, Scene& scene, Nanoseconds limit,
                                                                     Tell tell);
  FencePatience(const FencePatience&) = delete;
  FencePatience& operator=(const FencePatience&) = delete;
  ~FencePatience() override;

  void surface_changed(Surface&) override {}
  void surface_gone(SurfaceId) override {}
  void fence_pending() override { arm(); }

 private:
  static constexpr unsigned ticks = 5;
  FencePatience(EventLoop& loop, Scene& scene, Nanoseconds limit, Tell tell);
  void arm();
  void tick();

  EventLoop& loop_;
  Scene& scene_;
  Nanoseconds limit_;
  Tell tell_;
  std::unique_ptr<Timer> timer_; ///< Armed once for many frames: a timer a frame would cost a system call each.
  bool armed_ = false;
};

} // namespace fenceline
