#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class SubsurfaceTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    parent = client->surface();
    child = client->surface();
  }
  wl_subsurface* join(wl_surface* surface, wl_surface* to) {
    return client->own(wl_subcompositor_get_subsurface(client->subcompositor, surface, to));
  }
  void show(wl_surface* surface, std::int32_t size = 8) { TestClient::show(surface, client->shm_buffer(size, size)); }
  [[nodiscard]] bool mapped(wl_surface* surface) const { return client->scene_surface(surface).current().mapped(); }
  /// Widths of the layers, bottom to top.
  [[nodiscard]] std::vector<int> stack() const {
    std::vector<int> widths;
    for (const Layer& layer : server.layers())
      widths.push_back(layer.buffer_size.width);
    return widths;
  }
  wl_surface* parent = nullptr;
  wl_surface* child = nullptr;
};

TEST_F(SubsurfaceTest, ASurfaceOfAnotherRoleIsBadSurface) {
  xdg_surface* xdg = client->own(xdg_wm_base_get_xdg_surface(client->wm_base, child));
  client->own(xdg_surface_get_toplevel(xdg));
  join(child, parent);
  expect_error("wl_subcompositor 0");
}

TEST_F(SubsurfaceTest, ASurfaceThatIsASubsurfaceAlreadyIsBadSurface) {
  join(child, parent);
  join(child, client->surface());
  expect_error("wl_subcompositor 0");
}

TEST_F(SubsurfaceTest, TheSurfaceItselfIsBadParent) {
  join(child, child);
  expect_error("wl_subcompositor 1");
}

TEST_F(SubsurfaceTest, ADescendantIsBadParent) {
  wl_surface* grandchild = client->surface();
  join(child, parent);
  join(grandchild, child);
  expect_alive();
  join(parent, grandchild);
  expect_error("wl_subcompositor 1");
}

TEST_F(SubsurfaceTest, PlacingAboveItselfIsBadSurface) {
  wl_subsurface_place_above(join(child, parent), child);
  expect_error("wl_subsurface 0");
}

TEST_F(SubsurfaceTest, PlacingBelowAStrangerIsBadSurface) {
  wl_subsurface_place_below(join(child, parent), client->surface());
  expect_error("wl_subsurface 0");
}

TEST_F(SubsurfaceTest, PlacingAboveAChildOfAnotherParentIsBadSurface) {
  wl_surface* cousin = client->surface();
  join(cousin, client->surface());
  wl_subsurface_place_above(join(child, parent), cousin);
  expect_error("wl_subsurface 0");
}

TEST_F(SubsurfaceTest, TheRoleMayBeGivenAgainWhenTheObjectIsGone) {
  client->drop(join(child, parent), wl_subsurface_destroy);
  join(child, client->surface());
  expect_alive();
}

TEST_F(SubsurfaceTest, ContentWaitsForTheParentsCommit) {
  join(child, parent);
  show(child);
  pump();
  EXPECT_FALSE(mapped(child));
  show(parent);
  pump();
  EXPECT_TRUE(mapped(child));
}

TEST_F(SubsurfaceTest, DesynchronisedContentIsAppliedAtOnce) {
  wl_subsurface* subsurface = join(child, parent);
  show(child);
  pump();
  EXPECT_FALSE(mapped(child));
  wl_subsurface_set_desync(subsurface);
  pump();
  EXPECT_TRUE(mapped(child)) << "what was waiting is free";
  TestClient::show(child, nullptr);
  pump();
  EXPECT_FALSE(mapped(child));
  wl_subsurface_set_sync(subsurface);
  show(child);
  pump();
  EXPECT_FALSE(mapped(child));
}

TEST_F(SubsurfaceTest, SynchronisationIsInherited) {
  wl_surface* grandchild = client->surface();
  join(child, parent);
  wl_subsurface_set_desync(join(grandchild, child));
  show(grandchild);
  wl_surface_commit(child);
  pump();
  EXPECT_FALSE(mapped(grandchild)) << "its parent is synchronised";
  wl_surface_commit(parent);
  pump();
  EXPECT_TRUE(mapped(grandchild));
}

TEST_F(SubsurfaceTest, PositionAndOrderComeWithTheParentsCommit) {
  wl_surface* second = client->surface();
  wl_subsurface* first = join(child, parent);
  wl_subsurface_set_desync(first);
  wl_subsurface_set_desync(join(second, parent));
  show(child, 10);
  show(second, 20);
  show(parent, 100);
  put_on_output(parent);
  EXPECT_EQ((std::vector{100, 10, 20}), stack());

  wl_subsurface_set_position(first, 7, 9);
  wl_subsurface_place_above(first, second);
  wl_surface_commit(child);
  pump();
  EXPECT_EQ((std::vector{100, 10, 20}), stack());
  wl_surface_commit(parent);
  pump();
  EXPECT_EQ((std::vector{100, 20, 10}), stack());
  EXPECT_EQ((Point{7, 9}), server.layers().back().dest.origin());

  wl_subsurface_place_below(first, parent);
  wl_surface_commit(parent);
  pump();
  EXPECT_EQ((std::vector{10, 100, 20}), stack());
}

TEST_F(SubsurfaceTest, DestroyUnmapsAtOnce) {
  wl_subsurface* subsurface = join(child, parent);
  show(child, 10);
  show(parent, 100);
  put_on_output(parent);
  EXPECT_EQ((std::vector{100, 10}), stack());
  client->drop(subsurface, wl_subsurface_destroy);
  expect_alive();
  EXPECT_EQ(std::vector{100}, stack());
}

TEST_F(SubsurfaceTest, ASubsurfaceWithoutItsSurfaceIsInert) {
  wl_subsurface* subsurface = join(child, parent);
  show(child, 10);
  show(parent, 100);
  put_on_output(parent);
  client->drop(child, wl_surface_destroy);
  expect_alive();
  EXPECT_EQ(std::vector{100}, stack());
  wl_subsurface_set_position(subsurface, 1, 1);
  wl_subsurface_place_above(subsurface, parent);
  wl_subsurface_set_desync(subsurface);
  client->drop(subsurface, wl_subsurface_destroy);
  wl_surface_commit(parent);
  expect_alive();
}

TEST_F(SubsurfaceTest, AChildWithoutItsParentIsUnmappedAndHarmless) {
  wl_subsurface* subsurface = join(child, parent);
  show(child, 10);
  show(parent, 100);
  put_on_output(parent);
  client->drop(parent, wl_surface_destroy);
  expect_alive();
  EXPECT_TRUE(stack().empty());
  wl_subsurface_set_position(subsurface, 1, 1);
  wl_subsurface_place_above(subsurface, client->surface());
  wl_subsurface_set_sync(subsurface);
  show(child, 11);
  expect_alive();
  client->drop(subsurface, wl_subsurface_destroy);
  client->drop(child, wl_surface_destroy);
  expect_alive();
}

TEST_F(SubsurfaceTest, ATreeThatIsTooDeepIsOutOfMemory) {
  wl_surface* below = parent;
  for (int i = 0; i < Scene::max_depth + 1; ++i) {
    wl_surface* next = client->surface();
    join(next, below);
    below = next;
  }
  expect_error("ENOMEM");
}

} // namespace
} // namespace fenceline::test
