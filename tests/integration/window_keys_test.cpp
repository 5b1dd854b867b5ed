#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class WindowKeysTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
  }
  void press(std::uint32_t key) {
    input.key(key, true);
    input.key(key, false);
    pump();
  }
  /// With a modifier held.
  void press(std::uint32_t modifier, std::uint32_t key) {
    input.key(modifier, true);
    press(key);
    input.key(modifier, false);
    pump();
  }
  [[nodiscard]] const Window& state(const SeatClient& client, const ShownWindow& w) const {
    return *server.desktop.find_by_surface(client.scene_surface(w.surface).id());
  }
};

TEST_F(WindowKeysTest, AltTabGoesBetweenWindowsAndSettlesWithAlt) {
  a->window("a");
  b->window("b");
  KeyboardObject& first = a->keyboard();
  KeyboardObject& second = b->keyboard();
  pump();
  first.take();
  second.take();
  input.key(KEY_LEFTALT, true);
  press(KEY_TAB);
  EXPECT_EQ(first.take(), "") << "not before Alt is let go";
  EXPECT_EQ(second.take().find("+15"), std::string::npos) << "nobody hears of Tab";
  input.key(KEY_LEFTALT, false);
  pump();
  EXPECT_EQ(first.take().substr(0, 7), "enter a");
  EXPECT_NE(second.take().find("leave b"), std::string::npos);
}

TEST_F(WindowKeysTest, SuperWithKeysDoesThingsToTheFocusedWindow) {
  ShownWindow& below = a->window("a");
  ShownWindow& w = b->window("b");
  press(KEY_LEFTMETA, KEY_UP);
  EXPECT_TRUE(state(*b, w).last_sent.maximized);
  EXPECT_FALSE(state(*a, below).last_sent.maximized);
  press(KEY_LEFTMETA, KEY_F);
  EXPECT_TRUE(state(*b, w).last_sent.fullscreen);
  press(KEY_LEFTMETA, KEY_DOWN);
  EXPECT_FALSE(state(*b, w).last_sent.fullscreen);
  EXPECT_TRUE(state(*b, w).last_sent.maximized);
  press(KEY_LEFTMETA, KEY_DOWN);
  EXPECT_FALSE(state(*b, w).last_sent.maximized);
  press(KEY_LEFTMETA, KEY_DOWN);
  EXPECT_TRUE(state(*b, w).minimized);
  EXPECT_TRUE(state(*a, below).last_sent.activated);
}

TEST_F(WindowKeysTest, WithoutAWindowTheyDoNothing) {
  for (const std::uint32_t key : {KEY_UP, KEY_DOWN, KEY_F, KEY_Q, KEY_LEFT, KEY_RIGHT})
    press(KEY_LEFTMETA, key);
  press(KEY_LEFTALT, KEY_TAB);
  expect_alive();
}

} // namespace
} // namespace fenceline::test
