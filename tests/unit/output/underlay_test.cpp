// Displays that say how their planes lie over each other: planes below the primary one, and planes whose order we set.
#include <drm_fourcc.h>

#include <optional>

#include "compositor/output/capture.h"
#include "compositor/output/plane_stack.h"
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr Rect west{50, 50, 200, 150}, over_west{150, 100, 200, 150}, east{600, 50, 200, 150};
constexpr PlaneId primary{131}, first{151}, second{152};
constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, argb{DRM_FORMAT_ARGB8888, 0},
    xbgr{DRM_FORMAT_XBGR8888, 0};

/// The primary plane at 4, and overlays 151, 152 where they are told.
OutputInfo display(const std::vector<PlaneDepths>& overlays) {
  OutputInfo info = fake_output();
  info.planes[0].formats = {xrgb, argb};
  info.planes[0].depths = {4, 4, 4};
  for (unsigned i = 0; i < overlays.size(); ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {.id = PlaneId{151 + i}, .type = PlaneType::Overlay, .formats = {xrgb}, .depths = overlays[i]});
  return info;
}

struct Bench : OutputBench {
  explicit Bench(const std::vector<PlaneDepths>& overlays) : OutputBench({display(overlays)}) {}
  explicit Bench(OutputInfo info) : OutputBench({std::move(info)}) {}
  [[nodiscard]] std::vector<PlaneId> stack() {
    std::vector<PlaneId> ids;
    for (const PlaneState& plane : device.on_screen().planes)
      ids.push_back(plane.plane);
    return ids;
  }
};

Layer video(std::uint64_t buffer = 1001) {
  return FakeSource::window(6, buffer, west);
}
Layer controls() {
  Layer layer = FakeSource::window(7, 1010, over_west, BufferKind::Shm);
  layer.format.fourcc = DRM_FORMAT_ARGB8888;
  layer.opaque.clear();
  return layer;
}
Layer wall() {
  return FakeSource::window(4, 1013, {0, 0, 1024, 768}, BufferKind::Shm);
}

constexpr PlaneDepths below{0, 0, 0}, above{9, 9, 9}, anywhere{0, 9, 5};

TEST(Underlay, AVideoUnderItsControlsIsBelowThePrimaryPlane) {
  Bench bench({below});
  EXPECT_EQ(bench.plan_of({video(), controls()}), "6:plane 151, 7:composed (not a dma-buf)");
  EXPECT_EQ(bench.stack(), (std::vector{first, primary})) << "bottom to top";
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_TRUE(bench.composer.draws[0].transparent) << "where nothing is drawn, the video shows";
  EXPECT_EQ(bench.composer.draws[0].surfaces, std::vector{SurfaceId{7}});
  EXPECT_EQ(bench.on(primary)->buffer, bench.composer.draws[0].target);
  EXPECT_EQ(bench.on(primary)->dest, (Rect{0, 0, 1024, 768}));
  EXPECT_EQ(bench.on(first)->buffer, BufferId{1001});
}

TEST(Underlay, FramesOfTheVideoDrawAndAskNothing) {
  Bench bench({below});
  bench.plan_of({video(), controls()});
  bench.plan_of({video(1002)});
  const std::size_t asked = bench.device.tests, drawn = bench.composer.draws.size();
  for (std::uint64_t i = 0; i < 1000; ++i)
    bench.plan_of({video(1001 + i % 3)});
  EXPECT_EQ(bench.device.tests, asked);
  EXPECT_EQ(bench.composer.draws.size(), drawn);
  EXPECT_EQ(bench.stack(), (std::vector{first, primary}));
}

TEST(Underlay, WhatLiesOverSomethingComposedIsComposed) {
  Bench bench({below});
  EXPECT_EQ(bench.plan_of({wall(), video()}), "4:composed (not a dma-buf), 6:composed (no plane free)");
  EXPECT_EQ(bench.stack(), std::vector{primary});
}

TEST(Underlay, ThePictureIsOpaqueWhereThePrimaryPlaneKnowsNoAlpha) {
  OutputInfo info = display({below});
  info.planes[0].formats = {xrgb};
  Bench bench(info);
  bench.plan_of({video(), controls()});
  EXPECT_EQ(bench.stack(), std::vector{primary});
  EXPECT_EQ(bench.composer.draws.back().surfaces, (std::vector{SurfaceId{6}, SurfaceId{7}}));
}

TEST(Underlay, ADisplayThatRefusesItHasItAllInOneImage) {
  Bench bench({below});
  bench.device.rule = [](const OutputState& state) { return state.planes.size() > 1 ? EINVAL : 0; };
  bench.plan_of({video(), controls()});
  EXPECT_EQ(bench.stack(), std::vector{primary});
  EXPECT_FALSE(bench.composer.draws.back().transparent);
  EXPECT_EQ(bench.device.failed_submits, 0U);
}

TEST(Underlay, ACommitThatIsRejectedIsShownComposed) {
  Bench bench({below});
  bench.device.submit_errors = {EINVAL};
  bench.plan_of({video(), controls()});
  EXPECT_EQ(bench.stack(), std::vector{primary});
  EXPECT_EQ(bench.composer.draws.back().surfaces, (std::vector{SurfaceId{6}, SurfaceId{7}}));
}

TEST(Underlay, AScreenshotHasTheVideoUnderTheImage) {
  Bench bench({below});
  bench.plan_of({video(), controls()});
  std::vector<Capture> captures;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) {
    ASSERT_TRUE(capture);
    captures.push_back(std::move(*capture));
  }));
  ASSERT_EQ(captures.size(), 1U);
  ASSERT_EQ(captures[0].pieces.size(), 2U);
  EXPECT_EQ(captures[0].pieces[0].dest, west);
  EXPECT_TRUE(captures[0].pieces[1].alpha);
}

TEST(Underlay, APlaneThatCanBeMovedIsOverThePrimaryPlaneOrBelowIt) {
  Bench bench({anywhere});
  bench.plan_of({wall(), video()});
  EXPECT_EQ(bench.stack(), (std::vector{primary, first}));
  EXPECT_EQ(bench.on(first)->depth, 5U);
  EXPECT_FALSE(bench.on(primary)->depth) << "it can't be moved";
  bench.source.remove(SurfaceId{4});
  bench.plan_of({controls()});
  bench.plan_of({});
  EXPECT_EQ(bench.stack(), (std::vector{first, primary})) << bench.plan();
  EXPECT_EQ(bench.on(first)->depth, 0U);
}

TEST(Underlay, WhereTheOrderIsFreeALayerGoesOnAnyPlaneThatTakesIt) {
  const auto plan = [](PlaneDepths one, PlaneDepths other) {
    OutputInfo info = display({one, other});
    info.planes[1].formats = {xbgr};
    Bench bench(info);
    Layer upper = FakeSource::window(9, 1002, over_west);
    upper.format = xbgr;
    const std::string text = bench.plan_of({wall(), video(), upper});
    if (bench.on(first) != nullptr && bench.on(second) != nullptr) {
      EXPECT_GT(bench.on(first)->depth.value_or(0), bench.on(second)->depth.value_or(9));
    }
    return text;
  };
  EXPECT_EQ(plan(anywhere, anywhere), "4:composed (not a dma-buf), 6:plane 152, 9:plane 151");
  EXPECT_EQ(plan({5, 5, 5}, {6, 6, 6}), "4:composed (not a dma-buf), 6:composed (no plane free), 9:plane 151")
      << "the lower window's plane lies over the upper one's";
}

std::vector<std::optional<std::uint64_t>> laid(const OutputInfo& info, const std::vector<PlaneId>& order) {
  std::vector<PlaneState> planes(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    planes[i].plane = order[i];
  (void)PlaneStack(info).lay(planes);
  std::vector<std::optional<std::uint64_t>> depths;
  for (const PlaneState& plane : planes)
    depths.push_back(plane.depth);
  return depths;
}

TEST(PlaneStack, LaysWhatCanBeMovedBetweenWhatCannot) {
  using Depths = std::vector<std::optional<std::uint64_t>>;
  const OutputInfo info = display({anywhere, above});
  EXPECT_EQ(laid(info, {primary, first, second}), (Depths{{}, 5U, {}}));
  EXPECT_EQ(laid(info, {first, primary, second}), (Depths{0U, {}, {}}));
}

bool possible(const OutputInfo& info, const std::vector<PlaneId>& order) {
  std::vector<PlaneState> planes(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    planes[i].plane = order[i];
  return PlaneStack(info).lay(planes);
}

TEST(PlaneStack, KnowsWhatADisplayWouldShowInAnotherOrder) {
  EXPECT_TRUE(possible(display({anywhere, above}), {first, primary, second}));
  EXPECT_FALSE(possible(display({{0, 2, 1}, above}), {primary, first})) << "it can't be over the primary plane";
  EXPECT_FALSE(possible(display({above, anywhere}), {primary, first, second})) << "at 9 already";
  EXPECT_FALSE(possible(display({anywhere, {5, 5, 5}}), {primary, first, second})) << "both at 5";
  EXPECT_TRUE(possible(display({{5, 5, 5}, {5, 5, 5}}), {primary, first, second})) << "as the driver lists them";
}

// Three planes can be at 0 to 2 below a primary plane at 2: two of them.
TEST(Underlay, MorePlanesThanPlacesBelowAreNotAskedFor) {
  constexpr PlaneDepths low{0, 9, 1};
  OutputInfo info = display({low, low, low});
  info.planes[0].depths = {2, 2, 2};
  Bench bench(info);
  bench.plan_of(
      {video(), FakeSource::window(8, 1002, east), FakeSource::window(9, 1003, {300, 400, 200, 150}), controls()});
  std::optional<std::uint64_t> before;
  for (const PlaneState& plane : bench.device.on_screen().planes) {
    const std::uint64_t depth = plane.plane == primary ? 2 : plane.depth.value_or(99);
    EXPECT_TRUE(!before || depth > *before) << bench.plan();
    before = depth;
  }
}

TEST(Underlay, TheImageOfOnePlaneIsNotShownOnAnother) {
  OutputInfo info = display({below, above});
  info.planes[2].formats = {xrgb, argb};
  Bench bench(info);
  Layer hud = controls();
  hud.dest = {0, 0, 1024, 768};
  hud.buffer_size = hud.dest.size();
  bench.plan_of({bench.source.fullscreen(5, 1001), hud});
  bench.plan_of({bench.source.fullscreen(5, 1002)});
  ASSERT_NE(bench.on(second), nullptr) << bench.plan();
  const BufferId over = bench.on(second)->buffer;
  Layer game = bench.source.fullscreen(5, 1001);
  game.dest = {0, 0, 1000, 700}; // Scaled, and it does not cover the screen any more.
  bench.plan_of({game});
  EXPECT_EQ(bench.stack(), (std::vector{first, primary})) << bench.plan();
  EXPECT_NE(bench.on(primary)->buffer, over) << "it was made for the other plane";
}

TEST(PlaneStack, SaysWhatIsOverThePrimaryPlaneAndWhatBelow) {
  const OutputInfo info = display({below, anywhere});
  const PlaneStack stack(info);
  ASSERT_EQ(stack.over().planes.size(), 1U);
  EXPECT_EQ(stack.over().planes[0]->id, second);
  EXPECT_EQ(stack.under().planes.size(), 2U);
  EXPECT_FALSE(stack.under().free_order);
  EXPECT_TRUE(PlaneStack(display({anywhere, anywhere})).under().free_order);
  EXPECT_FALSE(PlaneStack(display({{5, 6, 5}, {5, 5, 5}})).over().free_order);
}

TEST(PlaneStack, ADisplayThatSaysNothingHasItsOverlaysOverThePrimaryPlane) {
  OutputInfo info = display({below, above});
  for (PlaneInfo& plane : info.planes)
    plane.depths.reset();
  const PlaneStack stack(info);
  EXPECT_EQ(stack.over().planes.size(), 2U);
  EXPECT_TRUE(stack.under().planes.empty());
}

} // namespace
} // namespace fenceline::test
