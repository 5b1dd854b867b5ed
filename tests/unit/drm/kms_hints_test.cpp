// What a state asks of the display besides its picture: to tear, to wait for the next picture, what it is a picture of.

#include <cerrno>

#include "compositor/backends/drm/edid.h"
#include "tests/unit/drm/kms_fixture.h"

namespace fenceline {
namespace {

using Set = std::map<std::string, std::uint64_t>;

/// A card whose display can do all of it.
class KmsHints : public test::KmsFixture {
 protected:
  KmsHints() {
    card_.async_flips = true;
    more_crtc_ = card_.add_crtc(false, false, true);
    more_connector_ = card_.add_connector({.name = "HDMI-A-1",
                                           .connected = true,
                                           .possible_crtcs = 2,
                                           .modes = {test::fake_mode(1024, 768, 60, true)},
                                           .edid = test::fake_edid("ACR", "XB271HU", "1", 48),
                                           .non_desktop = false,
                                           .content_type = true,
                                           .vrr_capable = true});
    more_primary_ = card_.add_plane({.type = PlaneType::Primary,
                                     .possible_crtcs = 2,
                                     .formats = {xrgb},
                                     .in_formats = true,
                                     .fences = true,
                                     .depths = {}});
  }
  void SetUp() override {
    start();
    ASSERT_EQ(device_->outputs().size(), 2U);
    output_ = device_->outputs()[1];
    front_ = import_image();
    back_ = import_image();
  }
  [[nodiscard]] OutputState state(BufferId buffer, bool modeset = false) {
    OutputState made = fullscreen(buffer, modeset);
    made.planes[0].plane = PlaneId{more_primary_};
    return made;
  }
  [[nodiscard]] OutputState tearing(BufferId buffer) {
    OutputState made = state(buffer);
    made.tears = true;
    return made;
  }
  [[nodiscard]] std::uint64_t content_type() const { return card_.value(more_connector_, "content type"); }
  [[nodiscard]] std::uint64_t vrr() const { return card_.value(more_crtc_, "VRR_ENABLED"); }

  std::uint32_t more_crtc_ = 0, more_connector_ = 0, more_primary_ = 0;
  BufferId front_{}, back_{};
};

TEST_F(KmsHints, AnOutputSaysWhatItCan) {
  EXPECT_TRUE(output_.async_flips);
  EXPECT_TRUE(output_.content_types);
  EXPECT_FALSE(device_->outputs()[0].content_types);
  ASSERT_TRUE(output_.variable);
  // 1 s / 48.
  EXPECT_EQ(output_.variable->longest, Nanoseconds(20'833'333));
  EXPECT_FALSE(device_->outputs()[0].variable) << "it has neither property";
}

TEST_F(KmsHints, TheRangeIsTheEdids) {
  EXPECT_EQ(least_refresh_hz(test::fake_edid("ACR", "XB271HU", "1", 30)), 30);
  EXPECT_EQ(least_refresh_hz(test::fake_edid("ACR", "XB271HU", "1")), std::nullopt);
  EXPECT_EQ(least_refresh_hz({}), std::nullopt);
}

TEST_F(KmsHints, AModesetTakesBackWhatOthersHaveLeftOn) {
  EXPECT_EQ(vrr(), 1U);
  EXPECT_EQ(content_type(), 1U);
  show(state(front_, true));
  EXPECT_EQ(vrr(), 0U);
  EXPECT_EQ(content_type(), 0U);
}

TEST_F(KmsHints, TheDisplayIsGivenBackAsItWasFound) {
  card_.set(more_connector_, "CRTC_ID", more_crtc_);
  card_.set(more_crtc_, "MODE_ID", card_.foreign_blob(std::vector<std::byte>(sizeof(drmModeModeInfo))));
  card_.set(more_crtc_, "ACTIVE", 1);
  start();
  output_ = device_->outputs()[1];
  show(state(import_image(), true));
  EXPECT_EQ(vrr(), 0U);
  EXPECT_EQ(content_type(), 0U);
  device_.reset();
  EXPECT_EQ(vrr(), 1U);
  EXPECT_EQ(content_type(), 1U);
}

TEST_F(KmsHints, TheContentTypeIsToldWhenItChanges) {
  show(state(front_, true));
  const std::array<std::pair<ContentType, std::uint64_t>, 4> told{
      {{ContentType::Game, 4}, {ContentType::Video, 3}, {ContentType::Photo, 2}, {ContentType::None, 0}}};
  for (const auto& [type, value] : told) {
    for (int frame = 0; frame < 2; ++frame) {
      OutputState next = state(frame == 0 ? back_ : front_);
      next.content = type;
      show(std::move(next));
      EXPECT_EQ(content_type(), value);
      EXPECT_EQ(last_set(more_connector_), frame == 0 ? (Set{{"content type", value}}) : Set{});
    }
  }
}

TEST_F(KmsHints, ADisplayWithoutTheContentTypeIgnoresIt) {
  output_ = device_->outputs()[0];
  OutputState first = fullscreen(front_, true);
  first.content = ContentType::Game;
  show(std::move(first));
  EXPECT_EQ(last_set(connector_).count("content type"), 0U);
}

TEST_F(KmsHints, TheRefreshVariesFromTheStateThatSaysSoToTheOneThatDoesNot) {
  show(state(front_, true));
  for (const bool on : {true, true, false}) {
    OutputState next = state(back_);
    next.variable_refresh = on;
    const bool changes = on != (vrr() != 0);
    show(std::move(next));
    EXPECT_EQ(vrr(), on ? 1U : 0U);
    EXPECT_EQ(flips_.back().variable, on);
    EXPECT_EQ(last_set(more_crtc_).count("VRR_ENABLED"), changes ? 1U : 0U);
  }
}

TEST_F(KmsHints, WhereItCannotVaryAStateThatAsksIsRefused) {
  output_ = device_->outputs()[0];
  OutputState first = fullscreen(front_, true);
  first.variable_refresh = true;
  const auto sent = device_->submit(std::move(first));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, EINVAL);
}

TEST_F(KmsHints, AnAsyncFlipSaysNothingButTheBufferAndItsFence) {
  show(state(front_, true));
  OutputState next = tearing(back_);
  const UniqueFd signalled = fence();
  signal_fence(signalled.get());
  next.planes[0].in_fence = signalled.duplicate();
  const FrameId frame = next.frame;
  loop_.advance(std::chrono::milliseconds(3));
  ASSERT_TRUE(device_->submit_with_fence(std::move(next)));
  const auto& asked = card_.asked.back();
  EXPECT_EQ(asked.flags, std::uint32_t{DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT | DRM_MODE_PAGE_FLIP_ASYNC});
  ASSERT_EQ(asked.set.size(), 1U) << "one plane, and no out-fence of the CRTC";
  EXPECT_EQ(last_set(more_primary_).size(), 2U);
  EXPECT_EQ(last_set(more_primary_).count("FB_ID"), 1U);
  EXPECT_EQ(last_set(more_primary_).count("IN_FENCE_FD"), 1U);
  // At once, not at the blank, and the kernel's stamp of the blank before is not the flip's.
  const TimePoint sent = loop_.now();
  loop_.advance(std::chrono::milliseconds(1));
  ASSERT_EQ(flips_.back().frame, frame);
  EXPECT_TRUE(flips_.back().torn);
  EXPECT_FALSE(flips_.back().vsync);
  EXPECT_FALSE(flips_.back().hardware_clock);
  EXPECT_GT(flips_.back().time, sent);
  // The next one is in step with the blanks again.
  show(state(front_));
  EXPECT_TRUE(flips_.back().vsync);
  EXPECT_TRUE(flips_.back().hardware_clock);
  EXPECT_FALSE(flips_.back().torn);
}

TEST_F(KmsHints, AStampThatIsLaterThanTheCommitIsTheFlips) {
  show(state(front_, true));
  // 50 us before a blank: the event comes after it.
  loop_.run_until(TimePoint{(loop_.now().ns / 16'000'000 + 1) * 16'000'000 - 50'000});
  ASSERT_TRUE(device_->submit(tearing(back_)));
  loop_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(flips_.back().torn);
  EXPECT_TRUE(flips_.back().hardware_clock);
  EXPECT_EQ(flips_.back().time.ns % 16'000'000, 0);
}

TEST_F(KmsHints, WhatChangesMoreThanABufferCannotTear) {
  show(state(front_, true));
  const auto refused = [this](OutputState&& next) {
    const std::size_t before = card_.asked.size();
    const auto sent = device_->submit(std::move(next));
    EXPECT_FALSE(sent);
    EXPECT_EQ(card_.asked.size(), before) << "the kernel is not bothered with it";
    return sent ? 0 : sent.error().code;
  };
  OutputState other = tearing(back_);
  other.content = ContentType::Game;
  EXPECT_EQ(refused(std::move(other)), EINVAL);
  other = tearing(back_);
  other.variable_refresh = true;
  EXPECT_EQ(refused(std::move(other)), EINVAL);
  other = tearing(back_);
  other.modeset = true;
  EXPECT_EQ(refused(std::move(other)), EINVAL);
  other = tearing(back_);
  other.planes.clear();
  EXPECT_EQ(refused(std::move(other)), EINVAL);
  other = tearing(ids_.next());
  EXPECT_EQ(refused(std::move(other)), ENOENT);
}

TEST_F(KmsHints, ADriverThatRefusesAnAsyncFlipIsTakenAtItsWord) {
  show(state(front_, true));
  card_.fault = [](std::string_view call) { return call == "commit" ? EINVAL : 0; };
  OutputState next = tearing(back_);
  EXPECT_TRUE(device_->accepts(next)) << "the test commit passes here, the commit does not";
  EXPECT_FALSE(device_->submit(std::move(next)));
  card_.fault = nullptr;
  // The state is still whole.
  next.tears = false;
  show(std::move(next));
  EXPECT_TRUE(flips_.back().vsync);
}

/// Neither capability.
class KmsWithoutAsync : public test::KmsFixture {};

TEST_F(KmsWithoutAsync, ItSaysSoAndRefuses) {
  start();
  EXPECT_FALSE(output_.async_flips);
  const BufferId front = import_image();
  show(fullscreen(front, true));
  OutputState next = fullscreen(import_image());
  next.tears = true;
  const auto sent = device_->submit(std::move(next));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, EOPNOTSUPP);
}

} // namespace
} // namespace fenceline
