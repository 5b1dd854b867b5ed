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
  std::vector<KeyBinding> called;
  seat->on_binding([&called](const KeyBinding& binding) { called.push_back(binding); });
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->key({}, KEY_LEFTMETA, true);
  seat->key({}, KEY_LEFTSHIFT, true);
  sink.take();
  seat->key({}, KEY_Q, true);
  seat->key({}, KEY_Q, false);
  ASSERT_EQ(called.size(), 1U);
  EXPECT_EQ(called[0].action, KeyAction::Quit);
  EXPECT_EQ(sink.take(), "");
}

TEST_F(SeatTest, ABindingWantsItsModifiersAndNoOthers) {
  std::string called;
  seat->on_binding([&called](const KeyBinding& binding) { called += std::string(name_of(binding.action)) + "; "; });
  policy.focus = policy.a;
  seat->refresh_focus();
  const auto press = [this](std::uint32_t key) {
    seat->key({}, key, true);
    seat->key({}, key, false);
  };
  press(KEY_Q);
  EXPECT_EQ(called, "");
  seat->key({}, KEY_LEFTMETA, true);
  press(KEY_Q);
  EXPECT_EQ(std::exchange(called, {}), "close-window; ");
  seat->key({}, KEY_LEFTCTRL, true);
  press(KEY_Q);
  EXPECT_EQ(called, "") << "Super+Ctrl+Q is not bound";
  seat->set_bindings({});
  seat->key({}, KEY_LEFTCTRL, false);
  press(KEY_Q);
  EXPECT_EQ(called, "") << "and now Super+Q is not either";
}

TEST_F(SeatTest, TheReleaseOfABindingsModifiersIsToldOnceAndShiftIsNone) {
  int released = 0;
  std::vector<KeyAction> called;
  seat->on_binding([&](const KeyBinding& binding) { called.push_back(binding.action); });
  seat->on_binding_released([&released] { ++released; });
  seat->key({}, KEY_LEFTALT, true);
  seat->key({}, KEY_TAB, true);
  seat->key({}, KEY_TAB, false);
  seat->key({}, KEY_LEFTSHIFT, true);
  seat->key({}, KEY_TAB, true);
  seat->key({}, KEY_TAB, false);
  seat->key({}, KEY_LEFTSHIFT, false);
  EXPECT_EQ(called, (std::vector{KeyAction::CycleWindows, KeyAction::CycleWindowsBack}));
  EXPECT_EQ(released, 0);
  seat->key({}, KEY_LEFTALT, false);
  EXPECT_EQ(released, 1);
  seat->key({}, KEY_LEFTALT, true);
  seat->key({}, KEY_LEFTALT, false);
  EXPECT_EQ(released, 1) << "nothing was bound in between";
}

TEST_F(SeatTest, ABindingWithoutModifiersIsReleasedAtOnce) {
  int released = 0;
  seat->on_binding_released([&released] { ++released; });
  seat->key({}, KEY_SYSRQ, true);
  EXPECT_EQ(released, 1);
}

/// Writes down what it is told.
class LogGrab final : public PointerGrab {
 public:
  void pointer_moved(TimePoint, double x, double y) override { text += fmt::format("{},{}; ", x, y); }
  void grab_ended() override { text += "end; "; }
  std::string take() { return std::exchange(text, {}); }

 private:
  std::string text;
};

TEST_F(SeatTest, AGrabTakesThePointerUntilAllButtonsAreUp) {
  LogGrab grab;
  seat->move_to({}, 10, 10);
  EXPECT_FALSE(seat->start_grab(grab)) << "no button is down";
  seat->button({}, BTN_LEFT, true);
  sink.take();
  ASSERT_TRUE(seat->start_grab(grab));
  EXPECT_EQ(sink.take(), fmt::format("leave {}; ", static_cast<unsigned>(policy.a)));
  seat->move_to({}, 150, 10);
  seat->button({}, BTN_RIGHT, true);
  seat->button({}, BTN_LEFT, false);
  seat->scroll({}, {.vertical = 1});
  seat->refresh_focus();
  EXPECT_EQ(grab.take(), "150,10; ");
  EXPECT_EQ(sink.take(), "") << "all that is the grab's";
  seat->button({}, BTN_RIGHT, false);
  EXPECT_EQ(grab.take(), "end; ");
  EXPECT_EQ(sink.take(), fmt::format("enter {} at 50,10; ", static_cast<unsigned>(policy.b)));
}

TEST_F(SeatTest, APressThatThePolicyTakesIsNoClick) {
  LogGrab grab;
  policy.grab = &grab;
  seat->move_to({}, 10, 10);
  seat->key({}, KEY_LEFTMETA, true);
  sink.take();
  seat->button({}, BTN_LEFT, true);
  EXPECT_EQ(policy.last_click, SurfaceId{});
  EXPECT_EQ(policy.last_press.modifiers, key_modifier::super);
  EXPECT_EQ(policy.last_press.button, static_cast<std::uint32_t>(BTN_LEFT));
  EXPECT_EQ(policy.last_press.x, 10);
  seat->button({}, BTN_LEFT, false);
  EXPECT_EQ(sink.take(), fmt::format("leave {0}; enter {0} at 10,10; ", static_cast<unsigned>(policy.a)));
  EXPECT_EQ(grab.take(), "end; ");
}

TEST_F(SeatTest, AGrabThatIsEndedEarlyLeavesTheButtonsToNobody) {
  LogGrab grab;
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  ASSERT_TRUE(seat->start_grab(grab));
  LogGrab other;
  seat->end_grab(other);
  EXPECT_EQ(grab.take(), "") << "that was another one's";
  seat->end_grab(grab);
  EXPECT_EQ(grab.take(), "end; ");
  sink.take();
  seat->move_to({}, 20, 10);
  EXPECT_EQ(sink.take(), "");
  seat->button({}, BTN_LEFT, false);
  EXPECT_EQ(sink.take(), fmt::format("enter {} at 20,10; ", static_cast<unsigned>(policy.a)));
  EXPECT_EQ(grab.take(), "");
}

TEST_F(SeatTest, AGrabEndsWhenInputIsTakenAway) {
  LogGrab grab;
  seat->move_to({}, 10, 10);
  for (const bool unplugged : {false, true}) {
    seat->button({}, BTN_LEFT, true);
    ASSERT_TRUE(seat->start_grab(grab));
    if (unplugged)
      seat->pointer_removed();
    else
      seat->release_all({});
    EXPECT_EQ(grab.take(), "end; ") << unplugged;
  }
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
