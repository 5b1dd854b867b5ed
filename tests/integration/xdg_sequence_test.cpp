#include "tests/integration/xdg_fixture.h"

namespace fenceline::test {
namespace {

using Shown = std::vector<SurfaceId>;

/// What is judged when a commit is requested, and what happens when it is applied, later.
class XdgSequenceTest : public XdgShellTest {
 protected:
  /// Commits content that stays behind an acquire point until `signal`.
  void show_waiting(const TestWindow& w) {
    auto [kernel, fd] = server.sync_objects.make();
    waiting = kernel;
    auto* timeline = client->own(wp_linux_drm_syncobj_manager_v1_import_timeline(client->syncobj, fd.get()));
    auto* sync = wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, w.surface);
    wp_linux_drm_syncobj_surface_v1_set_acquire_point(sync, timeline, 0, 1);
    wp_linux_drm_syncobj_surface_v1_set_release_point(sync, timeline, 0, 2);
    TestClient::show(w.surface, client->dmabuf_buffer(64, 64));
    wp_linux_drm_syncobj_surface_v1_destroy(sync);
    expect_alive();
    ASSERT_EQ(client->scene_surface(w.surface).queued(), 1U);
  }
  void signal() const {
    FakeSyncObjects::signal(*waiting, 1);
    expect_alive();
  }
  void remap(TestWindow& w) {
    map(w);
    EXPECT_EQ(shown().back(), id(w));
  }

  FakeSyncObjects::TimelinePtr waiting;
};

TEST_F(XdgSequenceTest, ANewToplevelDoesNotShowTheContentOfTheOneBefore) {
  TestWindow& w = make_toplevel();
  map(w);
  client->drop(w.toplevel, xdg_toplevel_destroy);
  give_toplevel(w);
  configure(w);
  EXPECT_EQ(shown(), Shown{}) << "at the initial commit";
  wl_surface_commit(w.surface);
  expect_alive();
  EXPECT_EQ(shown(), Shown{}) << "at a commit without a buffer";
  EXPECT_EQ(server.desktop.keyboard_focus(), std::nullopt);
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), Shown{id(w)});
}

TEST_F(XdgSequenceTest, ANewPopupDoesNotShowTheContentOfTheOneBefore) {
  TestWindow& parent = make_toplevel();
  map(parent);
  TestWindow& w = make_popup(parent, positioner());
  map(w);
  client->drop(w.popup, xdg_popup_destroy);
  give_popup(w, parent, positioner());
  configure(w);
  EXPECT_EQ(shown(), Shown{id(parent)});
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), (Shown{id(parent), id(w)}));
}

TEST_F(XdgSequenceTest, ContentThatComesLateIsNotThatOfTheNextToplevel) {
  TestWindow& w = make_toplevel();
  configure(w);
  show_waiting(w);
  client->drop(w.toplevel, xdg_toplevel_destroy);
  give_toplevel(w);
  configure(w);
  signal();
  EXPECT_TRUE(is_mapped(w)) << "the surface has its content";
  EXPECT_EQ(shown(), Shown{});
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), Shown{id(w)});
}

TEST_F(XdgSequenceTest, ContentThatComesLateIsNotThatOfTheNextXdgSurface) {
  TestWindow& w = make_toplevel();
  configure(w);
  show_waiting(w);
  unmap(w);
  client->drop(w.toplevel, xdg_toplevel_destroy);
  client->drop(w.xdg, xdg_surface_destroy);
  w.xdg = client->own(xdg_wm_base_get_xdg_surface(client->wm_base, w.surface));
  give_toplevel(w);
  wl_surface_commit(w.surface);
  int maps = 0;
  server.desktop.on_focus_changed([&maps] { ++maps; });
  signal();
  EXPECT_EQ(maps, 0) << "not even for a moment";
  EXPECT_EQ(shown(), Shown{});
}

TEST_F(XdgSequenceTest, AWindowThatIsUnmappedWhileItsContentWaitsStartsAnew) {
  TestWindow& w = make_toplevel();
  configure(w);
  show_waiting(w);
  unmap(w);
  configure(w);
  signal();
  EXPECT_EQ(shown(), Shown{});
  const std::size_t sent = w.serials.size();
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  expect_alive();
  ASSERT_EQ(w.serials.size(), sent + 1) << "each request for a state is answered";
  EXPECT_EQ(w.size, TestServer::output_size);
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), Shown{id(w)});
}

TEST_F(XdgSequenceTest, AWindowGoesWhenItIsUnmappedWhateverStillWaits) {
  TestWindow& w = make_toplevel();
  map(w);
  show_waiting(w);
  unmap(w);
  EXPECT_EQ(shown(), Shown{});
  EXPECT_EQ(server.desktop.keyboard_focus(), std::nullopt);
  signal();
  remap(w);
}

TEST_F(XdgSequenceTest, APopupThatIsUnmappedWhileItsContentWaitsStartsAnew) {
  TestWindow& parent = make_toplevel();
  map(parent);
  TestWindow& w = make_popup(parent, positioner());
  configure(w);
  show_waiting(w);
  unmap(w);
  configure(w);
  signal();
  EXPECT_EQ(shown(), Shown{id(parent)});
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), (Shown{id(parent), id(w)}));
  EXPECT_EQ(w.done, 0);
}

TEST_F(XdgSequenceTest, APopupMayStandOnAWindowWhoseContentStillWaits) {
  TestWindow& parent = make_toplevel();
  configure(parent);
  show_waiting(parent);
  TestWindow& w = make_popup(parent, positioner());
  map(w);
  EXPECT_EQ(shown(), Shown{});
  EXPECT_EQ(w.done, 0) << "the parent was mapped first, as far as its client can see";
  signal();
  EXPECT_EQ(shown(), (Shown{id(parent), id(w)}));
}

TEST_F(XdgSequenceTest, APopupOnAParentWithoutContentIsDone) {
  TestWindow& parent = make_toplevel();
  configure(parent);
  TestWindow& w = make_popup(parent, positioner());
  map(w);
  EXPECT_EQ(w.done, 1);
  TestClient::show(parent.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), Shown{id(parent)});
}

TEST_F(XdgSequenceTest, APopupOnAParentWhoseRoleObjectIsGoneIsDone) {
  TestWindow& parent = make_toplevel();
  map(parent);
  TestWindow& w = make_popup(parent, positioner());
  client->drop(parent.toplevel, xdg_toplevel_destroy);
  map(w);
  EXPECT_EQ(w.done, 1);
  EXPECT_EQ(shown(), Shown{});
}

TEST_F(XdgSequenceTest, ANullBufferBeforeAnyContentUnmapsNothing) {
  TestWindow& w = make_toplevel();
  configure(w);
  unmap(w);
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(shown(), Shown{id(w)});
}

TEST_F(XdgSequenceTest, AConfigureThatCrossesTheUnmappingMayBeAcknowledged) {
  TestWindow& w = make_toplevel();
  map(w);
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  expect_alive();
  const std::uint32_t crossed = w.serials.back();
  unmap(w);
  xdg_surface_ack_configure(w.xdg, crossed);
  expect_alive();
  remap(w);
}

TEST_F(XdgSequenceTest, AConfigureFromBeforeTheUnmappingIsNotTheFirstOne) {
  TestWindow& w = make_toplevel();
  map(w);
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  expect_alive();
  const std::uint32_t crossed = w.serials.back();
  unmap(w);
  wl_surface_commit(w.surface);
  xdg_surface_ack_configure(w.xdg, crossed);
  expect_alive();
  TestClient::show(w.surface, client->shm_buffer(8, 8));
  expect_error("xdg_surface 3");
}

TEST_F(XdgSequenceTest, AConfigureThatCrossesTheEndOfTheRoleObjectMayBeAcknowledged) {
  TestWindow& w = make_toplevel();
  map(w);
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  expect_alive();
  client->drop(w.toplevel, xdg_toplevel_destroy);
  xdg_surface_ack_configure(w.xdg, w.serials.back());
  expect_alive();
  xdg_surface_ack_configure(w.xdg, w.serials.back());
  expect_error("xdg_surface 1");
}

TEST_F(XdgSequenceTest, UnmappingDiscardsWhatWasSet) {
  TestWindow& w = make_toplevel();
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  xdg_toplevel_set_title(w.toplevel, "old");
  xdg_toplevel_set_app_id(w.toplevel, "old");
  xdg_toplevel_set_min_size(w.toplevel, 100, 100);
  xdg_surface_set_window_geometry(w.xdg, 8, 8, 16, 16);
  map(w);
  unmap(w);
  const Window* window = server.desktop.find_by_surface(id(w));
  EXPECT_EQ(window->title, "");
  EXPECT_EQ(window->app_id, "");
  xdg_toplevel_set_max_size(w.toplevel, 50, 50);
  configure(w);
  EXPECT_EQ(w.size, Size{});
  EXPECT_EQ(w.states, std::vector<std::uint32_t>{});
  TestClient::show(w.surface, client->shm_buffer(64, 64));
  expect_alive();
  EXPECT_EQ(client->scene_surface(w.surface).current().window_geometry, std::nullopt);
}

TEST_F(XdgSequenceTest, WhatIsSetForTheNextMappingStays) {
  TestWindow& w = make_toplevel();
  configure(w);
  show_waiting(w);
  unmap(w);
  const std::size_t sent = w.serials.size();
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  xdg_toplevel_set_title(w.toplevel, "new");
  xdg_surface_set_window_geometry(w.xdg, 8, 8, 16, 16);
  expect_alive();
  EXPECT_EQ(w.serials.size(), sent) << "nothing is sent before the initial commit";
  configure(w);
  EXPECT_EQ(w.size, TestServer::output_size);
  signal();
  EXPECT_EQ(server.desktop.find_by_surface(id(w))->title, "new");
  TestClient::show(w.surface, client->shm_buffer(64, 64));
  expect_alive();
  EXPECT_EQ(client->scene_surface(w.surface).current().window_geometry, (Rect{8, 8, 16, 16}));
  EXPECT_EQ(shown(), Shown{id(w)});
}

TEST_F(XdgSequenceTest, ANewRoleObjectHasNoWindowGeometry) {
  TestWindow& w = make_toplevel();
  xdg_surface_set_window_geometry(w.xdg, 8, 8, 16, 16);
  map(w);
  client->drop(w.toplevel, xdg_toplevel_destroy);
  give_toplevel(w);
  map(w);
  EXPECT_EQ(client->scene_surface(w.surface).current().window_geometry, std::nullopt);
}

} // namespace
} // namespace fenceline::test
