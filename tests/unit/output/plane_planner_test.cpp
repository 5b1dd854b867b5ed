#include <drm_fourcc.h>

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

/// What the planner says of one picture, through the whole line: the plan of the frame that the display accepted.
class PlanePlannerTest : public testing::Test {
 protected:
  std::string plan_of(std::vector<Layer> layers) {
    for (Layer& layer : layers)
      bench.source.commit(std::move(layer));
    bench.set->schedule_all();
    bench.loop.advance(ms(40));
    return bench.plan();
  }
  OutputBench bench;
};

TEST_F(PlanePlannerTest, AnOpaqueCoveringDmabufGoesOnThePrimaryPlane) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001)}), "7:plane 131");
  EXPECT_TRUE(bench.device.shows(BufferId{1001}));
  EXPECT_TRUE(bench.composer.draws.empty());
  EXPECT_EQ(bench.device.on_screen().planes.at(0).source, (FRect{0, 0, 1024, 768}));
  EXPECT_EQ(bench.device.on_screen().planes.at(0).dest, (Rect{0, 0, 1024, 768}));
}

TEST_F(PlanePlannerTest, WhatItCoversIsHidden) {
  EXPECT_EQ(plan_of({FakeSource::window(5, 1003, window_place, BufferKind::Shm), bench.source.fullscreen(7, 1001)}),
            "5:hidden, 7:plane 131");
  EXPECT_TRUE(bench.composer.uploads.empty());
}

TEST_F(PlanePlannerTest, ShmIsComposed) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.kind = BufferKind::Shm;
  EXPECT_EQ(plan_of({layer}), "7:composed (not a dma-buf)");
}

TEST_F(PlanePlannerTest, AColorIsComposedAndHidesWhatIsBelow) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.kind = BufferKind::Solid;
  EXPECT_EQ(plan_of({bench.source.fullscreen(5, 1003), layer}), "5:hidden, 7:composed (not a dma-buf)");
  EXPECT_TRUE(bench.composer.uploads.empty());
}

TEST_F(PlanePlannerTest, AFadedLayerHidesNothing) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.alpha = 0.99F;
  EXPECT_EQ(plan_of({bench.source.fullscreen(5, 1003), layer}),
            "5:composed (something above it), 7:composed (not opaque)");
}

TEST_F(PlanePlannerTest, AWindowIsComposed) {
  EXPECT_EQ(plan_of({FakeSource::window(7, 1001, window_place)}), "7:composed (does not cover the output)");
}

TEST_F(PlanePlannerTest, ATranslucentLayerIsComposed) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.alpha = 0.5F;
  EXPECT_EQ(plan_of({layer}), "7:composed (not opaque)");
}

TEST_F(PlanePlannerTest, AnAlphaFormatWithAHoleIsComposed) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.format.fourcc = DRM_FORMAT_ARGB8888;
  layer.opaque = Region(Rect{0, 0, 1024, 767});
  EXPECT_EQ(plan_of({layer}), "7:composed (not opaque)");
}

TEST_F(PlanePlannerTest, AnAlphaFormatThatIsOpaqueEverywhereGoesOnThePlane) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.format.fourcc = DRM_FORMAT_ARGB8888;
  EXPECT_EQ(plan_of({layer}), "7:plane 131");
}

TEST_F(PlanePlannerTest, ATurnedOneGoesOnAPrimaryPlaneThatTurns) {
  OutputInfo info = fake_output();
  info.planes[0].transforms = 0xff;
  OutputBench turning({info});
  Layer layer = turning.source.fullscreen(7, 1001);
  layer.transform = Transform::R90;
  turning.commit(layer);
  turning.run_to(32);
  EXPECT_EQ(turning.plan(), "7:composed (scaled, cropped or turned)") << "its sides are not exchanged: scaled";
  layer.buffer_size = {768, 1024};
  layer.source = {0, 0, 768, 1024};
  turning.commit(layer);
  turning.run_to(64);
  EXPECT_EQ(turning.plan(), "7:plane 131");
  EXPECT_EQ(turning.device.on_screen().planes[0].transform, Transform::R90);
  EXPECT_EQ(turning.device.on_screen().planes[0].source, (FRect{0, 0, 768, 1024}));
}

TEST_F(PlanePlannerTest, ScaledCroppedOrTurnedIsComposed) {
  Layer scaled = bench.source.fullscreen(7, 1001);
  scaled.buffer_size = {512, 384};
  scaled.source = {0, 0, 512, 384};
  EXPECT_EQ(plan_of({scaled}), "7:composed (scaled, cropped or turned)");
  Layer cropped = bench.source.fullscreen(7, 1001);
  cropped.buffer_size = {2048, 768};
  EXPECT_EQ(plan_of({cropped}), "7:composed (scaled, cropped or turned)");
  Layer turned = bench.source.fullscreen(7, 1001);
  turned.transform = Transform::R180;
  EXPECT_EQ(plan_of({turned}), "7:composed (scaled, cropped or turned)");
  Layer larger = FakeSource::window(7, 1001, {-10, -10, 1100, 900});
  EXPECT_EQ(plan_of({larger}), "7:composed (scaled, cropped or turned)");
}

TEST_F(PlanePlannerTest, AFormatThatThePlaneDoesNotTakeIsComposed) {
  Layer layer = bench.source.fullscreen(7, 1001);
  layer.format.modifier = I915_FORMAT_MOD_X_TILED;
  EXPECT_EQ(plan_of({layer}), "7:composed (format and modifier not taken by a plane)");
}

TEST_F(PlanePlannerTest, ABufferWithoutAFramebufferIsComposed) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1099)}), "7:composed (no framebuffer of the buffer)");
}

TEST_F(PlanePlannerTest, AWindowAboveComposesBoth) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::window(9, 1003, window_place)}),
            "7:composed (something above it), 9:composed (does not cover the output)");
}

TEST_F(PlanePlannerTest, AWindowOutsideTheOutputIsNotAbove) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::window(9, 1003, {2000, 0, 100, 100})}),
            "7:plane 131, 9:hidden");
}

TEST_F(PlanePlannerTest, AHiddenLayerIsNeitherDrawnNorUploadedButItsClientGoesOn) {
  const CommitId hidden = bench.source.commit(FakeSource::window(5, 1003, {120, 120, 50, 50}, BufferKind::Shm));
  EXPECT_EQ(plan_of({FakeSource::window(9, 1004, window_place)}), "5:hidden, 9:composed (does not cover the output)");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, std::vector{SurfaceId{9}});
  EXPECT_TRUE(bench.composer.uploads.empty());
  EXPECT_EQ(bench.source.fate(hidden).presented, 1);
  EXPECT_EQ(bench.source.fate(hidden).callbacks, 1);
  EXPECT_EQ(bench.observer.all(FrameEventKind::Placed)[0].flags, 1) << "the trace says hidden, not composed";
}

TEST_F(PlanePlannerTest, ATranslucentLayerHidesNothing) {
  Layer glass = FakeSource::window(9, 1004, window_place);
  glass.alpha = 0.5F;
  EXPECT_EQ(plan_of({FakeSource::window(5, 1003, {120, 120, 50, 50}), glass}),
            "5:composed (does not cover the output), 9:composed (does not cover the output)");
}

TEST_F(PlanePlannerTest, ATestCommitThatFailsComposes) {
  bench.device.test_rule = [](const OutputState& state) {
    return state.planes[0].buffer == BufferId{1001} ? EINVAL : 0;
  };
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001)}), "7:composed (test commit rejected)");
  EXPECT_EQ(bench.device.failed_submits, 0U);
  EXPECT_EQ(bench.observer.last(FrameEventKind::TestCommit).value, static_cast<std::uint64_t>(EINVAL));
}

TEST_F(PlanePlannerTest, NoTestCommitWhenOnlyBuffersChanged) {
  plan_of({bench.source.fullscreen(7, 1001)});
  plan_of({bench.source.fullscreen(7, 1002)}); // The first without a modeset asks once more.
  const std::size_t asked = bench.device.tests;
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001 + i % 2)}), "7:plane 131");
  EXPECT_EQ(bench.device.tests, asked);
  EXPECT_EQ(bench.observer.count(FrameEventKind::TestCommit), asked);
}

TEST_F(PlanePlannerTest, ARejectedTestIsNotAskedEachFrame) {
  bench.device.test_rule = [](const OutputState&) { return EINVAL; };
  plan_of({bench.source.fullscreen(7, 1001)});
  plan_of({bench.source.fullscreen(7, 1002)});
  const std::size_t asked = bench.device.tests;
  for (std::uint64_t i = 0; i < 20; ++i)
    plan_of({bench.source.fullscreen(7, 1001 + i % 2)});
  EXPECT_EQ(bench.device.tests, asked);
}

TEST_F(PlanePlannerTest, AnotherFormatIsAnotherPlan) {
  plan_of({bench.source.fullscreen(7, 1001)});
  plan_of({bench.source.fullscreen(7, 1002)});
  const std::size_t asked = bench.device.tests;
  Layer layer = bench.source.fullscreen(7, 1003);
  layer.format.fourcc = DRM_FORMAT_ARGB8888;
  plan_of({layer});
  EXPECT_EQ(bench.device.tests, asked + 1);
}

// The cursor.

TEST_F(PlanePlannerTest, TheCursorGoesOnItsPlaneAboveADirectLayer) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::cursor(3, 1005, {10, 20})}),
            "7:plane 131, 3:plane 141");
  ASSERT_EQ(bench.device.on_screen().planes.size(), 2U);
  EXPECT_EQ(bench.device.on_screen().planes[1].dest, (Rect{10, 20, 64, 64}));
  EXPECT_TRUE(bench.composer.draws.empty());
}

TEST_F(PlanePlannerTest, TheCursorGoesOnItsPlaneAboveAComposition) {
  EXPECT_EQ(plan_of({FakeSource::window(7, 1001, window_place), FakeSource::cursor(3, 1005, {10, 20})}),
            "7:composed (does not cover the output), 3:plane 141");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, std::vector{SurfaceId{7}});
}

TEST_F(PlanePlannerTest, TheCursorMayReachBeyondTheOutput) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::cursor(3, 1005, {-8, -9})}),
            "7:plane 131, 3:plane 141");
  EXPECT_EQ(bench.device.on_screen().planes.at(1).dest, (Rect{-8, -9, 64, 64}));
}

TEST_F(PlanePlannerTest, ACursorOutsideTheOutputIsOnNoPlane) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::cursor(3, 1005, {1024, 0})}),
            "7:plane 131, 3:hidden");
  EXPECT_EQ(bench.device.on_screen().planes.size(), 1U);
}

TEST_F(PlanePlannerTest, ALargeCursorIsComposedAndSoIsWhatItLiesOn) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::cursor(3, 1005, {10, 20}, {65, 20})}),
            "7:composed (something above it), 3:composed (larger than the cursor plane)");
}

TEST_F(PlanePlannerTest, AColorAsACursorIsNotWhatItsPictureWas) {
  Layer cursor = FakeSource::cursor(3, 1005, {10, 20}, {1, 1});
  EXPECT_EQ(plan_of({cursor}), "3:plane 141");
  cursor.kind = BufferKind::Solid;
  EXPECT_EQ(plan_of({cursor}), "3:composed (format and modifier not taken by a plane)");
}

TEST_F(PlanePlannerTest, AScaledCursorIsComposed) {
  Layer cursor = FakeSource::cursor(3, 1005, {10, 20});
  cursor.dest.width *= 2;
  EXPECT_EQ(plan_of({cursor}), "3:composed (scaled, cropped or turned)");
}

TEST_F(PlanePlannerTest, OfTwoCursorsTheUpperIsOnThePlane) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::cursor(3, 1005, {10, 20}),
                     FakeSource::cursor(4, 1006, {12, 20})}),
            "7:composed (something above it), 3:composed (no plane free), 4:plane 141");
}

TEST_F(PlanePlannerTest, ACursorUnderAWindowIsComposed) {
  EXPECT_EQ(plan_of({FakeSource::cursor(3, 1005, {110, 110}), FakeSource::window(7, 1001, {120, 120, 50, 50})}),
            "3:composed (no plane free), 7:composed (does not cover the output)");
}

TEST_F(PlanePlannerTest, ACursorPlaneThatIsRefusedInATestIsComposed) {
  bench.device.test_rule = [](const OutputState& state) { return state.planes.size() > 1 ? EINVAL : 0; };
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), FakeSource::cursor(3, 1005, {10, 20})}),
            "7:composed (test commit rejected), 3:composed (test commit rejected)");
  EXPECT_EQ(bench.composer.draws.at(0).surfaces, (std::vector{SurfaceId{7}, SurfaceId{3}}));
  EXPECT_EQ(bench.device.tests, 1U) << "the composed image is of the same kind as the client's: the answer is known";
}

TEST(PlanePlannerNoCursorPlane, TheCursorIsComposed) {
  OutputBench bench({fake_output(1, {1024, 768}, {})});
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(16);
  EXPECT_EQ(bench.plan(), "7:composed (something above it), 3:composed (no plane free)");
}

// Without a composer.

TEST(PlanePlannerNoComposer, WhatAPlaneTakesIsShown) {
  OutputBench bench({fake_output()}, false);
  bench.commit(FakeSource::window(5, 1003, window_place, BufferKind::Shm));
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(16);
  EXPECT_EQ(bench.plan(), "5:hidden, 7:plane 131, 3:plane 141");
}

TEST(PlanePlannerNoComposer, TheRestIsNotShownAndNotPresented) {
  OutputBench bench({fake_output(1, {1024, 768}, {})}, false);
  const CommitId below = bench.commit(bench.source.fullscreen(7, 1001));
  const CommitId cursor = bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(16);
  EXPECT_EQ(bench.plan(), "7:plane 131, 3:composed (no renderer)");
  EXPECT_EQ(bench.source.fate(below).presented, 1);
  EXPECT_EQ(bench.source.fate(cursor).presented, 0);
  EXPECT_EQ(bench.source.fate(cursor).discarded, 1);
  EXPECT_EQ(bench.source.fate(cursor).callbacks, 1);
}

TEST(PlanePlannerNoComposer, ADirectLayerIsShownWithoutItsCursorRatherThanNotAtAll) {
  OutputBench bench({fake_output()}, false);
  bench.device.rule = [](const OutputState& state) { return state.planes.size() > 1 ? EINVAL : 0; };
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(16);
  EXPECT_EQ(bench.plan(), "7:plane 131, 3:composed (no renderer)");
}

} // namespace
} // namespace fenceline::test
