// The demos' sync objects on the lab's display, and the waiter thread of a CPU device.

#include "demos/client/drm_node.h"
#include "demos/client/failure.h"
#include "demos/client/sync_timeline.h"
#include "demos/spin/completion_waiter.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <gtest/gtest.h>
#include <xf86drm.h>

namespace fenceline::demos {
namespace {

dev_t device_of(const char* path) {
  struct stat status {};
  return stat(path, &status) == 0 ? status.st_rdev : 0;
}

bool fires(int fd, int timeout_ms) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, timeout_ms) == 1;
}

TEST(DrmNode, IsFoundByItsDeviceNumberWithoutTakingTheDisplay) {
  const UniqueFd node = open_drm_node(device_of("/dev/dri/card1"));
  ASSERT_TRUE(node.valid());
  struct stat status {};
  ASSERT_EQ(fstat(node.get(), &status), 0);
  EXPECT_EQ(status.st_rdev, device_of("/dev/dri/card1"));
  // A compositor that starts later must still be able to become the display's master.
  const UniqueFd compositor(open("/dev/dri/card1", O_RDWR | O_CLOEXEC));
  EXPECT_EQ(drmSetMaster(compositor.get()), 0);
}

TEST(DrmNode, ThatIsNotThereIsAFailure) {
  EXPECT_THROW(open_drm_node(makedev(226, 99)), Failure);
}

TEST(SyncTimeline, IsNotSupportedByEveryNode) {
  EXPECT_TRUE(SyncTimeline::supported_by(open_drm_node(device_of("/dev/dri/card1")).get()));
  EXPECT_FALSE(SyncTimeline::supported_by(open_drm_node(device_of("/dev/dri/renderD128")).get())); // vgem
}

TEST(SyncTimeline, TellsWhenAPointIsThereAndWhenItHasSignalled) {
  const UniqueFd node = open_drm_node(device_of("/dev/dri/card1"));
  const SyncTimeline source(node.get());
  const SyncTimeline target(node.get());
  const UniqueFd available(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const UniqueFd signalled(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  target.notify(3, SyncTimeline::Until::available, available.get());
  target.notify(3, SyncTimeline::Until::signalled, signalled.get());
  EXPECT_FALSE(fires(available.get(), 50));
  EXPECT_FALSE(fires(signalled.get(), 0));

  source.signal(7);
  const UniqueFd fence = source.export_fence(7);
  ASSERT_TRUE(fence.valid());
  target.import_fence(3, fence.get());
  EXPECT_TRUE(fires(available.get(), 10'000));
  EXPECT_TRUE(fires(signalled.get(), 10'000));
  EXPECT_THROW((void)target.export_fence(9), Failure); // no such point yet
}

TEST(CompletionWaiter, SignalsEachPointWhenItsDrawingIsDone) {
  const UniqueFd node = open_drm_node(device_of("/dev/dri/card1"));
  const SyncTimeline timeline(node.get());
  const Gpu gpu(std::nullopt);
  ASSERT_TRUE(gpu.exports_dmabuf());
  const auto modifiers = gpu.renderable_modifiers(read_format);
  ASSERT_FALSE(modifiers.empty());
  FrameRenderer renderer(gpu, {}, 2);
  const TargetImage images[] = {TargetImage::for_sharing(gpu, {640, 480}, read_format, modifiers),
                                TargetImage::for_sharing(gpu, {640, 480}, read_format, modifiers)};
  const UniqueFd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE));
  constexpr std::uint64_t points = 6;
  for (std::uint64_t point = 1; point <= points; ++point)
    timeline.notify(point, SyncTimeline::Until::signalled, event.get());
  {
    CompletionWaiter waiter(renderer, timeline);
    for (std::uint64_t point = 1; point <= points; ++point) {
      const int slot = static_cast<int>(point % 2);
      const auto drawing = renderer.draw(images[slot], slot, static_cast<std::uint32_t>(point), UniqueFd(), false);
      waiter.signal_when_done(drawing.value, point);
    }
    waiter.check();
  }
  for (std::uint64_t point = 1; point <= points; ++point) {
    ASSERT_TRUE(fires(event.get(), 10'000)) << "only " << point - 1 << " points signalled";
    eventfd_t count = 0;
    ASSERT_EQ(eventfd_read(event.get(), &count), 0);
  }
}

} // namespace
} // namespace fenceline::demos
