#include <algorithm>

#include "tests/integration/xdg_fixture.h"

namespace fenceline::test {
namespace {

class XdgStatesTest : public XdgShellTest {
 protected:
  [[nodiscard]] static bool has(const TestWindow& w, std::uint32_t state) {
    return std::find(w.states.begin(), w.states.end(), state) != w.states.end();
  }
  /// Content of the size that was asked for, or of `size`.
  void answer(TestWindow& w, std::int32_t size = 64) const {
    xdg_surface_ack_configure(w.xdg, w.serials.back());
    TestClient::show(w.surface,
                     w.size.empty() ? client->shm_buffer(size, size) : client->shm_buffer(w.size.width, w.size.height));
    expect_alive();
  }
  [[nodiscard]] Point place(const TestWindow& w) const { return *server.desktop.origin_of(id(w)); }
};

TEST_F(XdgStatesTest, AWindowIsMaximisedAndRestored) {
  TestWindow& w = make_toplevel();
  map(w);
  const Point before = place(w);
  xdg_toplevel_set_maximized(w.toplevel);
  expect_alive();
  EXPECT_EQ(w.size, TestServer::output_size);
  EXPECT_TRUE(has(w, XDG_TOPLEVEL_STATE_MAXIMIZED));
  EXPECT_EQ(place(w), before);
  answer(w);
  EXPECT_EQ(place(w), (Point{0, 0}));
  xdg_toplevel_unset_maximized(w.toplevel);
  expect_alive();
  EXPECT_EQ(w.size, (Size{64, 64}));
  EXPECT_FALSE(has(w, XDG_TOPLEVEL_STATE_MAXIMIZED));
  answer(w);
  EXPECT_EQ(place(w), before);
}

TEST_F(XdgStatesTest, EachRequestForAStateIsAnswered) {
  TestWindow& w = make_toplevel();
  map(w);
  const std::size_t before = w.serials.size();
  xdg_toplevel_unset_maximized(w.toplevel);
  xdg_toplevel_set_maximized(w.toplevel);
  xdg_toplevel_set_maximized(w.toplevel);
  xdg_toplevel_unset_fullscreen(w.toplevel);
  expect_alive();
  EXPECT_EQ(w.serials.size(), before + 4);
}

TEST_F(XdgStatesTest, AWindowMayBeginMaximised) {
  TestWindow& w = make_toplevel();
  xdg_toplevel_set_maximized(w.toplevel);
  wl_surface_commit(w.surface);
  expect_alive();
  EXPECT_EQ(w.serials.size(), 1U) << "the first configure says it";
  EXPECT_EQ(w.size, TestServer::output_size);
  answer(w);
  EXPECT_EQ(place(w), (Point{0, 0}));
  xdg_toplevel_unset_maximized(w.toplevel);
  expect_alive();
  EXPECT_EQ(w.size, Size{});
  answer(w, 100);
  EXPECT_EQ(place(w), (Point{270, 190}));
}

TEST_F(XdgStatesTest, FullscreenIsLeftToTheSizeAndPlaceBefore) {
  TestWindow& w = make_toplevel();
  map(w);
  const Point before = place(w);
  xdg_toplevel_set_fullscreen(w.toplevel, nullptr);
  expect_alive();
  answer(w);
  EXPECT_EQ(place(w), (Point{0, 0}));
  xdg_toplevel_unset_fullscreen(w.toplevel);
  expect_alive();
  EXPECT_EQ(w.size, (Size{64, 64}));
  answer(w);
  EXPECT_EQ(place(w), before);
}

TEST_F(XdgStatesTest, AMinimisedWindowIsNotShown) {
  TestWindow& w = make_toplevel();
  map(w);
  xdg_toplevel_set_minimized(w.toplevel);
  expect_alive();
  EXPECT_TRUE(shown().empty());
  EXPECT_TRUE(is_mapped(w));
  TestClient::show(w.surface, client->shm_buffer(64, 64));
  expect_alive();
  EXPECT_TRUE(shown().empty()) << "a commit does not bring it back";
}

TEST_F(XdgStatesTest, AWindowThatIsUnmappedForgetsItsStatesAndItsAcks) {
  TestWindow& w = make_toplevel();
  map(w);
  xdg_toplevel_set_maximized(w.toplevel);
  xdg_toplevel_set_minimized(w.toplevel);
  expect_alive();
  xdg_surface_ack_configure(w.xdg, w.serials.back());
  unmap(w);
  map(w);
  EXPECT_EQ(w.size, Size{});
  EXPECT_EQ(shown(), (std::vector{id(w)}));
  EXPECT_NE(place(w), (Point{0, 0}));
}

TEST_F(XdgStatesTest, ADialogStaysOverItsParent) {
  TestWindow& parent = make_toplevel();
  map(parent, 200);
  TestWindow& dialog = make_toplevel();
  xdg_toplevel_set_parent(dialog.toplevel, parent.toplevel);
  map(dialog, 100);
  EXPECT_EQ(place(dialog), place(parent) + (Point{50, 50}));
  server.desktop.clicked(id(parent));
  EXPECT_EQ(shown(), (std::vector{id(parent), id(dialog)}));
  EXPECT_EQ(server.desktop.keyboard_focus(), id(parent));
  xdg_toplevel_set_minimized(parent.toplevel);
  expect_alive();
  EXPECT_TRUE(shown().empty());
}

TEST_F(XdgStatesTest, TheParentOfAnUnmappedWindowTakesItsChildren) {
  TestWindow& a = make_toplevel();
  map(a);
  TestWindow& b = make_toplevel();
  xdg_toplevel_set_parent(b.toplevel, a.toplevel);
  map(b);
  TestWindow& c = make_toplevel();
  xdg_toplevel_set_parent(c.toplevel, b.toplevel);
  map(c);
  unmap(b);
  const Window* child = server.desktop.find_by_surface(id(c));
  EXPECT_EQ(child->parent, server.desktop.find_by_surface(id(a)));
  unmap(a);
  EXPECT_EQ(child->parent, nullptr);
}

} // namespace
} // namespace fenceline::test
