// The KMS backend on a real kernel: vkms, in the lab.

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>
#include <utility>

#include "compositor/backends/drm/card_finder.h"
#include "compositor/backends/drm/direct_session.h"
#include "compositor/backends/drm/kms_device.h"
#include "compositor/backends/drm/open_session.h"
#include "compositor/backends/drm/seat_session.h"
#include "compositor/base/epoll_loop.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"

namespace fenceline {
namespace {

// Far beyond what a flip takes: a test that gets here hangs and is not slow.
constexpr std::chrono::seconds patience(20);

class DrmFlip : public testing::Test, public ScanoutListener {
 protected:
  void SetUp() override {
    auto made = EpollLoop::create();
    ASSERT_TRUE(made);
    loop_ = std::move(*made);
  }

  void take(std::optional<ModeRequest> mode = std::nullopt) {
    auto made = KmsDevice::create(*loop_, log_, session_, {.card = lab::card_node, .mode = mode});
    ASSERT_TRUE(made) << made.error().text();
    device_ = std::move(*made);
    device_->set_listener(this);
    output_ = device_->outputs()[0];
  }

  void flipped(const FlipEvent& event) override { flips_.push_back(event); }

  BufferId import_image(Size size, std::uint32_t fourcc = DRM_FORMAT_XRGB8888) {
    const auto image = lab::make_image(size, fourcc);
    const BufferId id = ids_.next();
    const auto known = device_->import_buffer(id, image);
    EXPECT_TRUE(known) << known.error().text();
    inodes_[id] = lab::inode_of(image.planes[0].fd.get());
    return id;
  }

  [[nodiscard]] PlaneId plane_of(PlaneType type) const {
    for (const auto& plane : output_.planes)
      if (plane.type == type)
        return plane.id;
    return {};
  }

  OutputState fullscreen(BufferId buffer, bool modeset = false) {
    OutputState state;
    state.output = output_.id;
    state.frame = frames_.next();
    state.mode = output_.mode;
    state.modeset = modeset;
    state.planes.push_back({.plane = plane_of(PlaneType::Primary),
                            .buffer = buffer,
                            .source = {0, 0, double(output_.mode.size.width), double(output_.mode.size.height)},
                            .dest = {0, 0, output_.mode.size.width, output_.mode.size.height},
                            .in_fence = {}});
    return state;
  }

  bool wait_for_flips(std::size_t count) {
    const TimePoint deadline = loop_->clock().now() + patience;
    while (flips_.size() < count && loop_->clock().now() < deadline)
      loop_->dispatch(100);
    return flips_.size() >= count;
  }

  void show(OutputState state) {
    const std::size_t before = flips_.size();
    const auto sent = device_->submit(std::move(state));
    ASSERT_TRUE(sent) << sent.error().text();
    ASSERT_TRUE(wait_for_flips(before + 1)) << "the flip never came";
  }

  Log log_{LogLevel::Warn};
  std::unique_ptr<EpollLoop> loop_;
  DirectSession session_;
  std::unique_ptr<KmsDevice> device_;
  OutputInfo output_;
  std::vector<FlipEvent> flips_;
  std::map<BufferId, std::uint64_t> inodes_;
  IdSource<BufferId> ids_;
  IdSource<FrameId> frames_;
};

TEST_F(DrmFlip, FindsTheCardThatHasADisplay) {
  const auto found = find_card();
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, lab::card_node); // card0 is vgem: no displays
  EXPECT_TRUE(check_connected_display());
}

TEST_F(DrmFlip, DescribesTheDisplay) {
  take();
  EXPECT_EQ(output_.name, "Virtual-1");
  EXPECT_EQ(output_.mode.size, (Size{1024, 768}));
  EXPECT_NEAR(double(output_.mode.refresh.count()), 16'666'666.0, 2000.0);
  EXPECT_TRUE(output_.in_fences);
  const auto* primary = &output_.planes.front();
  EXPECT_EQ(primary->type, PlaneType::Primary);
  EXPECT_TRUE(primary->takes({DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}));
  EXPECT_FALSE(primary->takes({DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID}));
  EXPECT_FALSE(primary->takes({DRM_FORMAT_XRGB2101010, DRM_FORMAT_MOD_LINEAR}));
  struct stat status {};
  ASSERT_EQ(::stat(lab::card_node, &status), 0);
  EXPECT_EQ(device_->main_device(), status.st_rdev); // vkms has no render node, vgem's is not its
  EXPECT_GE(device_->sync_object_fd(), 0);
}

TEST_F(DrmFlip, Shows120FramesEachAtABlankOfItsOwn) {
  take();
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  show(fullscreen(front, true));
  for (int i = 0; i < 120; ++i) {
    auto state = fullscreen(i % 2 == 0 ? back : front);
    const FrameId frame = state.frame;
    ASSERT_NO_FATAL_FAILURE(show(std::move(state)));
    EXPECT_EQ(flips_.back().frame, frame);
  }
  ASSERT_EQ(flips_.size(), 121U);
  std::vector<std::int64_t> intervals;
  for (std::size_t i = 1; i < flips_.size(); ++i) {
    EXPECT_GT(flips_[i].sequence, flips_[i - 1].sequence);
    EXPECT_GT(flips_[i].time, flips_[i - 1].time);
    EXPECT_TRUE(flips_[i].hardware_clock);
    intervals.push_back((flips_[i].time - flips_[i - 1].time).count());
  }
  std::nth_element(intervals.begin(), intervals.begin() + 60, intervals.end());
  RecordProperty("median_interval_ns", std::to_string(intervals[60]));
}

// By the CRC of what the display puts out.
TEST_F(DrmFlip, ItsBackgroundNeedsNoPlaneNorDoesBlack) {
  take();
  if (!output_.background)
    GTEST_SKIP() << "SKIP: this kernel's vkms has no BACKGROUND_COLOR (Linux 7.0)";
  bool first = true;
  for (const std::uint32_t rgb : {0x000000U, 0xff8000U, 0x0000ffU, 0x010203U, 0x000000U}) {
    auto state = fullscreen({}, std::exchange(first, false));
    state.planes.clear();
    const auto channel = [rgb](unsigned shift) { return static_cast<float>(rgb >> shift & 0xffU) / 255.0F; };
    state.background = {channel(16), channel(8), channel(0), 1.0F};
    const auto taken = device_->accepts(state);
    ASSERT_TRUE(taken) << taken.error().text();
    ASSERT_NO_FATAL_FAILURE(show(std::move(state)));
    const auto wanted = lab::make_picture(output_.mode.size, [rgb](std::uint32_t, std::uint32_t) { return rgb; });
    EXPECT_EQ(lab::read_crcs(3).back(), lab::vkms_crc(wanted)) << std::hex << rgb;
  }
  // And back to a plane that covers it.
  show(fullscreen(import_image(output_.mode.size)));
  EXPECT_EQ(flips_.size(), 6U);
}

TEST_F(DrmFlip, TheFramebufferOnThePlaneIsTheClientsBuffer) {
  take();
  const lab::Witness witness;
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  const auto plane = static_cast<std::uint32_t>(plane_of(PlaneType::Primary));
  show(fullscreen(front, true));
  EXPECT_EQ(witness.inode_behind(witness.framebuffer_on(plane)), inodes_[front]);
  show(fullscreen(back));
  EXPECT_EQ(witness.inode_behind(witness.framebuffer_on(plane)), inodes_[back]);
  EXPECT_NE(inodes_[front], inodes_[back]);
}

TEST_F(DrmFlip, OneDmabufUnderTwoIdsOutlivesEither) {
  take();
  const lab::Witness witness;
  const auto image = lab::make_image(output_.mode.size, DRM_FORMAT_XRGB8888);
  const BufferId one = ids_.next(), two = ids_.next();
  ASSERT_TRUE(device_->import_buffer(one, image));
  ASSERT_TRUE(device_->import_buffer(two, image));
  device_->forget_buffer(one);
  ASSERT_NO_FATAL_FAILURE(show(fullscreen(two, true)));
  EXPECT_EQ(witness.inode_behind(witness.framebuffer_on(static_cast<std::uint32_t>(plane_of(PlaneType::Primary)))),
            lab::inode_of(image.planes[0].fd.get()));
}

TEST_F(DrmFlip, WhatIsForgottenStaysOnTheScreenUntilItIsReplaced) {
  take();
  const lab::Witness witness;
  const auto plane = static_cast<std::uint32_t>(plane_of(PlaneType::Primary));
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  show(fullscreen(front, true));
  const std::uint32_t shown = witness.framebuffer_on(plane);
  device_->forget_buffer(front);
  EXPECT_EQ(witness.framebuffer_on(plane), shown);
  show(fullscreen(back));
  EXPECT_NE(witness.framebuffer_on(plane), shown);
  const auto refused = device_->submit(fullscreen(front));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ENOENT);
}

TEST_F(DrmFlip, AFenceHoldsTheFlipUntilItSignals) {
  take();
  const lab::Witness witness;
  const auto plane = static_cast<std::uint32_t>(plane_of(PlaneType::Primary));
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  show(fullscreen(front, true));
  lab::SwTimeline timeline;
  auto state = fullscreen(back);
  state.planes[0].in_fence = timeline.fence(1);
  const FrameId held = state.frame;
  ASSERT_TRUE(device_->submit(std::move(state)));
  for (int i = 0; i < 10; ++i)
    loop_->dispatch(10);
  EXPECT_EQ(flips_.size(), 1U) << "the flip did not wait for its fence";
  const auto second = device_->submit(fullscreen(front));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EBUSY);
  timeline.advance(1);
  ASSERT_TRUE(wait_for_flips(2));
  EXPECT_EQ(flips_.back().frame, held);
  EXPECT_EQ(witness.inode_behind(witness.framebuffer_on(plane)), inodes_[back]);
}

TEST_F(DrmFlip, AFenceThatFailsHoldsTheFlipNoLonger) {
  take();
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  show(fullscreen(front, true));
  FrameId held{};
  {
    lab::SwTimeline timeline;
    auto state = fullscreen(back);
    state.planes[0].in_fence = timeline.fence(1);
    held = state.frame;
    ASSERT_TRUE(device_->submit(std::move(state)));
    for (int i = 0; i < 10; ++i)
      loop_->dispatch(10);
    EXPECT_EQ(flips_.size(), 1U) << "the flip did not wait for its fence";
  } // The timeline ends with its fence unsignalled: it signals with an error.
  ASSERT_TRUE(wait_for_flips(2)) << "the display is stuck";
  EXPECT_EQ(flips_.back().frame, held);
  ASSERT_NO_FATAL_FAILURE(show(fullscreen(front)));
}

TEST_F(DrmFlip, ImportRefusesWhatNoPlaneTakes) {
  take();
  auto image = lab::make_image({640, 480}, DRM_FORMAT_XRGB2101010);
  const auto format = device_->import_buffer(ids_.next(), image);
  ASSERT_FALSE(format);
  EXPECT_EQ(format.error().code, EINVAL);
  image.format = {DRM_FORMAT_XRGB8888, I915_FORMAT_MOD_X_TILED};
  EXPECT_FALSE(device_->import_buffer(ids_.next(), image));
  image.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
  image.planes[0].offset = 1U << 24; // beyond the end
  EXPECT_FALSE(device_->import_buffer(ids_.next(), image));
  image.planes[0].offset = 0;
  EXPECT_TRUE(device_->import_buffer(ids_.next(), image));
  image.planes[0].fd.reset(::memfd_create("not a dma-buf", MFD_CLOEXEC));
  EXPECT_FALSE(device_->import_buffer(ids_.next(), image));
}

TEST_F(DrmFlip, ATestCommitTellsWithoutChangingAnything) {
  take();
  const lab::Witness witness;
  const auto plane = static_cast<std::uint32_t>(plane_of(PlaneType::Primary));
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  EXPECT_FALSE(device_->accepts(fullscreen(front))) << "a flip on a CRTC that is off";
  EXPECT_TRUE(device_->accepts(fullscreen(front, true)));
  EXPECT_EQ(witness.framebuffer_on(plane), 0U);
  show(fullscreen(front, true));
  const std::uint32_t shown = witness.framebuffer_on(plane);
  EXPECT_TRUE(device_->accepts(fullscreen(back)));
  auto scaled = fullscreen(back);
  scaled.planes[0].source = {0, 0, 320, 240};
  EXPECT_FALSE(device_->accepts(scaled)) << "vkms does not scale";
  auto outside = fullscreen(back);
  outside.planes[0].source.x = 1;
  EXPECT_FALSE(device_->accepts(outside));
  EXPECT_EQ(witness.framebuffer_on(plane), shown);
  EXPECT_EQ(flips_.size(), 1U);
}

TEST_F(DrmFlip, AModeOnRequest) {
  take(ModeRequest{.size = {800, 600}, .refresh_hz = 60});
  EXPECT_EQ(output_.mode.size, (Size{800, 600}));
  show(fullscreen(import_image(output_.mode.size), true));
  const lab::Witness witness;
  EXPECT_STREQ(witness.crtc()->mode.name, "800x600");
}

TEST_F(DrmFlip, WasOffAndIsOffAgain) {
  const lab::Witness witness;
  ASSERT_EQ(witness.crtc()->mode_valid, 0);
  take();
  show(fullscreen(import_image(output_.mode.size), true));
  EXPECT_EQ(witness.crtc()->mode_valid, 1);
  device_.reset();
  EXPECT_EQ(witness.crtc()->mode_valid, 0);
}

// Somebody's picture on the screen, from before we came.
class DrmHandover : public DrmFlip {
 protected:
  void SetUp() override {
    DrmFlip::SetUp();
    ASSERT_EQ(drmSetMaster(before_.fd()), 0);
    std::uint32_t pitch = 0;
    std::uint64_t size = 0;
    ASSERT_EQ(drmModeCreateDumbBuffer(before_.fd(), 640, 480, 32, 0, &handle_, &pitch, &size), 0);
    ASSERT_EQ(drmModeAddFB(before_.fd(), 640, 480, 24, 32, pitch, handle_, &framebuffer_), 0);
    const std::unique_ptr<drmModeConnector, decltype(&drmModeFreeConnector)> connector(
        drmModeGetConnector(before_.fd(), before_.connector_id()), drmModeFreeConnector);
    auto* mode = std::find_if(connector->modes, connector->modes + connector->count_modes,
                              [](const drmModeModeInfo& m) { return m.hdisplay == 640 && m.vdisplay == 480; });
    ASSERT_NE(mode, connector->modes + connector->count_modes);
    std::uint32_t id = before_.connector_id();
    ASSERT_EQ(drmModeSetCrtc(before_.fd(), before_.crtc_id(), framebuffer_, 0, 0, &id, 1, mode), 0);
    ASSERT_EQ(drmDropMaster(before_.fd()), 0);
    take();
    ASSERT_NO_FATAL_FAILURE(show(fullscreen(import_image(output_.mode.size), true)));
    ASSERT_STREQ(before_.crtc()->mode.name, "1024x768");
  }

  lab::Witness before_;
  std::uint32_t handle_ = 0, framebuffer_ = 0;
};

TEST_F(DrmHandover, GivesTheDisplayBackAsItWas) {
  device_.reset();
  const auto crtc = before_.crtc();
  EXPECT_EQ(crtc->mode_valid, 1);
  EXPECT_STREQ(crtc->mode.name, "640x480");
  EXPECT_EQ(crtc->buffer_id, framebuffer_);
}

// The child has the same open card, and crashes with it.
TEST_F(DrmHandover, GivesTheDisplayBackWhenTheSessionCrashes) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    (void)::setrlimit(RLIMIT_CORE, &no_core);
    volatile int* volatile nowhere = nullptr;
    *nowhere = 1;
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the signal takes its course";
  EXPECT_EQ(WTERMSIG(status), SIGSEGV);
  const auto crtc = before_.crtc();
  EXPECT_EQ(crtc->mode_valid, 1);
  EXPECT_STREQ(crtc->mode.name, "640x480");
  EXPECT_EQ(crtc->buffer_id, framebuffer_);
}

TEST_F(DrmHandover, SwitchesOffWhenTheOldPictureIsGone) {
  ASSERT_EQ(drmModeRmFB(before_.fd(), framebuffer_), 0);
  // The commit that replaced it keeps it until the kernel has cleaned up, which may be after its flip was told.
  const auto there = [this] {
    return std::unique_ptr<drmModeFB, decltype(&drmModeFreeFB)>(drmModeGetFB(before_.fd(), framebuffer_),
                                                                drmModeFreeFB);
  };
  for (int i = 0; i < 5000 && there(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ASSERT_FALSE(there());
  device_.reset();
  EXPECT_EQ(before_.crtc()->mode_valid, 0);
}

TEST_F(DrmFlip, GbmMakesAnImageThatTheCpuMayWriteAndTheDisplayShows) {
  take();
  const BufferId id = ids_.next();
  const auto image = device_->allocate(id, output_.mode.size, output_.planes.front().formats);
  ASSERT_TRUE(image) << image.error().text();
  EXPECT_EQ(image->size, output_.mode.size);
  EXPECT_EQ(image->format.modifier, DRM_FORMAT_MOD_LINEAR);
  ASSERT_EQ(image->plane_count, 1U);
  const std::size_t bytes = std::size_t{image->planes[0].stride} * 768;
  void* mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, image->planes[0].fd.get(), 0);
  ASSERT_NE(mapped, MAP_FAILED) << std::strerror(errno);
  std::memset(mapped, 0x40, bytes);
  ::munmap(mapped, bytes);
  ASSERT_NO_FATAL_FAILURE(show(fullscreen(id, true)));
  const lab::Witness witness;
  EXPECT_EQ(witness.inode_behind(witness.framebuffer_on(static_cast<std::uint32_t>(plane_of(PlaneType::Primary)))),
            lab::inode_of(image->planes[0].fd.get()));
}

TEST_F(DrmFlip, ShowsACursorOnItsPlane) {
  take();
  if (plane_of(PlaneType::Cursor) == PlaneId{})
    GTEST_SKIP() << "this vkms has no cursor plane: run with --karg vkms.enable_cursor=1";
  const BufferId id = ids_.next();
  const auto cursor = device_->allocate_cursor(id, output_.id);
  ASSERT_TRUE(cursor) << cursor.error().text();
  EXPECT_EQ(cursor->size, output_.cursor_size);
  ASSERT_GE(cursor->pixels.size(), std::size_t{cursor->stride} * static_cast<std::size_t>(cursor->size.height));
  std::fill(cursor->pixels.begin(), cursor->pixels.end(), std::byte{0xff});
  const BufferId front = import_image(output_.mode.size);
  auto state = fullscreen(front, true);
  const auto width = output_.cursor_size.width, height = output_.cursor_size.height;
  // Half off the screen's left and upper edge: negative positions go through.
  state.planes.push_back({.plane = plane_of(PlaneType::Cursor),
                          .buffer = id,
                          .source = {0, 0, double(width), double(height)},
                          .dest = {-width / 2, -height / 2, width, height},
                          .in_fence = {}});
  ASSERT_NO_FATAL_FAILURE(show(std::move(state)));
  const lab::Witness witness;
  const auto plane = static_cast<std::uint32_t>(plane_of(PlaneType::Cursor));
  EXPECT_NE(witness.framebuffer_on(plane), 0U);
  ASSERT_NO_FATAL_FAILURE(show(fullscreen(front)));
  EXPECT_EQ(witness.framebuffer_on(plane), 0U) << "a plane that the state does not name is off";
}

TEST_F(DrmFlip, SaysWhenAnotherHasTheDisplay) {
  const lab::Witness other;
  ASSERT_EQ(drmSetMaster(other.fd()), 0);
  const auto made = KmsDevice::create(*loop_, log_, session_, {.card = lab::card_node, .mode = {}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().text().find("/dev/dri/card1 is in use by another display server"), std::string::npos)
      << made.error().text();
}

TEST_F(DrmFlip, SaysWhenACardCannotDoIt) {
  const auto made = KmsDevice::create(*loop_, log_, session_, {.card = "/dev/dri/card0", .mode = {}});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().text().find("/dev/dri/card0 cannot do atomic modesetting"), std::string::npos)
      << made.error().text();
}

TEST_F(DrmFlip, TakesTheDisplayThroughASeat) {
  // libseat's own helper, without a terminal: what root has where no seat manager runs.
  ASSERT_EQ(::setenv("LIBSEAT_BACKEND", "builtin", 1), 0);
  ASSERT_EQ(::setenv("SEATD_VTBOUND", "0", 1), 0);
  auto seat = SeatSession::create(*loop_, log_);
  ASSERT_TRUE(seat) << seat.error().text();
  EXPECT_TRUE((*seat)->active());
  EXPECT_EQ((*seat)->seat(), "seat0");
  auto made = KmsDevice::create(*loop_, log_, **seat, {.card = lab::card_node, .mode = {}});
  ASSERT_TRUE(made) << made.error().text();
  device_ = std::move(*made);
  device_->set_listener(this);
  output_ = device_->outputs()[0];
  show(fullscreen(import_image(output_.mode.size), true));
  device_.reset(); // before its session
}

TEST_F(DrmFlip, WithoutASeatOpensTheCardItself) {
  ASSERT_EQ(::setenv("LIBSEAT_BACKEND", "seatd", 1), 0);
  const auto session = open_session(*loop_, log_, lab::card_node);
  ASSERT_TRUE(session) << session.error().text();
  EXPECT_NE(dynamic_cast<DirectSession*>(session->get()), nullptr);
  const auto missing = open_session(*loop_, log_, "/dev/dri/card9");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text().find("there is no /dev/dri/card9"), std::string::npos);
}

TEST_F(DrmFlip, FindsASessionByItself) {
  ::unsetenv("LIBSEAT_BACKEND");
  ::unsetenv("SEATD_VTBOUND");
  const auto session = open_session(*loop_, log_, lab::card_node);
  ASSERT_TRUE(session) << session.error().text();
  auto made = KmsDevice::create(*loop_, log_, **session, {.card = {}, .mode = {}});
  ASSERT_TRUE(made) << made.error().text();
  made->reset();
}

// The last: it leaves the display on.
using DrmStuckFence = DrmFlip;
TEST_F(DrmStuckFence, EndsInGoodTimeThoughAFenceNeverSignals) {
  take();
  const BufferId front = import_image(output_.mode.size), back = import_image(output_.mode.size);
  show(fullscreen(front, true));
  // Its fences fail when the timeline goes, after the device.
  lab::SwTimeline timeline;
  auto state = fullscreen(back);
  state.planes[0].in_fence = timeline.fence(1);
  ASSERT_TRUE(device_->submit(std::move(state)));
  const TimePoint before = loop_->clock().now();
  device_.reset();
  RecordProperty("end_ms", std::to_string((loop_->clock().now() - before).count() / 1'000'000));
}

} // namespace
} // namespace fenceline
