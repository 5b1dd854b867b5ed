#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class XdgGrabTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window = &a->window("a"); // 100x80 at 270,200.
    seat = &a->bind_seat();
    pointer = &a->pointer();
    pump();
    input.move(300, 230);
    pump();
  }
  /// Presses on the window, and lets the client ask to move it.
  void drag() {
    input.button(BTN_LEFT, true);
    pump();
    xdg_toplevel_move(window->toplevel, seat->proxy, pointer->button_serial);
    expect_alive();
  }
  [[nodiscard]] SurfaceId id() const { return a->scene_surface(window->surface).id(); }
  [[nodiscard]] Point place() const { return *server.desktop.origin_of(id()); }

  ShownWindow* window = nullptr;
  SeatObject* seat = nullptr;
  PointerObject* pointer = nullptr;
};

TEST_F(XdgGrabTest, AClientMayHaveItsWindowMoved) {
  pointer->take();
  drag();
  EXPECT_EQ(pointer->take(), "press 0x110; frame; leave a; frame; ");
  input.move(320, 240);
  pump();
  EXPECT_EQ(place(), (Point{290, 210}));
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(pointer->take(), "enter a 30,30; frame; ");
  input.move(330, 250);
  EXPECT_EQ(place(), (Point{290, 210})) << "it is over";
}

TEST_F(XdgGrabTest, OnlyWithTheSerialOfAButtonThatIsHeld) {
  click();
  pump();
  const std::uint32_t old = pointer->button_serial;
  xdg_toplevel_move(window->toplevel, seat->proxy, old);
  expect_alive();
  input.move(320, 240);
  EXPECT_EQ(place(), (Point{270, 200})) << "no button is held";
  input.button(BTN_LEFT, true);
  pump();
  for (const std::uint32_t serial : {old, pointer->enter_serial, pointer->button_serial + 1000}) {
    xdg_toplevel_move(window->toplevel, seat->proxy, serial);
    xdg_toplevel_resize(window->toplevel, seat->proxy, serial, XDG_TOPLEVEL_RESIZE_EDGE_RIGHT);
    expect_alive();
  }
  input.move(330, 250);
  EXPECT_EQ(place(), (Point{270, 200}));
}

TEST_F(XdgGrabTest, NotWithAnotherClientsButton) {
  ShownWindow& other = b->window("b"); // At 302,232.
  SeatObject& its_seat = b->bind_seat();
  pump();
  input.move(275, 205);
  input.button(BTN_LEFT, true);
  pump();
  xdg_toplevel_move(other.toplevel, its_seat.proxy, pointer->button_serial);
  expect_alive();
  input.move(300, 230);
  EXPECT_EQ(*server.desktop.origin_of(b->scene_surface(other.surface).id()), (Point{302, 232}));
}

TEST_F(XdgGrabTest, AClientMayHaveItsWindowResizedAtItsOwnPace) {
  input.button(BTN_LEFT, true);
  pump();
  xdg_toplevel_resize(window->toplevel, seat->proxy, pointer->button_serial, XDG_TOPLEVEL_RESIZE_EDGE_TOP_LEFT);
  expect_alive();
  const WindowConfigure* sent = &server.desktop.find_by_surface(id())->last_sent;
  EXPECT_TRUE(sent->resizing);
  input.move(290, 225);
  pump();
  EXPECT_EQ(sent->size, (Size{100, 80})) << "the first one is acknowledged, and not committed yet";
  TestClient::show(window->surface, a->shm_buffer(100, 80));
  pump();
  EXPECT_EQ(sent->size, (Size{110, 85}));
  EXPECT_EQ(place(), (Point{270, 200}));
  TestClient::show(window->surface, a->shm_buffer(110, 85));
  pump();
  EXPECT_EQ(place(), (Point{260, 195})) << "the lower right corner stays";
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_FALSE(sent->resizing);
  EXPECT_EQ(sent->size, (Size{110, 85}));
}

TEST_F(XdgGrabTest, AnEdgeThatIsNoneIsInvalid) {
  xdg_toplevel_resize(window->toplevel, seat->proxy, 1, 3);
  expect_error("xdg_toplevel 0");
}

TEST_F(XdgGrabTest, SuperAndAButtonMoveAndResizeWhateverTheClientThinks) {
  pointer->take();
  input.key(KEY_LEFTMETA, true);
  input.button(BTN_LEFT, true);
  input.move(310, 235);
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(place(), (Point{280, 205}));
  EXPECT_EQ(pointer->take(), "leave a; frame; enter a 30,30; frame; ") << "no button of it is the client's";
  input.button(BTN_RIGHT, true);
  input.move(300, 230);
  pump();
  const WindowConfigure& sent = server.desktop.find_by_surface(id())->last_sent;
  EXPECT_TRUE(sent.resizing);
  input.button(BTN_RIGHT, false);
  pump();
  EXPECT_EQ(sent.size, (Size{110, 85})) << "by the upper left corner, which is the nearest";
}

TEST_F(XdgGrabTest, TheWindowOrItsClientMayGoInTheMiddle) {
  drag();
  a->destroy(*window);
  expect_alive();
  input.move(1, 1);
  input.button(BTN_LEFT, false);
  window = &a->window("again");
  pump();
  input.move(place().x + 10, place().y + 10);
  pump();
  drag();
  a.reset();
  pump();
  input.move(5, 5);
  input.button(BTN_LEFT, false);
  EXPECT_EQ(server.desktop.hit_test(300, 230), std::nullopt);
}

TEST_F(XdgGrabTest, APauseOfTheSessionEndsIt) {
  drag();
  server.seat.release_all({});
  input.move(320, 240);
  EXPECT_EQ(place(), (Point{270, 200}));
}

/// A finger on the window, which its client asks to be moved by.
class XdgTouchGrabTest : public XdgGrabTest {
 protected:
  void SetUp() override {
    XdgGrabTest::SetUp();
    input.plug_touch();
    pump();
    touch = &a->touch();
    pump();
    input.touch_down(4, 300, 230);
    pump();
  }
  TouchObject* touch = nullptr;
};

TEST_F(XdgTouchGrabTest, AFingerMovesAWindow) {
  EXPECT_EQ(touch->take(), "down 4 a 30,30; frame; ");
  xdg_toplevel_move(window->toplevel, seat->proxy, touch->down_serial);
  expect_alive();
  input.touch_motion(4, 320, 240);
  pump();
  EXPECT_EQ(place(), (Point{290, 210}));
  EXPECT_EQ(touch->take(), "") << "to its client it stands still";
  input.touch_up(4);
  pump();
  EXPECT_EQ(touch->take(), "up 4; frame; ");
  input.touch_down(5, 300, 230);
  input.touch_motion(5, 340, 260);
  EXPECT_EQ(place(), (Point{290, 210})) << "it is over";
}

TEST_F(XdgTouchGrabTest, AFingerResizesAWindow) {
  xdg_toplevel_resize(window->toplevel, seat->proxy, touch->down_serial, XDG_TOPLEVEL_RESIZE_EDGE_RIGHT);
  expect_alive();
  const WindowConfigure* sent = &server.desktop.find_by_surface(id())->last_sent;
  EXPECT_TRUE(sent->resizing);
  TestClient::show(window->surface, a->shm_buffer(100, 80));
  pump();
  input.touch_motion(4, 325, 240);
  EXPECT_EQ(sent->size, (Size{125, 80}));
  input.touch_up(4);
  EXPECT_FALSE(sent->resizing);
}

TEST_F(XdgTouchGrabTest, OneDragAtATime) {
  xdg_toplevel_move(window->toplevel, seat->proxy, touch->down_serial);
  expect_alive();
  drag();
  input.move(310, 230);
  EXPECT_EQ(place(), (Point{270, 200})) << "the finger has it";
  input.touch_motion(4, 305, 230);
  EXPECT_EQ(place(), (Point{275, 200}));
  input.touch_up(4);
  input.button(BTN_LEFT, false);
  expect_alive();
}

TEST_F(XdgTouchGrabTest, AWindowThatGoesUnderAFingerEndsIt) {
  xdg_toplevel_move(window->toplevel, seat->proxy, touch->down_serial);
  expect_alive();
  a->destroy(*window);
  pump();
  input.touch_motion(4, 320, 240);
  input.touch_up(4);
  expect_alive();
  ShownWindow& next = a->window("next");
  pump();
  input.move(310, 240);
  input.button(BTN_LEFT, true);
  pump();
  xdg_toplevel_move(next.toplevel, seat->proxy, pointer->button_serial);
  expect_alive();
  const SurfaceId surface = a->scene_surface(next.surface).id();
  const Point before = *server.desktop.origin_of(surface);
  input.move(320, 240);
  EXPECT_EQ(*server.desktop.origin_of(surface), before + (Point{10, 0})) << "the next drag is free to begin";
}

} // namespace
} // namespace fenceline::test
