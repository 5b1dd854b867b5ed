// A composer that is loaded on demand, as the outputs see it: what planes show until it is there, and afterwards.
#include "compositor/output/composer_gate.h"

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

struct FakeGate final : ComposerGate {
  [[nodiscard]] State state() const override { return now; }
  void want() override { ++wants; }
  State now = State::Closed;
  int wants = 0;
};

struct GateOwner {
  FakeGate gate;
};

struct GateBench : GateOwner, OutputBench {
  explicit GateBench(std::vector<OutputInfo> infos = {fake_output()})
      : OutputBench(std::move(infos), true, PlanePlanner::default_tests, &gate) {}

  void change(ComposerGate::State state) {
    gate.now = state;
    set->composer_changed();
  }
  /// What is on the primary plane.
  [[nodiscard]] BufferId primary() { return device.on_screen().planes.at(0).buffer; }
  [[nodiscard]] bool black() { return device.blacks.contains(primary()); }
  [[nodiscard]] bool untouched() const {
    return composer.draws.empty() && composer.uploads.empty() && composer.targets.empty();
  }
};

std::vector<OutputInfo> with_overlay() {
  OutputInfo info = fake_output();
  info.planes.push_back({PlaneId{151}, PlaneType::Overlay, {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}}});
  return {info};
}

TEST(ComposerGateTest, AnEmptyDesktopIsTheDisplaysOwnBlack) {
  GateBench bench;
  bench.set->schedule_all();
  bench.run_to(16);
  EXPECT_TRUE(bench.black());
  EXPECT_TRUE(bench.device.on_screen().modeset);
  EXPECT_EQ(bench.gate.wants, 0);
  EXPECT_TRUE(bench.untouched());
  EXPECT_EQ(bench.observer.last(FrameEventKind::Submit).flags, 0) << "nothing is composed";
  bench.run_to(3000);
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(ComposerGateTest, TheBlackImagesMemoryGoesWhenAClientCoversTheScreen) {
  GateBench bench;
  bench.set->schedule_all();
  bench.run_to(16);
  ASSERT_EQ(bench.device.blacks.size(), 1U);
  for (int i = 0; i < 4; ++i) {
    bench.commit(bench.source.fullscreen(7, static_cast<std::uint64_t>(1001 + i % 2)));
    bench.run_to(32 + 16 * i);
    EXPECT_FALSE(bench.black());
  }
  EXPECT_TRUE(bench.device.blacks.empty());
  bench.source.remove(SurfaceId{7});
  bench.set->schedule_all();
  bench.run_to(120);
  EXPECT_TRUE(bench.black());
}

TEST(ComposerGateTest, TheCursorOnItsPlaneNeedsNoComposer) {
  GateBench bench;
  bench.source.commit(FakeSource::cursor(3, 1005, {10, 20}), 0xff00ff00);
  bench.set->schedule_all();
  bench.run_to(16);
  ASSERT_EQ(bench.device.on_screen().planes.size(), 2U);
  EXPECT_TRUE(bench.black());
  EXPECT_EQ(bench.gate.wants, 0);
  EXPECT_TRUE(bench.untouched());
}

TEST(ComposerGateTest, ClientsBuffersOnPlanesNeedNoComposer) {
  GateBench bench(with_overlay());
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  EXPECT_EQ(bench.primary(), BufferId{1001});
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(48);
  ASSERT_EQ(bench.device.on_screen().planes.size(), 2U);
  EXPECT_EQ(bench.device.on_screen().planes[1].buffer, BufferId{1003});
  EXPECT_EQ(bench.gate.wants, 0);
  EXPECT_TRUE(bench.untouched());
}

TEST(ComposerGateTest, AWindowOverBlackNeedsNoComposer) {
  GateBench bench(with_overlay());
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(16);
  ASSERT_EQ(bench.device.on_screen().planes.size(), 2U);
  EXPECT_TRUE(bench.black());
  EXPECT_EQ(bench.device.on_screen().planes[1].buffer, BufferId{1003});
  EXPECT_EQ(bench.gate.wants, 0);
}

TEST(ComposerGateTest, WhatIsOnPlanesGoesOnWhileTheComposerIsLoaded) {
  GateBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  const CommitId window = bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(32);
  EXPECT_GT(bench.gate.wants, 0);
  for (int i = 0; i < 10; ++i) {
    const CommitId commit = bench.commit(bench.source.fullscreen(7, static_cast<std::uint64_t>(1001 + i % 2)));
    bench.run_to(48 + 16 * i);
    EXPECT_EQ(bench.primary(), BufferId(static_cast<std::uint64_t>(1001 + i % 2))) << i;
    EXPECT_EQ(bench.source.fate(commit).presented, 1) << i;
    EXPECT_TRUE(bench.source.fate(commit).zero_copy) << i;
  }
  EXPECT_TRUE(bench.untouched());
  EXPECT_EQ(bench.source.fate(window).presented, 0);
  EXPECT_TRUE(bench.source.taken.empty()) << "the window's pixels are still to be uploaded";

  bench.change(ComposerGate::State::Open);
  bench.run_to(240);
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, (std::vector{SurfaceId{7}, SurfaceId{9}}));
  EXPECT_EQ(bench.composer.uploads, std::vector{SurfaceId{9}});
  EXPECT_EQ(bench.primary(), bench.composer.draws[0].target);
}

// An opaque window over all of it hides what is below: that is no reason to show neither.
TEST(ComposerGateTest, WhatIsNewAndHidesTheRestIsWaitedForToo) {
  GateBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  Layer over = bench.source.fullscreen(9, 1003);
  over.kind = BufferKind::Shm;
  bench.commit(over);
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(32);
  EXPECT_EQ(bench.primary(), BufferId{1002});
  EXPECT_GT(bench.gate.wants, 0);
}

TEST(ComposerGateTest, WhereOnlyTheComposerCouldShowAnythingTheScreenIsBlackUntilItIsThere) {
  GateBench bench;
  const CommitId commit = bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(16);
  EXPECT_TRUE(bench.black());
  EXPECT_GT(bench.gate.wants, 0);
  EXPECT_EQ(bench.source.fate(commit).presented, 0);
  bench.change(ComposerGate::State::Open);
  bench.run_to(48);
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.primary(), bench.composer.draws[0].target);
  EXPECT_TRUE(bench.device.blacks.empty()) << "its memory is given back";
}

TEST(ComposerGateTest, WithoutOneAfterAllLayersAreRefusedAsWithoutAComposer) {
  GateBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(16);
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(32);
  bench.change(ComposerGate::State::Broken);
  bench.run_to(64);
  EXPECT_EQ(bench.primary(), BufferId{1001}) << "the last picture stays";
  const int wants = bench.gate.wants;
  // What is alone and covers the screen is shown.
  bench.source.remove(SurfaceId{9});
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  EXPECT_EQ(bench.primary(), BufferId{1002});
  EXPECT_EQ(bench.gate.wants, wants);
  EXPECT_TRUE(bench.untouched());
}

TEST(ComposerGateTest, ADisplayWithoutABlackImageHasTheComposerLoaded) {
  GateBench bench;
  bench.device.has_black = false;
  bench.set->schedule_all();
  bench.run_to(16);
  EXPECT_EQ(bench.device.flips(), 0U);
  EXPECT_GT(bench.gate.wants, 0);
  bench.change(ComposerGate::State::Open);
  bench.run_to(48);
  EXPECT_EQ(bench.device.flips(), 1U);
  EXPECT_EQ(bench.composer.draws.size(), 1U);
}

TEST(ComposerGateTest, ADisplayThatRefusesTheBlackImageHasTheComposerLoaded) {
  GateBench bench;
  bench.device.rule = [&bench](const OutputState& state) {
    for (const PlaneState& plane : state.planes)
      if (bench.device.blacks.contains(plane.buffer))
        return EINVAL;
    return 0;
  };
  bench.set->schedule_all();
  bench.run_to(16);
  EXPECT_GT(bench.gate.wants, 0);
  bench.change(ComposerGate::State::Open);
  bench.run_to(100);
  EXPECT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_GE(bench.device.flips(), 1U);
}

TEST(ComposerGateTest, APictureOfTheBlackScreenNeedsNoComposer) {
  GateBench bench;
  bench.set->schedule_all();
  bench.run_to(16);
  std::vector<std::uint32_t> pixels;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) {
    ASSERT_TRUE(capture);
    pixels = flatten(*capture);
  }));
  ASSERT_EQ(pixels.size(), 1024U * 768U);
  EXPECT_EQ(pixels[5], 0xff000000U);
  EXPECT_TRUE(bench.composer.read_backs.empty());
}

TEST(ComposerGateTest, WhileALostComposerIsMadeAnewItsLastPictureStays) {
  GateBench bench;
  bench.gate.now = ComposerGate::State::Open;
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(16);
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  const BufferId drawn = bench.primary();
  bench.change(ComposerGate::State::Closed);
  const CommitId during = bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(200);
  EXPECT_EQ(bench.primary(), drawn) << "not black";
  EXPECT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.device.flips(), 1U);
  EXPECT_EQ(bench.source.fate(during).presented, 0);
  EXPECT_GT(bench.gate.wants, 0);

  bench.change(ComposerGate::State::Open);
  bench.run_to(248);
  ASSERT_EQ(bench.composer.draws.size(), 2U);
  EXPECT_EQ(bench.composer.draws[1].surfaces, std::vector{SurfaceId{9}});
  EXPECT_NE(bench.primary(), drawn) << "no image of the lost one is drawn to";
  EXPECT_EQ(bench.primary(), bench.composer.draws[1].target);
}

TEST(ComposerGateTest, ADisplayThatWasSwitchedOffIsLitWhileALostComposerIsMadeAnew) {
  GateBench bench;
  bench.gate.now = ComposerGate::State::Open;
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(16);
  bench.set->set_power(OutputId{1}, false);
  bench.run_to(48);
  bench.change(ComposerGate::State::Closed);
  bench.set->set_power(OutputId{1}, true);
  bench.run_to(100);
  EXPECT_TRUE(bench.device.on_screen().active) << "black, at the least";
  bench.change(ComposerGate::State::Open);
  bench.run_to(160);
  EXPECT_EQ(bench.primary(), bench.composer.draws.back().target);
}

TEST(ComposerGateTest, AScreenshotOfWhatALostComposerDrewWaitsForTheNextPicture) {
  GateBench bench;
  bench.gate.now = ComposerGate::State::Open;
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(16);
  bench.change(ComposerGate::State::Closed);
  int taken = 0;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) { taken += capture ? 1 : 100; }));
  bench.run_to(100);
  EXPECT_EQ(taken, 0);
  bench.change(ComposerGate::State::Open);
  bench.run_to(200);
  EXPECT_EQ(taken, 1);

  bench.change(ComposerGate::State::Closed);
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) { taken += capture ? 1 : 100; }));
  bench.change(ComposerGate::State::Broken);
  bench.run_to(300);
  EXPECT_EQ(taken, 101) << "there will be none";
}

TEST(ComposerGateTest, WhatPlanesTakeIsShownWhileALostComposerIsMadeAnew) {
  GateBench bench;
  bench.gate.now = ComposerGate::State::Open;
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(16);
  bench.change(ComposerGate::State::Closed);
  bench.source.remove(SurfaceId{9});
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(48);
  EXPECT_EQ(bench.primary(), BufferId{1001});
}

TEST(ComposerGateTest, AnOutputThatComesWhenThereWillBeNoComposerKnowsIt) {
  GateBench bench;
  bench.change(ComposerGate::State::Broken);
  bench.device.set_outputs({fake_output(1), fake_output(2)});
  bench.set->schedule_all();
  bench.run_to(100);
  EXPECT_TRUE(bench.untouched());
  EXPECT_EQ(bench.gate.wants, 0);
}

} // namespace
} // namespace fenceline::test
