// What the line does when something fails: the last picture stays, nothing is lost, nothing spins.
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

using Loop = OutputLoop;

MissCause cause(const FrameEvent& missed) {
  return static_cast<MissCause>(missed.detail);
}

/// A bench with a first frame on screen at 16 ms, and nothing written down yet.
struct Running : OutputBench {
  explicit Running(bool direct = true) {
    if (direct)
      commit(source.fullscreen(7, 1001));
    else
      commit(FakeSource::window(7, 1001, window_place));
    run_to(17);
    observer.clear();
  }
};

// A commit that is rejected.

TEST(OutputFaults, ARejectedCommitIsComposedInTheSameCycle) {
  Running bench;
  bench.device.submit_errors = {EINVAL};
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(32);
  EXPECT_EQ(bench.observer.text(), "latch begin, latch, latch end, test commit, submit failed, compose begin, copy, "
                                   "compose end, placed, submit, flip, presented");
  EXPECT_EQ(bench.observer.last(FrameEventKind::SubmitFailed).value, static_cast<std::uint64_t>(EINVAL));
  EXPECT_EQ(bench.plan(), "7:composed (commit rejected)");
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(32)) << "no blank is lost";
  EXPECT_FALSE(bench.source.fate(commit).zero_copy);
}

TEST(OutputFaults, WhatWasRejectedIsDeniedForAWhileAndThenTriedAgain) {
  Running bench;
  bench.device.submit_errors = {EINVAL};
  std::uint64_t composed = 0;
  for (std::int64_t frame = 2; frame < 400; ++frame) {
    bench.commit(bench.source.fullscreen(7, 1001 + static_cast<std::uint64_t>(frame) % 2));
    bench.run_to(frame * 16);
    composed += bench.plan() == "7:composed (commit rejected)" ? 1 : 0;
  }
  EXPECT_EQ(bench.plan(), "7:plane 131");
  EXPECT_EQ(composed, DenyList::default_frames);
  EXPECT_EQ(bench.device.failed_submits, 1U);
}

TEST(OutputFaults, ADeniedLayerOfAnotherSizeIsTriedAtOnce) {
  Running bench;
  bench.device.submit_errors = {EINVAL};
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(32);
  bench.commit(FakeSource::window(7, 1003, window_place));
  bench.run_to(48);
  EXPECT_EQ(bench.plan(), "7:composed (does not cover the output)");
  Layer other = bench.source.fullscreen(7, 1004);
  other.format.fourcc = fake_output().planes[0].formats[1].fourcc;
  bench.commit(other);
  bench.run_to(64);
  EXPECT_EQ(bench.plan(), "7:plane 131");
}

TEST(OutputFaults, ARejectedCursorPlaneIsComposed) {
  Running bench(false);
  bench.device.test_rule = nullptr;
  bench.device.submit_errors = {EINVAL};
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(32);
  EXPECT_EQ(bench.plan(), "7:composed (does not cover the output), 3:composed (commit rejected)");
  EXPECT_EQ(bench.device.flips(), 2U);
}

TEST(OutputFaults, ASecondRejectionKeepsThePictureAndTriesTheNextBlank) {
  Running bench;
  bench.device.submit_errors = {EINVAL, EINVAL};
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(47);
  EXPECT_TRUE(bench.device.shows(BufferId{1001})) << "never blank";
  EXPECT_EQ(bench.source.fate(commit).presented + bench.source.fate(commit).discarded, 0);
  bench.run_to(48);
  EXPECT_EQ(bench.source.fate(commit).presented, 1) << "never frozen";
  EXPECT_EQ(bench.source.fate(commit).callbacks, 1);
  const FrameEvent missed = bench.observer.last(FrameEventKind::Missed);
  EXPECT_EQ(missed.value, 1U);
  EXPECT_EQ(missed.time, at_ms(32)) << "the blank that the first try aimed at";
}

TEST(OutputFaults, TriesBecomeRarerAndNeverEnd) {
  Running bench(false);
  bench.device.rule = [](const OutputState&) { return EINVAL; };
  bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(16'000);
  const std::size_t tries = bench.device.failed_submits;
  EXPECT_GE(tries, 16'000U / 16 / 64) << "once in 64 blanks at the least";
  EXPECT_LE(tries, 7U + 16'000U / 16 / 64 + 1);
  EXPECT_EQ(bench.output().failures(), tries);
  bench.device.rule = nullptr;
  bench.run_to(16'000 + 65 * 16);
  EXPECT_EQ(bench.device.flips(), 2U);
  EXPECT_EQ(bench.output().failures(), 0U);
}

TEST(OutputFaults, CommitsWhileBackingOffDoNotHurryIt) {
  Running bench(false);
  bench.device.rule = [](const OutputState&) { return ENOMEM; };
  for (std::int64_t t = 17; t < 1600; t += 4) {
    bench.commit(FakeSource::window(7, 1002, window_place));
    bench.run_to(t);
  }
  EXPECT_LE(bench.device.failed_submits, 8U);
}

TEST(OutputFaults, AFirstFrameThatFailsDoesNotSpin) {
  OutputBench bench;
  bench.device.rule = [](const OutputState&) { return EINVAL; };
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(1000);
  EXPECT_LE(bench.device.failed_submits, 8U);
  bench.device.rule = nullptr;
  bench.run_to(3000);
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(OutputFaults, WithoutAComposerARejectedBufferIsTriedAgain) {
  OutputBench bench({fake_output()}, false);
  bench.device.submit_errors = {EINVAL, EINVAL};
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(200);
  EXPECT_EQ(bench.plan(), "7:plane 131");
  EXPECT_EQ(bench.device.flips(), 1U);
}

// A display that is busy.

TEST(OutputFaults, ABusyDisplayIsTriedAtTheNextBlankWithTheNewestPicture) {
  Running bench;
  bench.device.submit_errors = {EBUSY};
  const CommitId old = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(30);
  EXPECT_TRUE(bench.is<Loop::Scheduled>());
  const CommitId newer = bench.commit(bench.source.fullscreen(7, 1003));
  bench.run_to(48);
  EXPECT_TRUE(bench.device.shows(BufferId{1003}));
  EXPECT_EQ(bench.plan(), "7:plane 131") << "busy says nothing about the plan";
  EXPECT_EQ(bench.source.fate(old).discarded, 1);
  EXPECT_EQ(bench.source.fate(old).presented, 0);
  EXPECT_EQ(bench.source.fate(old).callbacks, 1);
  EXPECT_EQ(bench.source.fate(newer).presented, 1);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Discarded), 1U);
  EXPECT_EQ(bench.observer.last(FrameEventKind::Discarded).commit, old);
}

TEST(OutputFaults, ABusyDisplayThatStaysBusyIsTriedOnceABlank) {
  Running bench;
  bench.device.rule = [](const OutputState&) { return EBUSY; };
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(17 + 160);
  EXPECT_GE(bench.device.failed_submits, 9U);
  EXPECT_LE(bench.device.failed_submits, 11U);
  bench.device.rule = nullptr;
  bench.run_to(17 + 200);
  EXPECT_TRUE(bench.device.shows(BufferId{1002}));
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::KernelLate);
}

TEST(OutputFaults, AnUpdateOfASurfaceThatIsGoneIsDiscardedAndItsCallbackSent) {
  Running bench;
  bench.device.submit_errors = {EBUSY};
  const CommitId gone = bench.commit(FakeSource::window(9, 1005, window_place));
  bench.run_to(30);
  bench.source.remove(SurfaceId{9});
  bench.run_to(64);
  EXPECT_EQ(bench.source.fate(gone).discarded, 1);
  EXPECT_EQ(bench.source.fate(gone).callbacks, 1);
}

// Composition that fails or is late.

TEST(OutputFaults, ACompositionThatCannotStartIsTriedAgain) {
  Running bench(false);
  bench.composer.compose_errors = 1;
  const CommitId commit = bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(48);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(48));
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::LateCompose);
}

TEST(OutputFaults, ACompositionThatEndsInAnErrorIsTriedAgain) {
  Running bench(false);
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(1);
  bench.composer.late_errors = 1;
  const CommitId commit = bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(48);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(48));
}

TEST(OutputFaults, WithoutImagesTheLastPictureStaysAndTheNextIsTried) {
  OutputBench bench;
  bench.device.allocates = false;
  bench.composer.create_target_fails = true;
  const CommitId commit = bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(500);
  EXPECT_EQ(bench.device.flips(), 0U);
  bench.composer.create_target_fails = false;
  bench.run_to(2000);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
}

TEST(OutputFaults, AWindowThatCannotBeUploadedDoesNotFreezeTheOthers) {
  OutputBench bench;
  bench.composer.upload_fails = true;
  const CommitId broken = bench.commit(FakeSource::window(9, 1005, window_place, BufferKind::Shm));
  const CommitId fine = bench.commit(FakeSource::window(7, 1002, {500, 500, 50, 50}));
  bench.run_to(16);
  EXPECT_EQ(bench.source.fate(fine).presented, 1);
  EXPECT_EQ(bench.source.fate(broken).presented, 0);
  EXPECT_EQ(bench.source.fate(broken).discarded, 1);
  EXPECT_EQ(bench.source.fate(broken).callbacks, 1);
  EXPECT_EQ(bench.composer.draws.at(0).surfaces, std::vector{SurfaceId{7}});
  EXPECT_TRUE(bench.source.taken.empty());
}

TEST(OutputFaults, AFenceThatCannotBeWatchedIsNotWaitedForByTheDisplaysThatTakeNone) {
  OutputInfo info = fake_output();
  info.in_fences = false;
  OutputBench bench({info});
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(2);
  bench.loop.watches_fail = true;
  bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(100);
  EXPECT_EQ(bench.device.flips(), 0U);
  bench.loop.watches_fail = false;
  bench.run_to(1000);
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(OutputFaults, AFenceThatNeverSignalsHoldsTheFlipAndNothingElse) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = Nanoseconds(-1);
  bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(10'000);
  EXPECT_TRUE(bench.is<Loop::InFlight>());
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1002}));
  bench.composer.finish_all();
  bench.run_to(10'100);
  EXPECT_EQ(bench.device.flips(), 1U);
}

// Missed blanks and their causes.

TEST(OutputFaults, ALateWakeIsNamed) {
  Running bench;
  bench.loop.wake_delay = ms(5);
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  const FrameEvent missed = bench.observer.last(FrameEventKind::Missed);
  EXPECT_EQ(missed.value, 1U);
  EXPECT_EQ(missed.time, at_ms(32));
  EXPECT_EQ(cause(missed), MissCause::LateWake);
}

TEST(OutputFaults, ALateCompositionIsNamed) {
  Running bench(false);
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(5);
  const CommitId commit = bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(100);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::LateCompose);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(48)) << "late, not lost";
}

TEST(OutputFaults, ALateFenceIsNamed) {
  Running bench(false);
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(5);
  bench.commit(FakeSource::window(7, 1002, window_place));
  bench.run_to(100);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::LateFence);
}

TEST(OutputFaults, ALateSubmitIsNamed) {
  Running bench;
  // The test commit takes so long that the frame itself is handed over after the blank.
  bench.device.rule = [&bench](const OutputState&) {
    bench.loop.clock().spend(ms(6));
    return 0;
  };
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::LateSubmit);
}

// What is late before the picture is taken has not been the kernel's, nor the commit's.
TEST(OutputFaults, ALookBeforeTheLatchThatTakesTooLongIsNamed) {
  struct : LatchWatch {
    void before_latch(OutputId, TimePoint) override { clock->spend(took); }
    void after_latch(OutputId) override {}
    VirtualClock* clock = nullptr;
    Nanoseconds took{};
  } watch;
  OutputBench bench;
  watch.clock = &bench.loop.clock();
  bench.rig.watch = &watch;
  bench.set.reset();
  bench.set = bench.rig.make(bench.loop, bench.device, bench.source, &bench.composer, bench.observer);
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(17);
  watch.took = ms(6);
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::LateWake);
}

TEST(OutputFaults, AKernelThatTakesACommitOverTheBlankIsNamed) {
  Running bench;
  bench.device.submit_cost = ms(6);
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::KernelLate);
  EXPECT_EQ(bench.observer.last(FrameEventKind::Submit).value, 6'000'000U);
}

TEST(OutputFaults, ABlankThatTheDisplayLeftOutIsNamed) {
  Running bench;
  bench.device.late_blanks = 1;
  bench.device.uncounted_blanks = 1;
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::BlankLost);
  // It counts on from there.
  bench.device.late_blanks = 1;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.run_to(200);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 2U);
  EXPECT_EQ(cause(bench.observer.last(FrameEventKind::Missed)), MissCause::KernelLate);
}

TEST(OutputFaults, ABlankThatPassesWithoutTheFrameIsTheKernels) {
  Running bench;
  bench.device.late_blanks = 2;
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(100);
  const FrameEvent missed = bench.observer.last(FrameEventKind::Missed);
  EXPECT_EQ(missed.value, 2U);
  EXPECT_EQ(cause(missed), MissCause::KernelLate);
}

TEST(OutputFaults, AFrameInTimeIsNoMiss) {
  Running bench;
  bench.loop.wake_delay = ms(1);
  bench.composer.cpu_time = ms(1);
  bench.device.submit_cost = ms(1);
  for (std::int64_t frame = 2; frame < 50; ++frame) {
    bench.commit(bench.source.fullscreen(7, 1001 + static_cast<std::uint64_t>(frame) % 2));
    bench.run_to(frame * 16 + 1);
  }
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  EXPECT_EQ(bench.device.flips(), 49U);
}

// The session.

TEST(OutputFaults, AccessDeniedPausesUntilResume) {
  Running bench;
  bench.device.submit_errors = {EACCES};
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(30);
  EXPECT_TRUE(bench.is<Loop::Paused>());
  bench.set->schedule_all();
  bench.run_to(10'000);
  EXPECT_EQ(bench.loop.armed_timers(), 0U);
  EXPECT_EQ(bench.device.submits.size(), 1U);
  EXPECT_EQ(bench.source.fate(commit).discarded, 0);
  bench.set->resume();
  bench.run_to(10'100);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_EQ(bench.source.fate(commit).callbacks, 1);
  EXPECT_TRUE(bench.device.submits.back().modeset);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U) << "the time away is no miss";
}

TEST(OutputFaults, APauseInEachStateLosesNothing) {
  for (const std::int64_t pause_at : {18, 29, 31}) {
    OutputBench bench;
    bench.composer.mode = FakeComposer::Mode::DoneLater;
    bench.composer.gpu_time = ms(2);
    bench.commit(FakeSource::window(7, 1001, window_place));
    bench.run_to(17);
    const CommitId commit = bench.commit(FakeSource::window(7, 1002, window_place));
    bench.run_to(pause_at);
    bench.set->pause();
    bench.run_to(100);
    EXPECT_TRUE(bench.is<Loop::Paused>());
    EXPECT_EQ(bench.loop.armed_timers(), 0U);
    bench.set->resume();
    bench.run_to(200);
    EXPECT_TRUE(bench.is<Loop::Idle>());
    EXPECT_EQ(bench.source.fate(commit).presented, 1) << "paused at " << pause_at;
    EXPECT_EQ(bench.source.fate(commit).callbacks, 1);
  }
}

TEST(OutputFaults, AFlipThatIsNeverToldOfIsForgottenWithAResume) {
  Running bench;
  bench.device.flips_stopped = true;
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(40);
  bench.set->pause();
  bench.device.flips_stopped = false;
  bench.set->resume();
  bench.device.submit_errors = {EBUSY};
  bench.run_to(60);
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1001}));
  EXPECT_EQ(bench.source.fate(commit).presented, 0);
}

TEST(OutputFaults, ResumeWithoutAPauseDoesNothing) {
  Running bench;
  bench.run_to(3000);
  bench.set->resume();
  EXPECT_TRUE(bench.is<Loop::Idle>());
  EXPECT_EQ(bench.loop.armed_timers(), 0U);
}

// No renderer.

TEST(OutputFaults, NothingToShowWithoutARendererKeepsTheClientsGoingAtTheBlanksPace) {
  OutputBench bench({fake_output()}, false);
  int callbacks = 0;
  for (int i = 0; i < 1000; ++i) {
    const CommitId commit = bench.commit(FakeSource::window(7, 1001, window_place, BufferKind::Shm));
    bench.loop.advance(ms(1));
    callbacks += bench.source.fate(commit).callbacks;
    EXPECT_EQ(bench.source.fate(commit).presented, 0);
  }
  EXPECT_EQ(bench.device.submits.size(), 0U);
  EXPECT_GE(bench.source.latches, 60U);
  EXPECT_LE(bench.source.latches, 64U);
  EXPECT_GT(callbacks, 0);
}

// Calls back into the loop.

TEST(OutputFaults, WhoIsToldOfAFlipMayScheduleAtOnce) {
  Running bench;
  bench.source.on_release = [&bench](BufferId) { bench.set->schedule_all(); };
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(1000);
  EXPECT_TRUE(bench.is<Loop::Idle>());
  EXPECT_EQ(bench.device.flips(), 3U) << "one for the commit, one that the release asked for";
  // The end of the outputs releases too.
  OutputSet* raw = bench.set.get();
  bench.source.on_release = [raw](BufferId) { raw->schedule_all(); };
  bench.set.reset();
  bench.source.on_release = nullptr;
  EXPECT_EQ(bench.loop.armed_timers(), 0U);
}

TEST(OutputFaults, ASceneThatSchedulesWithinItsLatchGetsAnotherFrame) {
  Running bench;
  int more = 3;
  bench.source.on_latch = [&] {
    if (more-- > 0)
      bench.set->schedule_all();
  };
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(1000);
  EXPECT_EQ(bench.device.flips(), 5U);
  EXPECT_TRUE(bench.is<Loop::Idle>());
}

} // namespace
} // namespace fenceline::test
