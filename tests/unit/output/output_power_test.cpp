#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

using Loop = OutputLoop;

/// A client's frame is on the screen.
struct PowerBench : OutputBench {
  explicit PowerBench(std::vector<OutputInfo> infos = {fake_output()}) : OutputBench(std::move(infos)) {
    commit(source.fullscreen(7, 1001));
    run_to(17);
  }
};

// DPMS.

TEST(OutputPower, GoesDarkAndHandsBackWhatWasOnTheScreen) {
  PowerBench bench;
  EXPECT_TRUE(bench.set->set_power(OutputId{1}, false));
  bench.run_to(100);
  EXPECT_TRUE(bench.is<Loop::Off>());
  EXPECT_FALSE(bench.device.on_screen().active);
  EXPECT_TRUE(bench.device.on_screen().planes.empty());
}

TEST(OutputPower, NothingIsLatchedWhileItIsOff) {
  PowerBench bench;
  bench.set->set_power(OutputId{1}, false);
  bench.run_to(100);
  const auto latches = bench.source.latches;
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(5000);
  EXPECT_EQ(bench.source.latches, latches);
  EXPECT_EQ(bench.source.fate(commit).callbacks, 0);
  EXPECT_EQ(bench.loop.armed_timers(), 0U) << "no busy loop, no timer at all";
  bench.set->set_power(OutputId{1}, true);
  bench.run_to(5100);
  EXPECT_TRUE(bench.device.on_screen().active);
  EXPECT_TRUE(bench.device.on_screen().modeset);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_EQ(bench.source.fate(commit).callbacks, 1);
}

TEST(OutputPower, OffInEachStateLosesNobody) {
  for (const std::int64_t off_at : {18, 29, 31}) {
    OutputBench bench;
    bench.composer.mode = FakeComposer::Mode::DoneLater;
    bench.composer.gpu_time = ms(2);
    bench.commit(FakeSource::window(7, 1001, window_place));
    bench.run_to(17);
    const CommitId commit = bench.commit(FakeSource::window(7, 1002, window_place));
    bench.run_to(off_at);
    bench.set->set_power(OutputId{1}, false);
    bench.run_to(200);
    EXPECT_TRUE(bench.is<Loop::Off>()) << "off at " << off_at;
    // One that was latched is told of, one that was not waits in the scene.
    bench.set->set_power(OutputId{1}, true);
    bench.run_to(300);
    EXPECT_EQ(bench.source.fate(commit).callbacks, 1) << "off at " << off_at;
    EXPECT_EQ(bench.source.fate(commit).presented + bench.source.fate(commit).discarded, 1);
  }
}

TEST(OutputPower, OnBeforeItWasOffIsOn) {
  for (const std::int64_t on_at : {20, 29, 33}) {
    PowerBench bench;
    bench.set->set_power(OutputId{1}, false);
    bench.run_to(on_at);
    bench.set->set_power(OutputId{1}, true);
    bench.run_to(200);
    EXPECT_TRUE(bench.is<Loop::Idle>()) << "on at " << on_at;
    EXPECT_TRUE(bench.device.on_screen().active);
    EXPECT_FALSE(bench.device.on_screen().planes.empty());
  }
}

TEST(OutputPower, ADisplayThatRefusesToGoDarkIsAskedLessAndLess) {
  PowerBench bench;
  int refused = 0;
  bench.device.rule = [&refused](const OutputState& state) {
    refused += state.active ? 0 : 1;
    return state.active ? 0 : EINVAL;
  };
  bench.set->set_power(OutputId{1}, false);
  bench.run_to(10'000);
  EXPECT_GT(refused, 3);
  EXPECT_LT(refused, 30);
  bench.device.rule = nullptr;
  bench.run_to(12'000);
  EXPECT_TRUE(bench.is<Loop::Off>());
}

TEST(OutputPower, AResumeKeepsADarkOutputDark) {
  PowerBench bench;
  bench.set->set_power(OutputId{1}, false);
  bench.run_to(100);
  bench.set->pause();
  bench.set->resume();
  bench.run_to(200);
  EXPECT_TRUE(bench.is<Loop::Off>());
  EXPECT_FALSE(bench.device.on_screen().active);
  bench.set->pause();
  bench.set->set_power(OutputId{1}, true);
  bench.run_to(300);
  EXPECT_TRUE(bench.is<Loop::Paused>());
  bench.set->resume();
  bench.run_to(400);
  EXPECT_TRUE(bench.device.on_screen().active);
}

// Modes.

TEST(OutputPower, AnotherModeIsSetWithImagesOfItsSize) {
  OutputBench bench;
  bench.commit(FakeSource::window(7, 1001, window_place));
  bench.run_to(17);
  const Mode small{.size = {640, 480}, .refresh = ms(16), .id = 2};
  bench.source.size = small.size;
  bench.output().set_mode(small);
  bench.run_to(100);
  EXPECT_EQ(bench.device.on_screen().mode.size, small.size);
  EXPECT_TRUE(bench.device.on_screen().modeset);
  EXPECT_EQ(bench.device.on_screen().planes.front().dest, (Rect{0, 0, 640, 480}));
  const auto submits = bench.device.submits.size();
  bench.output().set_mode(small);
  bench.run_to(200);
  EXPECT_EQ(bench.device.submits.size(), submits) << "nothing to do";
}

/// In flight from 12 to 16 ms, with another mode asked for at 13.
struct AnotherModeMidFrame : OutputBench {
  AnotherModeMidFrame() {
    commit(source.fullscreen(7, 1001));
    run_to(17);
    commit(source.fullscreen(7, 1002));
    run_to(29);
    EXPECT_TRUE(is<Loop::InFlight>());
    source.size = wanted.size;
    output().set_mode(wanted);
  }
  const Mode wanted{.size = {640, 480}, .refresh = ms(10), .id = 2};
};

TEST(OutputPower, TheFlipOfTheModeBeforeDoesNotCountAsThePictureInTheNewOne) {
  AnotherModeMidFrame bench;
  int told = 0;
  bench.set->on_mode_refused([&](OutputId, const Mode& mode) { told += mode.id == 2U ? 1 : 0; });
  bench.device.rule = [](const OutputState& state) { return state.mode.size.width == 640 ? EINVAL : 0; };
  bench.run_to(5000);
  EXPECT_EQ(told, 1) << "nothing was ever shown in it";
}

TEST(OutputPower, TheFirstFrameOfAModeHasNoBlankToMiss) {
  AnotherModeMidFrame bench;
  bench.device.late_blanks = 3; // A display takes its time for that.
  bench.run_to(200);
  EXPECT_EQ(bench.device.on_screen().mode.size, bench.wanted.size);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.run_to(300);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  EXPECT_EQ(bench.output().period(), ms(10));
}

TEST(OutputPower, AModeIsSetAtOnceAndNotAtTheLatchOfTheOneBefore) {
  PowerBench bench;
  bench.set->set_power(OutputId{1}, false);
  bench.run_to(100);
  bench.set->set_power(OutputId{1}, true);
  bench.run_to(101);
  ASSERT_TRUE(bench.device.submits.back().active);
  EXPECT_EQ(bench.device.submits.back().submitted, at_ms(100));
}

// Outputs that go.

TEST(OutputPower, WhoWaitsForAFrameOfAnOutputThatGoesIsTold) {
  PowerBench bench({fake_output(1), fake_output(2)});
  bench.device.flips_stopped = true;
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(40);
  EXPECT_EQ(bench.source.fate(commit).callbacks, 0);
  bench.device.set_outputs({fake_output(2)});
  EXPECT_EQ(bench.set->outputs().size(), 1U);
  EXPECT_EQ(bench.source.fate(commit).callbacks, 1) << "the client draws on";
}

// Flips that do not come.

TEST(OutputPower, AFlipThatNeverComesIsGivenUpAndTheModeSetAnew) {
  PowerBench bench;
  bench.run_to(100);
  bench.device.flips_stopped = true;
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(2000);
  EXPECT_EQ(bench.device.abandoned, 0U);
  const auto submits = bench.device.submits.size();
  bench.run_to(2200);
  EXPECT_EQ(bench.device.abandoned, 1U);
  ASSERT_EQ(bench.device.submits.size(), submits + 1);
  EXPECT_TRUE(bench.device.submits.back().modeset);
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1001})) << "it may still be on the screen";
  bench.device.flips_stopped = false;
  bench.run_to(6000);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_EQ(bench.source.fate(commit).callbacks, 1);
}

TEST(OutputPower, ADisplayThatHangsForGoodIsAskedLessAndLess) {
  PowerBench bench;
  bench.run_to(100);
  bench.device.flips_stopped = true;
  bench.device.abandon_works = false;
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(60'000);
  EXPECT_GT(bench.device.failed_submits, 5U);
  EXPECT_LT(bench.device.failed_submits, 100U);
}

TEST(OutputPower, AFrameThatWaitsForAFenceIsGivenMoreTime) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = std::chrono::seconds(5);
  bench.commit(FakeSource::window(7, 1001, window_place));
  bench.run_to(4900);
  EXPECT_TRUE(bench.is<Loop::InFlight>());
  EXPECT_EQ(bench.device.abandoned, 0U);
  bench.run_to(5200);
  EXPECT_TRUE(bench.is<Loop::Idle>());
  EXPECT_EQ(bench.device.abandoned, 0U);
}

} // namespace
} // namespace fenceline::test
