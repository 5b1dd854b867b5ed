// What a state's request says to the kernel.

#include <algorithm>
#include <array>
#include <cerrno>

#include "tests/unit/drm/kms_fixture.h"

namespace fenceline {
namespace {

using KmsCommit = test::KmsFixture;
using Set = std::map<std::string, std::uint64_t>;

std::uint64_t negative(std::int64_t value) {
  return static_cast<std::uint64_t>(value);
}

TEST_F(KmsCommit, AModesetSaysEverythingOfTheOutput) {
  start();
  const BufferId front = import_image();
  ASSERT_TRUE(device_->submit(fullscreen(front, true)));
  const auto& asked = card_.asked.back();
  EXPECT_EQ(asked.flags,
            std::uint32_t{DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT | DRM_MODE_ATOMIC_ALLOW_MODESET});
  EXPECT_EQ(last_set(connector_), (Set{{"CRTC_ID", crtc_}}));
  auto crtc = last_set(crtc_);
  const auto mode = card_.blob(crtc.at("MODE_ID"));
  ASSERT_TRUE(mode);
  ASSERT_EQ(mode->size(), sizeof(drmModeModeInfo));
  const auto* info = reinterpret_cast<const drmModeModeInfo*>(mode->data());
  EXPECT_STREQ(info->name, "1024x768");
  crtc.erase("MODE_ID");
  EXPECT_EQ(crtc, (Set{{"ACTIVE", 1}, {"GAMMA_LUT", 0}, {"BACKGROUND_COLOR", 0xffff'0000'0000'0000}}));
  auto plane = last_set(primary_);
  EXPECT_NE(plane.at("FB_ID"), 0U);
  plane.erase("FB_ID");
  EXPECT_EQ(plane, (Set{{"CRTC_ID", crtc_},
                        {"CRTC_X", 0},
                        {"CRTC_Y", 0},
                        {"CRTC_W", 1024},
                        {"CRTC_H", 768},
                        {"SRC_X", 0},
                        {"SRC_Y", 0},
                        {"SRC_W", 1024U << 16},
                        {"SRC_H", 768U << 16},
                        {"rotation", 1},
                        {"alpha", 0xffff},
                        {"COLOR_ENCODING", 1},
                        {"COLOR_RANGE", 0},
                        {"pixel blend mode", 0}}));
  // Somebody may have left them on.
  EXPECT_EQ(last_set(overlay_), (Set{{"FB_ID", 0}, {"CRTC_ID", 0}}));
  EXPECT_EQ(last_set(cursor_), (Set{{"FB_ID", 0}, {"CRTC_ID", 0}}));
}

TEST_F(KmsCommit, ABackgroundIsSetWithoutAnyPlaneAndTakenBackWithTheNextState) {
  start();
  EXPECT_TRUE(output_.background);
  const BufferId front = import_image();
  show(fullscreen(front, true));
  auto orange = fullscreen(front);
  orange.planes.clear();
  orange.background = {1.0F, 0.5F, 0.0F, 1.0F};
  show(std::move(orange));
  EXPECT_EQ(last_set(crtc_).at("BACKGROUND_COLOR"), 0xffff'ffff'8000'0000U) << "alpha, red, green, blue";
  EXPECT_EQ(card_.value(primary_, "FB_ID"), 0U);
  EXPECT_EQ(card_.asked.back().flags & DRM_MODE_ATOMIC_ALLOW_MODESET, 0U);
  show(fullscreen(front));
  EXPECT_EQ(card_.value(crtc_, "BACKGROUND_COLOR"), 0xffff'0000'0000'0000U);
  show(fullscreen(front));
  EXPECT_FALSE(last_set(crtc_).contains("BACKGROUND_COLOR")) << "it is black already";
}

TEST_F(KmsCommit, ABackgroundIsBlackAgainBeforeAnotherSessionHasTheDisplay) {
  start();
  auto orange = fullscreen(BufferId{}, true);
  orange.planes.clear();
  orange.background = {1.0F, 0.5F, 0.0F, 1.0F};
  ASSERT_TRUE(device_->submit(std::move(orange)));
  device_->suspend();
  EXPECT_EQ(flips_.size(), 1U) << "it waited for the flip";
  EXPECT_EQ(card_.commits_that_hang, 0);
  loop_.advance(std::chrono::milliseconds(16));
  EXPECT_EQ(card_.value(crtc_, "BACKGROUND_COLOR"), 0xffff'0000'0000'0000U);
  device_->resume();
  auto green = fullscreen(BufferId{}, true);
  green.planes.clear();
  green.background = {0.0F, 1.0F, 0.0F, 1.0F};
  show(std::move(green));
  EXPECT_EQ(card_.value(crtc_, "BACKGROUND_COLOR"), 0xffff'0000'ffff'0000U);
}

TEST_F(KmsCommit, AnotherSessionIsNotKeptWaitingWhereTheBackgroundIsBlack) {
  start();
  ASSERT_TRUE(device_->submit(fullscreen(import_image(), true)));
  const std::size_t asked = card_.asked.size();
  device_->suspend();
  EXPECT_TRUE(flips_.empty());
  EXPECT_EQ(card_.asked.size(), asked);
}

TEST_F(KmsCommit, NothingAfterNothingStillFlips) {
  start();
  for (const bool modeset : {true, false, false}) {
    auto nothing = fullscreen(BufferId{}, modeset);
    nothing.planes.clear();
    show(std::move(nothing));
  }
}

// wp_single_pixel_buffer takes colours brighter than their alpha.
TEST_F(KmsCommit, ABackgroundIsNoBrighterThanWhite) {
  start();
  show(fullscreen(import_image(), true));
  auto state = fullscreen(BufferId{});
  state.planes.clear();
  state.background = {2.0F, -1.0F, 1.0F, 1.0F};
  show(std::move(state));
  EXPECT_EQ(card_.value(crtc_, "BACKGROUND_COLOR"), 0xffff'ffff'0000'ffffU);
}

TEST_F(KmsCommit, AFlipSaysOnlyItsPlanes) {
  start();
  const BufferId front = import_image();
  show(fullscreen(front, true));
  ASSERT_TRUE(device_->submit(fullscreen(front)));
  const auto& asked = card_.asked.back();
  EXPECT_EQ(asked.flags, std::uint32_t{DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT});
  ASSERT_EQ(asked.set.size(), 1U);
  EXPECT_EQ(last_set(primary_).count("rotation"), 0U);
  EXPECT_EQ(last_set(primary_).count("IN_FENCE_FD"), 0U);
  EXPECT_EQ(last_set(primary_).at("SRC_W"), 1024U << 16);
}

TEST_F(KmsCommit, ATurnedOrFadedPictureIsSaidAndSoIsItsEnd) {
  start();
  // A quarter clockwise undoes one counter-clockwise. This plane has no rotate-270: both reflections are half a turn.
  const std::array<std::uint64_t, 8> values{1, 2 | 16 | 32, 4, 2, 1 | 16, 2 | 16, 4 | 16, 2 | 32};
  ASSERT_EQ(output_.planes[0].transforms, 0xff);
  ASSERT_TRUE(output_.planes[0].alpha);
  const BufferId front = import_image();
  show(fullscreen(front, true));
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto state = fullscreen(front);
    state.planes[0].transform = static_cast<Transform>(i);
    state.planes[0].alpha = 0.5F;
    show(std::move(state));
    EXPECT_EQ(last_set(primary_).at("rotation"), values[i]) << i;
    EXPECT_EQ(last_set(primary_).at("alpha"), 0x8000U);
  }
  OutputState nothing = fullscreen(front);
  nothing.planes.clear();
  nothing.planes.push_back(on_plane(overlay_, import_image({100, 80}), {0, 0, 100, 80}));
  show(std::move(nothing));
  show(fullscreen(front));
  EXPECT_EQ(card_.value(primary_, "rotation"), 1U) << "also after a time when nothing was on it";
  EXPECT_EQ(card_.value(primary_, "alpha"), 0xffffU);
  show(fullscreen(front));
  EXPECT_EQ(last_set(primary_).count("rotation"), 0U) << "it is told once";
}

TEST_F(KmsCommit, ADepthThatCanBeSetIsSaidEachTime) {
  const auto movable = card_.add_plane({.type = PlaneType::Overlay,
                                        .possible_crtcs = 1,
                                        .formats = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}},
                                        .depths = PlaneDepths{1, 9, 5}});
  start();
  const BufferId front = import_image(), window = import_image({100, 80});
  for (const auto depth : {std::optional<std::uint64_t>(3), std::optional<std::uint64_t>()}) {
    auto state = fullscreen(front, true);
    state.planes.push_back(on_plane(movable, window, {0, 0, 100, 80}));
    state.planes.back().depth = depth;
    show(std::move(state));
    EXPECT_EQ(card_.value(movable, "zpos"), depth.value_or(5)) << "else as it was found";
    EXPECT_EQ(last_set(primary_).count("zpos"), 0U);
  }
}

TEST_F(KmsCommit, AnEncodingIsSaidWithTheVideoAndTakenBackAfterIt) {
  start();
  const auto primary = std::find_if(output_.planes.begin(), output_.planes.end(),
                                    [this](const PlaneInfo& plane) { return plane.id == PlaneId{primary_}; });
  constexpr auto limited = YuvRange::Limited, full = YuvRange::Full;
  EXPECT_EQ(primary->yuv, (std::vector<YuvEncoding>{{YuvMatrix::Bt601, limited},
                                                    {YuvMatrix::Bt601, full},
                                                    {YuvMatrix::Bt709, limited},
                                                    {YuvMatrix::Bt709, full}}));
  const BufferId front = import_image();
  show(fullscreen(front, true));
  for (const YuvEncoding encoding : primary->yuv) {
    auto video = fullscreen(front);
    video.planes[0].yuv = encoding;
    show(std::move(video));
    EXPECT_EQ(card_.value(primary_, "COLOR_ENCODING"), encoding.matrix == YuvMatrix::Bt709 ? 1U : 0U);
    EXPECT_EQ(card_.value(primary_, "COLOR_RANGE"), encoding.range == YuvRange::Full ? 1U : 0U);
  }
  show(fullscreen(front));
  EXPECT_EQ(card_.value(primary_, "COLOR_ENCODING"), 1U);
  EXPECT_EQ(card_.value(primary_, "COLOR_RANGE"), 0U);
  show(fullscreen(front));
  EXPECT_EQ(last_set(primary_).count("COLOR_RANGE"), 0U) << "it is told once";

  auto unknown = fullscreen(front);
  unknown.planes[0].yuv.matrix = YuvMatrix::Bt2020;
  EXPECT_EQ(device_->accepts(unknown).error().code, EINVAL);
}

TEST_F(KmsCommit, APlaneThatCannotTurnOrFadeIsNotAsked) {
  start();
  const auto overlay = std::find_if(output_.planes.begin(), output_.planes.end(),
                                    [this](const PlaneInfo& plane) { return plane.id == PlaneId{overlay_}; });
  EXPECT_EQ(overlay->transforms, 1);
  EXPECT_FALSE(overlay->alpha);
  const BufferId front = import_image(), small = import_image({100, 80});
  auto turned = fullscreen(front, true);
  turned.planes.push_back(on_plane(overlay_, small, {0, 0, 100, 80}));
  turned.planes[1].transform = Transform::R180;
  EXPECT_EQ(device_->accepts(turned).error().code, EINVAL);
  turned.planes[1].transform = Transform::Normal;
  turned.planes[1].alpha = 0.5F;
  EXPECT_EQ(device_->accepts(turned).error().code, EINVAL);
  turned.planes[1].alpha = 1.0F;
  EXPECT_TRUE(overlay->yuv.empty());
  turned.planes[1].yuv.matrix = YuvMatrix::Bt601;
  EXPECT_EQ(device_->accepts(turned).error().code, EINVAL);
  turned.planes[1].yuv = {};
  EXPECT_TRUE(device_->accepts(turned));
}

TEST_F(KmsCommit, PlanesThatAreNotNamedAreSwitchedOffOnce) {
  start();
  const BufferId front = import_image(), small = import_image({100, 80});
  show(fullscreen(front, true));
  auto both = fullscreen(front);
  both.planes.push_back(on_plane(overlay_, small, {30, -7, 100, 80}));
  show(std::move(both));
  EXPECT_EQ(last_set(overlay_).at("CRTC_X"), 30U);
  EXPECT_EQ(last_set(overlay_).at("CRTC_Y"), negative(-7));
  EXPECT_NE(card_.value(overlay_, "FB_ID"), 0U);
  show(fullscreen(front));
  EXPECT_EQ(last_set(overlay_), (Set{{"FB_ID", 0}, {"CRTC_ID", 0}}));
  show(fullscreen(front));
  EXPECT_EQ(last_set(overlay_), Set{});
  EXPECT_EQ(card_.value(overlay_, "FB_ID"), 0U);
}

TEST_F(KmsCommit, ARefusedStateChangesNotWhatIsSwitchedOff) {
  start();
  const BufferId front = import_image(), small = import_image({100, 80});
  auto both = fullscreen(front, true);
  both.planes.push_back(on_plane(overlay_, small, {0, 0, 100, 80}));
  show(std::move(both));
  card_.next_commit_error = EINVAL;
  ASSERT_FALSE(device_->submit(fullscreen(front)));
  show(fullscreen(front));
  EXPECT_EQ(last_set(overlay_), (Set{{"FB_ID", 0}, {"CRTC_ID", 0}}));
}

TEST_F(KmsCommit, SourcesAreFixedPoint) {
  card_.scales = true;
  start();
  auto state = fullscreen(import_image(), true);
  state.planes[0].source = {1.5, 2.25, 1000.125, 700};
  ASSERT_TRUE(device_->accepts(state));
  EXPECT_EQ(last_set(primary_).at("SRC_X"), 0x1'8000U);
  EXPECT_EQ(last_set(primary_).at("SRC_Y"), 0x2'4000U);
  EXPECT_EQ(last_set(primary_).at("SRC_W"), (1000U << 16) + 0x2000);
  EXPECT_EQ(last_set(primary_).at("SRC_H"), 700U << 16);
}

TEST_F(KmsCommit, ATestAsksTheSameAndChangesNothing) {
  start();
  const BufferId front = import_image();
  ASSERT_TRUE(device_->accepts(fullscreen(front, true)));
  const auto tested = card_.asked.back();
  EXPECT_EQ(tested.flags, std::uint32_t{DRM_MODE_ATOMIC_TEST_ONLY | DRM_MODE_ATOMIC_ALLOW_MODESET});
  EXPECT_EQ(card_.value(primary_, "FB_ID"), 0U);
  ASSERT_TRUE(device_->submit(fullscreen(front, true)));
  EXPECT_EQ(card_.asked.back().set, tested.set);
}

TEST_F(KmsCommit, ATestCarriesTheKernelsReason) {
  start();
  show(fullscreen(import_image(), true));
  auto beyond = fullscreen(import_image({100, 80}));
  EXPECT_EQ(device_->accepts(beyond).error().code, ENOSPC);
  auto scaled = fullscreen(import_image());
  scaled.planes[0].dest.width = 500;
  EXPECT_EQ(device_->accepts(scaled).error().code, ERANGE);
  // A framebuffer that only the overlay takes.
  auto video = image(size, DRM_FORMAT_NV12);
  const BufferId id = ids_.next();
  ASSERT_TRUE(device_->import_buffer(id, video));
  EXPECT_EQ(device_->accepts(fullscreen(id)).error().code, EINVAL);
  EXPECT_EQ(flips_.size(), 1U);
}

TEST_F(KmsCommit, TheFirstStateMustSetTheMode) {
  start();
  const auto refused = device_->accepts(fullscreen(import_image()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "DP-1 is off, and the state may not set a mode");
  EXPECT_FALSE(device_->submit(fullscreen(import_image())));
}

TEST_F(KmsCommit, AnotherModeNeedsAModeset) {
  start();
  show(fullscreen(import_image(), true));
  auto smaller = fullscreen(import_image({800, 600}));
  smaller.mode = output_.modes[1];
  smaller.planes[0] = on_plane(primary_, smaller.planes[0].buffer, {0, 0, 800, 600});
  EXPECT_EQ(device_->accepts(smaller).error().code, EINVAL);
  smaller.modeset = true;
  show(std::move(smaller));
  EXPECT_EQ(device_->outputs()[0].mode.size, (Size{800, 600}));
}

TEST_F(KmsCommit, RefusesAStateThatMakesNoSense) {
  start();
  const BufferId front = import_image();
  show(fullscreen(front, true));
  const std::size_t asked = card_.asked.size();
  auto twice = fullscreen(front);
  twice.planes.push_back(on_plane(primary_, front, {0, 0, 10, 10}));
  EXPECT_EQ(device_->accepts(twice).error().code, EINVAL);
  auto nowhere = fullscreen(front);
  nowhere.planes[0].plane = PlaneId{9999};
  EXPECT_EQ(device_->accepts(nowhere).error().what, "DP-1 has no plane 9999");
  EXPECT_EQ(device_->accepts(fullscreen(BufferId{77})).error().code, ENOENT);
  auto fenced = fullscreen(front);
  fenced.planes.push_back(on_plane(cursor_, front, {0, 0, 64, 64}));
  fenced.planes[1].in_fence = fence();
  EXPECT_EQ(device_->accepts(fenced).error().code, EINVAL); // this cursor plane takes none
  auto wild = fullscreen(front);
  wild.planes[0].source.x = -1;
  EXPECT_EQ(device_->accepts(wild).error().code, ERANGE);
  wild.planes[0].source.x = 1e300;
  EXPECT_EQ(device_->accepts(wild).error().code, ERANGE);
  auto other = fullscreen(front);
  other.output = OutputId{5};
  EXPECT_EQ(device_->accepts(other).error().code, ENOENT);
  EXPECT_EQ(device_->submit(std::move(other)).error().code, ENOENT);
  EXPECT_EQ(card_.asked.size(), asked) << "none of it is the kernel's business";
}

TEST_F(KmsCommit, AResumeSetsTheModeAgainWithTheSameBlob) {
  start();
  const BufferId front = import_image();
  show(fullscreen(front, true));
  const auto blob = card_.value(crtc_, "MODE_ID");
  // Another display server was here.
  card_.set(overlay_, "FB_ID", card_.foreign_framebuffer(size, {DRM_FORMAT_XRGB8888, 0}));
  card_.set(overlay_, "CRTC_ID", crtc_);
  show(fullscreen(front, true));
  EXPECT_EQ(card_.value(overlay_, "FB_ID"), 0U);
  EXPECT_EQ(card_.value(crtc_, "MODE_ID"), blob);
  EXPECT_EQ(card_.user_blob_count(), 1U);
}

} // namespace
} // namespace fenceline
