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
  TestPopup& show_popup(const std::string& name, xdg_surface* parent, bool grabs) {
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
    if (grabs)
      xdg_popup_grab(p.popup, a->seat, 0);
    wl_surface_commit(p.surface);
    pump();
    TestClient::show(p.surface, a->shm_buffer(20, 10));
    pump();
    return p;
  }

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

TEST_F(PopupFocusTest, AClientWithATowerOfPopupsDiesInPeace) {
  b->window("b");
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
