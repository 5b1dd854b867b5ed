// What every other lab test takes for granted, asked of the kernel directly and with nothing of Fenceline's in between:
// when this fails, the lab is broken and no other lab test means anything.

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gtest/gtest.h>
#include <linux/udmabuf.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

namespace {

constexpr const char* display_node = "/dev/dri/card1";

class LabSmoke : public testing::Test {
 protected:
  void SetUp() override {
    card_ = open(display_node, O_RDWR | O_CLOEXEC);
    ASSERT_GE(card_, 0) << display_node << ": " << std::strerror(errno);
  }

  void TearDown() override {
    if (card_ >= 0)
      close(card_);
  }

  int card_ = -1;
};

bool has_input(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&waiting, 1, 0) == 1;
}

TEST_F(LabSmoke, IsVkmsWithAtomicKms) {
  const std::unique_ptr<drmVersion, decltype(&drmFreeVersion)> version(drmGetVersion(card_), drmFreeVersion);
  ASSERT_NE(version, nullptr);
  EXPECT_STREQ(version->name, "vkms");
  EXPECT_EQ(drmSetClientCap(card_, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1), 0);
  EXPECT_EQ(drmSetClientCap(card_, DRM_CLIENT_CAP_ATOMIC, 1), 0);
}

TEST_F(LabSmoke, HasAConnectedDisplayWithTheTestsMode) {
  const std::unique_ptr<drmModeRes, decltype(&drmModeFreeResources)> resources(drmModeGetResources(card_),
                                                                               drmModeFreeResources);
  ASSERT_NE(resources, nullptr);
  bool found = false;
  for (int i = 0; i < resources->count_connectors; ++i) {
    const std::unique_ptr<drmModeConnector, decltype(&drmModeFreeConnector)> connector(
        drmModeGetConnector(card_, resources->connectors[i]), drmModeFreeConnector);
    ASSERT_NE(connector, nullptr);
    for (int m = 0; connector->connection == DRM_MODE_CONNECTED && m < connector->count_modes; ++m)
      found = found || (connector->modes[m].hdisplay == 1024 && connector->modes[m].vdisplay == 768);
  }
  EXPECT_TRUE(found) << "no connected connector offers 1024x768";
}

TEST_F(LabSmoke, AdvertisesTimelineSyncObjects) {
  std::uint64_t value = 0;
  EXPECT_EQ(drmGetCap(card_, DRM_CAP_SYNCOBJ, &value), 0);
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(drmGetCap(card_, DRM_CAP_SYNCOBJ_TIMELINE, &value), 0);
  EXPECT_EQ(value, 1u);
}

TEST_F(LabSmoke, EventfdTellsOfATimelinePointOnlyOnceItSignals) {
  std::uint32_t timeline = 0;
  ASSERT_EQ(drmSyncobjCreate(card_, 0, &timeline), 0);
  const int told = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ASSERT_GE(told, 0);
  // Point 2 does not exist yet when it is asked for: what a client's acquire point looks like at commit.
  ASSERT_EQ(drmSyncobjEventfd(card_, timeline, 2, told, 0), 0) << std::strerror(errno);
  EXPECT_FALSE(has_input(told));

  std::uint64_t point = 1;
  ASSERT_EQ(drmSyncobjTimelineSignal(card_, &timeline, &point, 1), 0);
  EXPECT_FALSE(has_input(told)) << "told of point 2 when point 1 signalled";

  point = 2;
  ASSERT_EQ(drmSyncobjTimelineSignal(card_, &timeline, &point, 1), 0);
  // The signal is delivered before the ioctl returns: no wait, so that a late delivery is seen.
  EXPECT_TRUE(has_input(told));
  std::uint64_t count = 0;
  EXPECT_EQ(read(told, &count, sizeof count), static_cast<ssize_t>(sizeof count));
  EXPECT_EQ(count, 1u);

  close(told);
  drmSyncobjDestroy(card_, timeline);
}

// A sealed memfd becomes a dma-buf, and the display takes that dma-buf as a framebuffer: the way of every buffer in the
// tests.
TEST_F(LabSmoke, AUdmabufBecomesAFramebuffer) {
  constexpr std::uint32_t width = 64, height = 64, pitch = width * 4;
  const int memory = memfd_create("lab-smoke", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_GE(memory, 0);
  ASSERT_EQ(ftruncate(memory, pitch * height), 0);
  ASSERT_EQ(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
  const int maker = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
  ASSERT_GE(maker, 0) << "/dev/udmabuf: " << std::strerror(errno);
  udmabuf_create request{};
  request.memfd = static_cast<std::uint32_t>(memory);
  request.flags = UDMABUF_FLAGS_CLOEXEC;
  request.size = pitch * height;
  const int buffer = ioctl(maker, UDMABUF_CREATE, &request);
  ASSERT_GE(buffer, 0) << "UDMABUF_CREATE: " << std::strerror(errno);

  std::uint32_t handle = 0;
  ASSERT_EQ(drmPrimeFDToHandle(card_, buffer, &handle), 0) << std::strerror(errno);
  const std::uint32_t handles[4] = {handle}, pitches[4] = {pitch}, offsets[4] = {0};
  std::uint32_t framebuffer = 0;
  // 'XR24', DRM_FORMAT_XRGB8888: every KMS driver takes it.
  EXPECT_EQ(drmModeAddFB2(card_, width, height, 0x34325258u, handles, pitches, offsets, &framebuffer, 0), 0)
      << std::strerror(errno);
  if (framebuffer != 0)
    drmModeRmFB(card_, framebuffer);
  drmCloseBufferHandle(card_, handle);
  close(buffer);
  close(maker);
  close(memory);
}

} // namespace
