// Where the keyboard is when popups come and go; their sequence and errors are in xdg_popup_test.cpp.
#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

struct TestPopup {
  wl_surface* surface = nullptr;
  xdg_surface* xdg = nullptr;
  xdg_popup* popup = nullptr;
  int done = 0;
};

class PopupFocusTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window = &a->window("window", {200, 100});
    keyboard = &a->keyboard();
    pump();
    keyboard->take();
  }
  /// With its role, and nothing committed.
  TestPopup& make_popup(const std::string& name, xdg_surface* parent) {
    TestPopup& p = *popups.emplace_back(std::make_unique<TestPopup>());
    p.surface = a->surface();
    a->name(p.surface, name);
    p.xdg = a->own(xdg_wm_base_get_xdg_surface(a->wm_base, p.surface));
    static constexpr xdg_surface_listener listener{
        .configure = [](void*, xdg_surface* xdg, std::uint32_t serial) { xdg_surface_ack_configure(xdg, serial); }};
    xdg_surface_add_listener(p.xdg, &listener, nullptr);
    xdg_positioner* where = xdg_wm_base_create_positioner(a->wm_base);
    xdg_positioner_set_size(where, 20, 10);
    xdg_positioner_set_anchor_rect(where, 0, 0, 1, 1);
    p.popup = a->own(xdg_surface_get_popup(p.xdg, parent, where));
    xdg_positioner_destroy(where);
    static constexpr xdg_popup_listener popup_listener{
        .configure = [](void*, xdg_popup*, std::int32_t, std::int32_t, std::int32_t, std::int32_t) {},
        .popup_done = [](void* data, xdg_popup*) { ++static_cast<TestPopup*>(data)->done; },
        .repositioned = [](void*, xdg_popup*, std::uint32_t) {}};
    xdg_popup_add_listener(p.popup, &popup_listener, &p);
    return p;
  }
  void map(const TestPopup& p) const {
    wl_surface_commit(p.surface);
    pump();
    TestClient::show(p.surface, a->shm_buffer(20, 10));
    pump();
  }
  TestPopup& show_popup(const std::string& name, xdg_surface* parent, bool grabs) {
    TestPopup& p = make_popup(name, parent);
    if (grabs)
      xdg_popup_grab(p.popup, a->seat, keyboard->enter_serial);
    map(p);
    return p;
  }
  /// Beside the other client's windows.
  void click_window() {
    input.move(225, 195);
    click();
    pump();
  }
  [[nodiscard]] SurfaceId focus() const { return server.seat.keyboard_focus(); }
  [[nodiscard]] SurfaceId id(wl_surface* surface) const { return a->resource(surface)->surface_id(); }

  ShownWindow* window = nullptr;
  KeyboardObject* keyboard = nullptr;
  std::vector<std::unique_ptr<TestPopup>> popups;
};

TEST_F(PopupFocusTest, AMenuHasTheKeyboardUntilAClickElsewhere) {
  const TestPopup& menu = show_popup("menu", window->xdg, true);
  EXPECT_EQ(keyboard->take(), "leave window; enter menu []; mods 0,0,0,0; ");
  input.move(1, 1);
  click();
  pump();
  EXPECT_EQ(menu.done, 1);
  EXPECT_EQ(keyboard->take(), "leave menu; enter window []; mods 0,0,0,0; ");
  EXPECT_EQ(server.layers().size(), 2U) << "the window and the cursor";
}

TEST_F(PopupFocusTest, AWindowThatIsUnmappedTakesItsMenuAlong) {
  const TestPopup& menu = show_popup("menu", window->xdg, true);
  const TestPopup& submenu = show_popup("submenu", menu.xdg, true);
  keyboard->take();
  wl_surface_attach(window->surface, nullptr, 0, 0);
  wl_surface_commit(window->surface);
  pump();
  EXPECT_EQ(menu.done, 1);
  EXPECT_EQ(submenu.done, 1);
  EXPECT_EQ(keyboard->take(), "leave submenu; ");
  input.key(KEY_A, true);
  expect_alive();
  EXPECT_EQ(keyboard->take(), "") << "nobody types into what is not shown";
}

TEST_F(PopupFocusTest, AMenuMayGrabWithThePressThatOpensIt) {
  const PointerObject& pointer = a->pointer();
  pump();
  click_window();
  const TestPopup& menu = make_popup("menu", window->xdg);
  xdg_popup_grab(menu.popup, a->seat, pointer.button_serial);
  map(menu);
  EXPECT_EQ(focus(), id(menu.surface));
  EXPECT_EQ(menu.done, 0);
}

TEST_F(PopupFocusTest, AClientInTheBackgroundMayNotGrab) {
  b->window("b");
  pump();
  const SurfaceId theirs = focus();
  const TestPopup& menu = make_popup("menu", window->xdg);
  xdg_popup_grab(menu.popup, a->seat, keyboard->enter_serial);
  pump();
  EXPECT_EQ(menu.done, 1) << "at once (xdg_popup.grab)";
  map(menu);
  EXPECT_EQ(menu.done, 1);
  EXPECT_EQ(focus(), theirs);
  EXPECT_EQ(server.layers().size(), 3U) << "two windows and the cursor";
  expect_alive();
}

TEST_F(PopupFocusTest, AGrabNeedsASerialThatWasSent) {
  for (const std::uint32_t serial : {0U, keyboard->enter_serial - 100, keyboard->enter_serial + 100'000}) {
    const TestPopup& menu = make_popup("menu", window->xdg);
    xdg_popup_grab(menu.popup, a->seat, serial);
    map(menu);
    EXPECT_EQ(menu.done, 1) << serial;
  }
  EXPECT_EQ(focus(), id(window->surface));
  expect_alive();
}

TEST_F(PopupFocusTest, APressCountsNoMoreOnceTheUserTypesElsewhere) {
  const PointerObject& pointer = a->pointer();
  pump();
  click_window();
  b->window("password");
  pump();
  const SurfaceId theirs = focus();
  input.key(KEY_A, true);
  const TestPopup& menu = make_popup("menu", window->xdg);
  xdg_popup_grab(menu.popup, a->seat, pointer.button_serial);
  map(menu);
  EXPECT_EQ(menu.done, 1);
  EXPECT_EQ(focus(), theirs);
}

TEST_F(PopupFocusTest, APopupOnOneThatMayNotGrabIsDone) {
  const TestPopup& menu = make_popup("menu", window->xdg);
  const TestPopup& submenu = make_popup("submenu", menu.xdg);
  xdg_popup_grab(menu.popup, a->seat, 0);
  xdg_popup_grab(submenu.popup, a->seat, keyboard->enter_serial);
  map(menu);
  map(submenu);
  EXPECT_EQ(submenu.done, 1);
  EXPECT_EQ(focus(), id(window->surface));
}

TEST_F(PopupFocusTest, AShownPopupMayNotGrab) {
  const TestPopup& menu = show_popup("menu", window->xdg, false);
  xdg_popup_grab(menu.popup, a->seat, keyboard->enter_serial);
  expect_error("xdg_popup 0");
}

TEST_F(PopupFocusTest, APopupMayGrabUntilItIsShown) {
  const TestPopup& menu = make_popup("menu", window->xdg);
  wl_surface_commit(menu.surface);
  pump();
  xdg_popup_grab(menu.popup, a->seat, keyboard->enter_serial);
  TestClient::show(menu.surface, a->shm_buffer(20, 10));
  pump();
  EXPECT_EQ(focus(), id(menu.surface));
}

TEST_F(PopupFocusTest, AGrabOnAPopupThatHasNoneIsNotTheTopmostPopup) {
  const TestPopup& note = show_popup("note", window->xdg, false);
  show_popup("menu", note.xdg, true);
  expect_error("xdg_wm_base 2");
}

TEST_F(PopupFocusTest, ALateGrabOnAPopupThatHasNoneIsNotTheTopmostPopup) {
  const TestPopup& note = show_popup("note", window->xdg, false);
  const TestPopup& menu = make_popup("menu", note.xdg);
  wl_surface_commit(menu.surface);
  expect_alive();
  xdg_popup_grab(menu.popup, a->seat, keyboard->enter_serial);
  expect_error("xdg_wm_base 2");
}

TEST_F(PopupFocusTest, TheGrabGoesBackToTheParent) {
  const TestPopup& menu = show_popup("menu", window->xdg, true);
  const TestPopup& submenu = show_popup("submenu", menu.xdg, true);
  const TestPopup& note = show_popup("note", submenu.xdg, false);
  EXPECT_EQ(focus(), id(submenu.surface));
  a->drop(note.popup, xdg_popup_destroy);
  a->drop(submenu.popup, xdg_popup_destroy);
  pump();
  EXPECT_EQ(focus(), id(menu.surface));
  a->drop(menu.popup, xdg_popup_destroy);
  expect_alive();
  EXPECT_EQ(focus(), id(window->surface));
}

TEST_F(PopupFocusTest, AClientWithATowerOfPopupsDiesInPeace) {
  b->window("b");
  click_window();
  xdg_surface* parent = window->xdg;
  for (int i = 0; i < PopupStack::max_depth; ++i)
    parent = show_popup("p", parent, true).xdg;
  expect_alive();
  a.reset();
  pump();
  EXPECT_EQ(server.desktop.keyboard_focus().has_value(), true);
  EXPECT_EQ("", b->error());
}

} // namespace
} // namespace fenceline::test
