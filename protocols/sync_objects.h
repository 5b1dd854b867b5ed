#pragma once
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "compositor/base/clock.h"
#include "compositor/base/result.h"

namespace fenceline {

/// The kernel's timeline sync objects, as far as they are used. Handles are the DRM descriptor's. Nothing waits.
class SyncObjects {
 public:
  virtual ~SyncObjects() = default;
  /// Takes a sync object over from its descriptor, which stays the caller's.
  [[nodiscard]] virtual Result<std::uint32_t> import(int fd) = 0;
  virtual void destroy(std::uint32_t handle) = 0;
  /// Whether the point, and so all before it, has signalled. False also for a point that does not exist yet.
  [[nodiscard]] virtual bool signalled(std::uint32_t handle, std::uint64_t point) = 0;
  /// The last point of each timeline that has signalled, all in one call; 0: none has. Both spans are of one length.
  /// False: the kernel had no memory to tell.
  [[nodiscard]] virtual bool reached(std::span<const std::uint32_t> handles, std::span<std::uint64_t> points) = 0;
  /// Makes an eventfd readable when the point has signalled, also when it does not exist yet.
  [[nodiscard]] virtual Result<void> notify(std::uint32_t handle, std::uint64_t point, int eventfd) = 0;
  /// Whether notify() tells of points that had signalled, and were overtaken, before it was called.
  [[nodiscard]] virtual bool tells_of_the_past() const { return true; }
  /// Tells the driver of the point's fence when it is wanted (a fence deadline): a device may run faster for it. Of no
  /// effect where there is no fence yet, or nobody who listens.
  virtual void want_by(std::uint32_t /*handle*/, std::uint64_t /*point*/, TimePoint /*when*/) {}
  [[nodiscard]] virtual Result<void> signal(std::uint32_t handle, std::uint64_t point) = 0;
  /// The point becomes that sync file: it signals with it.
  [[nodiscard]] virtual Result<void> give(std::uint32_t /*handle*/, std::uint64_t /*point*/, int /*sync_file*/) {
    return Error{"these sync objects take no fences", ENOTSUP};
  }
  /// Forgets all points of the timeline: who asks for one from now on does not wait for the fences that they had.
  virtual void forget_points(std::uint32_t /*handle*/) {}
  /// When a signalled point's fence signalled (CLOCK_MONOTONIC); 0 when that can't be told.
  [[nodiscard]] virtual TimePoint signalled_at(std::uint32_t handle, std::uint64_t point) = 0;
};

class PointWait;

/// What waits for points of a timeline, in PointWaits' hands.
struct TimelineWaits {
  std::vector<PointWait*> list; ///< Those that the kernel tells of, in no order.
  std::size_t place = 0;        ///< Of the timeline, among those with such.
};

/// A client's timeline. Shared by its resource and by the points of commits.
class SyncTimeline {
 public:
  SyncTimeline(SyncObjects& objects, std::uint32_t handle) : objects_(objects), handle_(handle) {}
  SyncTimeline(const SyncTimeline&) = delete;
  SyncTimeline& operator=(const SyncTimeline&) = delete;
  ~SyncTimeline() { objects_.destroy(handle_); }

  [[nodiscard]] std::uint32_t handle() const { return handle_; }
  [[nodiscard]] TimelineWaits& waits() { return waits_; }
  [[nodiscard]] bool signalled(std::uint64_t point) const { return objects_.signalled(handle_, point); }
  [[nodiscard]] Result<void> notify(std::uint64_t point, int eventfd) const {
    return objects_.notify(handle_, point, eventfd);
  }
  void want_by(std::uint64_t point, TimePoint when) const { objects_.want_by(handle_, point, when); }
  Result<void> signal(std::uint64_t point) const { return objects_.signal(handle_, point); }
  /// See SyncObjects::give. Not where the client's own points are there too, which forget_points() would take away.
  Result<void> give(std::uint64_t point, int sync_file) const {
    if (acquires_)
      return Error{"the timeline has acquire points", EINVAL};
    return objects_.give(handle_, point, sync_file);
  }
  /// A point of it is an acquire point.
  void acquires() const { acquires_ = true; }
  void forget_points() const { objects_.forget_points(handle_); }
  /// See SyncObjects::signalled_at. Asking costs five system calls a frame: a timeline whose points tell nothing (a
  /// client on a CPU device signals them itself) is asked ever more rarely.
  [[nodiscard]] TimePoint signalled_at(std::uint64_t point) const {
    constexpr std::uint32_t patience = 8, then_every = 128;
    if (untold_ >= patience && ++untold_ % then_every != 0)
      return {};
    const TimePoint time = objects_.signalled_at(handle_, point);
    untold_ = time == TimePoint{} ? untold_ + 1 : 0;
    return time;
  }

 private:
  SyncObjects& objects_;
  std::uint32_t handle_;
  TimelineWaits waits_;
  mutable bool acquires_ = false;
  mutable std::uint32_t untold_ = 0; ///< Points in a row without a time.
};

/// A point of a timeline.
struct SyncPoint {
  std::shared_ptr<SyncTimeline> timeline;
  std::uint64_t point = 0;
};

} // namespace fenceline
