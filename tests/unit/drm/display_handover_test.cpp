// The display is taken over, and given back as it was found.

#include <cstring>
#include <map>
#include <set>
#include <string>

#include "tests/unit/drm/kms_fixture.h"

namespace fenceline {
namespace {

class Handover : public test::KmsFixture {
 protected:
  std::vector<std::byte> blob_of(const drmModeModeInfo& mode) {
    std::vector<std::byte> bytes(sizeof mode);
    std::memcpy(bytes.data(), &mode, sizeof mode);
    return bytes;
  }
  /// A console at 800x600, with a colour table, on a plane that is turned.
  void console_before() {
    console_mode_ = blob_of(test::fake_mode(800, 600, 60));
    console_gamma_ = std::vector<std::byte>(48, std::byte{7});
    console_ = card_.foreign_framebuffer({800, 600}, {DRM_FORMAT_XRGB8888, 0});
    card_.set(connector_, "CRTC_ID", crtc_);
    card_.set(crtc_, "ACTIVE", 1);
    card_.set(crtc_, "MODE_ID", card_.foreign_blob(console_mode_));
    card_.set(crtc_, "GAMMA_LUT", card_.foreign_blob(console_gamma_));
    card_.set(primary_, "FB_ID", console_);
    card_.set(primary_, "CRTC_ID", crtc_);
    card_.set(primary_, "CRTC_W", 800);
    card_.set(primary_, "CRTC_H", 600);
    card_.set(primary_, "SRC_W", 800 << 16);
    card_.set(primary_, "SRC_H", 600 << 16);
  }
  void take_and_show() {
    start();
    show(fullscreen(import_image(), true));
    ASSERT_EQ(card_.value(primary_, "CRTC_W"), 1024U);
    ASSERT_EQ(card_.value(crtc_, "GAMMA_LUT"), 0U);
    ASSERT_EQ(card_.value(primary_, "rotation"), 1U);
    ASSERT_EQ(card_.value(crtc_, "BACKGROUND_COLOR"), 0xffff'0000'0000'0000U) << "black";
  }

  std::vector<std::byte> console_mode_, console_gamma_;
  std::uint32_t console_ = 0;
};

TEST_F(Handover, GivesAConsoleBack) {
  console_before();
  take_and_show();
  device_.reset();
  EXPECT_EQ(card_.value(primary_, "FB_ID"), console_);
  EXPECT_EQ(card_.value(primary_, "CRTC_W"), 800U);
  EXPECT_EQ(card_.value(primary_, "SRC_H"), 600U << 16);
  EXPECT_EQ(card_.value(primary_, "rotation"), 4U);
  EXPECT_EQ(card_.value(primary_, "alpha"), 0x1234U);
  EXPECT_EQ(card_.value(crtc_, "BACKGROUND_COLOR"), test::fake_background);
  EXPECT_EQ(card_.value(crtc_, "ACTIVE"), 1U);
  EXPECT_EQ(card_.blob(card_.value(crtc_, "MODE_ID")), console_mode_);
  EXPECT_EQ(card_.blob(card_.value(crtc_, "GAMMA_LUT")), console_gamma_);
  EXPECT_EQ(card_.user_blob_count(), 0U);
  EXPECT_EQ(card_.asked.back().flags, std::uint32_t{DRM_MODE_ATOMIC_ALLOW_MODESET}) << "blocking";
}

// Also what somebody adds to the requests later.
TEST_F(Handover, PutsBackWhateverWasSet) {
  take_and_show();
  std::map<std::uint32_t, std::set<std::string>> touched;
  for (const auto& asked : card_.asked)
    for (const auto& [object, values] : asked.set)
      for (const auto& [name, value] : values)
        touched[object].insert(name);
  ASSERT_TRUE(touched[primary_].contains("COLOR_RANGE"));
  device_.reset();
  for (const auto& [object, names] : touched)
    for (const auto& name : names)
      // Of one commit, or of the link.
      if (name != "IN_FENCE_FD" && name != "OUT_FENCE_PTR" && name != "link-status") {
        EXPECT_TRUE(card_.asked.back().set.at(object).contains(name)) << name;
      }
}

TEST_F(Handover, SwitchesOffWhenTheConsolesPictureIsGone) {
  console_before();
  take_and_show();
  card_.remove_foreign_framebuffer(console_);
  device_.reset();
  EXPECT_EQ(card_.value(primary_, "FB_ID"), 0U);
  EXPECT_EQ(card_.value(crtc_, "ACTIVE"), 0U);
  EXPECT_EQ(card_.value(crtc_, "MODE_ID"), 0U);
  EXPECT_EQ(card_.value(connector_, "CRTC_ID"), 0U);
  EXPECT_EQ(card_.framebuffer_count(), 0U);
}

TEST_F(Handover, WasOffAndIsOffAgain) {
  take_and_show();
  device_.reset();
  EXPECT_EQ(card_.value(crtc_, "ACTIVE"), 0U);
  EXPECT_EQ(card_.value(connector_, "CRTC_ID"), 0U);
  EXPECT_EQ(card_.framebuffer_count(), 0U);
}

TEST_F(Handover, ADisplayThatWasNeverSetIsNotTouched) {
  console_before();
  start();
  ASSERT_TRUE(device_->accepts(fullscreen(import_image(), true)));
  const std::size_t asked = card_.asked.size();
  device_.reset();
  EXPECT_EQ(card_.asked.size(), asked);
  EXPECT_EQ(card_.value(primary_, "FB_ID"), console_);
}

TEST_F(Handover, LeavesAloneWhatIsAnothersByNow) {
  console_before();
  take_and_show();
  card_.master = false;
  const std::size_t asked = card_.asked.size();
  device_.reset();
  EXPECT_EQ(card_.asked.size(), asked);
}

TEST_F(Handover, WaitsForTheLastFlip) {
  console_before();
  take_and_show();
  ASSERT_TRUE(device_->submit(fullscreen(import_image())));
  device_.reset();
  EXPECT_EQ(card_.commits_that_hang, 0);
  EXPECT_EQ(card_.value(primary_, "FB_ID"), console_);
}

TEST_F(Handover, DoesNotWaitForAFenceThatNeverSignals) {
  console_before();
  take_and_show();
  auto state = fullscreen(import_image());
  state.planes[0].in_fence = fence();
  ASSERT_TRUE(device_->submit(std::move(state)));
  const TimePoint before = loop_.now();
  device_.reset();
  EXPECT_EQ(card_.commits_that_hang, 0);
  EXPECT_LE(loop_.now() - before, std::chrono::milliseconds(1000));
}

TEST_F(Handover, TellsNobodyOfFlipsAtTheEnd) {
  take_and_show();
  ASSERT_TRUE(device_->submit(fullscreen(import_image())));
  const std::size_t told = flips_.size();
  device_.reset();
  EXPECT_EQ(flips_.size(), told);
}

TEST_F(Handover, FreesItsCrtcFromAnotherConnector) {
  // A second cable on the same CRTC, without a display on it any more.
  const auto leftover = card_.add_connector(
      {.name = "VGA-1", .connected = false, .possible_crtcs = 1, .modes = {}, .edid = {}, .non_desktop = false});
  console_before();
  card_.set(leftover, "CRTC_ID", crtc_);
  take_and_show();
  EXPECT_EQ(card_.value(leftover, "CRTC_ID"), 0U);
  show(fullscreen(import_image()));
  device_.reset();
  EXPECT_EQ(card_.value(leftover, "CRTC_ID"), crtc_);
  EXPECT_EQ(card_.value(primary_, "FB_ID"), console_);
}

TEST_F(Handover, SwitchesOffACrtcThatItsConnectorLeaves) {
  // The display hangs on a CRTC that its connector cannot be said to reach: ours is another one.
  const auto old_crtc = card_.add_crtc();
  const auto old_plane = card_.add_plane({.type = PlaneType::Primary,
                                          .possible_crtcs = 0b10,
                                          .formats = {{DRM_FORMAT_XRGB8888, 0}},
                                          .in_formats = true,
                                          .fences = true,
                                          .depths = {},
                                          .extras = false});
  const auto picture = card_.foreign_framebuffer({800, 600}, {DRM_FORMAT_XRGB8888, 0});
  card_.set(connector_, "CRTC_ID", old_crtc);
  card_.set(old_crtc, "ACTIVE", 1);
  card_.set(old_crtc, "MODE_ID", card_.foreign_blob(blob_of(test::fake_mode(800, 600, 60))));
  card_.set(old_plane, "FB_ID", picture);
  card_.set(old_plane, "CRTC_ID", old_crtc);
  take_and_show();
  EXPECT_EQ(card_.value(connector_, "CRTC_ID"), crtc_);
  EXPECT_EQ(card_.value(old_crtc, "ACTIVE"), 0U);
  EXPECT_EQ(card_.value(old_plane, "FB_ID"), 0U);
  EXPECT_EQ(flips_.size(), 1U) << "the old CRTC's event is nobody's flip";
  device_.reset();
  EXPECT_EQ(card_.value(connector_, "CRTC_ID"), old_crtc);
  EXPECT_EQ(card_.value(old_crtc, "ACTIVE"), 1U);
  EXPECT_EQ(card_.value(old_plane, "FB_ID"), picture);
  EXPECT_EQ(card_.value(crtc_, "ACTIVE"), 0U);
}

} // namespace
} // namespace fenceline
