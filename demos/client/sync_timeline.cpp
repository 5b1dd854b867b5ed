#include "demos/client/sync_timeline.h"

#include <cerrno>
#include <sys/eventfd.h>

#include <xf86drm.h>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

void check(int result, const char* what) {
  if (result != 0)
    fail_errno(what, result < 0 && result != -1 ? -result : errno); // libdrm does both
}

/// A sync object without points: the only kind that sync files go in and out of.
class BinaryObject {
 public:
  explicit BinaryObject(int node) : node_(node) { check(drmSyncobjCreate(node, 0, &handle_), "drmSyncobjCreate"); }
  BinaryObject(const BinaryObject&) = delete;
  BinaryObject& operator=(const BinaryObject&) = delete;
  ~BinaryObject() { drmSyncobjDestroy(node_, handle_); }
  [[nodiscard]] std::uint32_t handle() const { return handle_; }

 private:
  int node_;
  std::uint32_t handle_ = 0;
};

} // namespace

SyncTimeline::SyncTimeline(int drm_node) : node_(drm_node) {
  check(drmSyncobjCreate(node_, 0, &handle_), "drmSyncobjCreate");
}

SyncTimeline::~SyncTimeline() {
  drmSyncobjDestroy(node_, handle_);
}

bool SyncTimeline::supported_by(int drm_node) {
  std::uint64_t has_timelines = 0;
  if (drmGetCap(drm_node, DRM_CAP_SYNCOBJ_TIMELINE, &has_timelines) != 0 || has_timelines == 0)
    return false;
  // The eventfd came later than the timelines, with a kernel that has no bit for it: try.
  try {
    const SyncTimeline probe(drm_node);
    probe.signal(1);
    const UniqueFd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    probe.notify(1, Until::signalled, event.get());
    return true;
  } catch (const Failure&) {
    return false;
  }
}

UniqueFd SyncTimeline::share() const {
  int fd = -1;
  check(drmSyncobjHandleToFD(node_, handle_, &fd), "drmSyncobjHandleToFD");
  return UniqueFd(fd);
}

void SyncTimeline::signal(std::uint64_t point) const {
  check(drmSyncobjTimelineSignal(node_, &handle_, &point, 1), "drmSyncobjTimelineSignal");
}

void SyncTimeline::import_fence(std::uint64_t point, int sync_file) const {
  const BinaryObject binary(node_);
  check(drmSyncobjImportSyncFile(node_, binary.handle(), sync_file), "drmSyncobjImportSyncFile");
  check(drmSyncobjTransfer(node_, handle_, point, binary.handle(), 0, 0), "drmSyncobjTransfer");
}

UniqueFd SyncTimeline::export_fence(std::uint64_t point) const {
  const BinaryObject binary(node_);
  check(drmSyncobjTransfer(node_, binary.handle(), 0, handle_, point, 0), "drmSyncobjTransfer");
  int fd = -1;
  check(drmSyncobjExportSyncFile(node_, binary.handle(), &fd), "drmSyncobjExportSyncFile");
  return UniqueFd(fd);
}

void SyncTimeline::notify(std::uint64_t point, Until until, int event_fd) const {
  const std::uint32_t flags = until == Until::available ? DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE : 0;
  check(drmSyncobjEventfd(node_, handle_, point, event_fd, flags), "drmSyncobjEventfd");
}

} // namespace fenceline::demos
