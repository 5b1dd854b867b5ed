#pragma once

#include <cstdint>

#include "demos/client/unique_fd.h"

namespace fenceline::demos {

/// A timeline sync object on a DRM node, which has to outlive it. Calls throw where the kernel refuses.
class SyncTimeline {
 public:
  explicit SyncTimeline(int drm_node);
  SyncTimeline(const SyncTimeline&) = delete;
  SyncTimeline& operator=(const SyncTimeline&) = delete;
  ~SyncTimeline();

  /// Whether the node can do all of this.
  static bool supported_by(int drm_node);

  /// A descriptor of the object, to hand to another process.
  [[nodiscard]] UniqueFd share() const;
  /// Signals a point from the CPU. Points must grow. May be called on any thread.
  void signal(std::uint64_t point) const;
  /// The point signals when the sync file does.
  void import_fence(std::uint64_t point, int sync_file) const;
  /// A sync file of a point that exists, signalled or not.
  [[nodiscard]] UniqueFd export_fence(std::uint64_t point) const;

  enum class Until {
    available, // the point has a fence
    signalled, // and that has signalled
  };
  /// Writes to the eventfd once, then or at once.
  void notify(std::uint64_t point, Until until, int event_fd) const;

 private:
  int node_;
  std::uint32_t handle_ = 0;
};

} // namespace fenceline::demos
