#include <drm_fourcc.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/unit/nested/nested_fixture.h"

namespace fenceline::test {
namespace {

constexpr std::uint32_t vsync = 1, hw_clock = 2, hw_completion = 4, zero_copy = 8; ///< wp_presentation_feedback.kind

TEST_F(NestedFixture, TheWindowIsTheOutput) {
  start({}, {.size = {320, 200}, .fullscreen = false, .own_socket = {}});
  ASSERT_TRUE(device) << error;
  ASSERT_EQ(device->outputs().size(), 1U);
  const OutputInfo& info = device->outputs().front();
  EXPECT_EQ(info.mode.size, (Size{320, 200}));
  EXPECT_EQ(info.mode.refresh, Nanoseconds(16'666'666)) << "of the parent's output";
  EXPECT_TRUE(info.reads_pixels) << "without dma-bufs";
  EXPECT_FALSE(parent->fullscreen_asked);
  EXPECT_EQ(parent->title, "Fenceline");
}

TEST_F(NestedFixture, TheParentsSizeCounts) {
  start({.first_size = {640, 480}}, {.size = {320, 200}, .fullscreen = true, .own_socket = {}});
  ASSERT_TRUE(device) << error;
  EXPECT_EQ(device->outputs().front().mode.size, (Size{640, 480}));
  EXPECT_TRUE(parent->fullscreen_asked);
}

TEST_F(NestedFixture, AParentWithoutWindowsIsNone) {
  start({.shell = false});
  EXPECT_FALSE(device);
  EXPECT_NE(error.find("xdg_wm_base"), std::string::npos) << error;
}

TEST_F(NestedFixture, AFramesPixelsAreTheWindows) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 0x00123456));
  ASSERT_EQ(parent->commits.size(), 1U);
  const FakeParent::Commit& commit = parent->commits.front();
  EXPECT_EQ(commit.size, (Size{16, 8}));
  EXPECT_EQ(commit.pixels, std::vector<std::uint32_t>(128, 0x00123456));
  EXPECT_EQ(commit.damage, 1U);
  EXPECT_EQ(parent->acked.size(), 1U);
}

TEST_F(NestedFixture, TheParentWantsTheNextFrameBeforeItHasShownThisOne) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  EXPECT_EQ(submit(2, 10).error().code, EBUSY);
  parent->frame_done();
  talk();
  EXPECT_EQ(readies, std::vector{FrameId{1}});
  EXPECT_TRUE(flips.empty());
  ASSERT_TRUE(show(2, 11, 2));
  parent->presented(5'000'000'000, 10'000'000, vsync | hw_clock | hw_completion | zero_copy);
  talk();
  ASSERT_EQ(flips.size(), 1U);
  EXPECT_EQ(flips[0].frame, FrameId{1});
  EXPECT_EQ(flips[0].time, TimePoint{5'000'000'000});
  EXPECT_EQ(flips[0].sequence, 77U);
  EXPECT_TRUE(flips[0].vsync && flips[0].hardware_clock && flips[0].seen);
  EXPECT_FALSE(flips[0].copied_again);
  // The length of a frame of the display that shows the window.
  EXPECT_EQ(device->outputs().front().mode.refresh, Nanoseconds(10'000'000));
  EXPECT_EQ(changes, 1);
}

TEST_F(NestedFixture, AParentThatComposesOurPictureHasCopiedIt) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  parent->presented(1, 0, vsync);
  talk();
  ASSERT_EQ(flips.size(), 1U);
  EXPECT_TRUE(flips[0].copied_again);
  EXPECT_FALSE(flips[0].hardware_clock);
  EXPECT_EQ(readies.size(), 1U) << "shown, so taken: whatever the frame callback does";
}

TEST_F(NestedFixture, AnImageIsTheParentsUntilItSaysOtherwise) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  parent->frame_done();
  talk();
  ASSERT_TRUE(show(2, 11, 2));
  parent->presented(1, 0, 0);
  parent->presented(2, 0, 0);
  talk();
  ASSERT_EQ(flips.size(), 2U);
  EXPECT_TRUE(device->reads(BufferId{10})) << "the flip that replaced it says nothing of its reader";
  const std::vector<std::uint32_t> pixels(128);
  EXPECT_EQ(device->write_pixels(BufferId{10}, {16, 8}, pixels).error().code, EBUSY);
  parent->release(parent->held.front());
  talk();
  EXPECT_EQ(releases, std::vector{BufferId{10}});
  EXPECT_FALSE(device->reads(BufferId{10}));
  EXPECT_TRUE(device->write_pixels(BufferId{10}, {16, 8}, pixels));
}

TEST_F(NestedFixture, AForgottenImageLivesUntilTheParentIsDone) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  device->forget_buffer(BufferId{10});
  EXPECT_FALSE(device->knows(BufferId{10}));
  talk();
  // Were it destroyed, this would be a use of what is gone.
  parent->release(parent->held.front());
  talk();
  EXPECT_TRUE(releases.empty()) << "nobody knows that id any more";
}

TEST_F(NestedFixture, AHiddenWindowGoesOnSlowly) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  loop.advance(ms(900));
  EXPECT_TRUE(flips.empty());
  loop.advance(ms(200));
  ASSERT_EQ(flips.size(), 1U);
  EXPECT_FALSE(flips[0].seen);
  EXPECT_EQ(readies.size(), 1U);
  // Late words of it are nobody's.
  ASSERT_TRUE(show(2, 11, 2));
  ASSERT_EQ(parent->waiting_callbacks(), 2U);
  parent->frame_done();
  parent->presented(1, 0, 0);
  talk();
  EXPECT_EQ(readies.size(), 1U);
  EXPECT_EQ(flips.size(), 1U);
  parent->frame_done();
  parent->presented(2, 0, 0);
  talk();
  ASSERT_EQ(flips.size(), 2U);
  EXPECT_EQ(flips[1].frame, FrameId{2});
  EXPECT_TRUE(flips[1].seen);
}

TEST_F(NestedFixture, WhatTheParentDropsIsOverButNotSeen) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  parent->discarded();
  talk();
  EXPECT_TRUE(flips.empty()) << "a parent that drops at once must not set the pace";
  parent->frame_done();
  talk();
  ASSERT_EQ(flips.size(), 1U);
  EXPECT_FALSE(flips[0].seen);
  // Taken, then dropped for a newer one.
  ASSERT_TRUE(show(2, 11, 2));
  parent->frame_done();
  talk();
  ASSERT_TRUE(show(3, 12, 3));
  parent->discarded();
  parent->presented(9, 0, 0);
  talk();
  ASSERT_EQ(flips.size(), 3U);
  EXPECT_FALSE(flips[1].seen);
  EXPECT_EQ(flips[1].frame, FrameId{2});
  EXPECT_TRUE(flips[2].seen);
}

TEST_F(NestedFixture, WithoutPresentationFeedbackTheFrameCallbackIsTheBlank) {
  start({.presentation = false, .first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  loop.advance(ms(5));
  parent->frame_done();
  talk();
  ASSERT_EQ(flips.size(), 1U);
  EXPECT_EQ(flips[0].time, loop.now());
  EXPECT_TRUE(flips[0].seen);
  EXPECT_FALSE(flips[0].vsync);
}

TEST_F(NestedFixture, AnotherSizeIsAnotherMode) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 1));
  const std::uint32_t serial = parent->configure({32, 8});
  talk();
  EXPECT_EQ(changes, 0) << "one a frame";
  parent->frame_done();
  parent->presented(1, 0, 0);
  talk();
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(device->outputs().front().mode.size, (Size{32, 8}));
  EXPECT_EQ(parent->acked.size(), 1U) << "a configure is answered with the picture of its size";
  ASSERT_TRUE(show(2, 11, 2));
  EXPECT_EQ(parent->acked.back(), serial);
  EXPECT_EQ(parent->commits.back().size, (Size{32, 8}));
}

TEST_F(NestedFixture, AnOutputThatIsSwitchedOffIsABlackWindow) {
  start({.first_size = {16, 8}});
  ASSERT_TRUE(show(1, 10, 0xffffff));
  parent->frame_done();
  parent->presented(1, 0, 0);
  talk();
  OutputState dark = state_of(2);
  dark.active = false;
  dark.modeset = true;
  ASSERT_TRUE(device->submit(std::move(dark)));
  talk();
  EXPECT_EQ(parent->commits.back().pixels, std::vector<std::uint32_t>(128, 0));
  parent->frame_done();
  parent->presented(2, 0, 0);
  talk();
  EXPECT_EQ(flips.size(), 2U);
  // The picture from before comes back though it is the image that was attached before.
  ASSERT_TRUE(submit(3, 10));
  EXPECT_EQ(parent->commits.back().pixels, std::vector<std::uint32_t>(128, 0xffffff));
}

TEST_F(NestedFixture, ClosingTheWindowEndsTheSession) {
  start();
  parent->close_window();
  talk();
  EXPECT_EQ(ended, std::vector<std::string>{""});
}

TEST_F(NestedFixture, AParentThatGoesEndsTheSession) {
  start({.first_size = {16, 8}});
  parent->die();
  loop.run_ready();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_NE(ended[0].find("gone"), std::string::npos) << ended[0];
  const std::vector<std::uint32_t> pixels(128);
  ASSERT_TRUE(device->write_pixels(BufferId{10}, {16, 8}, pixels));
  OutputState state = state_of(1);
  state.planes.push_back({PlaneId{1}, BufferId{10}, {0, 0, 16, 8}, {0, 0, 16, 8}, {}});
  EXPECT_EQ(device->submit(std::move(state)).error().code, EPIPE);
}

TEST_F(NestedFixture, AParentThatThrowsUsOutSaysWhy) {
  start({.first_size = {16, 8}});
  parent->throw_out();
  loop.run_ready();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_NE(ended[0].find("protocol error"), std::string::npos) << ended[0];
  EXPECT_NE(ended[0].find("xdg_wm_base"), std::string::npos) << ended[0];
}

TEST_F(NestedFixture, StatesThatCannotBe) {
  start({.first_size = {16, 8}});
  OutputState other = state_of(1);
  other.output = OutputId{2};
  EXPECT_EQ(device->accepts(other).error().code, ENODEV);
  OutputState two = state_of(1);
  two.planes.push_back({PlaneId{1}, BufferId{1}, {}, {}, {}});
  two.planes.push_back({PlaneId{3}, BufferId{1}, {}, {}, {}});
  EXPECT_EQ(device->accepts(two).error().code, EINVAL);
  EXPECT_EQ(submit(1, 99).error().code, ENOENT);
  EXPECT_EQ(parent->commits.size(), 0U);
}

// --- dma-bufs: files stand for them, which no fake parent maps ---

constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier argb{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};

DmabufAttributes dmabuf(Size size, FormatModifier format) {
  DmabufAttributes attributes;
  attributes.size = size;
  attributes.format = format;
  attributes.plane_count = 1;
  attributes.planes[0].fd = UniqueFd(::memfd_create("dma-buf", MFD_CLOEXEC));
  attributes.planes[0].stride = static_cast<std::uint32_t>(size.width) * 4U;
  return attributes;
}

TEST_F(NestedFixture, ADmabufGoesToTheParentAsItIs) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  ASSERT_TRUE(device) << error;
  EXPECT_EQ(device->outputs().front().planes.front().formats, std::vector{xrgb});
  EXPECT_EQ(device->main_device(), makedev(226, 128));
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, argb)));
  EXPECT_FALSE(device->knows(BufferId{5})) << "the parent has not answered";
  talk();
  EXPECT_TRUE(device->knows(BufferId{5}));
  ASSERT_TRUE(submit(1, 5));
  ASSERT_EQ(parent->commits.size(), 1U);
  EXPECT_EQ(parent->commits[0].dmabuf, xrgb) << "opaque as it is shown: taken for the format that the parent knows";
  EXPECT_EQ(parent->commits[0].size, (Size{16, 8}));
  parent->frame_done();
  parent->presented(1, 0, vsync | zero_copy);
  talk();
  ASSERT_EQ(flips.size(), 1U);
  EXPECT_FALSE(flips[0].copied_again);
}

TEST_F(NestedFixture, WhatTheParentRefusesIsNotKnown) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  parent->refuse_dmabufs = true;
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
  talk();
  EXPECT_FALSE(device->knows(BufferId{5}));
  EXPECT_EQ(submit(1, 5).error().code, ENOENT);
  EXPECT_TRUE(ended.empty()) << "and it is no reason to end the connection";
  EXPECT_EQ(device->import_buffer(BufferId{6}, dmabuf({16, 8}, {DRM_FORMAT_NV12, 0})).error().code, ENOTSUP);
}

TEST_F(NestedFixture, AStateWaitsForTheParentsAnswer) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  parent->answer_dmabufs = false;
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
  ASSERT_TRUE(submit(1, 5)) << "a composed image is not to be asked for twice";
  EXPECT_TRUE(parent->commits.empty());
  EXPECT_EQ(submit(2, 5).error().code, EBUSY);
  parent->answer_all();
  talk();
  EXPECT_EQ(parent->commits.size(), 1U);
  // The answer to the next one is no.
  parent->frame_done();
  parent->presented(1, 0, 0);
  talk();
  ASSERT_TRUE(device->import_buffer(BufferId{6}, dmabuf({16, 8}, xrgb)));
  ASSERT_TRUE(submit(2, 6));
  parent->refuse_dmabufs = true;
  parent->answer_all();
  talk();
  ASSERT_EQ(flips.size(), 2U);
  EXPECT_FALSE(flips[1].seen);
  EXPECT_EQ(submit(3, 6).error().code, ENOENT);
}

TEST_F(NestedFixture, AFenceIsWaitedForWhereTheKernelCannotTellTheParent) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
  talk();
  FakeFence fence;
  OutputState state = state_of(1);
  state.planes.push_back({PlaneId{1}, BufferId{5}, {0, 0, 16, 8}, {0, 0, 16, 8}, fence.handle()});
  ASSERT_TRUE(device->submit(std::move(state)));
  talk();
  EXPECT_TRUE(parent->commits.empty());
  fence.signal();
  talk();
  EXPECT_EQ(parent->commits.size(), 1U);
}

TEST_F(NestedFixture, ABufferThatTheParentHoldsIsNotAttachedAgain) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  for (const std::uint64_t id : {5, 6})
    ASSERT_TRUE(device->import_buffer(BufferId{id}, dmabuf({16, 8}, xrgb)));
  talk();
  ASSERT_TRUE(submit(1, 5));
  EXPECT_TRUE(device->knows(BufferId{5})) << "shown: to go on showing it is no second attach";
  parent->frame_done();
  talk();
  ASSERT_TRUE(submit(2, 6));
  EXPECT_FALSE(device->knows(BufferId{5}));
  parent->release(parent->held.front());
  talk();
  EXPECT_TRUE(device->knows(BufferId{5}));
  EXPECT_EQ(releases, std::vector{BufferId{5}});
}

TEST_F(NestedFixture, ABufferForgottenBeforeTheAnswerIsGivenBack) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  parent->answer_dmabufs = false;
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
  talk();
  device->forget_buffer(BufferId{5});
  parent->answer_all();
  talk();
  EXPECT_EQ(parent->live_dmabufs, 0U);
}

TEST_F(NestedFixture, WithTheHandOverSwitchedOffNothingIsKnown) {
  start({.first_size = {16, 8}, .formats = {xrgb}},
        {.size = {16, 8}, .fullscreen = false, .hand_over = false, .own_socket = {}});
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
  talk();
  EXPECT_FALSE(device->knows(BufferId{5}));
  EXPECT_TRUE(submit(1, 5)) << "a composed image goes over all the same";
}

// Overlays: subsurfaces of the window.

class NestedOverlays : public NestedFixture {
 protected:
  /// A window of 16x8, its image 5, and 4x4 images of clients: 10, 11, 12.
  void SetUp() override {
    start({.first_size = {16, 8}, .formats = {xrgb}, .subsurfaces = true});
    ASSERT_TRUE(device) << error;
    ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
    for (const std::uint64_t id : {10, 11, 12})
      ASSERT_TRUE(device->import_buffer(BufferId{id}, dmabuf({4, 4}, xrgb)));
    talk();
  }
  /// Image 5, and these over it: overlay, buffer, place.
  struct Over {
    std::uint32_t plane;
    std::uint64_t buffer;
    Point at;
  };
  [[nodiscard]] OutputState with(std::uint64_t frame, const std::vector<Over>& overlays) const {
    OutputState state = state_of(frame);
    state.planes.push_back({PlaneId{1}, BufferId{5}, {0, 0, 16, 8}, {0, 0, 16, 8}, {}});
    for (const Over& over : overlays)
      state.planes.push_back(
          {PlaneId{over.plane}, BufferId{over.buffer}, {0, 0, 4, 4}, {over.at.x, over.at.y, 4, 4}, {}});
    return state;
  }
  void show(std::uint64_t frame, const std::vector<Over>& overlays) {
    ASSERT_TRUE(device->submit(with(frame, overlays)));
    talk();
    parent->frame_done();
    parent->presented(1, 0, zero_copy);
    talk();
  }
};

TEST_F(NestedOverlays, AreSubsurfacesThatAppearWithTheWindowsCommit) {
  std::size_t overlays = 0;
  for (const PlaneInfo& plane : device->outputs().front().planes)
    overlays += plane.type == PlaneType::Overlay ? 1 : 0;
  ASSERT_EQ(parent->subsurfaces.size(), overlays);
  show(1, {{3, 10, {2, 3}}, {4, 11, {8, 0}}});
  EXPECT_NE(parent->subsurfaces[0].buffer, nullptr);
  EXPECT_EQ(parent->subsurfaces[0].at, (Point{2, 3}));
  EXPECT_EQ(parent->subsurfaces[1].at, (Point{8, 0}));
  EXPECT_NE(parent->subsurfaces[1].buffer, parent->subsurfaces[0].buffer);
  EXPECT_EQ(parent->subsurfaces[2].buffer, nullptr);
  show(2, {{4, 11, {9, 1}}});
  EXPECT_EQ(parent->subsurfaces[0].buffer, nullptr) << "what is not named is gone";
  EXPECT_EQ(parent->subsurfaces[1].at, (Point{9, 1}));
}

TEST_F(NestedOverlays, WhatTheParentHoldsGoesToNoOtherPlace) {
  show(1, {{3, 10, {0, 0}}});
  EXPECT_TRUE(device->reads(BufferId{10}));
  EXPECT_TRUE(device->accepts(with(2, {{3, 10, {1, 1}}})));
  EXPECT_EQ(device->accepts(with(2, {{4, 10, {1, 1}}})).error().code, ENOENT);
  show(2, {{3, 12, {0, 0}}});
  EXPECT_FALSE(device->knows(BufferId{10})) << "replaced, and not given back yet";
  for (wl_resource* buffer : std::vector(parent->held))
    if (buffer != parent->subsurfaces[0].buffer && buffer != parent->held.front())
      parent->release(buffer);
  parent->release(parent->held.front());
  talk();
  EXPECT_TRUE(device->knows(BufferId{10}));
}

TEST_F(NestedOverlays, AreNeitherScaledNorCropped) {
  OutputState state = with(1, {{3, 10, {0, 0}}});
  state.planes.back().dest.width = 8;
  EXPECT_EQ(device->accepts(state).error().code, EINVAL);
  state = with(1, {{3, 10, {0, 0}}});
  state.planes.back().source.width = 2;
  state.planes.back().dest.width = 2;
  EXPECT_EQ(device->accepts(state).error().code, EINVAL);
  EXPECT_EQ(device->accepts(with(1, {{9, 10, {0, 0}}})).error().code, EINVAL) << "there is no such plane";
  EXPECT_EQ(device->accepts(with(1, {{3, 10, {0, 0}}, {3, 11, {8, 0}}})).error().code, EINVAL);
}

TEST_F(NestedOverlays, ZeroCopyIsClaimedOnlyWhereTheParentHasSaidSo) {
  show(1, {});
  show(2, {{3, 10, {0, 0}}});
  ASSERT_EQ(flips.size(), 2U);
  EXPECT_FALSE(flips[0].copied_again);
  EXPECT_TRUE(flips[1].copied_again) << "the parent spoke of the window, not of its subsurface";
}

TEST_F(NestedFixture, AParentWithoutSubsurfacesHasNoOverlays) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  ASSERT_TRUE(device) << error;
  EXPECT_EQ(device->outputs().front().planes.size(), 2U);
}

TEST_F(NestedOverlays, StayInsideTheWindow) {
  EXPECT_TRUE(device->accepts(with(1, {{3, 10, {12, 4}}})));
  for (const Point at : {Point{-1, 0}, Point{0, -1}, Point{13, 0}, Point{0, 5}})
    EXPECT_EQ(device->accepts(with(1, {{3, 10, at}})).error().code, EINVAL) << "the parent would not cut it off";
}

TEST_F(NestedOverlays, AnImageIsAtOnePlaceAtATime) {
  EXPECT_EQ(device->accepts(with(1, {{3, 10, {0, 0}}, {4, 10, {8, 0}}})).error().code, ENOENT);
}

TEST_F(NestedFixture, AFrameThatIsAbandonedGivesWayToTheNext) {
  start({.first_size = {16, 8}, .formats = {xrgb}});
  parent->answer_dmabufs = false;
  ASSERT_TRUE(device->import_buffer(BufferId{5}, dmabuf({16, 8}, xrgb)));
  ASSERT_TRUE(submit(1, 5));
  EXPECT_EQ(show(2, 6, 0xff00ff00).error().code, EBUSY);
  device->abandon(OutputId{1});
  EXPECT_TRUE(show(3, 6, 0xff00ff00));
  EXPECT_EQ(parent->commits.size(), 1U);
}

} // namespace
} // namespace fenceline::test
