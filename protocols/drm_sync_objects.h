#pragma once
#include "protocols/sync_objects.h"

namespace fenceline {

/// Sync objects of a DRM device that has DRM_CAP_SYNCOBJ_TIMELINE and DRM_IOCTL_SYNCOBJ_EVENTFD (Linux 6.6).
class DrmSyncObjects final : public SyncObjects {
 public:
  /// `drm_fd` stays the caller's and outlives it. `fence_times`: whether signalled_at asks the kernel, four system
  /// calls a point. An error, which says why, where the device or the kernel can't.
  [[nodiscard]] static Result<std::unique_ptr<DrmSyncObjects>> create(int drm_fd, bool fence_times);
  ~DrmSyncObjects() override;
  DrmSyncObjects(const DrmSyncObjects&) = delete;
  DrmSyncObjects& operator=(const DrmSyncObjects&) = delete;

  [[nodiscard]] Result<std::uint32_t> import(int fd) override;
  void destroy(std::uint32_t handle) override;
  [[nodiscard]] bool signalled(std::uint32_t handle, std::uint64_t point) override;
  [[nodiscard]] bool reached(std::span<const std::uint32_t> handles, std::span<std::uint64_t> points) override;
  [[nodiscard]] Result<void> notify(std::uint32_t handle, std::uint64_t point, int eventfd) override;
  /// Linux 6.5.
  void want_by(std::uint32_t handle, std::uint64_t point, TimePoint when) override;
  [[nodiscard]] bool tells_of_the_past() const override { return tells_of_the_past_; }
  [[nodiscard]] Result<void> signal(std::uint32_t handle, std::uint64_t point) override;
  [[nodiscard]] Result<void> give(std::uint32_t handle, std::uint64_t point, int sync_file) override;
  void forget_points(std::uint32_t handle) override;
  [[nodiscard]] TimePoint signalled_at(std::uint32_t handle, std::uint64_t point) override;

 private:
  DrmSyncObjects(int drm_fd, std::uint32_t scratch) : drm_(drm_fd), scratch_(scratch) {}
  [[nodiscard]] Result<void> learn_stub();
  [[nodiscard]] bool try_the_past();
  void try_deadline();
  /// In one call; false, with errno, where it cannot.
  [[nodiscard]] bool give_at_once(std::uint32_t handle, std::uint64_t point, int sync_file);
  int drm_;
  bool tells_of_the_past_ = false;
  bool tried_deadline_ = false;
  bool takes_deadlines_ = true; ///< Until the kernel says that it does not.
  bool gives_at_once_ = true;   ///< Until the kernel says that it cannot (before Linux 6.16).
  std::uint32_t scratch_; ///< A binary sync object that points are copied to, to ask for their time; 0: they aren't.
  std::uint32_t carrier_ = 0; ///< Of a fence on its way to a point; 0: none was needed yet.
  TimePoint stub_time_;       ///< Of the fence that stands for every point which a CPU signals.
};

} // namespace fenceline
