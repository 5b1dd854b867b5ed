// Devices that come and go, surfaces that go or move under what is held, cursors at the limits.
#include <limits>

#include "tests/unit/input/seat_fixture.h"

namespace fenceline::test {
namespace {

class SeatDevicesTest : public SeatTest {
 protected:
  [[nodiscard]] unsigned a() const { return static_cast<unsigned>(policy.a); }
  [[nodiscard]] unsigned b() const { return static_cast<unsigned>(policy.b); }
  [[nodiscard]] RootPlacement cursor_root() const {
    std::vector<RootPlacement> roots;
    seat->append_roots(OutputId{1}, roots);
    return roots.empty() ? RootPlacement{} : roots.front();
  }
  /// A commit of a cursor's surface that moves it by `offset`.
  void commit_offset(SurfaceId id, Point offset) {
    Surface* surface = scene.find(id);
    surface->pending().offset = offset;
    ASSERT_TRUE(scene.commit(*surface, {}));
  }
};

TEST_F(SeatDevicesTest, ACursorThatIsNotShownIsThereForAllElse) {
  int used = 0, changed = 0;
  seat->on_pointer_used([&used] { ++used; });
  seat->on_cursor_changed([&changed] { ++changed; });
  seat->move_to({1}, 10, 10);
  const RootPlacement shown = cursor_root();
  EXPECT_NE(shown.root, SurfaceId{});
  changed = 0;
  seat->show_cursor(false);
  seat->show_cursor(false);
  EXPECT_EQ(changed, 1);
  EXPECT_EQ(cursor_root().root, SurfaceId{});
  seat->set_cursor(CursorShape::Text);
  EXPECT_EQ(cursor_root().root, SurfaceId{}) << "whatever the client wants it to be";
  sink.take();
  seat->move_to({2}, 20, 10);
  EXPECT_EQ(sink.take(), "move 20,10; ");
  EXPECT_EQ(cursor_root().root, SurfaceId{}) << "who hides it shows it again";
  seat->show_cursor(true);
  EXPECT_EQ(cursor_root().root, shown.root);
  used = 0;
  seat->button({3}, BTN_LEFT, true);
  seat->button({4}, BTN_LEFT, false);
  seat->scroll({5}, {.vertical = 15});
  seat->key({6}, KEY_A, true);
  seat->touch_down({7}, 1, 10, 10);
  EXPECT_EQ(used, 3) << "keys and fingers are no use of a pointer";
}

TEST_F(SeatDevicesTest, APointerThatGoesLetsGoOfItsButtonsAndLeavesFirst) {
  seat->move_to({7}, 10, 10);
  seat->button({8}, BTN_LEFT, true);
  sink.take();
  seat->pointer_removed();
  EXPECT_EQ(sink.take(), fmt::format("release; leave {}; caps k; ", a()));
  EXPECT_EQ(sink.last_time, TimePoint{8}) << "the time of the last event, never an older one";
  EXPECT_EQ(seat->pointer_focus(), SurfaceId{});
}

TEST_F(SeatDevicesTest, APointerThatComesBackHoldsNothing) {
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  seat->pointer_removed();
  sink.take();
  seat->pointer_added();
  EXPECT_EQ(sink.take(), fmt::format("caps pk; enter {} at 10,10; ", a()));
  seat->move_to({}, 150, 10);
  EXPECT_EQ(sink.take(), fmt::format("leave {}; enter {} at 50,10; ", a(), b())) << "no grab is left";
}

TEST_F(SeatDevicesTest, WithoutAPointerNothingIsEntered) {
  seat->pointer_removed();
  sink.take();
  seat->move_to({}, 10, 10);
  seat->refresh_focus();
  EXPECT_EQ(sink.take(), "");
}

TEST_F(SeatDevicesTest, AKeyboardThatGoesLeavesTheMousesButtonsAlone) {
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  sink.take();
  seat->keyboard_removed();
  EXPECT_EQ(sink.take(), fmt::format("keys from {}; caps p; ", a()));
  seat->move_to({}, 120, 10);
  EXPECT_EQ(sink.take(), "move 120,10; ") << "the grab holds";
}

TEST_F(SeatDevicesTest, ASecondDeviceOfAKindChangesNothing) {
  seat->pointer_added();
  seat->keyboard_added();
  seat->pointer_removed();
  seat->keyboard_removed();
  EXPECT_EQ(sink.take(), "");
  EXPECT_TRUE(seat->has_pointer());
  EXPECT_TRUE(seat->has_keyboard());
}

TEST_F(SeatDevicesTest, AKeyboardThatComesGetsTheFocus) {
  policy.focus = policy.a;
  seat->keyboard_removed();
  seat->refresh_focus();
  EXPECT_EQ(seat->keyboard_focus(), SurfaceId{});
  sink.take();
  seat->keyboard_added();
  EXPECT_EQ(sink.take(), fmt::format("caps pk; keys to {} (0 held); ", a()));
}

TEST_F(SeatDevicesTest, TwoMiceThatPressTheSameButtonPressItOnce) {
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  sink.take();
  seat->button({}, BTN_LEFT, true);
  EXPECT_EQ(sink.take(), "");
  seat->button({}, BTN_LEFT, false);
  seat->button({}, BTN_LEFT, false);
  EXPECT_EQ(sink.take(), "release; ");
}

TEST_F(SeatDevicesTest, ASurfaceThatGoesUnderAHeldButtonGivesThePointerToTheOneBelow) {
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  sink.take();
  const SurfaceId gone = std::exchange(policy.a, policy.b);
  scene.destroy_surface(gone);
  EXPECT_EQ(sink.take(), fmt::format("enter {} at 10,10; ", b())) << "at once, not with the next motion";
  seat->button({}, BTN_LEFT, false);
  EXPECT_EQ(sink.take(), "") << "it has not seen the press";
  seat->button({}, BTN_LEFT, true);
  EXPECT_EQ(policy.last_click, policy.b);
}

TEST_F(SeatDevicesTest, AGoneSurfaceIsNotEnteredAgainByAPolicyThatStillNamesIt) {
  seat->move_to({}, 10, 10);
  sink.take();
  scene.destroy_surface(policy.a);
  EXPECT_EQ(sink.take(), "");
  EXPECT_EQ(seat->pointer_focus(), SurfaceId{});
}

TEST_F(SeatDevicesTest, ASurfaceThatMovesUnderThePointerIsToldWhereItIs) {
  seat->move_to({42}, 10, 10);
  sink.take();
  policy.shift = 5;
  seat->refresh_focus();
  EXPECT_EQ(sink.take(), "move 5,10; ") << "a button's place is that of the last motion";
  EXPECT_EQ(sink.last_time, TimePoint{42});
  seat->refresh_focus();
  EXPECT_EQ(sink.take(), "") << "once";
  seat->button({43}, BTN_LEFT, true);
  sink.take();
  policy.shift = 0;
  seat->refresh_focus();
  EXPECT_EQ(sink.take(), "move 10,10; ") << "also the surface that holds the pointer";
}

TEST_F(SeatDevicesTest, EachGroupOfPointerEventsEndsWithAFrame) {
  seat->move_to({}, 10, 10);
  EXPECT_EQ(sink.frames, 1);
  seat->move_to({}, 11, 10);
  EXPECT_EQ(sink.frames, 2);
  seat->button({}, BTN_LEFT, true);
  EXPECT_EQ(sink.frames, 3);
  seat->button({}, BTN_LEFT, false);
  EXPECT_EQ(sink.frames, 4);
  seat->scroll({}, {.vertical = 15, .vertical_120 = 120});
  EXPECT_EQ(sink.frames, 5);
  seat->scroll({}, {});
  EXPECT_EQ(sink.frames, 5) << "a scroll of nothing is nothing";
}

TEST_F(SeatDevicesTest, OutputsThatGoTakeThePointerAlong) {
  seat->set_areas({{0, 0, 100, 100}, {100, 0, 100, 100}});
  seat->move_to({}, 150, 10);
  sink.take();
  bool redrawn = false;
  seat->on_cursor_changed([&redrawn] { redrawn = true; });
  seat->set_areas({{0, 0, 100, 100}});
  EXPECT_EQ(seat->x(), 50);
  EXPECT_EQ(seat->y(), 50);
  EXPECT_TRUE(redrawn);
  EXPECT_EQ(sink.take(), fmt::format("leave {}; enter {} at 50,50; ", b(), a()));
}

TEST_F(SeatDevicesTest, APointerInTheCornerStaysThereWhenAnOutputComes) {
  seat->move_to({}, 0, 0);
  seat->set_areas({{0, 0, 100, 100}, {100, 0, 100, 100}});
  EXPECT_EQ(seat->x(), 0);
  EXPECT_EQ(seat->y(), 0);
}

TEST_F(SeatDevicesTest, ThePointerCrossesWhereOutputsTouchAndSlidesAlongTheirEdges) {
  seat->set_areas({{0, 0, 100, 100}, {100, 50, 100, 100}});
  seat->move_to({}, 90, 60);
  seat->move_by({}, 20, 0);
  EXPECT_EQ(seat->x(), 110);
  seat->move_by({}, 0, -15);
  EXPECT_EQ(seat->x(), 110);
  EXPECT_EQ(seat->y(), 50) << "the second begins here";
  seat->move_to_fraction({}, 0.25, 0.5);
  EXPECT_EQ(seat->x(), 50) << "of the rectangle around all, 200 x 150";
  EXPECT_EQ(seat->y(), 75);
}

TEST_F(SeatDevicesTest, AHotspotMovesWithItsSurfacesOffsetButNotWithOlderOnes) {
  seat->move_to({}, 50, 50);
  const SurfaceId image = scene.create_surface(ClientId{1}).id();
  commit_offset(image, {1000, 1000});
  seat->set_cursor(image, {3, 4});
  EXPECT_EQ(cursor_root().position, (Point{47, 46})) << "what it was moved by before it was a cursor does not count";
  commit_offset(image, {1, 2});
  EXPECT_EQ(cursor_root().position, (Point{48, 48})) << "the hotspot is lowered by the offset";
}

TEST_F(SeatDevicesTest, AHotspotAtTheLimitsLeavesTheCursorOutOfSight) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(),
                         most = std::numeric_limits<std::int32_t>::max();
  seat->move_to({}, 50, 50);
  const SurfaceId image = scene.create_surface(ClientId{1}).id();
  seat->set_cursor(image, {least, most});
  EXPECT_EQ(cursor_root().position, (Point{most, 50 - most}));
  commit_offset(image, {most, least});
  commit_offset(image, {most, least});
  EXPECT_EQ(cursor_root().root, image);
}

TEST_F(SeatDevicesTest, AllThatIsHeldIsLetGoWhenTheInputIsTakenAway) {
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->move_to({}, 10, 10);
  seat->button({}, BTN_LEFT, true);
  seat->key({}, KEY_A, true);
  sink.take();
  seat->release_all({99});
  EXPECT_EQ(sink.take(), fmt::format("-{}; release; ", KEY_A));
  EXPECT_EQ(sink.last_time, TimePoint{99});
}

TEST_F(SeatDevicesTest, AKeyThatWasAShortcutIsNotHeldForTheNextWindow) {
  policy.focus = policy.a;
  seat->refresh_focus();
  seat->key({}, KEY_LEFTMETA, true);
  seat->key({}, KEY_LEFTSHIFT, true);
  seat->key({}, KEY_Q, true);
  sink.take();
  policy.focus = policy.b;
  seat->refresh_focus();
  EXPECT_EQ(sink.take(), fmt::format("keys from {}; keys to {} (2 held); ", a(), b())) << "the two modifiers";
}

} // namespace
} // namespace fenceline::test
