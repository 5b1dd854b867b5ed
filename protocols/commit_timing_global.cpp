#include "protocols/commit_timing_global.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "commit-timing-v1-server-protocol.h"
#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

constexpr std::uint32_t nanoseconds_per_second = 1'000'000'000;
/// What is later than this counts as this: 146 years, in which sums with a display's times do not overflow.
constexpr std::uint64_t last_second = (std::uint64_t{1} << 62U) / nanoseconds_per_second;

/// wp_commit_timer_v1. The time that it sets is the surface's: it stays when the timer goes.
class CommitTimer final : public wl::Resource<CommitTimer>, public CommitExtension {
 public:
  CommitTimer(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface, UpdatePacer& pacer)
      : Resource(client, version, id), surface_(&surface), pacer_(pacer) {
    surface.add_extension(*this);
  }
  ~CommitTimer() override {
    if (surface_)
      surface_->remove_extension(*this);
  }
  static const wl_interface& interface() { return wp_commit_timer_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  void set_timestamp(std::uint32_t seconds_high, std::uint32_t seconds_low, std::uint32_t nanoseconds) {
    if (!surface_)
      return post_error(WP_COMMIT_TIMER_V1_ERROR_SURFACE_DESTROYED, "the wl_surface is gone");
    if (nanoseconds >= nanoseconds_per_second)
      return post_error(WP_COMMIT_TIMER_V1_ERROR_INVALID_TIMESTAMP, "{} nanoseconds are a second or more", nanoseconds);
    SurfacePatch& pending = surface_->surface().pending();
    if (pending.time)
      return post_error(WP_COMMIT_TIMER_V1_ERROR_TIMESTAMP_EXISTS,
                        "the next commit of wl_surface {} has a time already", surface_->object_id());
    const std::uint64_t seconds = std::min((std::uint64_t{seconds_high} << 32U) | seconds_low, last_second);
    pending.time = pacer_.not_before(
        surface_->surface_id(), TimePoint{static_cast<std::int64_t>(seconds * nanoseconds_per_second + nanoseconds)});
  }

  static const struct wp_commit_timer_v1_interface requests;
  SurfaceResource* surface_;
  UpdatePacer& pacer_;
};

const struct wp_commit_timer_v1_interface CommitTimer::requests = {
    .set_timestamp = wl::thunk<&CommitTimer::set_timestamp>,
    .destroy = wl::destroy,
};

class CommitTimingManager final : public wl::Resource<CommitTimingManager> {
 public:
  CommitTimingManager(wl_client* client, std::uint32_t version, wl::NewId id, UpdatePacer& pacer)
      : Resource(client, version, id), pacer_(pacer) {}
  static const wl_interface& interface() { return wp_commit_timing_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_timer(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<CommitTimer>())
      return post_error(WP_COMMIT_TIMING_MANAGER_V1_ERROR_COMMIT_TIMER_EXISTS,
                        "wl_surface {} has a commit timer already", surface->object_id());
    new CommitTimer(client(), version(), id, *surface, pacer_);
  }
  static const struct wp_commit_timing_manager_v1_interface requests;
  UpdatePacer& pacer_;
};

const struct wp_commit_timing_manager_v1_interface CommitTimingManager::requests = {
    .destroy = wl::destroy,
    .get_timer = wl::thunk<&CommitTimingManager::get_timer>,
};

} // namespace

CommitTimingGlobal::CommitTimingGlobal(wl::Display& display, UpdatePacer& pacer)
    : global_(display, wp_commit_timing_manager_v1_interface, 1, wl::binds<CommitTimingManager>(pacer)) {}

} // namespace fenceline
