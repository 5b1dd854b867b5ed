// Overlay planes: what goes on them, in which order, what a test commit's refusal does, and what is held and told.
#include <drm_fourcc.h>

#include "compositor/output/capture.h"
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

/// Primary plane 131, overlays 151, 152 and so on, cursor plane 141.
OutputInfo with_overlays(unsigned count) {
  OutputInfo info = fake_output();
  for (unsigned i = 0; i < count; ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {PlaneId{151 + i},
                        PlaneType::Overlay,
                        {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR}}});
  return info;
}

constexpr Rect west{50, 50, 200, 150}, east{600, 50, 200, 150}, over_west{150, 100, 200, 150};

struct OverlayBench : OutputBench {
  explicit OverlayBench(unsigned count) : OutputBench({with_overlays(count)}) {}

  /// Planes of the screen, with their buffers.
  [[nodiscard]] std::string screen() {
    std::string text;
    for (const PlaneState& plane : device.on_screen().planes)
      text += fmt::format("{}:{} ", static_cast<unsigned>(plane.plane),
                          static_cast<std::uint64_t>(plane.buffer) >= 1001 &&
                                  static_cast<std::uint64_t>(plane.buffer) < 2000
                              ? static_cast<std::uint64_t>(plane.buffer)
                              : 0);
    return text;
  }
};

TEST(Overlays, TwoWindowsAreOnPlanesOverAnImageThatIsDrawnOnce) {
  OverlayBench bench(2);
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1001, west), FakeSource::window(9, 1002, east)}),
            "7:plane 151, 9:plane 152");
  EXPECT_EQ(bench.screen(), "131:0 151:1001 152:1002 ");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_TRUE(bench.composer.draws[0].surfaces.empty()) << "black";
  const std::size_t asked = bench.device.tests;
  for (std::uint64_t i = 0; i < 10; ++i)
    bench.plan_of({FakeSource::window(7, 1003 + i % 2, west), FakeSource::window(9, 1005 + i % 2, east)});
  EXPECT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_LE(bench.device.tests, asked + 1) << "one more without a modeset";
  EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition), 0U);
}

TEST(Overlays, AWindowOverACoveringOneDrawsNothingAtAll) {
  OverlayBench bench(1);
  EXPECT_EQ(bench.plan_of({bench.source.fullscreen(5, 1001), FakeSource::window(7, 1002, west),
                           FakeSource::cursor(3, 1005, {10, 20})}),
            "5:plane 131, 7:plane 151, 3:plane 141");
  EXPECT_TRUE(bench.composer.draws.empty());
  EXPECT_EQ(bench.device.on_screen().planes.size(), 3U);
  EXPECT_EQ(bench.device.on_screen().planes[1].dest, west);
}

TEST(Overlays, WhatLiesUnderSomethingComposedIsComposed) {
  OverlayBench bench(2);
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1001, west), FakeSource::window(8, 1002, east),
                           FakeSource::window(9, 1003, over_west, BufferKind::Shm)}),
            "7:composed (something above it), 8:plane 152, 9:composed (not a dma-buf)");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, (std::vector{SurfaceId{7}, SurfaceId{9}}));
}

TEST(Overlays, OverWhatIsComposedAWindowIsOnItsPlane) {
  OverlayBench bench(1);
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1001, west, BufferKind::Shm), FakeSource::window(9, 1003, over_west)}),
            "7:composed (not a dma-buf), 9:plane 151");
}

TEST(Overlays, ACursorThatIsComposedHidesNothingThatItShouldShow) {
  OverlayBench bench(2);
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1001, west), FakeSource::window(9, 1002, east),
                           FakeSource::cursor(3, 1005, {60, 60}, {65, 20})}),
            "7:composed (something above it), 9:plane 152, 3:composed (larger than the cursor plane)");
}

TEST(Overlays, AlphaIsThePlanesToBlendButAFadedWindowIsComposed) {
  OverlayBench bench(2);
  Layer glass = FakeSource::window(7, 1001, west);
  glass.format.fourcc = DRM_FORMAT_ARGB8888;
  glass.opaque.clear();
  EXPECT_EQ(bench.plan_of({glass}), "7:plane 152");
  glass.alpha = 0.5F;
  EXPECT_EQ(bench.plan_of({glass}), "7:composed (faded)");
}

TEST(Overlays, WhatIsTurnedOrFadedGoesOnAPlaneThatDoesThat) {
  OutputInfo info = with_overlays(3);
  info.planes[1].alpha = true;
  info.planes[2].transforms = 0b10'0010; // R90 and Flipped90
  OutputBench bench({info});
  Layer glass = FakeSource::window(7, 1001, west), across = FakeSource::window(9, 1002, east);
  glass.alpha = 0.5F;
  across.transform = Transform::Flipped90;
  std::swap(across.buffer_size.width, across.buffer_size.height);
  std::swap(across.source.width, across.source.height);
  bench.source.commit(glass);
  bench.commit(across);
  bench.run_to(16);
  EXPECT_EQ(bench.plan(), "7:plane 151, 9:plane 152");
  ASSERT_EQ(bench.device.on_screen().planes.size(), 3U);
  EXPECT_EQ(bench.device.on_screen().planes[1].alpha, 0.5F);
  EXPECT_EQ(bench.device.on_screen().planes[2].transform, Transform::Flipped90);
  across.transform = Transform::R270;
  bench.commit(across);
  bench.run_to(48);
  EXPECT_EQ(bench.plan(), "7:plane 151, 9:composed (scaled, cropped or turned)");
  EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition), 4U * 200 * 150) << "the other one alone";
}

TEST(Overlays, TurnedOrFadedIsAQuestionOfItsOwn) {
  OutputInfo info = with_overlays(1);
  info.planes[1].alpha = true;
  info.planes[1].transforms = 0b101;
  OutputBench bench({info});
  bench.device.test_rule = [](const OutputState& state) {
    return state.planes.size() > 1 && state.planes[1].transform != Transform::Normal ? EINVAL : 0;
  };
  Layer layer = FakeSource::window(7, 1001, west);
  std::int64_t now = 0;
  const auto plan_of = [&] {
    bench.commit(layer);
    bench.run_to(now += 32);
    return bench.plan();
  };
  EXPECT_EQ(plan_of(), "7:plane 151");
  layer.transform = Transform::R180;
  EXPECT_EQ(plan_of(), "7:composed (test commit rejected)");
  layer.transform = Transform::Normal;
  EXPECT_EQ(plan_of(), "7:plane 151");
  const std::size_t asked = bench.device.tests;
  layer.alpha = 0.5F;
  EXPECT_EQ(plan_of(), "7:plane 151");
  EXPECT_EQ(bench.device.tests, asked + 1);
  layer.alpha = 0.25F;
  EXPECT_EQ(plan_of(), "7:plane 151");
  EXPECT_EQ(bench.device.tests, asked + 1) << "how much does not matter";
}

TEST(Overlays, APlaneThatKnowsNoAlphaShowsOnlyWhatIsOpaque) {
  OutputInfo info = with_overlays(1);
  info.planes[1].formats = {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}};
  OutputBench bench({info});
  Layer layer = FakeSource::window(7, 1001, west);
  layer.format.fourcc = DRM_FORMAT_ARGB8888;
  bench.commit(layer);
  bench.run_to(16);
  EXPECT_EQ(bench.plan(), "7:plane 151");
  layer.opaque = Region(Rect{west.x, west.y, west.width, west.height - 1});
  bench.commit(layer);
  bench.run_to(48);
  EXPECT_EQ(bench.plan(), "7:composed (format and modifier not taken by a plane)");
}

TEST(Overlays, ScalingIsTheDisplaysToRefuse) {
  OverlayBench bench(1);
  Layer layer = FakeSource::window(7, 1001, west);
  layer.dest.width *= 2;
  EXPECT_EQ(bench.plan_of({layer}), "7:plane 151");
  bench.device.rule = [](const OutputState& state) {
    for (const PlaneState& plane : state.planes)
      if (plane.source.width != plane.dest.width)
        return EINVAL;
    return 0;
  };
  layer.dest.width += 10;
  EXPECT_EQ(bench.plan_of({layer}), "7:composed (test commit rejected)");
  layer.transform = Transform::R90;
  EXPECT_EQ(bench.plan_of({layer}), "7:composed (scaled, cropped or turned)");
}

TEST(Overlays, WithTooFewWhatChangesMostIsOnThem) {
  OverlayBench bench(1);
  bench.plan_of({FakeSource::window(7, 1001, west), FakeSource::window(9, 1002, east)});
  for (std::uint64_t i = 0; i < 10; ++i)
    bench.plan_of({FakeSource::window(7, 1003 + i % 2, west)});
  EXPECT_EQ(bench.plan(), "7:plane 151, 9:composed (no plane free)");
  for (std::uint64_t i = 0; i < 20; ++i)
    bench.plan_of({FakeSource::window(9, 1005 + i % 2, east)});
  EXPECT_EQ(bench.plan(), "7:composed (no plane free), 9:plane 151");
  const std::size_t draws = bench.composer.draws.size();
  for (std::uint64_t i = 0; i < 10; ++i)
    bench.plan_of({FakeSource::window(9, 1005 + i % 2, east)});
  EXPECT_EQ(bench.composer.draws.size(), draws) << "and nothing is drawn for it";
}

TEST(Overlays, WhenAllIsTooMuchTheyAreAskedForOneByOne) {
  OverlayBench bench(3);
  bench.device.rule = [](const OutputState& state) { return state.planes.size() > 3 ? EINVAL : 0; };
  EXPECT_EQ(bench.plan_of({FakeSource::window(6, 1001, west), FakeSource::window(7, 1002, {300, 400, 100, 100}),
                           FakeSource::window(8, 1003, east)}),
            "6:plane 152, 7:composed (test commit rejected), 8:plane 153");
  EXPECT_EQ(bench.device.failed_submits, 0U);
}

TEST(Overlays, AFrameHasEightTestCommitsAndTheNextGoesOn) {
  OverlayBench bench(12);
  std::vector<Layer> layers;
  for (std::uint32_t i = 0; i < 12; ++i)
    layers.push_back(FakeSource::window(
        10 + i, 1001 + i, {static_cast<std::int32_t>(i) * 80, 0, 70, 300 - static_cast<std::int32_t>(i)}));
  // All at once is refused, and so is each with the buffer of the smallest.
  bench.device.test_rule = [](const OutputState& state) {
    for (const PlaneState& plane : state.planes)
      if (plane.dest.height == 289)
        return EINVAL;
    return 0;
  };
  for (Layer& layer : layers)
    bench.source.commit(layer);
  bench.set->schedule_all();
  bench.run_to(16);
  EXPECT_EQ(bench.device.tests, PlanePlanner::default_tests);
  EXPECT_NE(bench.plan().find("no test commit left in this frame"), std::string::npos);
  for (int frame = 0; frame < 4; ++frame) {
    bench.source.commit(layers[0]);
    bench.set->schedule_all();
    bench.loop.advance(ms(16));
  }
  EXPECT_EQ(bench.plan().find("no test commit left"), std::string::npos) << bench.plan();
  EXPECT_NE(bench.plan().find("21:composed (test commit rejected)"), std::string::npos) << bench.plan();
  EXPECT_NE(bench.plan().find("20:plane"), std::string::npos);
}

TEST(Overlays, ACommitThatIsRejectedIsShownWithoutPlanesAndTheyAreNotTriedAtOnce) {
  OverlayBench bench(1);
  bench.device.submit_errors = {EINVAL};
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1001, west)}), "7:composed (commit rejected)");
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1002, west)}), "7:composed (commit rejected)");
}

TEST(Overlays, TheirBuffersAreHeldUntilTheFlipThatReplacesThem) {
  std::vector<BufferId> shown_early; // Outlives the bench, which gives all of them back at its end.
  OverlayBench bench(1);
  bench.plan_of({FakeSource::window(7, 1001, west)});
  bench.source.on_release = [&](BufferId buffer) {
    if (bench.device.uses(buffer))
      shown_early.push_back(buffer);
  };
  for (std::uint64_t i = 0; i < 6; ++i)
    bench.plan_of({FakeSource::window(7, 1002 + i % 2, west)});
  EXPECT_TRUE(shown_early.empty());
  EXPECT_GE(bench.source.released.size(), 5U);
}

TEST(Overlays, TheirClientsAreToldThatNothingWasCopied) {
  OverlayBench bench(1);
  const CommitId commit = bench.commit(FakeSource::window(7, 1001, west));
  bench.run_to(32);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_TRUE(bench.source.fate(commit).zero_copy);
}

TEST(Overlays, AScreenshotHasThem) {
  OverlayBench bench(1);
  bench.plan_of({bench.source.fullscreen(5, 1001), FakeSource::window(7, 1002, west)});
  std::vector<Capture> captures;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) {
    ASSERT_TRUE(capture);
    captures.push_back(std::move(*capture));
  }));
  ASSERT_EQ(captures.size(), 1U);
  EXPECT_EQ(bench.composer.read_backs, (std::vector{BufferId{1001}, BufferId{1002}}));
  const std::vector<std::uint32_t> pixels = flatten(captures.front());
  const auto at = [&pixels](int x, int y) {
    return pixels.at(static_cast<std::size_t>(y) * 1024 + static_cast<std::size_t>(x));
  };
  const auto grey = [](std::uint64_t buffer) { return 0xff000000U | FakeComposer::grey_of(BufferId{buffer}); };
  EXPECT_EQ(at(49, 50), grey(1001));
  EXPECT_EQ(at(50, 50), grey(1002));
  EXPECT_EQ(at(249, 199), grey(1002));
  EXPECT_EQ(at(250, 199), grey(1001));
}

TEST(Overlays, TwoOfAKindDoNotChangePlacesForEver) {
  OverlayBench bench(1);
  bench.plan_of({FakeSource::window(7, 1001, west), FakeSource::window(9, 1002, east)});
  const auto turn = [&](std::uint64_t i) {
    return i % 2 == 0 ? bench.plan_of({FakeSource::window(7, 1003 + i / 2 % 2, west)})
                      : bench.plan_of({FakeSource::window(9, 1005 + i / 2 % 2, east)});
  };
  for (std::uint64_t i = 0; i < 20; ++i)
    turn(i);
  const std::string settled = bench.plan();
  for (std::uint64_t i = 0; i < 20; ++i)
    EXPECT_EQ(turn(i), settled) << i;
}

TEST(Overlays, ABufferThatCantBeShownThereJustNowIsTriedAgain) {
  OverlayBench bench(1);
  bench.device.submit_errors = {ENOENT};
  bench.plan_of({FakeSource::window(7, 1001, west)});
  EXPECT_EQ(bench.plan_of({FakeSource::window(7, 1002, west)}), "7:plane 151");
}

TEST(Overlays, TheCursorIsAskedForHoweverManyTestsAreSpent) {
  OverlayBench bench(12);
  std::vector<Layer> layers;
  for (std::uint32_t i = 0; i < 12; ++i)
    layers.push_back(FakeSource::window(10 + i, 1001 + i, {static_cast<std::int32_t>(i) * 80, 0, 70, 300}));
  layers.push_back(FakeSource::cursor(3, 1015, {10, 500}));
  bench.device.test_rule = [](const OutputState& state) { return state.planes.size() > 2 ? EINVAL : 0; };
  for (Layer& layer : layers)
    bench.source.commit(layer);
  bench.set->schedule_all();
  bench.run_to(16);
  EXPECT_NE(bench.plan().find("3:plane 141"), std::string::npos) << bench.plan();
}

} // namespace
} // namespace fenceline::test
