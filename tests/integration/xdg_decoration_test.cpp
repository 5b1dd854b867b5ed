#include <linux/input-event-codes.h>

#include "tests/integration/xdg_fixture.h"
#include "xdg-decoration-unstable-v1-client-protocol.h"

namespace fenceline::test {
namespace {

class XdgDecorationTest : public XdgShellTest {
 protected:
  void SetUp() override {
    XdgShellTest::SetUp();
    manager = client->bind<zxdg_decoration_manager_v1>(zxdg_decoration_manager_v1_interface);
  }
  zxdg_toplevel_decoration_v1* decorate(const TestWindow& w) {
    auto* made = client->own(zxdg_decoration_manager_v1_get_toplevel_decoration(manager, w.toplevel));
    static constexpr zxdg_toplevel_decoration_v1_listener listener{
        .configure = [](void* data, zxdg_toplevel_decoration_v1*, std::uint32_t now) {
          *static_cast<std::uint32_t*>(data) = now;
        }};
    zxdg_toplevel_decoration_v1_add_listener(made, &listener, &mode);
    return made;
  }
  void answer(TestWindow& w) const {
    xdg_surface_ack_configure(w.xdg, w.serials.back());
    TestClient::show(w.surface, client->shm_buffer(64, 64));
    expect_alive();
  }
  zxdg_decoration_manager_v1* manager = nullptr;
  std::uint32_t mode = 0; ///< Of the last configure.
};

TEST_F(XdgDecorationTest, AClientThatTakesPartIsFramed) {
  TestWindow& w = make_toplevel();
  decorate(w);
  map(w);
  EXPECT_EQ(mode, std::uint32_t{ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE});
  EXPECT_EQ(shown().size(), 5U);
  EXPECT_EQ(shown().back(), id(w));
  TestWindow& plain = make_toplevel();
  map(plain);
  EXPECT_EQ(shown().size(), 6U) << "this one has a frame of its own";
}

TEST_F(XdgDecorationTest, AClientMayDrawItsOwnAndChangeItsMind) {
  TestWindow& w = make_toplevel();
  auto* decoration = decorate(w);
  zxdg_toplevel_decoration_v1_set_mode(decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE);
  map(w);
  EXPECT_EQ(mode, std::uint32_t{ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE});
  EXPECT_EQ(shown().size(), 1U);
  const std::size_t sent = w.serials.size();
  zxdg_toplevel_decoration_v1_set_mode(decoration, ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE);
  expect_alive();
  EXPECT_EQ(w.serials.size(), sent + 1);
  EXPECT_EQ(mode, std::uint32_t{ZXDG_TOPLEVEL_DECORATION_V1_MODE_SERVER_SIDE});
  EXPECT_EQ(shown().size(), 1U) << "not before it has answered";
  answer(w);
  EXPECT_EQ(shown().size(), 5U);
  server.desktop.prefer_server_side(false);
  zxdg_toplevel_decoration_v1_unset_mode(decoration);
  expect_alive();
  EXPECT_EQ(mode, std::uint32_t{ZXDG_TOPLEVEL_DECORATION_V1_MODE_CLIENT_SIDE});
}

TEST_F(XdgDecorationTest, WithoutItsObjectTheClientDrawsAgain) {
  TestWindow& w = make_toplevel();
  auto* decoration = decorate(w);
  map(w);
  client->drop(decoration, zxdg_toplevel_decoration_v1_destroy);
  expect_alive();
  answer(w);
  EXPECT_EQ(shown().size(), 1U);
}

TEST_F(XdgDecorationTest, AModeThatIsNoneIsInvalid) {
  TestWindow& w = make_toplevel();
  zxdg_toplevel_decoration_v1_set_mode(decorate(w), 7);
  expect_error("zxdg_toplevel_decoration_v1 3");
}

TEST_F(XdgDecorationTest, ASecondObjectIsAlreadyConstructed) {
  TestWindow& w = make_toplevel();
  decorate(w);
  decorate(w);
  expect_error("zxdg_toplevel_decoration_v1 1");
}

TEST_F(XdgDecorationTest, AnObjectAfterTheBufferIsUnconfiguredBuffer) {
  TestWindow& w = make_toplevel();
  map(w);
  decorate(w);
  expect_error("zxdg_toplevel_decoration_v1 0");
}

TEST_F(XdgDecorationTest, AToplevelThatGoesFirstLeavesAnOrphan) {
  TestWindow& w = make_toplevel();
  decorate(w);
  client->drop(w.toplevel, xdg_toplevel_destroy);
  expect_error("zxdg_toplevel_decoration_v1 2");
}

TEST_F(XdgDecorationTest, AReactivePopupFindsANewPlaceWhenItsWindowMoves) {
  TestWindow& w = make_toplevel();
  map(w);
  xdg_positioner* where = positioner(60, 0);
  xdg_positioner_set_constraint_adjustment(where, XDG_POSITIONER_CONSTRAINT_ADJUSTMENT_SLIDE_X);
  xdg_positioner_set_reactive(where);
  TestWindow& menu = make_popup(w, where);
  map(menu, 20);
  EXPECT_EQ(menu.place, (Rect{60, 0, 20, 10}));
  const std::size_t sent = menu.serials.size();
  const Window* window = server.desktop.find_by_surface(id(w));
  ASSERT_TRUE(server.desktop.begin_grab(window->id, window_edge::none, 0, 0));
  server.desktop.grab_moved(640 - 70 - window->place->x, 0);
  server.desktop.grab_moved(640 - 65 - window->place->x, 0);
  expect_alive();
  EXPECT_EQ(menu.serials.size(), sent + 1) << "one at a time";
  EXPECT_EQ(menu.place.width, 20);
  EXPECT_LT(menu.place.x, 60);
}

/// A window with a frame, in the middle of the output.
class FrameUseTest : public XdgDecorationTest {
 protected:
  void SetUp() override {
    XdgDecorationTest::SetUp();
    w = &make_toplevel();
    decorate(*w);
    map(*w, 200);
    place = *server.desktop.origin_of(id(*w));
    server.input.plug_pointer();
  }
  TestWindow* w = nullptr;
  Point place; ///< Of its content, 200x200.
};

TEST_F(FrameUseTest, ThePointerShowsWhichEdgeItWouldDrag) {
  const auto shape_at = [&](int x, int y) {
    server.input.move(place.x + x, place.y + y);
    return server.seat.cursor_shape();
  };
  EXPECT_EQ(shape_at(32, -10), CursorShape::Default) << "the title bar";
  EXPECT_EQ(shape_at(-2, 32), CursorShape::WResize);
  EXPECT_EQ(shape_at(201, 32), CursorShape::EResize);
  EXPECT_EQ(shape_at(32, 201), CursorShape::SResize);
  EXPECT_EQ(shape_at(201, 201), CursorShape::SeResize);
  server.input.button(BTN_LEFT, true);
  EXPECT_EQ(shape_at(300, 300), CursorShape::SeResize) << "while it drags, wherever it is";
  server.input.button(BTN_LEFT, false);
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::Default) << "over nothing";
  EXPECT_EQ(shape_at(32, -10), CursorShape::Default);
  server.input.button(BTN_LEFT, true);
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::Grabbing);
  server.input.button(BTN_LEFT, false);
  expect_alive();
}

TEST_F(FrameUseTest, AFingerMovesTheWindowByItsTitleAndClosesIt) {
  server.input.plug_touch();
  server.input.touch_down(0, place.x + 5, place.y - 10);
  server.input.touch_motion(0, place.x + 25, place.y + 10);
  EXPECT_EQ(*server.desktop.origin_of(id(*w)), place + (Point{20, 20}));
  server.input.touch_up(0);
  // The buttons are at the right end, closing is the outermost.
  server.input.touch_down(1, place.x + 20 + 200 - 4, place.y + 20 - 10);
  expect_alive();
  EXPECT_EQ(w->closed, 0) << "not before the finger goes up";
  server.input.touch_up(1);
  expect_alive();
  EXPECT_EQ(w->closed, 1);
}

TEST_F(FrameUseTest, ATouchThatIsCancelledClosesNothing) {
  server.input.plug_touch();
  server.input.touch_down(0, place.x + 200 - 4, place.y - 10);
  server.seat.touch_cancel();
  expect_alive();
  EXPECT_EQ(w->closed, 0);
}

} // namespace
} // namespace fenceline::test
