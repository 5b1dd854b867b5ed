// Displays with a background colour (KMS: BACKGROUND_COLOR): what of a scene it shows, and what is done without it.
#include <drm_fourcc.h>

#include "compositor/output/capture.h"
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr Rect west{50, 50, 200, 150}, over_west{150, 100, 200, 150};
constexpr Color orange{1.0F, 0.5F, 0.0F, 1.0F};

/// Primary plane 131, overlays from 151 on, cursor plane 141, and a background.
OutputInfo display(unsigned overlays, bool background = true) {
  OutputInfo info = fake_output();
  info.background = background;
  for (unsigned i = 0; i < overlays; ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {PlaneId{151 + i},
                        PlaneType::Overlay,
                        {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}}});
  return info;
}

struct Bench : OutputBench {
  explicit Bench(unsigned overlays, bool with_composer = true) : OutputBench({display(overlays)}, with_composer) {}
  explicit Bench(OutputInfo info) : OutputBench({std::move(info)}) {}
  [[nodiscard]] std::vector<PlaneId> stack() {
    std::vector<PlaneId> ids;
    for (const PlaneState& plane : device.on_screen().planes)
      ids.push_back(plane.plane);
    return ids;
  }
  [[nodiscard]] Color color() { return device.on_screen().background; }
  /// A single-pixel buffer, stretched.
  [[nodiscard]] Layer solid(Color color = orange) const {
    Layer layer = source.fullscreen(4, 1013);
    layer.kind = BufferKind::Solid;
    layer.buffer_size = {1, 1};
    layer.source = {0, 0, 1, 1};
    layer.color = color;
    return layer;
  }
};

Layer shm_window() {
  return FakeSource::window(7, 1010, over_west, BufferKind::Shm);
}
constexpr PlaneId primary{131}, first{151}, second{152};

TEST(Background, AColourThatCoversTheOutputNeedsNoPlaneAndNoImage) {
  for (const unsigned overlays : {0U, 2U}) {
    Bench bench(overlays);
    EXPECT_EQ(bench.plan_of({bench.solid()}), "4:background");
    EXPECT_TRUE(bench.stack().empty());
    EXPECT_EQ(bench.color(), orange);
    EXPECT_TRUE(bench.composer.draws.empty());
    EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition), 0U);
  }
}

TEST(Background, WhereTheDisplayHasNoneItIsComposed) {
  Bench bench(display(2, false));
  EXPECT_EQ(bench.plan_of({bench.solid()}), "4:composed (not a dma-buf)");
  EXPECT_EQ(bench.stack(), std::vector{primary});
  EXPECT_EQ(bench.color(), black);
}

TEST(Background, WindowsAreOnPlanesOverIt) {
  Bench bench(2);
  EXPECT_EQ(bench.plan_of({bench.solid(), FakeSource::window(6, 1001, west), FakeSource::window(7, 1002, over_west)}),
            "4:background, 6:plane 151, 7:plane 152");
  EXPECT_EQ(bench.stack(), (std::vector{first, second}));
  EXPECT_EQ(bench.color(), orange);
  EXPECT_TRUE(bench.composer.draws.empty());
}

TEST(Background, TheCursorIsOverIt) {
  for (const unsigned overlays : {0U, 1U}) {
    Bench bench(overlays);
    EXPECT_EQ(bench.plan_of({bench.solid(), FakeSource::cursor(3, 1005, {10, 20})}), "4:background, 3:plane 141");
    EXPECT_TRUE(bench.composer.draws.empty());
  }
}

TEST(Background, WhatIsComposedOverItIsAnImageOfItsOwn) {
  Bench bench(2);
  EXPECT_EQ(bench.plan_of({bench.solid(), FakeSource::window(6, 1001, west), shm_window()}),
            "4:background, 6:plane 151, 7:composed (not a dma-buf)");
  EXPECT_EQ(bench.stack(), (std::vector{first, second}));
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_TRUE(bench.composer.draws[0].transparent);
  EXPECT_EQ(bench.composer.draws[0].surfaces, std::vector{SurfaceId{7}});
  EXPECT_EQ(bench.color(), orange);
}

TEST(Background, WithNoOverlayForThatItIsComposedWithTheRest) {
  Bench bench(0);
  EXPECT_EQ(bench.plan_of({bench.solid(), shm_window()}), "4:composed (not a dma-buf), 7:composed (not a dma-buf)");
  EXPECT_EQ(bench.stack(), std::vector{primary});
  EXPECT_EQ(bench.color(), black) << "that of the image before is gone";
}

TEST(Background, ItIsNoneThatIsTranslucentOrFadedOrTooSmallOrNotTheLowest) {
  Bench bench(1);
  EXPECT_EQ(bench.plan_of({bench.solid({0.5F, 0.5F, 0.5F, 0.5F})}), "4:composed (not a dma-buf)");
  Layer faded = bench.solid();
  faded.alpha = 0.5F;
  EXPECT_EQ(bench.plan_of({faded}), "4:composed (not a dma-buf)");
  Layer small = bench.solid();
  small.dest = {0, 0, 1024, 767};
  small.opaque = Region(small.dest);
  EXPECT_EQ(bench.plan_of({small}), "4:composed (not a dma-buf)");
  Layer above = bench.solid({0.5F, 0.5F, 0.5F, 0.5F});
  above.opaque.clear();
  above.surface = SurfaceId{9};
  EXPECT_EQ(bench.plan_of({bench.solid(), above}), "4:background, 9:composed (not a dma-buf)")
      << "the lower one is, and the veil over it an image";
}

TEST(Background, ItHidesWhatIsBelowIt) {
  Bench bench(1);
  EXPECT_EQ(bench.plan_of({FakeSource::window(2, 1001, west, BufferKind::Shm), bench.solid()}),
            "2:hidden, 4:background");
  EXPECT_TRUE(bench.composer.uploads.empty());
}

TEST(Background, AnotherColourIsOneMoreFrameAndAsksNothing) {
  Bench bench(1);
  bench.plan_of({bench.solid()});
  bench.plan_of({bench.solid({0, 0, 1, 1})});
  const std::size_t asked = bench.device.tests;
  for (int i = 0; i < 10; ++i)
    bench.plan_of({bench.solid({0, static_cast<float>(i) / 10, 1, 1})});
  EXPECT_EQ(bench.device.tests, asked);
  EXPECT_EQ(bench.color(), (Color{0, 0.9F, 1, 1}));
}

TEST(Background, ItIsShownWithoutACopy) {
  Bench bench(1);
  const CommitId commit = bench.commit(bench.solid());
  bench.run_to(32);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_TRUE(bench.source.fate(commit).zero_copy);
}

TEST(Background, BlackNeedsNoImage) {
  for (const unsigned overlays : {0U, 1U}) {
    Bench bench(overlays);
    bench.plan_of({});
    EXPECT_FALSE(bench.device.submits.empty());
    EXPECT_TRUE(bench.stack().empty());
    EXPECT_EQ(bench.color(), black);
    EXPECT_TRUE(bench.composer.draws.empty());
  }
  Bench bench(1);
  EXPECT_EQ(bench.plan_of({FakeSource::window(6, 1001, west)}), "6:plane 151");
  EXPECT_EQ(bench.stack(), std::vector{first});
  EXPECT_TRUE(bench.composer.draws.empty());
  // What has to be composed is on the primary plane again.
  bench.plan_of({shm_window()});
  EXPECT_EQ(bench.stack().front(), primary);
  EXPECT_FALSE(bench.composer.draws.back().transparent);
}

TEST(Background, AFullscreenClientIsOnThePrimaryPlane) {
  Bench bench(1);
  bench.plan_of({bench.solid()});
  EXPECT_EQ(bench.plan_of({bench.source.fullscreen(7, 1001)}), "4:hidden, 7:plane 131");
  EXPECT_EQ(bench.color(), black);
}

TEST(Background, ADriverThatWantsItsPrimaryPlaneIsAskedOnce) {
  for (const unsigned overlays : {0U, 1U}) {
    Bench bench(overlays);
    bench.device.test_rule = [](const OutputState& state) { return state.planes.empty() ? EINVAL : 0; };
    EXPECT_EQ(bench.plan_of({bench.solid()}), "4:composed (test commit rejected)");
    const std::size_t asked = bench.device.tests;
    for (int i = 0; i < 20; ++i)
      bench.plan_of({bench.solid()});
    EXPECT_LE(bench.device.tests, asked + 1) << "once more without a modeset";
    EXPECT_EQ(bench.device.failed_submits, 0U);
  }
}

TEST(Background, ACommitThatIsRejectedIsShownComposedForAWhile) {
  for (const unsigned overlays : {0U, 1U}) {
    Bench bench(overlays);
    bench.device.rule = {};
    bench.device.submit_errors = {EINVAL};
    EXPECT_EQ(bench.plan_of({bench.solid()}), "4:composed (not a dma-buf)");
    EXPECT_EQ(bench.device.failed_submits, 1U);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(bench.plan_of({bench.solid()}), "4:composed (not a dma-buf)");
    for (unsigned i = 0; i < PlanePlanner::upper_pause; ++i)
      bench.plan_of({bench.solid()});
    EXPECT_EQ(bench.plan(), "4:background");
  }
}

TEST(Background, ItIsShownWithoutARenderer) {
  Bench bench(1, false);
  EXPECT_EQ(bench.plan_of({bench.solid()}), "4:background");
  EXPECT_EQ(bench.color(), orange);
}

TEST(Background, AScreenshotShowsIt) {
  Bench bench(1);
  bench.plan_of({bench.solid(), FakeSource::window(6, 1001, west)});
  std::vector<Capture> captures;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) {
    ASSERT_TRUE(capture);
    captures.push_back(std::move(*capture));
  }));
  ASSERT_EQ(captures.size(), 1U);
  const auto pixels = flatten(captures[0]);
  EXPECT_EQ(pixels.at(0), 0xffff8000U);
  EXPECT_EQ(pixels.at(60 * 1024 + 60), 0xff000000U | FakeComposer::grey_of(BufferId{1001}));
}

} // namespace
} // namespace fenceline::test
