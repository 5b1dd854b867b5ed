#include <cstdlib>

#include "tests/integration/xdg_fixture.h"

namespace fenceline::test {
namespace {

using Shown = std::vector<SurfaceId>;

class XdgPopupTest : public XdgShellTest {
 protected:
  void SetUp() override {
    XdgShellTest::SetUp();
    window = &make_toplevel();
    map(*window);
  }
  TestWindow& shown_popup(const TestWindow& parent) {
    TestWindow& p = make_popup(parent, positioner());
    map(p);
    return p;
  }

  TestWindow* window = nullptr;
};

TEST_F(XdgPopupTest, PopupsThatChangePlacesAreInvalidPopupParent) {
  TestWindow& a = shown_popup(*window);
  TestWindow& b = shown_popup(a);
  unmap(b);
  client->drop(a.popup, xdg_popup_destroy);
  expect_alive();
  give_popup(a, b, positioner());
  wl_surface_commit(a.surface);
  wl_surface_commit(b.surface);
  expect_error("xdg_wm_base 3");
  EXPECT_EQ(server.desktop.hit_test(300, 220), std::nullopt) << "the server has gone on";
}

TEST_F(XdgPopupTest, APopupOnAParentThatWasDestroyedIsDone) {
  TestWindow& a = shown_popup(*window);
  TestWindow& b = make_popup(a, positioner());
  client->drop(a.popup, xdg_popup_destroy);
  map(b);
  EXPECT_EQ(b.done, 1);
  give_popup(a, *window, positioner());
  map(a);
  EXPECT_EQ(shown(), (Shown{id(*window), id(a)}));
}

TEST_F(XdgPopupTest, ATowerOfPopupsHasALimit) {
  // All their objects are made before the first of them is mapped.
  std::vector<TestWindow*> tower{window};
  for (int i = 0; i < PopupStack::max_depth; ++i)
    tower.push_back(&make_popup(*tower.back(), positioner()));
  for (int i = 1; i <= PopupStack::max_depth; ++i)
    map(*tower[static_cast<std::size_t>(i)], 8);
  EXPECT_EQ(shown().size(), 1U + PopupStack::max_depth);
  make_popup(*tower.back(), positioner());
  expect_error("ENOMEM");
}

TEST_F(XdgPopupTest, ATowerThatIsBuiltFromItsMiddleHasTheSameLimit) {
  // The lower half is made on a window of its own, and that gets another role object: it becomes the end of the other.
  std::vector<TestWindow*> tower{window};
  const auto build = [&](int count) {
    for (int i = 0; i < count; ++i)
      tower.push_back(&make_popup(*tower.back(), positioner()));
  };
  build(PopupStack::max_depth - 1);
  TestWindow& middle = make_popup(*window, positioner());
  const TestWindow* end = tower.back();
  tower = {&middle};
  build(2);
  client->drop(middle.popup, xdg_popup_destroy);
  give_popup(middle, *end, positioner());
  expect_alive();
  make_popup(*tower.back(), positioner());
  expect_error("ENOMEM");
}

TEST_F(XdgPopupTest, AClientHasSoManyWindowsAndPopups) {
  // One window is there. Toplevels count from the making of their objects, popups from their initial commit.
  std::vector<TestWindow*> popups;
  for (std::size_t i = 2; i < Desktop::max_per_client; ++i)
    wl_surface_commit(popups.emplace_back(&make_popup(*window, positioner()))->surface);
  expect_alive();
  wl_buffer* content = client->shm_buffer(8, 8);
  for (TestWindow* popup : popups) {
    xdg_surface_ack_configure(popup->xdg, popup->serials.back());
    TestClient::show(popup->surface, content);
  }
  expect_alive();
  EXPECT_EQ(shown().size(), Desktop::max_per_client - 1);
  EXPECT_EQ(server.desktop.hit_test(300, 220)->surface, id(*window)) << "beside the popups";
  const TestWindow& last = make_toplevel();
  expect_alive();
  client->drop(last.toplevel, xdg_toplevel_destroy);
  map(make_popup(*window, positioner()));
  client->drop(popups.back()->popup, xdg_popup_destroy);
  make_toplevel();
  expect_alive();

  TestClient other(server);
  wl_surface* surface = other.surface();
  xdg_surface* xdg = other.own(xdg_wm_base_get_xdg_surface(other.wm_base, surface));
  other.own(xdg_surface_get_toplevel(xdg));
  other.pump();
  EXPECT_EQ(other.error(), "") << "another client has its own share";

  make_toplevel();
  expect_error("ENOMEM");
  EXPECT_TRUE(server.desktop.has_room(ClientId{1})) << "what it had is given back";
}

TEST_F(XdgPopupTest, APopupTooManyIsNoMemory) {
  while (server.desktop.has_room(client->scene_surface(window->surface).client())) {
    make_toplevel();
    pump();
  }
  TestWindow& popup = make_popup(*window, positioner());
  expect_alive();
  wl_surface_commit(popup.surface);
  expect_error("ENOMEM");
}

TEST_F(XdgPopupTest, ARepositionedPopupMovesWithTheCommitThatAnswers) {
  TestWindow& popup = shown_popup(*window);
  const Point before = server.layers()[1].dest.origin();
  xdg_popup_reposition(popup.popup, positioner(30, 40), 77);
  expect_alive();
  EXPECT_EQ(popup.token, 77U);
  EXPECT_EQ(popup.place, (Rect{30, 40, 20, 10}));
  EXPECT_EQ(server.layers()[1].dest.origin(), before) << "it is only asked to";
  wl_surface_commit(popup.surface);
  expect_alive();
  EXPECT_EQ(server.layers()[1].dest.origin(), before) << "a commit of its own";
  xdg_surface_ack_configure(popup.xdg, popup.serials.back());
  expect_alive();
  EXPECT_EQ(server.layers()[1].dest.origin(), before);
  wl_surface_commit(popup.surface);
  expect_alive();
  EXPECT_EQ(server.layers()[1].dest.origin(), before + (Point{30, 40}));
}

TEST_F(XdgPopupTest, OfSeveralRepositionsTheOneThatIsAnsweredCounts) {
  TestWindow& popup = make_popup(*window, positioner());
  configure(popup);
  for (const int x : {10, 20, 30})
    xdg_popup_reposition(popup.popup, positioner(x, 0), 1);
  expect_alive();
  ASSERT_EQ(popup.serials.size(), 4U);
  xdg_surface_ack_configure(popup.xdg, popup.serials[2]);
  TestClient::show(popup.surface, client->shm_buffer(8, 8));
  expect_alive();
  const Point origin = server.layers()[0].dest.origin();
  EXPECT_EQ(server.layers()[1].dest.origin(), origin + (Point{20, 0})) << "before it is mapped";
  xdg_surface_ack_configure(popup.xdg, popup.serials[3]);
  wl_surface_commit(popup.surface);
  expect_alive();
  EXPECT_EQ(server.layers()[1].dest.origin(), origin + (Point{30, 0}));
}

// What follows has its say in a build with sanitizers; here it is enough that nothing far away is shown.

TEST_F(XdgPopupTest, PopupsMayBeAnywhere) {
  for (const std::int32_t far : {INT32_MAX, INT32_MIN}) {
    const TestWindow* parent = window;
    for (int i = 0; i < 20; ++i) {
      xdg_positioner* where = positioner(far, far);
      xdg_positioner_set_size(where, INT32_MAX, INT32_MAX);
      xdg_positioner_set_anchor_rect(where, far, far, INT32_MAX, INT32_MAX);
      xdg_positioner_set_offset(where, far, far);
      xdg_positioner_set_constraint_adjustment(where, i % 2 == 0 ? 0 : 63);
      xdg_positioner_set_parent_size(where, far, far);
      TestWindow& popup = make_popup(*parent, where);
      xdg_surface_set_window_geometry(popup.xdg, far, far, INT32_MAX, INT32_MAX);
      map(popup);
      xdg_popup_reposition(popup.popup, where, 1);
      expect_alive();
      parent = &popup;
    }
    EXPECT_EQ(server.desktop.hit_test(300, 220)->surface, id(*window));
  }
  for (const Layer& layer : server.layers())
    EXPECT_LE(std::abs(layer.dest.x), 640);
}

TEST_F(XdgPopupTest, AWindowsGeometryMayBeAnywhere) {
  for (const Rect geometry : {Rect{INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX},
                              Rect{INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}, Rect{INT32_MIN, INT32_MAX, 1, 1}}) {
    TestWindow& w = make_toplevel();
    xdg_surface_set_window_geometry(w.xdg, geometry.x, geometry.y, geometry.width, geometry.height);
    map(w);
    shown_popup(w);
    EXPECT_EQ(server.desktop.keyboard_focus(), id(w));
    xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
    expect_alive();
    (void)server.desktop.hit_test(1, 1);
    xdg_toplevel_unset_fullscreen(w.toplevel);
    expect_alive();
  }
  EXPECT_EQ(server.desktop.hit_test(300, 220)->surface, id(*window));
}

TEST_F(XdgPopupTest, ASubsurfaceMayBeAnywhere) {
  wl_surface* parent = window->surface;
  for (const std::int32_t far : {INT32_MAX, INT32_MIN, INT32_MAX}) {
    wl_surface* child = client->surface();
    wl_subsurface* role = client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, parent));
    wl_subsurface_set_position(role, far, far);
    TestClient::show(child, client->shm_buffer(8, 8));
    parent = child;
  }
  wl_surface_commit(window->surface);
  expect_alive();
  EXPECT_EQ(shown(), Shown{id(*window)});
}

TEST_F(XdgPopupTest, TheNewestPopupIsOnTop) {
  TestWindow& first = shown_popup(*window);
  TestWindow& second = shown_popup(*window);
  TestWindow& nested = shown_popup(first);
  EXPECT_EQ(shown(), (Shown{id(*window), id(first), id(second), id(nested)}));
}

TEST_F(XdgPopupTest, APopupThatIsUnmappedDismissesWhatStandsOnIt) {
  TestWindow& menu = shown_popup(*window);
  TestWindow& submenu = shown_popup(menu);
  TestWindow& third = shown_popup(submenu);
  unmap(menu);
  EXPECT_EQ(submenu.done, 1);
  EXPECT_EQ(third.done, 1);
  EXPECT_EQ(menu.done, 0);
  EXPECT_EQ(shown(), Shown{id(*window)});
  map(menu);
  EXPECT_EQ(shown(), (Shown{id(*window), id(menu)})) << "they do not come back with it";
}

TEST_F(XdgPopupTest, DismissedPopupsMayGoInAnyOrder) {
  TestWindow& menu = shown_popup(*window);
  TestWindow& submenu = shown_popup(menu);
  client->drop(window->toplevel, xdg_toplevel_destroy);
  expect_alive();
  EXPECT_EQ(menu.done, 1);
  EXPECT_EQ(submenu.done, 1);
  client->drop(menu.popup, xdg_popup_destroy);
  client->drop(submenu.popup, xdg_popup_destroy);
  expect_alive();
}

TEST_F(XdgPopupTest, ADismissedPopupDoesNotComeBack) {
  TestWindow& menu = shown_popup(*window);
  unmap(*window);
  EXPECT_EQ(menu.done, 1);
  map(*window);
  TestClient::show(menu.surface, client->shm_buffer(8, 8));
  expect_alive();
  unmap(menu);
  map(menu);
  EXPECT_EQ(shown(), Shown{id(*window)});
  EXPECT_EQ(menu.done, 1) << "once";
  client->drop(menu.popup, xdg_popup_destroy);
  give_popup(menu, *window, positioner());
  map(menu);
  EXPECT_EQ(shown(), (Shown{id(*window), id(menu)})) << "a new object is another popup";
}

TEST_F(XdgPopupTest, APopupMadeOnOneThatIsDismissedIsDone) {
  TestWindow& menu = shown_popup(*window);
  unmap(*window);
  map(*window);
  TestWindow& submenu = make_popup(menu, positioner());
  map(submenu);
  EXPECT_EQ(submenu.done, 1);
  EXPECT_EQ(shown(), Shown{id(*window)});
}

} // namespace
} // namespace fenceline::test
