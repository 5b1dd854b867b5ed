#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class ViewportTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    surface = client->surface();
    viewport = client->own(wp_viewporter_get_viewport(client->viewporter, surface));
  }
  void source(double x, double y, double width, double height) const {
    wp_viewport_set_source(viewport, wl_fixed_from_double(x), wl_fixed_from_double(y), wl_fixed_from_double(width),
                           wl_fixed_from_double(height));
  }
  void show(std::int32_t width, std::int32_t height) const {
    TestClient::show(surface, client->shm_buffer(width, height));
  }
  [[nodiscard]] Size size() const {
    pump();
    return client->scene_surface(surface).current().size();
  }
  wl_surface* surface = nullptr;
  wp_viewport* viewport = nullptr;
};

TEST_F(ViewportTest, ASecondViewportIsViewportExists) {
  client->own(wp_viewporter_get_viewport(client->viewporter, surface));
  expect_error("wp_viewporter 0");
}

TEST_F(ViewportTest, AViewportMayFollowOneThatIsGone) {
  client->drop(viewport, wp_viewport_destroy);
  client->own(wp_viewporter_get_viewport(client->viewporter, surface));
  expect_alive();
}

struct Source {
  const char* name;
  double x, y, width, height;
};
class BadSource : public ViewportTest, public testing::WithParamInterface<Source> {};
TEST_P(BadSource, IsBadValue) {
  const Source& bad = GetParam();
  source(bad.x, bad.y, bad.width, bad.height);
  expect_error("wp_viewport 0");
}
INSTANTIATE_TEST_SUITE_P(Each, BadSource,
                         testing::Values(Source{"NegativeX", -0.5, 0, 4, 4}, Source{"NegativeY", 0, -1, 4, 4},
                                         Source{"NoWidth", 0, 0, 0, 4}, Source{"NoHeight", 0, 0, 4, 0},
                                         Source{"NegativeWidth", 0, 0, -4, 4}, Source{"NegativeHeight", 0, 0, 4, -4},
                                         Source{"HalfUnset", -1, -1, -1, 4}),
                         [](const auto& each) { return std::string(each.param.name); });

class BadDestination : public ViewportTest, public testing::WithParamInterface<std::pair<int, int>> {};
TEST_P(BadDestination, IsBadValue) {
  wp_viewport_set_destination(viewport, GetParam().first, GetParam().second);
  expect_error("wp_viewport 0");
}
INSTANTIATE_TEST_SUITE_P(Each, BadDestination,
                         testing::Values(std::pair{0, 4}, std::pair{4, 0}, std::pair{-1, 4}, std::pair{4, -1},
                                         std::pair{-2, -2}));

TEST_F(ViewportTest, SetSourceWithoutItsSurfaceIsNoSurface) {
  client->drop(surface, wl_surface_destroy);
  source(0, 0, 4, 4);
  expect_error("wp_viewport 3");
}

TEST_F(ViewportTest, SetDestinationWithoutItsSurfaceIsNoSurface) {
  client->drop(surface, wl_surface_destroy);
  wp_viewport_set_destination(viewport, 4, 4);
  expect_error("wp_viewport 3");
}

TEST_F(ViewportTest, DestroyWithoutItsSurfaceIsFine) {
  client->drop(surface, wl_surface_destroy);
  client->drop(viewport, wp_viewport_destroy);
  expect_alive();
}

TEST_F(ViewportTest, ASourceOfBrokenSizeWithoutADestinationIsBadSize) {
  source(0, 0, 4.5, 4);
  show(8, 8);
  expect_error("wp_viewport 1");
}

TEST_F(ViewportTest, ASourceOfBrokenSizeWithADestinationIsFine) {
  source(0.25, 0, 4.5, 4);
  wp_viewport_set_destination(viewport, 100, 50);
  show(8, 8);
  expect_alive();
  EXPECT_EQ((Size{100, 50}), size());
}

TEST_F(ViewportTest, TakingTheDestinationAwayFromABrokenSizeIsBadSize) {
  source(0, 0, 4.5, 4);
  wp_viewport_set_destination(viewport, 100, 50);
  show(8, 8);
  expect_alive();
  wp_viewport_set_destination(viewport, -1, -1);
  wl_surface_commit(surface);
  expect_error("wp_viewport 1");
}

TEST_F(ViewportTest, ASourceBeyondTheBufferIsOutOfBuffer) {
  source(4, 0, 5, 8);
  show(8, 8);
  expect_error("wp_viewport 2");
}

TEST_F(ViewportTest, ABufferThatIsTooSmallForTheSourceIsOutOfBuffer) {
  source(0, 0, 8, 8);
  show(8, 8);
  expect_alive();
  show(8, 7);
  expect_error("wp_viewport 2");
}

TEST_F(ViewportTest, TheSourceIsJudgedAfterTransformAndScale) {
  // 8x32 pixels, turned: 32x8, scaled: 16x4.
  wl_surface_set_buffer_transform(surface, WL_OUTPUT_TRANSFORM_90);
  wl_surface_set_buffer_scale(surface, 2);
  source(0, 0, 16, 4);
  show(8, 32);
  expect_alive();
  EXPECT_EQ((Size{16, 4}), size());
  wl_surface_set_buffer_transform(surface, WL_OUTPUT_TRANSFORM_NORMAL);
  wl_surface_commit(surface);
  expect_error("wp_viewport 2");
}

TEST_F(ViewportTest, ANullBufferIsNeverOutOfBuffer) {
  source(100, 100, 5, 5);
  wl_surface_commit(surface);
  expect_alive();
  source(0, 0, 5, 5);
  show(8, 8);
  source(100, 100, 5, 5);
  TestClient::show(surface, nullptr);
  expect_alive();
}

TEST_F(ViewportTest, AWaitingSubsurfaceIsJudgedByWhatItWillBe) {
  wl_surface* parent = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, surface, parent));
  source(0, 0, 8, 8);
  show(8, 8);
  // Nothing of it is applied; but what will be is known.
  wl_surface_attach(surface, client->shm_buffer(4, 4), 0, 0);
  wl_surface_commit(surface);
  expect_error("wp_viewport 2");
}

TEST_F(ViewportTest, DestroyTakesCropAndScaleAwayWithTheNextCommit) {
  source(0, 0, 4, 4);
  wp_viewport_set_destination(viewport, 100, 50);
  show(8, 8);
  expect_alive();
  client->drop(viewport, wp_viewport_destroy);
  EXPECT_EQ((Size{100, 50}), size());
  wl_surface_commit(surface);
  EXPECT_EQ((Size{8, 8}), size());
  EXPECT_EQ((FRect{0, 0, 8, 8}), client->scene_surface(surface).current().buffer_source());
}

TEST_F(ViewportTest, UnsetIsMinusOne) {
  source(0, 0, 4, 4);
  wp_viewport_set_destination(viewport, 100, 50);
  show(8, 8);
  source(-1, -1, -1, -1);
  wp_viewport_set_destination(viewport, -1, -1);
  wl_surface_commit(surface);
  EXPECT_EQ((Size{8, 8}), size());
}

TEST_F(ViewportTest, HugeDestinationsAreTaken) {
  wp_viewport_set_destination(viewport, INT32_MAX, INT32_MAX);
  show(8, 8);
  put_on_output(surface);
  frame();
  expect_alive();
}

} // namespace
} // namespace fenceline::test
