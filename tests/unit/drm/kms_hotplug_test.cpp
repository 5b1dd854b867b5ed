// Cables, links, other sessions, and cards that go.

#include <cerrno>
#include <cstring>
#include <set>

#include "tests/unit/drm/kms_fixture.h"

namespace fenceline {
namespace {

/// DP-1 on the first CRTC, and HDMI-A-1, which reaches both.
class Hotplug : public test::KmsFixture {
 protected:
  Hotplug() {
    crtc2_ = card_.add_crtc();
    connector2_ = card_.add_connector({.name = "HDMI-A-1",
                                       .connected = false,
                                       .possible_crtcs = 0b11,
                                       .modes = {test::fake_mode(800, 600, 60, true)},
                                       .edid = test::fake_edid("ACR", "XB271HU", "1"),
                                       .non_desktop = false,
                                       .link_status = true});
    primary2_ = card_.add_plane({.type = PlaneType::Primary,
                                 .possible_crtcs = 0b10,
                                 .formats = {xrgb},
                                 .in_formats = true,
                                 .fences = true,
                                 .depths = {},
                                 .extras = false});
  }

  OutputState second(BufferId buffer, bool modeset = false) {
    const OutputInfo& info = device_->outputs()[1];
    OutputState state;
    state.output = info.id;
    state.frame = frames_.next();
    state.mode = info.mode;
    state.modeset = modeset;
    state.planes.push_back(on_plane(primary2_, buffer, {0, 0, 800, 600}));
    return state;
  }
  void plug(std::uint32_t connector, bool connected) {
    card_.plug(connector, connected);
    device_->connectors_changed(std::nullopt);
  }
  /// Both displays show a picture.
  void show_both() {
    card_.plug(connector2_, true);
    start();
    show(fullscreen(import_image(), true));
    show(second(import_image({800, 600}), true));
  }
  void wait() { loop_.advance(std::chrono::milliseconds(100)); }
  [[nodiscard]] bool lit(std::uint32_t crtc) const { return card_.value(crtc, "ACTIVE") == 1; }

  std::uint32_t crtc2_ = 0, connector2_ = 0, primary2_ = 0;
};

TEST_F(Hotplug, ADisplayThatIsPluggedIsAnotherOutputAndTheFirstIsLeftAlone) {
  start();
  show(fullscreen(import_image(), true));
  const std::size_t asked = card_.asked.size();
  plug(connector2_, true);
  EXPECT_EQ(changes_, 1);
  ASSERT_EQ(device_->outputs().size(), 2U);
  EXPECT_EQ(device_->outputs()[0].id, output_.id);
  EXPECT_NE(device_->outputs()[1].id, output_.id);
  EXPECT_EQ(device_->outputs()[1].name, "HDMI-A-1");
  EXPECT_EQ(device_->outputs()[1].mode.size, (Size{800, 600}));
  EXPECT_EQ(card_.asked.size(), asked) << "nothing is committed for it yet";
  show(fullscreen(import_image()));
  show(second(import_image({800, 600}), true));
  EXPECT_TRUE(lit(crtc2_));
  EXPECT_EQ(card_.value(connector2_, "CRTC_ID"), crtc2_);
}

TEST_F(Hotplug, AnEventWithoutAChangeChangesNothing) {
  show_both();
  device_->connectors_changed(std::nullopt);
  device_->connectors_changed(connector2_);
  EXPECT_EQ(changes_, 0);
}

TEST_F(Hotplug, ADisplayThatIsPulledIsGivenUpAndItsCrtcSwitchedOff) {
  show_both();
  const std::size_t framebuffers = card_.framebuffer_count();
  plug(connector2_, false);
  EXPECT_EQ(changes_, 1);
  ASSERT_EQ(device_->outputs().size(), 1U);
  EXPECT_EQ(device_->outputs()[0].id, output_.id);
  wait();
  EXPECT_FALSE(lit(crtc2_));
  EXPECT_EQ(card_.value(connector2_, "CRTC_ID"), 0U);
  EXPECT_EQ(card_.value(primary2_, "FB_ID"), 0U);
  EXPECT_TRUE(lit(crtc_));
  EXPECT_EQ(card_.framebuffer_count(), framebuffers) << "the buffers are their owners' to forget";
}

TEST_F(Hotplug, TheOtherDisplayGoesOnWhileOneIsPulledInMidFlight) {
  show_both();
  ASSERT_TRUE(device_->submit(second(import_image({800, 600}))));
  ASSERT_TRUE(device_->submit(fullscreen(import_image())));
  const auto flips = flips_.size();
  plug(connector2_, false);
  wait();
  EXPECT_FALSE(lit(crtc2_)) << "as soon as its last flip has happened";
  EXPECT_EQ(flips_.size(), flips + 1) << "only the flip of the one that stays is told";
}

TEST_F(Hotplug, ADisplayThatComesBackIsAnotherOutput) {
  show_both();
  const OutputId before = device_->outputs()[1].id;
  plug(connector2_, false);
  // Before its CRTC is off: it has to wait for that.
  plug(connector2_, true);
  wait();
  ASSERT_EQ(device_->outputs().size(), 2U);
  EXPECT_NE(device_->outputs()[1].id, before);
  show(second(import_image({800, 600}), true));
  EXPECT_TRUE(lit(crtc2_));
}

TEST_F(Hotplug, AllDisplaysMayGoAndThereMayBeNoneAtTheStart) {
  card_.plug(connector_, false);
  auto made = create();
  ASSERT_TRUE(made) << made.error().text();
  device_ = std::move(*made);
  device_->set_listener(this);
  EXPECT_TRUE(device_->outputs().empty());
  plug(connector_, true);
  ASSERT_EQ(device_->outputs().size(), 1U);
  output_ = device_->outputs()[0];
  show(fullscreen(import_image(), true));
  plug(connector_, false);
  wait();
  EXPECT_TRUE(device_->outputs().empty());
  EXPECT_FALSE(lit(crtc_));
}

TEST_F(Hotplug, NothingIsLeftOfManyPlugs) {
  start();
  show(fullscreen(import_image(), true));
  const std::size_t blobs = card_.user_blob_count(), framebuffers = card_.framebuffer_count();
  for (int i = 0; i < 20; ++i) {
    plug(connector2_, true);
    ASSERT_EQ(device_->outputs().size(), 2U);
    const BufferId image = import_image({800, 600});
    show(second(image, true));
    plug(connector2_, false);
    wait();
    device_->forget_buffer(image);
  }
  EXPECT_EQ(card_.user_blob_count(), blobs);
  EXPECT_EQ(card_.framebuffer_count(), framebuffers);
}

TEST_F(Hotplug, ABufferOfAGoneDisplayIsKeptUntilItsCrtcIsOff) {
  card_.can_close_framebuffers = false;
  show_both();
  const BufferId image = import_image({800, 600});
  show(second(image));
  plug(connector2_, false);
  device_->forget_buffer(image);
  EXPECT_NE(card_.value(primary2_, "FB_ID"), 0U) << "it is not taken away from under the plane";
  const auto before = card_.framebuffer_count();
  wait();
  EXPECT_EQ(card_.framebuffer_count(), before - 1);
}

TEST_F(Hotplug, ReadingThatFailsIsTriedAgain) {
  start();
  int failures = 3;
  card_.fault = [&failures](std::string_view call) { return call == "connector" && failures-- > 0 ? EBUSY : 0; };
  plug(connector2_, true);
  EXPECT_EQ(device_->outputs().size(), 1U) << "what was there is still there";
  loop_.advance(std::chrono::seconds(2));
  EXPECT_EQ(device_->outputs().size(), 2U);
  card_.fault = nullptr;
}

TEST_F(Hotplug, EachSingleFaultWhileADisplayIsPluggedIsGotOver) {
  for (const std::string_view call : {"resources", "connector", "planes", "plane", "properties", "blob"})
    for (const int error : {EBUSY, EINVAL, ENOMEM}) {
      card_.fault = nullptr;
      card_.plug(connector2_, false);
      start();
      bool failed = false;
      card_.fault = [&](std::string_view at) { return at == call && !std::exchange(failed, true) ? error : 0; };
      plug(connector2_, true);
      loop_.advance(std::chrono::seconds(2));
      EXPECT_EQ(device_->outputs().size(), 2U) << call << " " << error;
      EXPECT_TRUE(failed) << call;
      card_.fault = nullptr;
      device_.reset();
    }
}

TEST_F(Hotplug, ACrtcThatCannotBeSwitchedOffAtOnceIsTriedAgain) {
  show_both();
  int failures = 3;
  card_.fault = [&failures](std::string_view call) { return call == "commit" && failures-- > 0 ? ENOMEM : 0; };
  plug(connector2_, false);
  loop_.advance(std::chrono::seconds(1));
  EXPECT_FALSE(lit(crtc2_));
  card_.fault = nullptr;
}

// Links.

TEST_F(Hotplug, ABadLinkWantsAModesetThatSaysGood) {
  show_both();
  card_.set(connector2_, "link-status", 1);
  device_->connectors_changed(connector2_);
  ASSERT_EQ(modesets_wanted_, (std::vector<OutputId>{device_->outputs()[1].id}));
  EXPECT_EQ(changes_, 0);
  show(second(import_image({800, 600}), true));
  EXPECT_EQ(card_.value(connector2_, "link-status"), 0U);
}

// Off and on.

TEST_F(Hotplug, AnOutputThatGoesDarkTellsOfItAndNeedsAModesetToComeBack) {
  start();
  const BufferId image = import_image();
  show(fullscreen(image, true));
  auto dark = fullscreen(image, true);
  dark.active = false;
  EXPECT_FALSE(device_->submit(std::move(dark))) << "it cannot show anything";
  dark = fullscreen(image, true);
  dark.active = false;
  dark.planes.clear();
  show(std::move(dark));
  EXPECT_FALSE(lit(crtc_));
  EXPECT_NE(card_.value(crtc_, "MODE_ID"), 0U) << "its CRTC and its connector stay its own";
  EXPECT_EQ(card_.value(primary_, "FB_ID"), 0U);
  EXPECT_FALSE(device_->submit(fullscreen(image)));
  show(fullscreen(image, true));
  EXPECT_TRUE(lit(crtc_));
}

TEST_F(Hotplug, AnOutputThatWasOffAllAlongTellsOfGoingDarkAllTheSame) {
  start();
  OutputState dark;
  dark.output = output_.id;
  dark.frame = frames_.next();
  dark.active = false;
  dark.modeset = true;
  dark.mode = output_.mode;
  ASSERT_TRUE(device_->submit(std::move(dark)));
  EXPECT_TRUE(flips_.empty()) << "not from within the call";
  loop_.run_ready();
  EXPECT_EQ(flips_.size(), 1U);
}

// Taking over.

TEST_F(Hotplug, ADisplayThatRunsTheModeAlreadyIsTakenOverWithoutAModeset) {
  const auto mode = test::fake_mode(1024, 768, 60, true);
  std::vector<std::byte> blob(sizeof mode);
  std::memcpy(blob.data(), &mode, sizeof mode);
  start();
  // The fake compares blob ids where the kernel compares contents, so that it is our own blob that is set.
  show(fullscreen(import_image(), true));
  device_->resume();
  show(fullscreen(import_image(), true));
  EXPECT_EQ(card_.asked.back().flags & DRM_MODE_ATOMIC_ALLOW_MODESET, 0U);
  device_->resume();
  card_.set(crtc_, "ACTIVE", 0);
  show(fullscreen(import_image(), true));
  EXPECT_NE(card_.asked.back().flags & DRM_MODE_ATOMIC_ALLOW_MODESET, 0U);
}

// Other sessions.

TEST_F(Hotplug, AfterAResumeACrtcIsFreedOfWhatOthersBoundToIt) {
  show_both();
  device_->suspend();
  // The other session drove the first display with the second CRTC, and the second display not at all.
  card_.set(connector_, "CRTC_ID", crtc2_);
  card_.set(connector2_, "CRTC_ID", 0);
  card_.set(crtc_, "ACTIVE", 0);
  card_.set(crtc_, "MODE_ID", 0);
  card_.set(primary_, "FB_ID", 0);
  card_.set(primary_, "CRTC_ID", 0);
  device_->resume();
  show(fullscreen(import_image(), true));
  EXPECT_EQ(card_.value(connector_, "CRTC_ID"), crtc_);
  EXPECT_FALSE(lit(crtc2_)) << "a CRTC without a connector may not stay on";
  show(second(import_image({800, 600}), true));
  EXPECT_EQ(card_.value(connector2_, "CRTC_ID"), crtc2_);
  EXPECT_TRUE(lit(crtc_));
}

TEST_F(Hotplug, WhatIsPulledWhileTheSessionIsAwayIsSeenWhenItIsBack) {
  show_both();
  device_->suspend();
  plug(connector2_, false);
  EXPECT_EQ(device_->outputs().size(), 2U);
  device_->resume();
  EXPECT_EQ(device_->outputs().size(), 1U);
  EXPECT_EQ(changes_, 1);
}

// Flips that are lost.

TEST_F(Hotplug, AfterAnAbandonedFlipTheNextStateIsTakenAndALateFlipIsStillTold) {
  start();
  show(fullscreen(import_image(), true));
  card_.late_blanks = 3;
  auto late = fullscreen(import_image());
  const FrameId frame = late.frame;
  ASSERT_TRUE(device_->submit(std::move(late)));
  device_->abandon(output_.id);
  auto next = device_->submit(fullscreen(import_image(), true));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, EBUSY) << "the kernel's answer, not ours";
  wait();
  ASSERT_EQ(flips_.size(), 2U);
  EXPECT_EQ(flips_[1].frame, frame);
}

TEST_F(Hotplug, AfterALostFlipTheNextOneIsTheNextFrames) {
  start();
  show(fullscreen(import_image(), true));
  card_.flips_lost = true;
  ASSERT_TRUE(device_->submit(fullscreen(import_image())));
  wait();
  card_.flips_lost = false;
  device_->abandon(output_.id);
  auto next = fullscreen(import_image(), true);
  const FrameId frame = next.frame;
  show(std::move(next));
  EXPECT_EQ(flips_.back().frame, frame);
}

// Cards that go.

TEST_F(Hotplug, ACardThatIsGoneHasNoOutputs) {
  show_both();
  device_->card_removed();
  EXPECT_TRUE(device_->outputs().empty());
  EXPECT_EQ(changes_, 1);
  EXPECT_FALSE(device_->submit(fullscreen(BufferId{1})));
  device_->connectors_changed(std::nullopt);
  device_->resume();
  EXPECT_TRUE(device_->outputs().empty());
}

} // namespace
} // namespace fenceline
