// The life of states and buffers on a KMS device.

#include "compositor/backends/drm/kms_device.h"

#include <fcntl.h>

#include <poll.h>

#include <cerrno>

#include "tests/unit/drm/kms_fixture.h"

namespace fenceline {
namespace {

using Kms = test::KmsFixture;

TEST_F(Kms, SaysWhenTheDriverCannotDoAtomicModesetting) {
  card_.atomic = false;
  const auto made = create();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().what, "/dev/dri/card0 cannot do atomic modesetting: its driver fake has no support for it; "
                               "name another card with --device, or use --backend headless");
}

TEST_F(Kms, SaysWhenAnotherHasTheDisplay) {
  card_.master = false;
  const auto made = create();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().text(),
            "/dev/dri/card0 is in use by another display server: stop that, or use --backend headless");
}

TEST_F(Kms, ReadsPropertiesOnlyAtTheStart) {
  start();
  const int reads = card_.property_reads;
  const BufferId front = import_image();
  show(fullscreen(front, true));
  show(fullscreen(front));
  ASSERT_TRUE(device_->accepts(fullscreen(front)));
  EXPECT_EQ(card_.property_reads, reads);
}

TEST_F(Kms, ReportsAFlipWithItsFrameTimeAndClock) {
  start();
  auto state = fullscreen(import_image(), true);
  const FrameId frame = state.frame;
  ASSERT_TRUE(device_->submit(std::move(state)));
  loop_.advance(std::chrono::milliseconds(15));
  EXPECT_TRUE(flips_.empty());
  loop_.advance(std::chrono::milliseconds(1));
  ASSERT_EQ(flips_.size(), 1U);
  EXPECT_EQ(flips_[0].output, output_.id);
  EXPECT_EQ(flips_[0].frame, frame);
  EXPECT_EQ(flips_[0].time, TimePoint{16'000'000});
  EXPECT_EQ(flips_[0].sequence, 1U);
  EXPECT_TRUE(flips_[0].hardware_clock);
}

TEST_F(Kms, CountsBlanksOnPast32Bits) {
  card_.sequence_offset = 0xffff'fffd;
  start();
  const BufferId front = import_image();
  for (int i = 0; i < 5; ++i)
    ASSERT_NO_FATAL_FAILURE(show(fullscreen(front, i == 0)));
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_EQ(flips_[i].sequence, 0xffff'fffeULL + i);
}

TEST_F(Kms, TakesItsOwnTimeWhereTheDriverHasNone) {
  card_.zero_timestamps = true;
  start();
  show(fullscreen(import_image(), true));
  EXPECT_EQ(flips_[0].time, TimePoint{16'000'000});
  EXPECT_FALSE(flips_[0].hardware_clock);
}

TEST_F(Kms, TakesItsOwnTimeWhereEventsAreOnAnotherClock) {
  card_.monotonic = false;
  start();
  show(fullscreen(import_image(), true));
  EXPECT_FALSE(flips_[0].hardware_clock);
}

TEST_F(Kms, HasOneStateInFlightAnOutput) {
  start();
  const BufferId front = import_image(), back = import_image();
  ASSERT_TRUE(device_->submit(fullscreen(front, true)));
  const std::size_t asked = card_.asked.size();
  auto second = fullscreen(back);
  const auto refused = device_->submit(std::move(second));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, EBUSY);
  EXPECT_EQ(card_.asked.size(), asked) << "the kernel need not be asked";
  EXPECT_EQ(second.planes.size(), 1U) << "a refused state is still the caller's"; // NOLINT(bugprone-use-after-move)
  loop_.advance(std::chrono::milliseconds(16));
  EXPECT_TRUE(device_->submit(std::move(second)));
}

TEST_F(Kms, AStateMayBeTestedWhileOneIsInFlight) {
  start();
  const BufferId front = import_image(), back = import_image();
  show(fullscreen(front, true));
  ASSERT_TRUE(device_->submit(fullscreen(back)));
  EXPECT_TRUE(device_->accepts(fullscreen(front)));
}

TEST_F(Kms, ALateFlipIsReportedWhenItHappens) {
  start();
  show(fullscreen(import_image(), true));
  card_.late_blanks = 2;
  ASSERT_TRUE(device_->submit(fullscreen(import_image())));
  loop_.advance(std::chrono::milliseconds(47));
  EXPECT_EQ(flips_.size(), 1U);
  loop_.advance(std::chrono::milliseconds(1));
  ASSERT_EQ(flips_.size(), 2U);
  EXPECT_EQ(flips_[1].sequence, 4U);
}

TEST_F(Kms, PassesTheKernelsRefusalOnAndStaysUsable) {
  start();
  const BufferId front = import_image();
  show(fullscreen(front, true));
  for (const int code : {EINVAL, EBUSY, ENOMEM, EACCES}) {
    card_.next_commit_error = code;
    const auto refused = device_->submit(fullscreen(front));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, code);
  }
  EXPECT_NO_FATAL_FAILURE(show(fullscreen(front)));
}

TEST_F(Kms, AFenceGoesWithTheStateAndHoldsTheFlip) {
  start();
  const BufferId front = import_image(), back = import_image();
  show(fullscreen(front, true));
  const UniqueFd signaller = fence();
  auto state = fullscreen(back);
  state.planes[0].in_fence = signaller.duplicate();
  const int passed = state.planes[0].in_fence.get();
  ASSERT_TRUE(device_->submit(std::move(state)));
  EXPECT_EQ(last_set(primary_).at("IN_FENCE_FD"), static_cast<std::uint64_t>(passed));
  EXPECT_EQ(::fcntl(passed, F_GETFD), -1) << "the device's copy is closed once the kernel has its own";
  EXPECT_EQ(card_.held_fence_count(), 1U);
  loop_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(flips_.size(), 1U);
  signal_fence(signaller.get());
  loop_.advance(std::chrono::milliseconds(16));
  EXPECT_EQ(flips_.size(), 2U);
}

TEST_F(Kms, AFenceOfARefusedStateIsStillTheCallers) {
  start();
  show(fullscreen(import_image(), true));
  auto state = fullscreen(import_image());
  state.planes[0].in_fence = fence();
  card_.next_commit_error = EINVAL;
  ASSERT_FALSE(device_->submit(std::move(state)));
  EXPECT_GE(::fcntl(state.planes[0].in_fence.get(), F_GETFD), 0); // NOLINT(bugprone-use-after-move)
}

TEST_F(Kms, ImportKeepsNoHandleAndNoDescriptor) {
  start();
  const auto one = image();
  ASSERT_TRUE(device_->import_buffer(ids_.next(), one));
  ASSERT_TRUE(device_->import_buffer(ids_.next(), one)); // the same dma-buf: a framebuffer of its own
  EXPECT_EQ(card_.framebuffer_count(), 2U);
  EXPECT_EQ(card_.open_handle_count(), 0U);
}

TEST_F(Kms, PlanesInOneDmabufShareItsHandle) {
  start();
  auto two_planes = image(size, DRM_FORMAT_NV12);
  two_planes.plane_count = 2;
  two_planes.planes[1].fd = two_planes.planes[0].fd.duplicate();
  two_planes.planes[1].offset = 1024 * 768;
  two_planes.planes[1].stride = 1024;
  EXPECT_TRUE(device_->import_buffer(ids_.next(), two_planes)); // closing the handle twice would throw
  EXPECT_EQ(card_.open_handle_count(), 0U);
}

TEST_F(Kms, AFailedImportLeavesNothingBehind) {
  start();
  auto wrong = image(size, DRM_FORMAT_RGB565);
  const auto format = device_->import_buffer(ids_.next(), wrong);
  ASSERT_FALSE(format);
  EXPECT_EQ(format.error().code, EINVAL);
  EXPECT_NE(format.error().what.find("1024x768 RG16 image with modifier 0x0"), std::string::npos)
      << format.error().what;
  auto tiled = image();
  tiled.format.modifier = I915_FORMAT_MOD_X_TILED;
  EXPECT_FALSE(device_->import_buffer(ids_.next(), tiled));
  auto half = image(size, DRM_FORMAT_NV12);
  half.plane_count = 2; // the second has no descriptor
  EXPECT_FALSE(device_->import_buffer(ids_.next(), half));
  DmabufAttributes none;
  EXPECT_FALSE(device_->import_buffer(ids_.next(), none));
  EXPECT_EQ(card_.open_handle_count(), 0U);
  EXPECT_EQ(card_.framebuffer_count(), 0U);
}

/// A display as those of i915 before Skylake: the primary plane blends with nothing and knows no alpha, the cursor
/// does.
class KmsWithoutAlpha : public test::KmsFixture {
 protected:
  KmsWithoutAlpha() : KmsFixture({xrgb}) {}
};

// The planner puts an opaque layer on such a plane whatever its format.
TEST_F(KmsWithoutAlpha, ShowsAnImageWithAlphaWithoutIt) {
  start();
  const BufferId front = import_image(size, DRM_FORMAT_ARGB8888);
  const auto taken = device_->accepts(fullscreen(front, true));
  EXPECT_TRUE(taken) << taken.error().text();
  show(fullscreen(front, true));
  EXPECT_EQ(card_.format_of(card_.value(primary_, "FB_ID")), xrgb);
}

TEST_F(Kms, AnImageKeepsItsAlphaWhereThePrimaryPlaneTakesIt) {
  start();
  show(fullscreen(import_image(size, DRM_FORMAT_ARGB8888), true));
  EXPECT_EQ(card_.format_of(card_.value(primary_, "FB_ID")), argb);
}

TEST_F(Kms, OfTwoDisplaysTheOneWithoutAlphaDecides) {
  const auto second_crtc = card_.add_crtc();
  card_.add_connector({.name = "DP-2",
                       .connected = true,
                       .possible_crtcs = 2,
                       .modes = {test::fake_mode(1024, 768, 60, true)},
                       .edid = {},
                       .non_desktop = false});
  const auto second_plane =
      card_.add_plane({.type = PlaneType::Primary, .possible_crtcs = 2, .formats = {xrgb}, .depths = {}});
  start();
  ASSERT_EQ(device_->outputs().size(), 2U);
  const BufferId front = import_image(size, DRM_FORMAT_ARGB8888);
  show(fullscreen(front, true));
  auto second = fullscreen(front, true);
  second.output = device_->outputs()[1].id;
  second.mode = device_->outputs()[1].mode;
  second.planes[0].plane = PlaneId{second_plane};
  show(std::move(second));
  EXPECT_EQ(card_.value(second_plane, "CRTC_ID"), second_crtc);
}

// A plane that knows neither form is no reason to change it, nor is another layout of the same format.
TEST_F(KmsWithoutAlpha, OnlyAPairThatThePlaneTakesReplacesAnother) {
  start();
  auto tiled = image(size, DRM_FORMAT_ARGB8888);
  tiled.format.modifier = I915_FORMAT_MOD_X_TILED;
  const auto refused = device_->import_buffer(ids_.next(), tiled);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("AR24 image with modifier 0x100000000000001"), std::string::npos)
      << refused.error().what;
}

TEST_F(Kms, WithoutModifiersTheDriverTakesLinearAndItsOwn) {
  card_.modifiers = false;
  start();
  auto linear = image(), implicit = image(), tiled = image();
  implicit.format.modifier = DRM_FORMAT_MOD_INVALID;
  tiled.format.modifier = I915_FORMAT_MOD_X_TILED;
  EXPECT_TRUE(device_->import_buffer(ids_.next(), linear));
  EXPECT_TRUE(device_->import_buffer(ids_.next(), implicit));
  EXPECT_FALSE(device_->import_buffer(ids_.next(), tiled));
}

TEST_F(Kms, AnIdNamesOneBuffer) {
  start();
  const BufferId id = import_image();
  const auto again = device_->import_buffer(id, image());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, EEXIST);
}

TEST_F(Kms, WhatIsForgottenStaysOnTheScreenUntilItIsReplaced) {
  for (const bool can_close : {true, false}) {
    card_.can_close_framebuffers = can_close;
    start();
    const BufferId front = import_image(), back = import_image(), unused = import_image();
    show(fullscreen(front, true));
    const auto shown = card_.value(primary_, "FB_ID");
    device_->forget_buffer(front);
    device_->forget_buffer(unused);
    EXPECT_EQ(card_.framebuffer_count(), 2U) << "an unused one goes at once";
    EXPECT_EQ(card_.value(primary_, "FB_ID"), shown);
    EXPECT_FALSE(device_->accepts(fullscreen(front)));
    show(fullscreen(back));
    EXPECT_EQ(card_.framebuffer_count(), 1U);
    // On its way to the screen is as good as on it.
    const BufferId next = import_image();
    ASSERT_TRUE(device_->submit(fullscreen(next)));
    device_->forget_buffer(next);
    loop_.advance(std::chrono::milliseconds(16));
    EXPECT_NE(card_.value(primary_, "FB_ID"), 0U);
    device_.reset();
    EXPECT_EQ(card_.framebuffer_count(), 0U);
    flips_.clear();
  }
}

TEST_F(Kms, ForgettingWhatIsNotKnownIsHarmless) {
  start();
  device_->forget_buffer(BufferId{77});
}

TEST_F(Kms, ACursorImageIsMappedAndClear) {
  start();
  const BufferId id = ids_.next();
  const auto cursor = device_->allocate_cursor(id, output_.id);
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->size, (Size{64, 64}));
  EXPECT_EQ(cursor->stride, 256U);
  ASSERT_EQ(cursor->pixels.size(), 256U * 64);
  for (const auto byte : cursor->pixels)
    ASSERT_EQ(byte, std::byte{0});
  auto state = fullscreen(import_image(), true);
  state.planes.push_back(on_plane(cursor_, id, {-10, 20, 64, 64}));
  show(std::move(state));
  device_->forget_buffer(id);
  EXPECT_EQ(card_.open_handle_count(), 0U);
  EXPECT_NE(card_.value(cursor_, "FB_ID"), 0U);
}

TEST_F(Kms, ACursorImageThatCannotBeHadLeavesNothingBehind) {
  start();
  card_.fault = [](std::string_view call) { return call == "create_dumb" ? ENOMEM : 0; };
  EXPECT_EQ(device_->allocate_cursor(ids_.next(), output_.id).error().code, ENOMEM);
  card_.fault = [](std::string_view call) { return call == "map_dumb" ? EPERM : 0; };
  EXPECT_EQ(device_->allocate_cursor(ids_.next(), output_.id).error().code, EPERM);
  EXPECT_EQ(card_.open_handle_count(), 0U);
  EXPECT_FALSE(device_->allocate_cursor(ids_.next(), OutputId{9}));
}

TEST_F(Kms, TheBlackImageIsNotMappedAndGoesAsItCame) {
  start();
  const BufferId id = ids_.next();
  card_.fault = [](std::string_view call) { return call == "map_dumb" ? EPERM : 0; };
  ASSERT_TRUE(device_->allocate_black(id, size));
  EXPECT_FALSE(device_->allocate_black(id, size)) << "known already";
  EXPECT_TRUE(device_->knows(id));
  EXPECT_NO_FATAL_FAILURE(show(fullscreen(id, true)));
  device_->forget_buffer(id);
  EXPECT_EQ(card_.open_handle_count(), 0U);
  card_.fault = [](std::string_view call) { return call == "create_dumb" ? ENOMEM : 0; };
  EXPECT_EQ(device_->allocate_black(ids_.next(), size).error().code, ENOMEM);
}

class OneImage final : public ImageAllocator {
 public:
  explicit OneImage(DmabufAttributes image) : image_(std::move(image)) {}
  [[nodiscard]] Result<DmabufAttributes> allocate(Size, std::span<const FormatModifier>) override {
    return image_.duplicate();
  }

 private:
  DmabufAttributes image_;
};

TEST_F(Kms, AnAllocatedImageIsKnownToTheDisplay) {
  start(std::make_unique<OneImage>(image()));
  const BufferId id = ids_.next();
  const auto made = device_->allocate(id, size, output_.planes[0].formats);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->planes[0].fd.valid());
  EXPECT_NO_FATAL_FAILURE(show(fullscreen(id, true)));
}

TEST_F(Kms, AnAllocatedImageThatTheDisplayRefusesIsAnError) {
  start(std::make_unique<OneImage>(image(size, DRM_FORMAT_RGB565)));
  EXPECT_FALSE(device_->allocate(ids_.next(), size, output_.planes[0].formats));
  start();
  EXPECT_FALSE(device_->allocate(ids_.next(), size, output_.planes[0].formats)) << "no allocator";
}

TEST_F(Kms, NamesTheRenderNodeOfItsOwnCardOrElseTheCard) {
  start();
  EXPECT_EQ(device_->main_device(), dev_t{0xe200});
  device_.reset();
  card_.render_node = 0xe280;
  start();
  EXPECT_EQ(device_->main_device(), dev_t{0xe280});
}

TEST_F(Kms, OffersSyncObjectsWhereTheyWork) {
  start();
  EXPECT_GE(device_->sync_object_fd(), 0);
  device_.reset();
  card_.sync_objects = false;
  start();
  EXPECT_EQ(device_->sync_object_fd(), -1);
}

TEST_F(Kms, TheListenerMaySubmitTheNextStateFromItsFlip) {
  start();
  struct Chain final : ScanoutListener {
    explicit Chain(Kms& test) : fixture(test) {}
    void flipped(const FlipEvent&) override {
      if (++count < 10)
        next();
    }
    Kms& fixture;
    std::function<void()> next;
    int count = 0;
  } chain(*this);
  const BufferId front = import_image();
  chain.next = [&] { ASSERT_TRUE(device_->submit(fullscreen(front))); };
  device_->set_listener(&chain);
  ASSERT_TRUE(device_->submit(fullscreen(front, true)));
  loop_.advance(std::chrono::milliseconds(16 * 10));
  EXPECT_EQ(chain.count, 10);
  device_->set_listener(nullptr);
}

TEST_F(Kms, TheFenceOfACommitSignalsWithItsFlip) {
  start();
  const BufferId front = import_image(), back = import_image();
  show(fullscreen(front, true));
  auto fence = device_->submit_with_fence(fullscreen(back));
  ASSERT_TRUE(fence) << fence.error().text();
  ASSERT_TRUE(fence->valid());
  const auto signalled = [&] {
    pollfd waiting{.fd = fence->get(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) > 0;
  };
  EXPECT_FALSE(signalled());
  loop_.advance(std::chrono::milliseconds(16));
  EXPECT_TRUE(signalled());
  // Only where it is asked for, never with a modeset, and never by a test.
  ASSERT_TRUE(device_->accepts(fullscreen(front)));
  EXPECT_EQ(last_set(crtc_).count("OUT_FENCE_PTR"), 0U);
  show(fullscreen(front));
  EXPECT_EQ(last_set(crtc_).count("OUT_FENCE_PTR"), 0U);
  fence = device_->submit_with_fence(fullscreen(back, true));
  ASSERT_TRUE(fence);
  EXPECT_FALSE(fence->valid());
}

TEST_F(Kms, ACommitThatFailsLeavesNoFence) {
  start();
  const BufferId front = import_image();
  show(fullscreen(front, true));
  card_.next_commit_error = EINVAL;
  EXPECT_EQ(device_->submit_with_fence(fullscreen(front)).error().code, EINVAL);
}

} // namespace
} // namespace fenceline
