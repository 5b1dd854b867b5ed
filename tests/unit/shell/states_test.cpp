#include "tests/unit/shell/desktop_fixture.h"

namespace fenceline::test {
namespace {

using Stack = std::vector<SurfaceId>;

class StatesTest : public DesktopTest {
 protected:
  void maximize(FakeWindow& w, bool on = true) {
    desktop.request_maximized(w.id, on);
    desktop.reconfigure(w.id);
  }
};

TEST_F(StatesTest, AMaximisedWindowFillsItsOutputAndGoesBackToItsSizeAndPlace) {
  FakeWindow& w = window({100, 80});
  w.take();
  const Point before = at(w);
  maximize(w);
  EXPECT_EQ(w.take(), "640x480 maximized active; ");
  EXPECT_EQ(at(w), before) << "as long as its content is the old one";
  answer(w);
  EXPECT_EQ(at(w), (Point{0, 0}));
  maximize(w, false);
  EXPECT_EQ(w.take(), "100x80 active; ");
  EXPECT_EQ(at(w), (Point{0, 0}));
  answer(w);
  EXPECT_EQ(at(w), before);
}

TEST_F(StatesTest, AMaximisedWindowThatIsSmallerIsAtTheCorner) {
  FakeWindow& w = window({100, 80});
  maximize(w);
  show(w.surface, {600, 440});
  desktop.answered(w.id, w.last);
  EXPECT_EQ(at(w), (Point{0, 0}));
}

TEST_F(StatesTest, AMaximisedWindowFillsTheOutputThatItIsOn) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& w = window({100, 80});
  ASSERT_TRUE(desktop.move_to_neighbour(w.id, true));
  EXPECT_FALSE(desktop.move_to_neighbour(w.id, true)) << "there is no other one";
  EXPECT_EQ(at(w), (Point{910, 200}));
  maximize(w);
  EXPECT_EQ(w.last.size, (Size{800, 600}));
  answer(w);
  EXPECT_EQ(at(w), (Point{640, 0}));
  ASSERT_TRUE(desktop.move_to_neighbour(w.id, false));
  EXPECT_EQ(w.last.size, (Size{640, 480}));
  answer(w);
  EXPECT_EQ(at(w), (Point{0, 0}));
  maximize(w, false);
  answer(w);
  EXPECT_EQ(at(w), (Point{270, 200}));
}

TEST_F(StatesTest, AFullscreenWindowGoesToTheNeighbourAsOne) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& w = window({100, 80});
  desktop.request_fullscreen(w.id, std::nullopt);
  desktop.reconfigure(w.id);
  answer(w);
  w.take();
  ASSERT_TRUE(desktop.move_to_neighbour(w.id, true));
  EXPECT_EQ(w.take(), "800x600 fullscreen active; ");
  answer(w);
  EXPECT_EQ(at(w), (Point{640, 0}));
}

TEST_F(StatesTest, WhatIsMaximisedUnderFullscreenIsMaximisedAgain) {
  FakeWindow& w = window({100, 80});
  w.take();
  maximize(w);
  answer(w);
  desktop.request_fullscreen(w.id, std::nullopt);
  desktop.reconfigure(w.id);
  answer(w);
  desktop.leave_fullscreen(w.id);
  desktop.reconfigure(w.id);
  answer(w);
  maximize(w, false);
  EXPECT_EQ(w.take(), "640x480 maximized active; 640x480 fullscreen maximized active; 640x480 maximized active; "
                      "100x80 active; ");
}

TEST_F(StatesTest, AWindowThatChoosesAnotherSizeIsNotAskedForTheOldOne) {
  FakeWindow& w = window({100, 80});
  maximize(w);
  answer(w);
  maximize(w, false);
  answer(w);
  show(w.surface, {120, 90});
  desktop.committed(w.id);
  w.take();
  desktop.reconfigure(w.id);
  EXPECT_EQ(w.take(), "120x90 active; ");
}

TEST_F(StatesTest, AMinimisedWindowIsNowhereAndComesBackOnTop) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  FakePopup& p = popup("p", b.surface, {0, 0, 10, 10}, false);
  a.take();
  b.take();
  desktop.set_minimized(b.id, true);
  EXPECT_EQ(stack(), (Stack{a.surface}));
  EXPECT_EQ(dismissed, "p done; ");
  EXPECT_EQ(desktop.origin_of(b.surface), std::nullopt);
  EXPECT_EQ(desktop.origin_of(p.surface), std::nullopt);
  EXPECT_EQ(desktop.keyboard_focus(), a.surface);
  EXPECT_EQ(a.take(), "0x0 active; ");
  EXPECT_EQ(b.take(), "0x0; ");
  desktop.set_minimized(a.id, true);
  EXPECT_EQ(desktop.keyboard_focus(), std::nullopt);
  desktop.activate(b.id);
  EXPECT_EQ(stack(), (Stack{b.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), b.surface);
}

TEST_F(StatesTest, AnUnmappedWindowForgetsItsStates) {
  FakeWindow& w = window({100, 80});
  maximize(w);
  answer(w);
  desktop.set_size_limits(w.id, {10, 10}, {20, 20});
  desktop.set_minimized(w.id, true);
  desktop.reset(w.id);
  w.take();
  desktop.configure_initial(w.id);
  EXPECT_EQ(w.take(), "0x0; ");
  show(w.surface, {100, 80});
  desktop.map(w.id);
  EXPECT_EQ(stack(), (Stack{w.surface}));
  EXPECT_EQ(at(w), (Point{302, 232})) << "placed as a new one";
  EXPECT_EQ(desktop.find(w.id)->max_size, Size{});
}

// Windows over their parents.

class FamilyTest : public StatesTest {
 protected:
  FakeWindow& child(FakeWindow& parent, Size size = {50, 40}) {
    FakeWindow& w = window(size, false);
    desktop.set_parent(w.id, parent.id);
    desktop.map(w.id);
    return w;
  }
};

TEST_F(FamilyTest, AWindowIsPlacedOverTheMiddleOfItsParent) {
  FakeWindow& parent = window({100, 80});
  EXPECT_EQ(at(child(parent)), at(parent) + (Point{25, 20}));
  EXPECT_EQ(at(child(parent, {1000, 60})), (Point{0, 210})) << "inside as far as it fits";
}

TEST_F(FamilyTest, AFamilyIsRaisedAsOneAndChildrenStayAbove) {
  FakeWindow& a = window({100, 80});
  FakeWindow& a1 = child(a);
  FakeWindow& a2 = child(a);
  FakeWindow& a11 = child(a1);
  FakeWindow& b = window({100, 80});
  EXPECT_EQ(stack(), (Stack{a.surface, a2.surface, a1.surface, a11.surface, b.surface}));
  desktop.clicked(a.surface);
  EXPECT_EQ(desktop.keyboard_focus(), a.surface) << "a child is no modal dialog";
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface, a2.surface, a1.surface, a11.surface}));
  desktop.clicked(a2.surface);
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface, a1.surface, a11.surface, a2.surface}));
  desktop.clicked(a1.surface);
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface, a2.surface, a1.surface, a11.surface}));
}

TEST_F(FamilyTest, AChildThatIsBelowItsParentComesUpWithItsOwn) {
  FakeWindow& low = window({100, 80});
  FakeWindow& lower = child(low);
  FakeWindow& parent = window({100, 80});
  FakeWindow& top = window({100, 80});
  desktop.set_parent(low.id, parent.id);
  EXPECT_EQ(stack(), (Stack{parent.surface, low.surface, lower.surface, top.surface}));
  desktop.set_parent(parent.id, lower.id);
  EXPECT_EQ(desktop.find(parent.id)->parent, nullptr) << "nobody is above themselves";
}

TEST_F(FamilyTest, AFamilyIsMinimisedAndComesBackAsOne) {
  FakeWindow& a = window({100, 80});
  FakeWindow& a1 = child(a);
  FakeWindow& b = window({100, 80});
  desktop.clicked(a1.surface);
  desktop.set_minimized(a.id, true);
  EXPECT_EQ(stack(), (Stack{b.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), b.surface);
  desktop.activate(a1.id);
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface, a1.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), a1.surface);
  desktop.set_minimized(a1.id, true);
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface})) << "it alone";
}

TEST_F(FamilyTest, OrphansGoToTheirGrandparent) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = child(a);
  FakeWindow& c = child(b);
  desktop.remove_window(b.id);
  EXPECT_EQ(desktop.find(c.id)->parent, desktop.find(a.id));
  desktop.remove_window(a.id);
  EXPECT_EQ(desktop.find(c.id)->parent, nullptr);
  EXPECT_EQ(stack(), (Stack{c.surface}));
}

// Alt+Tab.

TEST_F(StatesTest, CyclingGoesByUseAndIsSettledLater) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  FakeWindow& c = window({100, 80});
  desktop.clicked(a.surface);
  const Stack before = stack();
  desktop.cycle(true);
  EXPECT_EQ(stack().back(), c.surface) << "the one before";
  EXPECT_EQ(desktop.keyboard_focus(), a.surface) << "not settled yet";
  desktop.cycle(true);
  EXPECT_EQ(stack(), (Stack{c.surface, a.surface, b.surface})) << "what was only looked at is back where it was";
  desktop.cycle(false);
  desktop.cycle(false);
  EXPECT_EQ(stack(), before);
  desktop.cycle(false);
  desktop.settle_cycle();
  EXPECT_EQ(desktop.keyboard_focus(), b.surface);
  EXPECT_EQ(stack(), (Stack{c.surface, a.surface, b.surface}));
  desktop.cycle(true);
  desktop.settle_cycle();
  EXPECT_EQ(desktop.keyboard_focus(), a.surface) << "there and back again";
}

TEST_F(StatesTest, CyclingReachesMinimisedWindowsAndSurvivesThoseThatGo) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  FakeWindow& c = window({100, 80});
  desktop.set_minimized(b.id, true);
  EXPECT_EQ(desktop.keyboard_focus(), c.surface);
  desktop.cycle(true);
  desktop.settle_cycle();
  EXPECT_EQ(desktop.keyboard_focus(), b.surface);
  EXPECT_EQ(stack(), (Stack{a.surface, c.surface, b.surface}));
  desktop.cycle(true);
  desktop.remove_window(c.id);
  desktop.cycle(true);
  desktop.settle_cycle();
  EXPECT_EQ(desktop.keyboard_focus(), b.surface) << "past the end it begins anew";
  desktop.cycle(true);
  desktop.remove_window(b.id);
  desktop.remove_window(a.id);
  desktop.settle_cycle();
  EXPECT_EQ(desktop.keyboard_focus(), std::nullopt);
  desktop.cycle(true);
  desktop.settle_cycle();
}

} // namespace
} // namespace fenceline::test
