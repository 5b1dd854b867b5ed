#include "tests/integration/xdg_fixture.h"

namespace fenceline::test {
namespace {

class XdgParentTest : public XdgShellTest {
 protected:
  /// Three mapped windows: c is the parent of b, which is that of a.
  struct Chain {
    TestWindow& a;
    TestWindow& b;
    TestWindow& c;
  };
  Chain make_chain() {
    const Chain chain{make_toplevel(), make_toplevel(), make_toplevel()};
    for (TestWindow* w : {&chain.a, &chain.b, &chain.c})
      map(*w);
    xdg_toplevel_set_parent(chain.a.toplevel, chain.b.toplevel);
    xdg_toplevel_set_parent(chain.b.toplevel, chain.c.toplevel);
    return chain;
  }
};

TEST_F(XdgShellTest, AWindowIsConfiguredAcknowledgedAndShown) {
  TestWindow& w = make_toplevel();
  pump();
  EXPECT_TRUE(w.serials.empty()) << "nothing is sent before the first commit";
  map(w);
  ASSERT_EQ(server.layers().size(), 1U);
  EXPECT_EQ(server.layers()[0].dest, (Rect{(640 - 64) / 2, (480 - 64) / 2, 64, 64})) << "centred";
  EXPECT_EQ(w.states, std::vector<std::uint32_t>{XDG_TOPLEVEL_STATE_ACTIVATED});
}

TEST_F(XdgShellTest, FullscreenFillsItsOutput) {
  TestWindow& w = make_toplevel();
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  wl_surface_commit(w.surface);
  pump();
  EXPECT_EQ(w.size, TestServer::output_size);
  EXPECT_EQ(w.states, std::vector<std::uint32_t>{XDG_TOPLEVEL_STATE_FULLSCREEN});
}

TEST_F(XdgShellTest, AWindowThatIsUnmappedStartsAnew) {
  TestWindow& w = make_toplevel();
  map(w);
  wl_surface_attach(w.surface, nullptr, 0, 0);
  wl_surface_commit(w.surface);
  expect_alive();
  EXPECT_TRUE(server.layers().empty());
  const std::size_t sent = w.serials.size();
  wl_surface_commit(w.surface);
  pump();
  EXPECT_EQ(w.serials.size(), sent + 1) << "a new first commit, a new configure";
  xdg_surface_ack_configure(w.xdg, w.serials.back());
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(server.layers().size(), 1U);
}

TEST_F(XdgShellTest, AnUnmappedWindowsBufferNeedsAConfigureAgain) {
  TestWindow& w = make_toplevel();
  map(w);
  wl_surface_attach(w.surface, nullptr, 0, 0);
  wl_surface_commit(w.surface);
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_error("xdg_surface 3");
}

TEST_F(XdgShellTest, ABufferBeforeTheFirstConfigureIsUnconfiguredBuffer) {
  TestWindow& w = make_toplevel();
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_error("xdg_surface 3");
}

TEST_F(XdgShellTest, AttachingABufferBeforeTheFirstConfigureIsUnconfiguredBuffer) {
  // "Any attempts by a client to attach or manipulate a buffer prior to the first xdg_surface.configure call must also
  // be treated as errors": no commit is needed.
  wl_surface_attach(make_toplevel().surface, client->shm_buffer(64, 48), 0, 0);
  expect_error("xdg_surface 3");
}

TEST_F(XdgShellTest, AttachingABufferBeforeARoleObjectIsUnconfiguredBuffer) {
  wl_surface_attach(make_surface().surface, client->shm_buffer(64, 48), 0, 0);
  expect_error("xdg_surface 3");
}

TEST_F(XdgShellTest, ABufferMayBeAttachedBeforeTheAckOfTheFirstConfigure) {
  TestWindow& w = make_toplevel();
  wl_surface_attach(w.surface, nullptr, 0, 0);
  wl_surface_commit(w.surface);
  pump();
  wl_surface_attach(w.surface, client->shm_buffer(64, 48), 0, 0);
  xdg_surface_ack_configure(w.xdg, w.serials.at(0));
  wl_surface_commit(w.surface);
  expect_alive();
  EXPECT_EQ(server.layers().size(), 1U);
}

TEST_F(XdgShellTest, ABufferBeforeTheAckIsUnconfiguredBuffer) {
  TestWindow& w = make_toplevel();
  wl_surface_commit(w.surface);
  pump();
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_error("xdg_surface 3");
}

TEST_F(XdgShellTest, ASerialThatWasNotSentIsInvalidSerial) {
  TestWindow& w = make_toplevel();
  wl_surface_commit(w.surface);
  pump();
  xdg_surface_ack_configure(w.xdg, w.serials.back() + 1000);
  expect_error("xdg_surface 4");
}

TEST_F(XdgShellTest, ASerialThatIsAcknowledgedTwiceIsInvalidSerial) {
  TestWindow& w = make_toplevel();
  wl_surface_commit(w.surface);
  pump();
  xdg_surface_ack_configure(w.xdg, w.serials.back());
  expect_alive();
  xdg_surface_ack_configure(w.xdg, w.serials.back());
  expect_error("xdg_surface 4");
}

TEST_F(XdgShellTest, AnOlderSerialThanTheLastAcknowledgedIsInvalidSerial) {
  TestWindow& w = make_toplevel();
  wl_surface_commit(w.surface);
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  pump();
  ASSERT_EQ(w.serials.size(), 2U);
  xdg_surface_ack_configure(w.xdg, w.serials[1]);
  xdg_surface_ack_configure(w.xdg, w.serials[0]);
  expect_error("xdg_surface 4");
}

TEST_F(XdgShellTest, ACommitWithoutARoleObjectIsNotConstructed) {
  TestWindow& w = make_surface();
  wl_surface_commit(w.surface);
  expect_error("xdg_surface 1");
}

TEST_F(XdgShellTest, AnAckWithoutARoleObjectIsNotConstructed) {
  TestWindow& w = make_surface();
  xdg_surface_ack_configure(w.xdg, 1);
  expect_error("xdg_surface 1");
}

TEST_F(XdgShellTest, TwoRoleObjectsAreAlreadyConstructed) {
  TestWindow& w = make_toplevel();
  client->own(xdg_surface_get_toplevel(w.xdg));
  expect_error("xdg_surface 2");
}

TEST_F(XdgShellTest, AWindowGeometryWithoutSizeIsInvalidSize) {
  TestWindow& w = make_toplevel();
  xdg_surface_set_window_geometry(w.xdg, 0, 0, 0, 5);
  expect_error("xdg_surface 5");
}

// libwayland's client does not name the interface of an object that it has destroyed: "unknown".

TEST_F(XdgShellTest, DestroyingTheXdgSurfaceUnderItsRoleIsDefunctRoleObject) {
  TestWindow& w = make_toplevel();
  client->drop(w.xdg, xdg_surface_destroy);
  expect_error("unknown 6");
}

TEST_F(XdgShellTest, DestroyingTheSurfaceUnderItsRoleIsDefunctRoleObject) {
  TestWindow& w = make_toplevel();
  client->drop(w.surface, wl_surface_destroy);
  expect_error("unknown 4");
}

TEST_F(XdgShellTest, DestroyingTheWmBaseUnderItsSurfacesIsDefunctSurfaces) {
  make_toplevel();
  client->drop(client->wm_base, xdg_wm_base_destroy);
  expect_error("unknown 1");
}

TEST_F(XdgShellTest, ASurfaceOfAnotherRoleIsRoleError) {
  wl_surface* parent = client->surface();
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, parent));
  client->own(xdg_wm_base_get_xdg_surface(client->wm_base, child));
  expect_error("xdg_wm_base 0");
}

TEST_F(XdgShellTest, ASurfaceWithABufferIsInvalidSurfaceState) {
  wl_surface* surface = client->surface();
  TestClient::show(surface, client->shm_buffer(8, 8));
  client->own(xdg_wm_base_get_xdg_surface(client->wm_base, surface));
  expect_error("xdg_wm_base 4");
}

TEST_F(XdgShellTest, LimitsThatCrossAreInvalidSize) {
  TestWindow& w = make_toplevel();
  xdg_toplevel_set_min_size(w.toplevel, 100, 100);
  xdg_toplevel_set_max_size(w.toplevel, 50, 200);
  expect_alive();
  wl_surface_commit(w.surface);
  expect_error("xdg_toplevel 2");
}

TEST_F(XdgShellTest, ANegativeLimitIsInvalidSize) {
  xdg_toplevel_set_max_size(make_toplevel().toplevel, -1, 5);
  expect_error("xdg_toplevel 2");
}

TEST_F(XdgShellTest, AWindowThatIsItsOwnParentIsInvalidParent) {
  TestWindow& a = make_toplevel();
  xdg_toplevel_set_parent(a.toplevel, a.toplevel);
  expect_error("xdg_toplevel 1");
}

TEST_F(XdgParentTest, ADescendantAsParentIsInvalidParent) {
  const auto [a, b, c] = make_chain();
  expect_alive();
  xdg_toplevel_set_parent(c.toplevel, a.toplevel);
  expect_error("xdg_toplevel 1");
}

TEST_F(XdgShellTest, AParentThatIsNotMappedIsNone) {
  TestWindow& a = make_toplevel();
  TestWindow& b = make_toplevel();
  xdg_toplevel_set_parent(a.toplevel, b.toplevel);
  map(a);
  map(b);
  xdg_toplevel_set_parent(b.toplevel, a.toplevel);
  expect_alive();
  xdg_toplevel_set_parent(b.toplevel, nullptr);
  xdg_toplevel_set_parent(a.toplevel, b.toplevel);
  expect_alive();
}

TEST_F(XdgParentTest, TheChildrenOfAWindowThatIsUnmappedGoToItsParent) {
  const auto [a, b, c] = make_chain();
  unmap(b);
  map(b);
  xdg_toplevel_set_parent(c.toplevel, b.toplevel);
  expect_alive();
  xdg_toplevel_set_parent(b.toplevel, a.toplevel);
  expect_error("xdg_toplevel 1");
}

TEST_F(XdgParentTest, TheChildrenOfAWindowThatIsDestroyedGoToItsParent) {
  const auto [a, b, c] = make_chain();
  client->drop(b.toplevel, xdg_toplevel_destroy);
  expect_alive();
  xdg_toplevel_set_parent(c.toplevel, a.toplevel);
  expect_error("xdg_toplevel 1");
}

TEST_F(XdgShellTest, APositionerWithoutSizeIsInvalidPositioner) {
  TestWindow& parent = make_toplevel();
  map(parent);
  xdg_positioner* empty = client->own(xdg_wm_base_create_positioner(client->wm_base));
  make_popup(parent, empty);
  expect_error("xdg_wm_base 5");
}

TEST_F(XdgShellTest, APositionersNonsenseIsInvalidInput) {
  xdg_positioner_set_size(client->own(xdg_wm_base_create_positioner(client->wm_base)), 0, 4);
  expect_error("xdg_positioner 0");
}

TEST_F(XdgShellTest, APopupWithoutParentIsInvalidPopupParent) {
  TestWindow& w = make_surface();
  w.popup = client->own(xdg_surface_get_popup(w.xdg, nullptr, positioner()));
  wl_surface_commit(w.surface);
  expect_error("xdg_wm_base 3");
}

TEST_F(XdgShellTest, APopupLiesWhereItsPositionerSays) {
  TestWindow& parent = make_toplevel();
  map(parent);
  TestWindow& popup = make_popup(parent, positioner(5, 7));
  map(popup, 20);
  EXPECT_EQ(popup.place, (Rect{5, 7, 20, 10}));
  ASSERT_EQ(server.layers().size(), 2U);
  const Rect below = server.layers()[0].dest;
  EXPECT_EQ(server.layers()[1].dest.origin(), below.origin() + (Point{5, 7}));
}

TEST_F(XdgShellTest, APopupUnderAnotherMayNotGoFirst) {
  TestWindow& parent = make_toplevel();
  map(parent);
  TestWindow& first = make_popup(parent, positioner());
  map(first);
  TestWindow& second = make_popup(first, positioner());
  map(second);
  client->drop(first.popup, xdg_popup_destroy);
  expect_error("xdg_wm_base 2");
}

TEST_F(XdgShellTest, AWindowWhoseClientDiesIsGone) {
  map(make_toplevel());
  client->disconnect();
  server.display->dispatch();
  EXPECT_TRUE(server.layers().empty());
  EXPECT_FALSE(server.desktop.keyboard_focus().has_value());
}

TEST_F(XdgShellTest, FocusGoesToTheWindowBelowWhenTheTopOneGoes) {
  TestWindow& a = make_toplevel();
  map(a);
  TestWindow& b = make_toplevel();
  map(b);
  EXPECT_EQ(server.desktop.keyboard_focus(), client->scene_surface(b.surface).id());
  client->drop(b.toplevel, xdg_toplevel_destroy);
  expect_alive();
  EXPECT_EQ(server.desktop.keyboard_focus(), client->scene_surface(a.surface).id());
}

TEST_F(XdgShellTest, AClickRaisesAndFocusesAWindow) {
  TestWindow& a = make_toplevel();
  map(a);
  TestWindow& b = make_toplevel();
  map(b);
  server.desktop.clicked(client->scene_surface(a.surface).id());
  pump();
  EXPECT_EQ(server.desktop.keyboard_focus(), client->scene_surface(a.surface).id());
  EXPECT_EQ(server.layers().back().surface, client->scene_surface(a.surface).id());
  EXPECT_TRUE(b.states.empty()) << "the other one was told that it is not active any more";
}

} // namespace
} // namespace fenceline::test
