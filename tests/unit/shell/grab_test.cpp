#include "tests/unit/shell/desktop_fixture.h"

namespace fenceline::test {
namespace {

class GrabTest : public DesktopTest {
 protected:
  GrabTest() {
    desktop.on_grab_lost([this] { ++lost; });
    w.take();
  }
  FakeWindow& w = window({100, 80}); // At 270,200.
  int lost = 0;
};

TEST_F(GrabTest, AWindowGoesWithThePointer) {
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::none, 300.5, 220.5));
  desktop.grab_moved(310.25, 200.75);
  EXPECT_EQ(at(w), (Point{280, 180}));
  const int changes = stack_changes;
  desktop.grab_moved(310.75, 200.25);
  EXPECT_EQ(stack_changes, changes) << "not a whole pixel";
  desktop.finish_grab();
  desktop.grab_moved(400, 400);
  EXPECT_EQ(at(w), (Point{280, 180}));
  EXPECT_EQ(w.take(), "");
}

TEST_F(GrabTest, AResizeAsksForOneSizeAtATimeAndTheNewestThen) {
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::right | window_edge::bottom, 370, 280));
  EXPECT_EQ(w.take(), "100x80 resizing active; ");
  desktop.grab_moved(380, 290);
  desktop.grab_moved(390, 300);
  EXPECT_EQ(w.take(), "") << "the one before is not answered";
  answer(w);
  EXPECT_EQ(w.take(), "120x100 resizing active; ");
  answer(w);
  EXPECT_EQ(w.take(), "") << "it is there";
  EXPECT_EQ(at(w), (Point{270, 200}));
  desktop.grab_moved(391, 300);
  EXPECT_EQ(w.take(), "121x100 resizing active; ");
  desktop.grab_moved(392, 300);
  desktop.finish_grab();
  EXPECT_EQ(w.take(), "122x100 active; ") << "the last size, and no more resizing";
}

TEST_F(GrabTest, TheOppositeEdgesStay) {
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::left | window_edge::top, 270, 200));
  answer(w);
  desktop.grab_moved(250, 190);
  EXPECT_EQ(at(w), (Point{270, 200})) << "until there is content";
  answer(w);
  EXPECT_EQ(at(w), (Point{250, 190}));
  desktop.grab_moved(240, 190);
  desktop.finish_grab();
  // A client that steps, as a terminal does.
  show(w.surface, {128, 88});
  desktop.committed(w.id);
  EXPECT_EQ(at(w), (Point{242, 192})) << "what it does before it has answered the last one counts, too";
  desktop.answered(w.id, w.last);
  desktop.committed(w.id);
  show(w.surface, {100, 80});
  desktop.committed(w.id);
  EXPECT_EQ(at(w), (Point{242, 192})) << "and after that it is a size of its own";
}

TEST_F(GrabTest, ASizeStaysWithinTheLimits) {
  desktop.set_size_limits(w.id, {60, 50}, {200, 0});
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::right | window_edge::bottom, 0, 0));
  answer(w);
  w.take();
  desktop.grab_moved(-1000, -1000);
  EXPECT_EQ(w.take(), "60x50 resizing active; ");
  answer(w);
  desktop.grab_moved(1e12, 1e12);
  EXPECT_EQ(w.take(), "200x32768 resizing active; ");
  desktop.finish_grab();
  desktop.set_size_limits(w.id, {}, {});
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::left, 0, 0));
  answer(w);
  desktop.grab_moved(1e12, 0);
  EXPECT_EQ(w.last.size.width, 1);
}

TEST_F(GrabTest, OneThatFillsItsOutputIsNotDragged) {
  desktop.request_fullscreen(w.id, std::nullopt);
  EXPECT_FALSE(desktop.begin_grab(w.id, window_edge::none, 300, 220));
  desktop.leave_fullscreen(w.id);
  desktop.request_maximized(w.id, true);
  desktop.reconfigure(w.id);
  answer(w);
  EXPECT_FALSE(desktop.begin_grab(w.id, window_edge::right, 300, 220));
}

TEST_F(GrabTest, AMaximisedWindowThatIsMovedComesOffUnderThePointer) {
  desktop.request_maximized(w.id, true);
  desktop.reconfigure(w.id);
  answer(w);
  w.take();
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::none, 320, 10));
  EXPECT_EQ(w.take(), "100x80 active; ");
  desktop.grab_moved(330, 20);
  EXPECT_EQ(at(w), (Point{0, 0})) << "its content is the old one";
  answer(w);
  EXPECT_EQ(at(w), (Point{280, 10})) << "the pointer is as far along it as before";
}

TEST_F(GrabTest, AWindowIsPutWhereItIsToBe) {
  const int changes = stack_changes;
  EXPECT_TRUE(desktop.place(w.id, {-20, 30}));
  EXPECT_EQ(at(w), (Point{-20, 30}));
  EXPECT_EQ(stack_changes, changes + 1);
  EXPECT_TRUE(desktop.place(w.id, {-20, 30}));
  EXPECT_EQ(stack_changes, changes + 1) << "it is there";
  set_geometry(w.surface, {12, 5, 80, 70});
  desktop.committed(w.id);
  EXPECT_TRUE(desktop.place(w.id, {100, 100}));
  EXPECT_EQ(at(w), (Point{100, 100})) << "its geometry";
  ASSERT_TRUE(desktop.begin_grab(w.id, window_edge::none, 110, 110));
  EXPECT_TRUE(desktop.place(w.id, {200, 100}));
  EXPECT_EQ(lost, 1);
  desktop.request_fullscreen(w.id, left);
  EXPECT_FALSE(desktop.place(w.id, {0, 0}));
  desktop.unmap(w.id);
  EXPECT_FALSE(desktop.place(w.id, {0, 0}));
  EXPECT_FALSE(desktop.place(WindowId{4711}, {0, 0}));
}

TEST_F(GrabTest, TheGrabEndsWithItsWindow) {
  const auto begin = [this](FakeWindow& window) {
    lost = 0;
    return desktop.begin_grab(window.id, window_edge::none, 300, 220);
  };
  ASSERT_TRUE(begin(w));
  desktop.set_minimized(w.id, true);
  EXPECT_EQ(lost, 1);
  EXPECT_FALSE(begin(w)) << "it can't be seen";
  desktop.activate(w.id);
  ASSERT_TRUE(begin(w));
  desktop.request_fullscreen(w.id, std::nullopt);
  EXPECT_EQ(lost, 1);
  desktop.leave_fullscreen(w.id);
  ASSERT_TRUE(begin(w));
  desktop.unmap(w.id);
  EXPECT_EQ(lost, 1);
  FakeWindow& other = window({100, 80});
  ASSERT_TRUE(begin(other));
  scene.destroy_surface(other.surface);
  EXPECT_EQ(lost, 1);
  desktop.grab_moved(0, 0);
  desktop.finish_grab();
}

TEST_F(GrabTest, TheCornerNextToThePointerIsDragged) {
  const Rect frame{0, 0, 100, 100};
  EXPECT_EQ(edges_near(frame, 10, 10), window_edge::left | window_edge::top);
  EXPECT_EQ(edges_near(frame, 90, 10), window_edge::right | window_edge::top);
  EXPECT_EQ(edges_near(frame, 10, 90), window_edge::left | window_edge::bottom);
  EXPECT_EQ(edges_near(frame, 90, 90), window_edge::right | window_edge::bottom);
}

} // namespace
} // namespace fenceline::test
