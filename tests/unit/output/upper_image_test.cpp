// The composed image above what is scanned out: when there is one, what is in it, and when it is drawn.
#include <drm_fourcc.h>

#include "compositor/output/capture.h"
#include "compositor/output/overlay_choice.h"
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr Rect west{50, 50, 200, 150}, over_west{150, 100, 200, 150}, east{600, 50, 200, 150};
constexpr PlaneId primary{131}, top{153};

/// Primary plane 131, overlays 151 to 153, cursor plane 141.
OutputInfo three_overlays() {
  OutputInfo info = fake_output();
  for (unsigned i = 0; i < 3; ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {PlaneId{151 + i},
                        PlaneType::Overlay,
                        {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}}});
  return info;
}

struct UpperBench : OutputBench {
  explicit UpperBench(OutputInfo info = three_overlays()) : OutputBench({std::move(info)}) {}
  [[nodiscard]] Layer game(std::uint64_t buffer) { return source.fullscreen(5, buffer); }
  static Layer popup(Rect at = west) { return FakeSource::window(7, 1010, at, BufferKind::Shm); }
};

TEST(UpperImage, APopupOverAGameIsComposedAloneAndOnce) {
  UpperBench bench;
  EXPECT_EQ(bench.plan_of({bench.game(1001), UpperBench::popup()}), "5:plane 131, 7:composed (not a dma-buf)");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  const FakeComposer::Draw drawn = bench.composer.draws[0];
  EXPECT_TRUE(drawn.transparent);
  EXPECT_EQ(drawn.surfaces, std::vector{SurfaceId{7}});
  EXPECT_EQ(drawn.size, (Size{256, 192})) << "its box, in steps";
  EXPECT_EQ(drawn.places, (std::vector{Rect{0, 0, 200, 150}}));
  ASSERT_NE(bench.on(top), nullptr);
  EXPECT_EQ(bench.on(top)->buffer, drawn.target);
  EXPECT_EQ(bench.on(top)->source, (FRect{0, 0, 256, 192}));
  EXPECT_EQ(bench.on(top)->dest, (Rect{50, 50, 256, 192}));
  EXPECT_EQ(bench.on(primary)->buffer, BufferId{1001});
  const std::size_t asked = bench.device.tests;
  for (std::uint64_t i = 0; i < 30; ++i)
    bench.plan_of({bench.game(1002 + i % 2)});
  EXPECT_EQ(bench.composer.draws.size(), 1U) << "the game's frames draw nothing";
  EXPECT_LE(bench.device.tests, asked + 3) << "those without a modeset";
  EXPECT_EQ(bench.plan(), "5:plane 131, 7:composed (not a dma-buf)");
  EXPECT_EQ(bench.on(top)->buffer, drawn.target);
}

TEST(UpperImage, ASteadyFrameAsksNothing) {
  UpperBench bench;
  bench.plan_of({bench.game(1001), UpperBench::popup(), FakeSource::window(9, 1011, east)});
  bench.plan_of({bench.game(1002)});
  const std::size_t asked = bench.device.tests;
  for (std::uint64_t i = 0; i < 1000; ++i)
    bench.plan_of({bench.game(1001 + i % 3), FakeSource::window(9, 1011 + i % 3, east)});
  EXPECT_EQ(bench.device.tests, asked);
  EXPECT_EQ(bench.device.on_screen().planes.size(), 3U);
}

TEST(UpperImage, TheGamesClientIsToldThatNothingWasCopiedAndThePopupsThatItWas) {
  UpperBench bench;
  const CommitId game = bench.source.commit(bench.game(1001));
  const CommitId popup = bench.commit(UpperBench::popup());
  bench.run_to(48);
  EXPECT_TRUE(bench.source.fate(game).zero_copy);
  EXPECT_EQ(bench.source.fate(popup).presented, 1);
  EXPECT_FALSE(bench.source.fate(popup).zero_copy);
  EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition), 4U * 200 * 150);
}

TEST(UpperImage, MovingWhatIsInItMovesThePlaneAndDrawsNothing) {
  UpperBench bench;
  Layer arrow = FakeSource::cursor(3, 1012, {60, 60}, {65, 20}); // Too large for the cursor plane.
  EXPECT_EQ(bench.plan_of({bench.game(1001), arrow}), "5:plane 131, 3:composed (larger than the cursor plane)");
  EXPECT_EQ(bench.on(top)->dest, (Rect{60, 60, 128, 64}));
  const std::size_t drawn = bench.composer.draws.size();
  bench.source.move(SurfaceId{3}, {300, 200});
  bench.plan_of({bench.game(1002)});
  const std::size_t asked = bench.device.tests;
  EXPECT_EQ(bench.on(top)->dest, (Rect{300, 200, 128, 64}));
  EXPECT_EQ(bench.composer.draws.size(), drawn);
  bench.source.move(SurfaceId{3}, {1000, 760});
  bench.plan_of({bench.game(1001)});
  EXPECT_EQ(bench.on(top)->dest, (Rect{1024 - 64, 768 - 64, 64, 64})) << "inside the output";
  EXPECT_EQ(bench.composer.draws.size(), drawn + 1) << "the arrow is elsewhere in it";
  EXPECT_LE(bench.device.tests, asked + 1);
}

TEST(UpperImage, WithADesktopBelowThereAreTwoImages) {
  UpperBench bench;
  Layer wall = FakeSource::window(4, 1013, {0, 0, 1024, 768}, BufferKind::Shm);
  EXPECT_EQ(bench.plan_of({wall, FakeSource::window(6, 1001, west), UpperBench::popup(over_west)}),
            "4:composed (not a dma-buf), 6:plane 152, 7:composed (not a dma-buf)");
  ASSERT_EQ(bench.composer.draws.size(), 2U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, std::vector{SurfaceId{4}});
  EXPECT_FALSE(bench.composer.draws[0].transparent);
  EXPECT_EQ(bench.composer.draws[1].surfaces, std::vector{SurfaceId{7}});
  EXPECT_TRUE(bench.composer.draws[1].transparent);
  bench.plan_of({FakeSource::window(6, 1002, west)});
  EXPECT_EQ(bench.composer.draws.size(), 2U);
  bench.plan_of({UpperBench::popup(over_west)});
  ASSERT_EQ(bench.composer.draws.size(), 3U) << "only the one that has changed";
  EXPECT_TRUE(bench.composer.draws[2].transparent);
}

TEST(UpperImage, WhatLiesOverWhatIsInItFollows) {
  UpperBench bench;
  EXPECT_EQ(bench.plan_of({bench.game(1001), UpperBench::popup(), FakeSource::window(9, 1002, over_west),
                           FakeSource::window(10, 1003, east)}),
            "5:plane 131, 7:composed (not a dma-buf), 9:composed (no plane free), 10:plane 152");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, (std::vector{SurfaceId{7}, SurfaceId{9}}));
}

TEST(UpperImage, WhatCostsLessWins) {
  UpperBench bench;
  // Nothing below changes: drawing all of it once is as well as an image of the same size above it.
  Layer still = FakeSource::window(6, 1001, west);
  const Layer busy = FakeSource::window(7, 1010, {0, 0, 1024, 768}, BufferKind::Shm);
  Layer glass = busy;
  glass.format.fourcc = DRM_FORMAT_ARGB8888;
  glass.opaque.clear();
  bench.plan_of({still});
  for (int i = 0; i < 20; ++i)
    bench.plan_of({});
  for (int i = 0; i < 20; ++i)
    bench.plan_of({glass});
  EXPECT_EQ(bench.on(top), nullptr) << bench.plan();
  EXPECT_EQ(bench.plan(), "6:composed (something above it), 7:composed (not a dma-buf)");
}

TEST(UpperImage, ADisplayThatRefusesItHasItAllInOneImage) {
  UpperBench bench;
  bench.device.rule = [](const OutputState& state) { return state.planes.size() > 1 ? EINVAL : 0; };
  EXPECT_EQ(bench.plan_of({bench.game(1001), UpperBench::popup()}),
            "5:composed (something above it), 7:composed (not a dma-buf)");
  EXPECT_EQ(bench.device.failed_submits, 0U);
}

TEST(UpperImage, ACommitWithItThatIsRejectedIsShownWithoutAndItIsNotTriedAtOnce) {
  UpperBench bench;
  bench.device.submit_errors = {EINVAL};
  bench.plan_of({bench.game(1001), UpperBench::popup()});
  EXPECT_EQ(bench.on(top), nullptr);
  ASSERT_NE(bench.on(primary), nullptr);
  bench.plan_of({bench.game(1002)});
  EXPECT_EQ(bench.on(top), nullptr);
}

TEST(UpperImage, WithoutTestCommitsEverythingIsComposed) {
  OutputBench bench({three_overlays()}, true, 0);
  bench.source.commit(bench.source.fullscreen(5, 1001));
  bench.source.commit(FakeSource::cursor(3, 1012, {400, 400}));
  bench.commit(UpperBench::popup());
  bench.run_to(32);
  EXPECT_EQ(bench.device.tests, 0U);
  EXPECT_EQ(bench.device.on_screen().planes.size(), 1U);
  EXPECT_EQ(bench.composer.draws.back().surfaces, (std::vector{SurfaceId{5}, SurfaceId{3}, SurfaceId{7}}));
}

TEST(UpperImage, AnOverlayWithoutAlphaIsNoneForIt) {
  OutputInfo info = three_overlays();
  for (PlaneInfo& plane : info.planes)
    if (plane.type == PlaneType::Overlay && plane.id != PlaneId{151})
      plane.formats = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}};
  UpperBench bench(info);
  bench.plan_of({bench.game(1001), UpperBench::popup()});
  EXPECT_NE(bench.on(PlaneId{151}), nullptr) << bench.plan();
  for (PlaneInfo& plane : info.planes)
    if (plane.type == PlaneType::Overlay)
      plane.formats = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}};
  UpperBench none(info);
  EXPECT_EQ(none.plan_of({none.game(1001), UpperBench::popup()}),
            "5:composed (something above it), 7:composed (not a dma-buf)");
}

TEST(UpperImage, EachImageHasItsOwnFence) {
  UpperBench bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(5);
  Layer wall = FakeSource::window(4, 1013, {0, 0, 1024, 768}, BufferKind::Shm);
  bench.plan_of({wall, FakeSource::window(6, 1001, west), UpperBench::popup(over_west)});
  EXPECT_TRUE(bench.on(primary)->in_fence.valid());
  EXPECT_FALSE(bench.on(PlaneId{152})->in_fence.valid());
  EXPECT_TRUE(bench.on(top)->in_fence.valid());
}

TEST(UpperImage, TheCommitWaitsForBothWhereTheyComeLater) {
  for (const int errors : {0, 1}) {
    UpperBench bench;
    bench.composer.mode = FakeComposer::Mode::DoneLater;
    bench.composer.gpu_time = ms(5);
    bench.composer.late_errors = errors;
    Layer wall = FakeSource::window(4, 1013, {0, 0, 1024, 768}, BufferKind::Shm);
    bench.plan_of({wall, FakeSource::window(6, 1001, west), UpperBench::popup(over_west)});
    bench.loop.advance(ms(100));
    EXPECT_EQ(bench.device.on_screen().planes.size(), 3U) << errors;
    EXPECT_EQ(bench.composer.draws.size(), errors == 0 ? 2U : 4U) << "one that fails is drawn again, as is the other";
  }
}

TEST(UpperImage, IsNeverDrawnToWhileItIsShown) {
  UpperBench bench;
  bench.plan_of({bench.game(1001), UpperBench::popup()});
  for (std::uint64_t i = 0; i < 20; ++i) {
    bench.source.commit(UpperBench::popup());
    bench.commit(bench.game(1001 + i % 3));
    bench.loop.advance(ms(11));
    ASSERT_FALSE(bench.composer.draws.empty());
  }
  EXPECT_EQ(bench.composer.drawn_over, 0U);
}

TEST(UpperImage, AScreenshotHasIt) {
  UpperBench bench;
  bench.plan_of({bench.game(1001), UpperBench::popup()});
  std::vector<Capture> captures;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) {
    ASSERT_TRUE(capture);
    captures.push_back(std::move(*capture));
  }));
  ASSERT_EQ(captures.size(), 1U);
  ASSERT_EQ(captures[0].pieces.size(), 2U);
  EXPECT_TRUE(captures[0].pieces[1].alpha);
  EXPECT_EQ(captures[0].pieces[1].dest, (Rect{50, 50, 256, 192}));
}

OverlayWish wish(Rect seen, std::uint64_t planes, std::uint64_t worth = 1) {
  return {seen, planes, worth};
}

TEST(ChooseAround, KeepsTheOrderOfWhatOverlaps) {
  // wall (composed), video, popup over the video (composed), window over the popup, window beside.
  const std::vector<OverlayWish> layers{wish({0, 0, 1000, 700}, 0), wish(west, 7, 9), wish(over_west, 0),
                                        wish({300, 200, 100, 100}, 7, 5), wish(east, 7, 4)};
  const auto places = choose_around(layers, {3, false}, LowerPart::Image);
  EXPECT_FALSE(places[0].above || places[0].overlay);
  EXPECT_EQ(places[1].overlay, 1U);
  EXPECT_TRUE(places[2].above);
  EXPECT_TRUE(places[3].above) << "over what is above";
  EXPECT_EQ(places[4].overlay, 2U);
}

TEST(ChooseAround, OverACoveringLayerNothingIsComposedBelow) {
  const std::vector<OverlayWish> layers{wish({0, 0, 1000, 700}, 0), wish(west, 0), wish(east, 1, 1), wish(east, 1, 2)};
  const auto places = choose_around(layers, {1, false}, LowerPart::FirstLayer);
  EXPECT_FALSE(places[0].above || places[0].overlay);
  EXPECT_TRUE(places[1].above);
  EXPECT_TRUE(places[2].above) << "worth less, and then";
  EXPECT_TRUE(places[3].above) << "what lies over it follows, though a plane is free";
}

TEST(ChooseAround, ThousandsOfLayersTakeNoTime) {
  std::vector<OverlayWish> layers;
  for (std::int32_t i = 0; i < 20'000; ++i)
    layers.push_back(wish({i % 100, i / 100, 50, 50}, i % 2 == 0 ? 255 : 0, static_cast<std::uint64_t>(i)));
  const auto places = choose_around(layers, {8, false}, LowerPart::Image);
  EXPECT_EQ(places.size(), layers.size());
}

} // namespace
} // namespace fenceline::test
