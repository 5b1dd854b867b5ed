#include "protocols/drm_sync_objects.h"

#include <sys/eventfd.h>
#include <unistd.h>
#include <xf86drm.h>

#include <algorithm>
#include <cerrno>

#include "compositor/base/fd.h"
#include "compositor/base/sync_file.h"

namespace fenceline {

Result<std::unique_ptr<DrmSyncObjects>> DrmSyncObjects::create(int drm_fd, bool fence_times) {
  std::uint64_t timelines = 0;
  if (drmGetCap(drm_fd, DRM_CAP_SYNCOBJ_TIMELINE, &timelines) != 0 || timelines == 0)
    return Error{"the display's driver has no timeline sync objects", 0};
  std::uint32_t scratch = 0;
  if (drmSyncobjCreate(drm_fd, 0, &scratch) != 0)
    return Error::from_errno("cannot make a sync object");
  std::unique_ptr<DrmSyncObjects> objects(new DrmSyncObjects(drm_fd, scratch));
  // Registering on a point of an empty object is what a late acquire point does.
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid())
    return Error::from_errno("cannot make an eventfd");
  if (drmSyncobjEventfd(drm_fd, scratch, 1, event.get(), 0) != 0)
    return Error::from_errno("the kernel can't tell of sync objects by eventfd (Linux 6.6 can)");
  // A fresh one: the probe's wait goes with the old one.
  drmSyncobjDestroy(drm_fd, scratch);
  objects->scratch_ = 0;
  objects->tells_of_the_past_ = objects->try_the_past();
  if (fence_times)
    if (auto learned = objects->learn_stub(); !learned)
      return learned.error();
  return objects;
}

// The first kernels with eventfds (6.6, 6.7) forget whoever asks for a point that a later one has overtaken.
bool DrmSyncObjects::try_the_past() {
  std::uint32_t probe = 0;
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event.valid() || drmSyncobjCreate(drm_, 0, &probe) != 0)
    return false;
  std::uint64_t count = 0;
  const bool told = signal(probe, 1) && signal(probe, 2) && notify(probe, 1, event.get()) &&
                    ::read(event.get(), &count, sizeof count) == sizeof count;
  drmSyncobjDestroy(drm_, probe);
  return told;
}

Result<void> DrmSyncObjects::learn_stub() {
  // All points that are signalled by the CPU share one fence of the kernel's, which signalled at the boot. Its name
  // gives it away on older kernels alone: newer ones do not tell the name of a signalled fence.
  std::uint32_t probe = 0;
  if (drmSyncobjCreate(drm_, 0, &scratch_) != 0 || drmSyncobjCreate(drm_, 0, &probe) != 0)
    return Error::from_errno("cannot make a sync object");
  if (signal(probe, 1))
    stub_time_ = signalled_at(probe, 1);
  drmSyncobjDestroy(drm_, probe);
  return {};
}

DrmSyncObjects::~DrmSyncObjects() {
  for (const std::uint32_t own : {scratch_, carrier_})
    if (own != 0)
      drmSyncobjDestroy(drm_, own);
}

Result<std::uint32_t> DrmSyncObjects::import(int fd) {
  std::uint32_t handle = 0;
  if (drmSyncobjFDToHandle(drm_, fd, &handle) != 0)
    return Error::from_errno("cannot import a sync object");
  return handle;
}

void DrmSyncObjects::destroy(std::uint32_t handle) {
  drmSyncobjDestroy(drm_, handle);
}

bool DrmSyncObjects::signalled(std::uint32_t handle, std::uint64_t point) {
  // A timeout of 0 is long past: it looks and does not wait. A point that does not exist yet is EINVAL.
  return drmSyncobjTimelineWait(drm_, &handle, &point, 1, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, nullptr) == 0;
}

bool DrmSyncObjects::reached(std::span<const std::uint32_t> handles, std::span<std::uint64_t> points) {
  // libdrm's prototype is older than const.
  return drmSyncobjQuery(drm_, const_cast<std::uint32_t*>(handles.data()), points.data(),
                         static_cast<std::uint32_t>(handles.size())) == 0;
}

Result<void> DrmSyncObjects::notify(std::uint32_t handle, std::uint64_t point, int eventfd) {
  if (drmSyncobjEventfd(drm_, handle, point, eventfd, 0) != 0)
    return Error::from_errno("cannot wait for a point of a sync object");
  return {};
}

void DrmSyncObjects::want_by(std::uint32_t handle, std::uint64_t point, TimePoint when) {
  if (!takes_deadlines_)
    return;
  drm_syncobj_timeline_wait request{};
  request.handles = reinterpret_cast<std::uint64_t>(&handle);
  request.points = reinterpret_cast<std::uint64_t>(&point);
  request.count_handles = 1;
  request.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_DEADLINE;
  request.deadline_nsec = static_cast<std::uint64_t>(std::max<std::int64_t>(when.ns, 0));
  // It waits for nothing: the timeout is long past. A point without a fence is EINVAL, too.
  if (drmIoctl(drm_, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &request) != 0 && errno == EINVAL && !tried_deadline_)
    try_deadline();
}

/// Whether the kernel knows the flag, by a point that has signalled.
void DrmSyncObjects::try_deadline() {
  tried_deadline_ = true;
  std::uint32_t probe = 0;
  if (drmSyncobjCreate(drm_, 0, &probe) != 0)
    return;
  std::uint64_t point = 1;
  drm_syncobj_timeline_wait request{};
  request.handles = reinterpret_cast<std::uint64_t>(&probe);
  request.points = reinterpret_cast<std::uint64_t>(&point);
  request.count_handles = 1;
  request.flags = DRM_SYNCOBJ_WAIT_FLAGS_WAIT_DEADLINE;
  if (signal(probe, point) && drmIoctl(drm_, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &request) != 0)
    takes_deadlines_ = false;
  drmSyncobjDestroy(drm_, probe);
}

Result<void> DrmSyncObjects::signal(std::uint32_t handle, std::uint64_t point) {
  if (drmSyncobjTimelineSignal(drm_, &handle, &point, 1) != 0)
    return Error::from_errno("cannot signal a point of a sync object");
  return {};
}

bool DrmSyncObjects::give_at_once(std::uint32_t handle, std::uint64_t point, int sync_file) {
  // As in Linux 6.16's drm.h; older kernels know neither the flag nor the last member.
  struct ImportAtPoint {
    std::uint32_t handle, flags;
    std::int32_t fd;
    std::uint32_t pad;
    std::uint64_t point;
  };
  constexpr std::uint32_t at_a_point = 1U << 1U;
  ImportAtPoint request{handle, DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE | at_a_point, sync_file, 0, point};
  return drmIoctl(drm_, DRM_IOWR(0xC2, ImportAtPoint), &request) == 0;
}

Result<void> DrmSyncObjects::give(std::uint32_t handle, std::uint64_t point, int sync_file) {
  if (gives_at_once_) {
    if (give_at_once(handle, point, sync_file))
      return {};
    // Other errors are of the moment, or would be the other way's, too.
    gives_at_once_ = errno != EINVAL && errno != ENOTTY && errno != EOPNOTSUPP;
  }
  // Sync files go into sync objects without points only.
  if (carrier_ == 0 && drmSyncobjCreate(drm_, 0, &carrier_) != 0)
    return Error::from_errno("cannot make a sync object");
  if (drmSyncobjImportSyncFile(drm_, carrier_, sync_file) != 0 ||
      drmSyncobjTransfer(drm_, handle, point, carrier_, 0, 0) != 0)
    return Error::from_errno("cannot give a fence to a point of a sync object");
  return {};
}

void DrmSyncObjects::forget_points(std::uint32_t handle) {
  drmSyncobjReset(drm_, &handle, 1);
}

TimePoint DrmSyncObjects::signalled_at(std::uint32_t handle, std::uint64_t point) {
  if (scratch_ == 0)
    return {};
  const TimePoint before = MonotonicClock().now();
  int raw = -1;
  if (drmSyncobjTransfer(drm_, scratch_, 0, handle, point, 0) != 0 ||
      drmSyncobjExportSyncFile(drm_, scratch_, &raw) != 0)
    return {};
  const UniqueFd file(raw);
  const TimePoint time = sync_file_signal_time(file.get());
  // The kernel forgets the fences of points that newer ones have overtaken, and answers with a new one, signalled now.
  return time < before && time != stub_time_ ? time : TimePoint{};
}

} // namespace fenceline
