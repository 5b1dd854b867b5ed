#include "compositor/input/seat.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <string>

namespace fenceline {
namespace {

/// Two surfaces side by side: A from 0 to 100, B from 100 to 200, both 100 high.
class FakePolicy final : public SeatPolicy {
 public:
  SurfaceHit hit_test(double x, double y) const override {
    if (y < 0 || y >= 100 || x < 0 || x >= 200)
      return {};
    return x < 100 ? SurfaceHit{a, x, y} : SurfaceHit{b, x - 100, y};
  }
  bool origin_of(SurfaceId surface, double& x, double& y) const override {
    x = surface == b ? 100 : 0;
    y = 0;
    return surface == a || surface == b;
  }
  SurfaceId keyboard_focus() const override { return focus; }
  void clicked(SurfaceId surface) override { last_click = surface; }

  SurfaceId a{}, b{}, focus{}, last_click{};
};

/// Writes everything down in a line.
class LogSink final : public SeatSink {
 public:
  void capabilities(bool pointer, bool keyboard) override {
    text += fmt::format("caps {}{}; ", pointer ? "p" : "", keyboard ? "k" : "");
  }
  void pointer_enter(SurfaceId s, double x, double y) override {
    text += fmt::format("enter {} at {},{}; ", id(s), x, y);
  }
  void pointer_leave(SurfaceId s) override { text += fmt::format("leave {}; ", id(s)); }
  void pointer_motion(TimePoint, double x, double y) override { text += fmt::format("move {},{}; ", x, y); }
  void pointer_button(TimePoint, std::uint32_t, bool pressed) override { text += pressed ? "press; " : "release; "; }
  void pointer_scroll(TimePoint, const ScrollEvent& scroll) override {
    text += fmt::format("scroll {}; ", scroll.vertical);
  }
  void pointer_frame() override {}
  void keyboard_enter(SurfaceId s, std::span<const std::uint32_t> keys, const Modifiers&) override {
    text += fmt::format("keys to {} ({} held); ", id(s), keys.size());
  }
  void keyboard_leave(SurfaceId s) override { text += fmt::format("keys from {}; ", id(s)); }
  void key(TimePoint, std::uint32_t key, bool pressed) override {
    text += fmt::format("{}{}; ", pressed ? "+" : "-", key);
  }
  void modifiers(const Modifiers& m) override { text += fmt::format("mods {:#x}; ", m.depressed); }
  std::string take() { return std::exchange(text, {}); }

 private:
  static unsigned id(SurfaceId s) { return static_cast<unsigned>(s); }
  std::string text;
};

class SeatTest : public ::testing::Test {
 protected:
  SeatTest() {
    Result<Keymap> keymap = Keymap::create();
    if (!keymap)
      throw std::runtime_error(keymap.error().text());
    seat = std::make_unique<Seat>(scene, log, std::move(*keymap), policy);
    policy.a = scene.create_surface(ClientId{1}).id();
    policy.b = scene.create_surface(ClientId{2}).id();
    seat->set_areas({{0, 0, 300, 200}});
    seat->set_sink(&sink);
    seat->pointer_added();
    seat->keyboard_added();
    sink.take();
  }
  SurfaceId cursor() const {
    std::vector<RootPlacement> roots;
    seat->append_roots(OutputId{1}, roots);
    return roots.empty() ? SurfaceId{} : roots.front().root;
  }

  NullObserver observer;
  Scene scene{observer};
  Log log{LogLevel::Off};
  FakePolicy policy;
  LogSink sink;
  std::unique_ptr<Seat> seat;
};

TEST_F(SeatTest, ThePointerEntersMovesAndLeaves) {
  seat->move_to({}, 10, 20);
  seat->move_by({}, 5, 5);
  seat->move_to({}, 150, 50);
  seat->move_to({}, 250, 50);
  const auto a = static_cast<unsigned>(policy.a), b = static_cast<unsigned>(policy.b);
  EXPECT_EQ(sink.take(),
            fmt::format("enter {} at 10,20; move 15,25; leave {}; enter {} at 50,50; leave {}; ", a, a, b, b));
}

TEST_F(SeatTest, AHeldButtonKeepsThePointerOnItsSurface) {
  seat->move_to({}, 90, 50);
  seat->button({}, BTN_LEFT, true);
  sink.take();
  seat->move_to({}, 120, 50);
  EXPECT_EQ(sink.take(), "move 120,50; ") << "still A's, in A's coordinates";
  seat->button({}, BTN_LEFT, false);
  EXPECT_EQ(sink.take(), fmt::format("release; leave {}; enter {} at 20,50; ", static_cast<unsigned>(policy.a),
                                     static_cast<unsigned>(policy.b)));
}

TEST_F(SeatTest, AClickIsToldToTheWindowsOnce) {
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  EXPECT_EQ(policy.last_click, policy.a);
  policy.last_click = {};
  seat->button({}, BTN_RIGHT, true);
  EXPECT_EQ(policy.last_click, SurfaceId{}) << "a second button in the same grab is no new click";
}

TEST_F(SeatTest, ThePointerStaysOnTheOutputs) {
  seat->move_to({}, 1e9, -1e9);
  EXPECT_LT(seat->x(), 300);
  EXPECT_EQ(seat->y(), 0);
  seat->move_to({}, std::numeric_limits<double>::quiet_NaN(), 5);
  EXPECT_LT(seat->x(), 300);
}

TEST_F(SeatTest, TheKeyboardFollowsTheFocusWithWhatIsHeld) {
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->key({}, KEY_A, true);
  seat->key({}, KEY_A, true);
  policy.focus = policy.b;
  seat->refresh_focus();
  seat->key({}, KEY_A, false);
  const auto a = static_cast<unsigned>(policy.a), b = static_cast<unsigned>(policy.b);
  EXPECT_EQ(sink.take(),
            fmt::format("keys to {} (0 held); +{}; keys from {}; keys to {} (1 held); -{}; ", a, KEY_A, a, b, KEY_A));
}

TEST_F(SeatTest, ModifiersAreSentAfterTheKey) {
  policy.focus = policy.a;
  seat->refresh_focus();
  sink.take();
  seat->key({}, KEY_LEFTSHIFT, true);
  EXPECT_EQ(sink.take(), fmt::format("+{}; mods 0x1; ", KEY_LEFTSHIFT));
}

TEST_F(SeatTest, SuperShiftQQuitsAndNobodyElseHearsTheQ) {
  bool quit = false;
  seat->on_quit([&quit] { quit = true; });
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->key({}, KEY_LEFTMETA, true);
  seat->key({}, KEY_LEFTSHIFT, true);
  sink.take();
  seat->key({}, KEY_Q, true);
  seat->key({}, KEY_Q, false);
  EXPECT_TRUE(quit);
  EXPECT_EQ(sink.take(), "");
}

TEST_F(SeatTest, WithoutAPointerThereIsNoCursor) {
  EXPECT_NE(cursor(), SurfaceId{});
  seat->pointer_removed();
  EXPECT_EQ(cursor(), SurfaceId{});
}

TEST_F(SeatTest, AClientsCursorGoesWithItsSurfaceOrWithItsFocus) {
  const SurfaceId arrow = cursor();
  seat->move_to({}, 10, 10);
  const SurfaceId own = scene.create_surface(ClientId{1}).id();
  seat->set_cursor(own, {3, 3});
  EXPECT_EQ(cursor(), own);
  seat->move_to({}, 150, 10);
  EXPECT_EQ(cursor(), arrow) << "another client's window";
  seat->set_cursor(own, {3, 3});
  scene.destroy_surface(own);
  EXPECT_EQ(cursor(), arrow);
  seat->set_cursor(SurfaceId{}, {});
  EXPECT_EQ(cursor(), SurfaceId{}) << "a client may set none";
}

TEST_F(SeatTest, ASurfaceThatGoesIsNotNamedAgain) {
  policy.focus = policy.a;
  seat->move_to({}, 10, 10);
  seat->refresh_focus();
  sink.take();
  const SurfaceId gone = std::exchange(policy.a, SurfaceId{});
  policy.focus = {};
  scene.destroy_surface(gone);
  seat->refresh_focus();
  seat->move_to({}, 150, 10);
  EXPECT_EQ(sink.take(), fmt::format("enter {} at 50,10; ", static_cast<unsigned>(policy.b)));
}

TEST_F(SeatTest, WhenDevicesGoWhatIsHeldIsLetGo) {
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->key({}, KEY_B, true);
  sink.take();
  seat->keyboard_removed();
  EXPECT_EQ(sink.take(), fmt::format("-{}; caps p; keys from {}; ", KEY_B, static_cast<unsigned>(policy.a)));
}

} // namespace
} // namespace fenceline
