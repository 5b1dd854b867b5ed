#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

/// A toplevel or popup of the test's client, with what it was told.
struct TestWindow {
  wl_surface* surface = nullptr;
  xdg_surface* xdg = nullptr;
  xdg_toplevel* toplevel = nullptr;
  xdg_popup* popup = nullptr;
  std::vector<std::uint32_t> serials; ///< Of xdg_surface.configure.
  Size size;                          ///< Of the last xdg_toplevel.configure.
  Rect place;                         ///< Of the last xdg_popup.configure.
  std::vector<std::uint32_t> states;
  int closed = 0, done = 0;
};

class XdgShellTest : public ProtocolTest {
 protected:
  TestWindow& make_surface() {
    windows.push_back(std::make_unique<TestWindow>());
    TestWindow& w = *windows.back();
    w.surface = client->surface();
    w.xdg = client->own(xdg_wm_base_get_xdg_surface(client->wm_base, w.surface));
    static constexpr xdg_surface_listener listener{.configure = [](void* data, xdg_surface*, std::uint32_t serial) {
      static_cast<TestWindow*>(data)->serials.push_back(serial);
    }};
    xdg_surface_add_listener(w.xdg, &listener, &w);
    return w;
  }
  TestWindow& make_toplevel() {
    TestWindow& w = make_surface();
    w.toplevel = client->own(xdg_surface_get_toplevel(w.xdg));
    static constexpr xdg_toplevel_listener listener{
        .configure =
            [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array* states) {
              auto* window = static_cast<TestWindow*>(data);
              window->size = {width, height};
              const auto* first = static_cast<const std::uint32_t*>(states->data);
              window->states.assign(first, first + states->size / sizeof(std::uint32_t));
            },
        .close = [](void* data, xdg_toplevel*) { ++static_cast<TestWindow*>(data)->closed; },
        .configure_bounds = [](void*, xdg_toplevel*, std::int32_t, std::int32_t) {},
        .wm_capabilities = [](void*, xdg_toplevel*, wl_array*) {}};
    xdg_toplevel_add_listener(w.toplevel, &listener, &w);
    return w;
  }
  /// A positioner with what it needs: 20x10, anchored at the parent's upper left corner.
  xdg_positioner* positioner(std::int32_t x = 0, std::int32_t y = 0) {
    xdg_positioner* p = client->own(xdg_wm_base_create_positioner(client->wm_base));
    xdg_positioner_set_size(p, 20, 10);
    xdg_positioner_set_anchor_rect(p, x, y, 1, 1);
    xdg_positioner_set_anchor(p, XDG_POSITIONER_ANCHOR_TOP_LEFT);
    xdg_positioner_set_gravity(p, XDG_POSITIONER_GRAVITY_BOTTOM_RIGHT);
    return p;
  }
  TestWindow& make_popup(const TestWindow& parent, xdg_positioner* where) {
    TestWindow& w = make_surface();
    w.popup = client->own(xdg_surface_get_popup(w.xdg, parent.xdg, where));
    static constexpr xdg_popup_listener listener{
        .configure =
            [](void* data, xdg_popup*, std::int32_t x, std::int32_t y, std::int32_t width, std::int32_t height) {
              static_cast<TestWindow*>(data)->place = {x, y, width, height};
            },
        .popup_done = [](void* data, xdg_popup*) { ++static_cast<TestWindow*>(data)->done; },
        .repositioned = [](void*, xdg_popup*, std::uint32_t) {}};
    xdg_popup_add_listener(w.popup, &listener, &w);
    return w;
  }
  void map(TestWindow& w, std::int32_t size = 64) {
    wl_surface_commit(w.surface);
    pump();
    ASSERT_FALSE(w.serials.empty());
    xdg_surface_ack_configure(w.xdg, w.serials.back());
    TestClient::show(w.surface, client->shm_buffer(size, size));
    expect_alive();
  }
  [[nodiscard]] bool is_mapped(const TestWindow& w) const {
    return client->scene_surface(w.surface).current().mapped();
  }

  std::vector<std::unique_ptr<TestWindow>> windows;
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
  TestWindow& b = make_toplevel();
  xdg_toplevel_set_parent(a.toplevel, b.toplevel);
  expect_alive();
  xdg_toplevel_set_parent(b.toplevel, a.toplevel);
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

TEST_F(XdgShellTest, AShownPopupCannotGrab) {
  server.desktop.dismiss_popups();
  TestWindow& parent = make_toplevel();
  map(parent);
  TestWindow& popup = make_popup(parent, positioner());
  map(popup);
  EXPECT_TRUE(is_mapped(popup));
  EXPECT_FALSE(server.desktop.dismiss_popups()) << "it has not grabbed";
  pump();
  EXPECT_EQ(popup.done, 0);
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
