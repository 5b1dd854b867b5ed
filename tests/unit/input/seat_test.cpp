#include <limits>

#include "tests/unit/input/seat_fixture.h"

namespace fenceline::test {
namespace {

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
  EXPECT_EQ(sink.take(), fmt::format("-{}; keys from {}; caps p; ", KEY_B, static_cast<unsigned>(policy.a)));
}

} // namespace
} // namespace fenceline::test
