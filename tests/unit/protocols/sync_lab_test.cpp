// Sync objects and implicit fences of the lab's own kernel: what the fakes of the other tests stand for.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/dma-buf.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include <array>
#include <memory>
#include <vector>

#include "compositor/base/epoll_loop.h"
#include "protocols/dmabuf_buffer.h"
#include "protocols/drm_sync_objects.h"

namespace fenceline {
namespace {

bool readable(int fd, int wait_ms = 0) {
  pollfd state{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, wait_ms) > 0;
}

/// The kernel's test timeline of software fences (drivers/dma-buf/sw_sync.c).
class SwSync {
 public:
  SwSync() : fd_(::open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC)) {}
  [[nodiscard]] bool valid() const { return fd_.valid(); }
  [[nodiscard]] UniqueFd fence(std::uint32_t value) const {
    struct {
      std::uint32_t value;
      char name[32];
      std::int32_t fence;
    } request{value, "writer", -1};
    if (::ioctl(fd_.get(), _IOC(_IOC_READ | _IOC_WRITE, 'W', 0, sizeof request), &request) != 0)
      return {};
    return UniqueFd(request.fence);
  }
  /// What the fence's timeline was told as its deadline, ns; 0: nothing.
  [[nodiscard]] std::uint64_t deadline(const UniqueFd& fence) const {
    struct {
      std::uint64_t deadline;
      std::uint32_t pad;
      std::int32_t fence;
    } request{0, 0, fence.get()};
    return ::ioctl(fd_.get(), _IOC(_IOC_READ | _IOC_WRITE, 'W', 2, sizeof request), &request) == 0 ? request.deadline
                                                                                                   : 0;
  }
  void advance(std::uint32_t by) const { EXPECT_EQ(0, ::ioctl(fd_.get(), _IOW('W', 1, std::uint32_t), &by)); }

 private:
  UniqueFd fd_;
};

/// Ours is one open file of the device, the client's another: only descriptors of sync objects go between them.
class SyncLab : public testing::Test {
 protected:
  void SetUp() override {
    ours_ = UniqueFd(::open("/dev/dri/card1", O_RDWR | O_CLOEXEC));
    client_ = UniqueFd(::open("/dev/dri/card1", O_RDWR | O_CLOEXEC));
    ASSERT_TRUE(ours_.valid() && client_.valid());
    auto objects = DrmSyncObjects::create(ours_.get(), true);
    ASSERT_TRUE(objects) << objects.error().text();
    objects_ = std::move(*objects);
    ASSERT_EQ(0, drmSyncobjCreate(client_.get(), 0, &theirs_));
    int fd = -1;
    ASSERT_EQ(0, drmSyncobjHandleToFD(client_.get(), theirs_, &fd));
    const UniqueFd sent(fd);
    auto handle = objects_->import(sent.get());
    ASSERT_TRUE(handle) << handle.error().text();
    timeline_ = std::make_unique<SyncTimeline>(*objects_, *handle);
  }
  void client_signals(std::uint64_t point) {
    ASSERT_EQ(0, drmSyncobjTimelineSignal(client_.get(), &theirs_, &point, 1));
  }
  UniqueFd ours_, client_;
  std::unique_ptr<DrmSyncObjects> objects_;
  std::uint32_t theirs_ = 0;
  std::unique_ptr<SyncTimeline> timeline_;
};

TEST_F(SyncLab, ADescriptorOfAnotherKindIsNotImported) {
  const UniqueFd fd(::eventfd(0, EFD_CLOEXEC));
  EXPECT_FALSE(objects_->import(fd.get()));
}

TEST_F(SyncLab, APointThatDoesNotExistYetIsWaitedFor) {
  EXPECT_FALSE(timeline_->signalled(5));
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  ASSERT_TRUE(timeline_->notify(5, event.get()));
  EXPECT_FALSE(readable(event.get()));
  client_signals(4);
  EXPECT_FALSE(readable(event.get()));
  EXPECT_FALSE(timeline_->signalled(5));
  EXPECT_TRUE(timeline_->signalled(4));
  client_signals(5);
  EXPECT_TRUE(readable(event.get()));
  EXPECT_TRUE(timeline_->signalled(5));
}

TEST_F(SyncLab, APointThatHasSignalledIsToldAtOnce) {
  client_signals(5);
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  ASSERT_TRUE(timeline_->notify(5, event.get()));
  EXPECT_TRUE(readable(event.get()));
}

TEST_F(SyncLab, AReleasePointReachesTheClient) {
  std::uint64_t point = 7;
  EXPECT_NE(0, drmSyncobjTimelineWait(client_.get(), &theirs_, &point, 1, 0, 0, nullptr));
  ASSERT_TRUE(timeline_->signal(7));
  EXPECT_EQ(0, drmSyncobjTimelineWait(client_.get(), &theirs_, &point, 1, 0, 0, nullptr));
}

TEST_F(SyncLab, TheFencesOwnTimeIsTold) {
  // A point as a GPU makes it: with a fence of its own.
  const SwSync gpu;
  ASSERT_TRUE(gpu.valid()) << "no sw_sync: is debugfs mounted?";
  std::uint32_t binary = 0;
  ASSERT_EQ(0, drmSyncobjCreate(client_.get(), 0, &binary));
  ASSERT_EQ(0, drmSyncobjImportSyncFile(client_.get(), binary, gpu.fence(1).get()));
  ASSERT_EQ(0, drmSyncobjTransfer(client_.get(), theirs_, 5, binary, 0, 0));
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  ASSERT_TRUE(timeline_->notify(5, event.get()));
  EXPECT_FALSE(readable(event.get()));
  EXPECT_EQ(TimePoint{}, timeline_->signalled_at(5));
  const MonotonicClock clock;
  const TimePoint before = clock.now();
  gpu.advance(1);
  const TimePoint after = clock.now();
  // The point's own fence follows the writer's from the kernel's deferred work.
  EXPECT_TRUE(readable(event.get(), 10'000));
  const TimePoint told = timeline_->signalled_at(5);
  EXPECT_GE(told, before);
  EXPECT_LE(told, after);
  EXPECT_EQ(told, timeline_->signalled_at(5)) << "asked again it is the same";
}

TEST_F(SyncLab, TheDriverOfAPointsFenceIsToldWhenItIsWanted) {
  const SwSync gpu;
  ASSERT_TRUE(gpu.valid()) << "no sw_sync: is debugfs mounted?";
  const UniqueFd fence = gpu.fence(1);
  std::uint32_t binary = 0;
  ASSERT_EQ(0, drmSyncobjCreate(client_.get(), 0, &binary));
  ASSERT_EQ(0, drmSyncobjImportSyncFile(client_.get(), binary, fence.get()));
  timeline_->want_by(5, {4'000'000'000'000}); // There is no such point yet.
  ASSERT_EQ(0, drmSyncobjTransfer(client_.get(), theirs_, 5, binary, 0, 0));
  EXPECT_EQ(gpu.deadline(fence), 0U);
  timeline_->want_by(5, {4'000'000'000'000});
  EXPECT_EQ(gpu.deadline(fence), 4'000'000'000'000U);
  timeline_->want_by(5, {3'000'000'000'000});
  EXPECT_EQ(gpu.deadline(fence), 3'000'000'000'000U) << "the earliest counts";
}

TEST_F(SyncLab, APointThatTheCpuSignalledHasNoTime) {
  client_signals(5);
  EXPECT_EQ(TimePoint{}, timeline_->signalled_at(5));
}

TEST_F(SyncLab, APointThatHasNotSignalledHasNoTime) {
  EXPECT_EQ(TimePoint{}, timeline_->signalled_at(5));
}

TEST_F(SyncLab, WithoutFenceTimesNothingIsAsked) {
  auto quiet = DrmSyncObjects::create(ours_.get(), false);
  ASSERT_TRUE(quiet);
  client_signals(5);
  int fd = -1;
  ASSERT_EQ(0, drmSyncobjHandleToFD(client_.get(), theirs_, &fd));
  const UniqueFd sent(fd);
  auto handle = (*quiet)->import(sent.get());
  ASSERT_TRUE(handle);
  EXPECT_EQ(TimePoint{}, (*quiet)->signalled_at(*handle, 5));
  (*quiet)->destroy(*handle);
}

// Implicit fences.

class NoImporter final : public BufferImporter {
 public:
  [[nodiscard]] Result<void> import_dmabuf(BufferId, const DmabufAttributes&) override { return {}; }
  void forget_buffer(BufferId) override {}
};

UniqueFd make_udmabuf() {
  const UniqueFd memory(::memfd_create("pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (::ftruncate(memory.get(), 4096) != 0 || ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0)
    return {};
  const UniqueFd device(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
  udmabuf_create create{};
  create.memfd = static_cast<std::uint32_t>(memory.get());
  create.flags = UDMABUF_FLAGS_CLOEXEC;
  create.size = 4096;
  return UniqueFd(::ioctl(device.get(), UDMABUF_CREATE, &create));
}

class ImplicitLab : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = std::move(*EpollLoop::create());
    memory_ = make_udmabuf();
    ASSERT_TRUE(memory_.valid());
    ASSERT_TRUE(writer_.valid()) << "no sw_sync: is debugfs mounted?";
    DmabufAttributes attributes;
    attributes.size = {16, 16};
    attributes.plane_count = 1;
    attributes.planes[0] = {memory_.duplicate(), 0, 64};
    buffer_ = std::make_unique<DmabufBuffer>(BufferId{1}, std::move(attributes), importer_, wl::Held());
  }
  void attach(const UniqueFd& fence, std::uint32_t flags) const {
    dma_buf_import_sync_file request{.flags = flags, .fd = fence.get()};
    ASSERT_EQ(0, ::ioctl(memory_.get(), DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &request));
  }
  std::unique_ptr<EpollLoop> loop_;
  NoImporter importer_;
  SwSync writer_;
  UniqueFd memory_;
  std::unique_ptr<DmabufBuffer> buffer_;
  std::vector<std::unique_ptr<CommitConstraint>> constraints_;
};

TEST_F(ImplicitLab, WithoutFencesNothingIsWaitedFor) {
  ASSERT_TRUE(buffer_->add_write_fences(*loop_, constraints_, {}));
  EXPECT_TRUE(constraints_.empty());
}

TEST_F(ImplicitLab, AWritersFenceIsWaitedForAndItsTimeIsKnown) {
  attach(writer_.fence(1), DMA_BUF_SYNC_WRITE);
  ASSERT_TRUE(buffer_->add_write_fences(*loop_, constraints_, {}));
  ASSERT_EQ(1U, constraints_.size());
  bool met = false;
  ASSERT_FALSE(*constraints_[0]->arm([&] { met = true; }));
  loop_->dispatch(0);
  EXPECT_FALSE(met);
  const TimePoint before = loop_->clock().now();
  writer_.advance(1);
  loop_->dispatch(1000);
  EXPECT_TRUE(met);
  EXPECT_GE(constraints_[0]->signalled_at(), before);
  EXPECT_LE(constraints_[0]->signalled_at(), loop_->clock().now());
}

TEST_F(ImplicitLab, AWriterIsToldWhenItIsWanted) {
  const UniqueFd fence = writer_.fence(1);
  attach(fence, DMA_BUF_SYNC_WRITE);
  ASSERT_TRUE(buffer_->add_write_fences(*loop_, constraints_, [] { return TimePoint{3'000'000'000'000}; }));
  EXPECT_EQ(writer_.deadline(fence), 3'000'000'000'000U);
  constraints_.clear();
  writer_.advance(1);
  bool asked = false;
  ASSERT_TRUE(buffer_->add_write_fences(*loop_, constraints_, [&] {
    asked = true;
    return TimePoint{1};
  }));
  EXPECT_FALSE(asked) << "nobody writes";
}

TEST_F(ImplicitLab, ReadersAreNotWaitedFor) {
  attach(writer_.fence(1), DMA_BUF_SYNC_READ);
  ASSERT_TRUE(buffer_->add_write_fences(*loop_, constraints_, {}));
  EXPECT_TRUE(constraints_.empty());
}

TEST_F(ImplicitLab, TheClientsWritersWaitForOurReads) {
  const auto writers_may_start = [this] {
    pollfd state{.fd = memory_.get(), .events = POLLOUT, .revents = 0};
    return ::poll(&state, 1, 0) > 0;
  };
  ASSERT_TRUE(writers_may_start());
  NullObserver observer;
  auto lease = std::make_shared<ImplicitLease>(std::move(buffer_), SurfaceId{1}, observer);
  lease->read_until(writer_.fence(1));
  EXPECT_FALSE(writers_may_start());
  EXPECT_TRUE(readable(memory_.get())) << "other readers need not wait for ours";
  writer_.advance(1);
  EXPECT_TRUE(writers_may_start());
}

TEST_F(SyncLab, SeveralTimelinesAreAskedAtOnce) {
  std::uint32_t other = 0;
  ASSERT_EQ(0, drmSyncobjCreate(client_.get(), 0, &other));
  int fd = -1;
  ASSERT_EQ(0, drmSyncobjHandleToFD(client_.get(), other, &fd));
  const UniqueFd sent(fd);
  const auto second = objects_->import(sent.get());
  ASSERT_TRUE(second);
  client_signals(5);
  const std::array<std::uint32_t, 2> handles{timeline_->handle(), *second};
  std::array<std::uint64_t, 2> points{99, 99};
  ASSERT_TRUE(objects_->reached(handles, points));
  EXPECT_EQ((std::array<std::uint64_t, 2>{5, 0}), points);
  objects_->destroy(*second);
}

} // namespace
} // namespace fenceline
