// A layout that changes while keys are held and locked.
#include "tests/unit/input/seat_fixture.h"

namespace fenceline::test {
namespace {

constexpr std::uint32_t lock = 2; ///< The real modifiers have the same bits in every keymap: Shift 1, Lock 2.

class KeyboardSettingsTest : public SeatTest {
 protected:
  KeyboardSettingsTest() {
    policy.focus = policy.a;
    seat->refresh_focus();
    sink.take();
  }
};

TEST_F(KeyboardSettingsTest, AnotherLayoutGoesToAllKeyboardsWithTheModifiers) {
  ASSERT_TRUE(seat->apply(KeyboardSettings{.layout = "de"}));
  EXPECT_EQ(sink.take(), "keymap; mods 0x0; ");
  EXPECT_EQ(seat->keymap().symbol(KEY_Y), static_cast<xkb_keysym_t>(XKB_KEY_z));
  ASSERT_TRUE(seat->apply(KeyboardSettings{.layout = "de"}));
  EXPECT_EQ(sink.take(), "") << "nothing has changed";
}

TEST_F(KeyboardSettingsTest, WhatIsHeldAndLockedStays) {
  seat->key({}, KEY_CAPSLOCK, true);
  seat->key({}, KEY_CAPSLOCK, false);
  seat->key({}, KEY_LEFTSHIFT, true);
  sink.take();
  ASSERT_TRUE(seat->apply(KeyboardSettings{.layout = "de"}));
  EXPECT_EQ(seat->keymap().modifiers().locked, lock);
  EXPECT_EQ(seat->keymap().modifiers().depressed, 1U);
  EXPECT_EQ(sink.take(), "keymap; mods 0x1; ");
  seat->key({}, KEY_LEFTSHIFT, false);
  EXPECT_EQ(sink.take(), fmt::format("-{}; mods 0x0; ", KEY_LEFTSHIFT));
}

TEST_F(KeyboardSettingsTest, TheLayoutInUseStaysIfThereIsOneOfItsNumber) {
  ASSERT_TRUE(seat->apply(KeyboardSettings{.layout = "us,de", .options = "grp:caps_toggle"}));
  seat->key({}, KEY_CAPSLOCK, true);
  seat->key({}, KEY_CAPSLOCK, false);
  ASSERT_EQ(seat->keymap().modifiers().group, 1U);
  ASSERT_TRUE(seat->apply(KeyboardSettings{.layout = "us,fr"}));
  EXPECT_EQ(seat->keymap().modifiers().group, 1U);
  ASSERT_TRUE(seat->apply(KeyboardSettings{.layout = "us"}));
  EXPECT_EQ(seat->keymap().modifiers().group, 0U);
}

TEST_F(KeyboardSettingsTest, ALayoutThatDoesNotExistChangesNothing) {
  const Result<void> applied = seat->apply(KeyboardSettings{.layout = "klingon", .repeat_rate = 3});
  ASSERT_FALSE(applied);
  EXPECT_NE(applied.error().text().find("klingon"), std::string::npos);
  EXPECT_EQ(seat->keyboard_settings(), KeyboardSettings{});
  EXPECT_EQ(sink.take(), "");
}

TEST_F(KeyboardSettingsTest, TheRepeatIsToldWhenItChanges) {
  ASSERT_TRUE(seat->apply(KeyboardSettings{.repeat_rate = 0}));
  EXPECT_EQ(sink.take(), "repeat; ");
  ASSERT_TRUE(seat->apply(KeyboardSettings{.repeat_rate = 0, .repeat_delay = 300}));
  EXPECT_EQ(sink.take(), "repeat; ");
}

} // namespace
} // namespace fenceline::test
