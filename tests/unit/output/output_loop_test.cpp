#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

using Loop = OutputLoop;

TEST(OutputLoopTest, AnIdleOutputHasNoTimerRunning) {
  OutputBench bench;
  EXPECT_EQ(bench.loop.armed_timers(), 0U);
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(3000);
  EXPECT_TRUE(bench.is<Loop::Idle>());
  EXPECT_EQ(bench.loop.armed_timers(), 0U) << "the last look after its flip is over too";
  EXPECT_EQ(bench.loop.watched_descriptors(), 0U);
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(OutputLoopTest, OneFrameFromCommitToFlip) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(17);
  bench.observer.clear();
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1002));
  EXPECT_TRUE(bench.is<Loop::Scheduled>());

  bench.run_to(27);
  EXPECT_EQ(bench.source.latches, 1U) << "it wakes at the deadline, not at the commit";
  bench.run_to(28);
  EXPECT_TRUE(bench.is<Loop::InFlight>());
  EXPECT_EQ(bench.observer.text(), "latch begin, latch, latch end, test commit, placed, submit");
  EXPECT_EQ(bench.observer.last(FrameEventKind::LatchBegin).time, at_ms(32));
  EXPECT_EQ(bench.observer.last(FrameEventKind::LatchBegin).value, static_cast<std::uint64_t>(at_ms(28).ns));
  const FrameEvent latch = bench.observer.last(FrameEventKind::Latch);
  EXPECT_EQ(latch.commit, commit);
  EXPECT_EQ(latch.value, 1002U);
  EXPECT_EQ(latch.client, ClientId{7});
  EXPECT_EQ(bench.observer.last(FrameEventKind::Submit).flags, 0) << "no composed image is on the screen";
  const FrameEvent placed = bench.observer.last(FrameEventKind::Placed);
  EXPECT_EQ(placed.value, 131U);
  EXPECT_EQ(placed.commit, commit);
  EXPECT_TRUE(bench.device.shows(BufferId{1001}));

  bench.run_to(32);
  EXPECT_TRUE(bench.device.shows(BufferId{1002}));
  EXPECT_TRUE(bench.is<Loop::Idle>());
  EXPECT_EQ(bench.observer.text(), "latch begin, latch, latch end, test commit, placed, submit, flip, presented");
  const FrameEvent flip = bench.observer.last(FrameEventKind::Flip);
  EXPECT_EQ(flip.time, at_ms(32));
  EXPECT_EQ(flip.value, 2U);
  const FrameEvent presented = bench.observer.last(FrameEventKind::Presented);
  EXPECT_EQ(presented.commit, commit);
  EXPECT_EQ(presented.time, at_ms(32));
  EXPECT_EQ(presented.flags, 1) << "zero copy";
  const UpdateFate fate = bench.source.fate(commit);
  EXPECT_EQ(fate.presented, 1);
  EXPECT_EQ(fate.discarded, 0);
  EXPECT_EQ(fate.callbacks, 1);
  EXPECT_EQ(fate.callback_time, at_ms(32));
  EXPECT_TRUE(fate.zero_copy);
  EXPECT_TRUE(fate.vsync);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Copy), 0U);
}

// Who asks for too much of the main thread is not read then (wl::Traffic).
TEST(OutputLoopTest, AFrameIsDueFromShortlyBeforeItsLatchUntilItIsShown) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(100);
  ASSERT_EQ(bench.device.flips(), 1U);
  EXPECT_EQ(bench.output().due(bench.loop.now()), std::nullopt) << "nothing moves";
  bench.commit(bench.source.fullscreen(7, 1002));
  const TimePoint latch = bench.output().coming_latch();
  EXPECT_EQ(bench.output().due(latch - ms(3)), std::nullopt);
  const auto until = bench.output().due(latch - ms(1));
  ASSERT_TRUE(until);
  EXPECT_GT(*until, latch);
  EXPECT_LT(*until, latch + ms(16));
  bench.loop.run_until(latch + ms(1));
  ASSERT_EQ(bench.device.flips(), 1U) << "it has been sent, and not been shown yet";
  EXPECT_EQ(bench.output().due(bench.loop.now()), until);
  EXPECT_EQ(bench.output().due(*until), std::nullopt) << "a flip that does not come holds nobody up";
  bench.loop.run_until(*until);
  EXPECT_EQ(bench.device.flips(), 2U);
  EXPECT_EQ(bench.output().due(*until), std::nullopt);
}

TEST(OutputLoopTest, AFrameThatIsTriedAgainIsDueForItsOwnBlank) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(100);
  // Neither the frame nor its composed picture is taken: the next blank is tried.
  bench.device.submit_errors = {EINVAL, EINVAL};
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(112);
  ASSERT_EQ(bench.device.failed_submits, 2U);
  const TimePoint latch = bench.output().coming_latch();
  bench.loop.run_until(latch + ms(1));
  ASSERT_EQ(bench.device.flips(), 1U) << "it has been sent, and not been shown yet";
  const auto until = bench.output().due(bench.loop.now());
  ASSERT_TRUE(until);
  EXPECT_GT(*until, latch + ms(1));
}

// Before the first flip nobody knows when a blank is: a time written down would be one that nothing was aimed at.
TEST(OutputLoopTest, TheFirstFrameAimsAtNoBlank) {
  OutputBench bench;
  bench.run_to(5);
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(33);
  ASSERT_EQ(bench.device.flips(), 1U);
  EXPECT_EQ(bench.observer.last(FrameEventKind::LatchBegin).time, TimePoint{});
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
}

TEST(OutputLoopTest, AComposedFrameBooksItsBytesAndIsNotZeroCopy) {
  OutputBench bench;
  const CommitId commit = bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(16);
  EXPECT_EQ(bench.observer.text(), "latch begin, latch, latch end, copy, compose begin, copy, compose end, placed, "
                                   "submit, flip, presented");
  EXPECT_EQ(bench.observer.bytes(CopyKind::CpuUpload, SurfaceId{9}), 200U * 150U * 4U);
  EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition, SurfaceId{9}), 200U * 150U * 4U);
  EXPECT_FALSE(bench.source.fate(commit).zero_copy);
  EXPECT_EQ(bench.observer.last(FrameEventKind::Submit).flags, 1);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_EQ(bench.source.taken, std::vector{SurfaceId{9}});
}

TEST(OutputLoopTest, ShmGoesBackWhenItIsCopied) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(10);
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.run_to(0);
  ASSERT_EQ(bench.source.released.size(), 1U);
  EXPECT_EQ(bench.source.released[0].at, at_ms(0)) << "with the copy, before drawing and flip";
}

TEST(OutputLoopTest, AnEmptySceneIsComposedToBlack) {
  OutputBench bench;
  bench.set->schedule_all();
  bench.run_to(16);
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_TRUE(bench.composer.draws[0].surfaces.empty());
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(OutputLoopTest, ManyCommitsBeforeTheLatchAreOneFrame) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(17);
  const CommitId lost = bench.commit(bench.source.fullscreen(7, 1002));
  const CommitId shown = bench.commit(bench.source.fullscreen(7, 1003));
  bench.run_to(200);
  EXPECT_EQ(bench.device.flips(), 2U);
  EXPECT_EQ(bench.source.fate(lost).discarded, 1);
  EXPECT_EQ(bench.source.fate(lost).presented, 0);
  EXPECT_EQ(bench.source.fate(lost).callbacks, 1) << "its callback goes on to the next update";
  EXPECT_EQ(bench.source.fate(shown).presented, 1);
}

TEST(OutputLoopTest, ACommitInFlightWaitsForTheNextBlank) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(5);
  ASSERT_TRUE(bench.is<Loop::InFlight>());
  const CommitId next = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(16);
  EXPECT_TRUE(bench.is<Loop::Scheduled>());
  bench.run_to(32);
  EXPECT_EQ(bench.source.fate(next).flip, at_ms(32));
  EXPECT_EQ(bench.device.flips(), 2U);
}

TEST(OutputLoopTest, SixtyFramesAreSixtyBlanks) {
  OutputBench bench;
  std::uint64_t frame = 0;
  bench.commit(bench.source.fullscreen(7, 1001));
  while (bench.device.flips() < 60 && bench.loop.now() < at_ms(2000)) {
    bench.run_to((static_cast<std::int64_t>(bench.device.flips()) + 1) * 16);
    bench.commit(bench.source.fullscreen(7, 1001 + ++frame % 2));
  }
  EXPECT_EQ(bench.loop.now(), at_ms(60 * 16));
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Copy), 0U);
}

TEST(OutputLoopTest, TheFirstFrameSetsTheModeAndNoOther) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(20);
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(40);
  ASSERT_EQ(bench.device.submits.size(), 2U);
  EXPECT_TRUE(bench.device.submits[0].modeset);
  EXPECT_FALSE(bench.device.submits[1].modeset);
}

TEST(OutputLoopTest, PhaseIsKeptThroughIdleTime) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(10'007);
  const CommitId late = bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(10'100);
  EXPECT_EQ(bench.source.fate(late).flip, at_ms(10'016));
  EXPECT_EQ(bench.device.submits[1].submitted, at_ms(10'012));
}

// The cursor.

TEST(OutputLoopTest, MovingTheCursorCopiesNothingAndDrawsNothing) {
  OutputBench bench;
  bench.commit(FakeSource::window(9, 1003, window_place, BufferKind::Shm));
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(16);
  EXPECT_EQ(bench.observer.bytes(CopyKind::CursorUpload, SurfaceId{3}), 24U * 24U * 4U + 64U * 64U * 4U);
  const auto image = bench.device.on_screen().planes.at(1).buffer;
  const auto target = bench.device.on_screen().planes.at(0).buffer;
  bench.observer.clear();
  for (std::int32_t i = 1; i <= 10; ++i) {
    bench.source.move(SurfaceId{3}, {10 + i, 20});
    bench.set->schedule_all();
    bench.run_to(16 + 16 * i);
    EXPECT_EQ(bench.device.on_screen().planes.at(1).dest.x, 10 + i);
    EXPECT_EQ(bench.observer.last(FrameEventKind::Submit).flags, 1) << "the screen shows a composed image all the same";
  }
  EXPECT_EQ(bench.observer.count(FrameEventKind::Copy), 0U);
  EXPECT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.device.on_screen().planes.at(1).buffer, image);
  EXPECT_EQ(bench.device.on_screen().planes.at(0).buffer, target);
}

TEST(OutputLoopTest, APointerThatMovesWhileThePictureIsDrawnIsWhereItIsThen) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(2);
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(40);
  const auto cursor_at = [&bench] { return bench.device.submits.back().planes.at(1).dest.origin(); };
  const auto until_it_is_drawn = [&bench] {
    bench.commit(FakeSource::window(9, 1004, window_place));
    bench.loop.run_until(bench.output().coming_latch() + ms(1));
    ASSERT_TRUE(bench.is<OutputLoop::Composing>());
  };
  until_it_is_drawn();
  bench.source.move(SurfaceId{3}, {30, 40});
  bench.loop.advance(ms(16));
  EXPECT_EQ(cursor_at(), (Point{30, 40}));
  // Another picture of it comes with the frame that is latched for it.
  until_it_is_drawn();
  bench.source.commit(FakeSource::cursor(3, 1006, {50, 60}));
  bench.loop.advance(ms(2));
  EXPECT_EQ(cursor_at(), (Point{30, 40}));
  bench.loop.advance(ms(30));
  // As one that has left the display.
  until_it_is_drawn();
  bench.source.remove(SurfaceId{3});
  bench.loop.advance(ms(2));
  EXPECT_EQ(cursor_at(), (Point{50, 60}));
}

TEST(OutputLoopTest, ANewCursorPictureIsCopiedOnceAndItsClientHasItsBufferBack) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  const CommitId first = bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(16);
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1005}));
  EXPECT_EQ(bench.source.fate(first).presented, 1);
  EXPECT_FALSE(bench.source.fate(first).zero_copy) << "the plane shows a copy";
  const auto image = bench.device.on_screen().planes.at(1).buffer;
  bench.observer.clear();
  bench.commit(FakeSource::cursor(3, 1006, {10, 20}));
  bench.run_to(32);
  EXPECT_NE(bench.device.on_screen().planes.at(1).buffer, image) << "never the one that is on the screen";
  EXPECT_EQ(bench.observer.count(FrameEventKind::Copy), 2U);
}

TEST(OutputLoopTest, ACursorThatWasOnAPlaneCanBeComposedLater) {
  OutputBench bench({fake_output(1), fake_output(2, {1024, 768}, {})});
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.loop.run_until(at_ms(16));
  EXPECT_EQ(bench.plan(1), "3:plane 141");
  // Output 2 has no cursor plane, and the client has had its buffer back since output 1 showed it.
  EXPECT_EQ(bench.plan(2), "3:composed (no plane free)");
  EXPECT_EQ(bench.composer.uploads, std::vector{SurfaceId{3}});
  EXPECT_EQ(bench.source.taken.size(), 1U);
}

// A cursor's buffer goes back with its first frame: what the store lets go of must not be lost.
TEST(OutputLoopTest, CursorsOfAClientThatHasVeryManyTakeNobodysAway) {
  OutputBench bench;
  const auto show = [&bench](std::uint32_t surface, std::uint32_t client, bool again = false) {
    Layer cursor = FakeSource::cursor(surface, 1005, {10, 20});
    cursor.client = ClientId{client};
    if (again)
      bench.source.show_again(cursor);
    else
      bench.source.commit(cursor);
    bench.set->schedule_all();
    bench.loop.advance(ms(32));
    const std::string plan = bench.plan();
    bench.source.remove(SurfaceId{surface});
    return plan;
  };
  EXPECT_EQ(show(1, 0), "1:plane 141");
  EXPECT_EQ(show(2, 2), "2:plane 141");
  for (std::uint32_t i = 0; i < 2 * CursorStore::max_pictures; ++i)
    ASSERT_EQ(show(100 + i, 3), std::to_string(100 + i) + ":plane 141");
  EXPECT_EQ(show(1, 0, true), "1:plane 141");
  EXPECT_EQ(show(2, 2, true), "2:plane 141");
  // The client's own first one is not in the store any more, but with the composer.
  EXPECT_EQ(show(100, 3, true), "100:composed (format and modifier not taken by a plane)");
  EXPECT_EQ(bench.composer.draws.back().surfaces, std::vector{SurfaceId{100}});
  EXPECT_EQ(std::count(bench.composer.uploads.begin(), bench.composer.uploads.end(), SurfaceId{100}), 1);
}

TEST(OutputLoopTest, ARemovedCursorTurnsItsPlaneOff) {
  OutputBench bench;
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.commit(FakeSource::cursor(3, 1005, {10, 20}));
  bench.run_to(20);
  bench.source.remove(SurfaceId{3});
  bench.set->schedule_all();
  bench.run_to(40);
  EXPECT_EQ(bench.device.on_screen().planes.size(), 1U);
}

// Outputs.

TEST(OutputLoopTest, TwoOutputsRunTheirOwnLines) {
  OutputInfo second = fake_output(2);
  second.mode.refresh = ms(10);
  OutputBench bench({fake_output(1), second});
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(9);
  EXPECT_EQ(bench.device.flips(OutputId{2}), 0U);
  bench.run_to(10);
  EXPECT_EQ(bench.device.flips(OutputId{1}), 0U);
  EXPECT_EQ(bench.device.flips(OutputId{2}), 1U);
  bench.run_to(16);
  EXPECT_EQ(bench.device.flips(OutputId{1}), 1U);
  bench.set->schedule(OutputId{2});
  bench.run_to(100);
  EXPECT_EQ(bench.device.flips(OutputId{1}), 1U);
  EXPECT_EQ(bench.device.flips(OutputId{2}), 2U);
}

TEST(OutputLoopTest, ABufferOnTwoScreensIsHeldUntilBothHaveReplacedIt) {
  OutputInfo second = fake_output(2);
  second.mode.refresh = ms(50);
  OutputBench bench({fake_output(1), second});
  bench.commit(bench.source.fullscreen(7, 1001));
  bench.run_to(50);
  bench.commit(bench.source.fullscreen(7, 1002));
  bench.run_to(99);
  EXPECT_TRUE(bench.device.shows(BufferId{1002}, OutputId{1}));
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1001}));
  bench.run_to(100);
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1001}));
}

TEST(OutputLoopTest, NamesItsOutputsToTheTrace) {
  OutputBench bench({fake_output(1), fake_output(2)});
  EXPECT_EQ(bench.observer.described, (std::vector<std::string>{"FAKE-1", "FAKE-2"}));
}

// What comes too late for the latch.

/// A bench that has learned its lead: 0.4 ms at 320 ms, and nothing to show since.
struct Learned : OutputBench {
  Learned() {
    rig.clock.set_lead(std::nullopt);
    for (std::int64_t frame = 0; frame < 20; ++frame) {
      commit(source.fullscreen(7, 1001 + static_cast<std::uint64_t>(frame) % 2));
      run_to(frame * 16 + 8);
    }
    run_to(330);
    observer.clear();
  }
  void run_to_us(std::int64_t microseconds) { loop.run_until(TimePoint{} + std::chrono::microseconds(microseconds)); }
};

TEST(OutputLoopTest, ACommitAfterTheLatchIsStillTriedWhereTheDisplayHasNothingElseToShow) {
  Learned bench;
  bench.run_to_us(335'750); // The latch was at 335.6 ms.
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1005));
  EXPECT_TRUE(bench.is<Loop::Scheduled>()) << "whoever commits may have more to say";
  bench.run_to(340);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(336));
}

TEST(OutputLoopTest, ACommitRightBeforeTheBlankWaitsForTheNextLatch) {
  Learned bench;
  bench.run_to_us(335'900);
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1005));
  bench.run_to(351);
  EXPECT_TRUE(bench.is<Loop::Scheduled>());
  bench.run_to(353);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(352));
}

TEST(OutputLoopTest, ATryThatFailsIsNoMissAndIsNotRepeatedAtOnce) {
  Learned bench;
  bench.run_to_us(335'750);
  bench.device.late_blanks = 1;
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1005));
  bench.run_to(354);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(352)) << "no later than without it";
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  bench.run_to_us(383'750);
  const CommitId next = bench.commit(bench.source.fullscreen(7, 1006));
  bench.run_to(402);
  EXPECT_EQ(bench.source.fate(next).flip, at_ms(400));
}

TEST(OutputLoopTest, NobodyHurriesWhereTheLeadIsSet) {
  Learned bench;
  bench.rig.clock.set_lead(ms(4));
  bench.run_to(333);
  const CommitId commit = bench.commit(bench.source.fullscreen(7, 1005));
  bench.run_to(354);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(352));
}

TEST(OutputLoopTest, WhatMustNotBeShownEarlierIsNotHurried) {
  Learned bench;
  bench.run_to_us(335'750);
  const CommitId commit = bench.source.commit(bench.source.fullscreen(7, 1005));
  bench.set->schedule_in_time(OutputId{1});
  bench.run_to(354);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(352));
}

// Composition in its ways.

TEST(OutputLoopTest, AFenceTravelsWithTheCommit) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(3);
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(0);
  EXPECT_TRUE(bench.is<Loop::InFlight>()) << "submitted at once, the display waits";
  EXPECT_EQ(bench.observer.last(FrameEventKind::ComposeEnd).flags, 1);
  bench.run_to(16);
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(OutputLoopTest, ADisplayWithoutFencesGetsTheCommitWhenTheImageIsDone) {
  OutputInfo info = fake_output();
  info.in_fences = false;
  OutputBench bench({info});
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(3);
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(2);
  EXPECT_TRUE(bench.is<Loop::Composing>());
  bench.run_to(3);
  EXPECT_TRUE(bench.is<Loop::InFlight>());
  bench.run_to(16);
  EXPECT_EQ(bench.device.flips(), 1U);
}

TEST(OutputLoopTest, ACpuDeviceAnswersLater) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(3);
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(2);
  EXPECT_TRUE(bench.is<Loop::Composing>());
  const CommitId next = bench.commit(FakeSource::window(9, 1004, window_place));
  bench.run_to(3);
  EXPECT_TRUE(bench.is<Loop::InFlight>());
  EXPECT_EQ(bench.observer.last(FrameEventKind::ComposeEnd).flags, 0);
  bench.run_to(64);
  EXPECT_EQ(bench.source.fate(next).flip, at_ms(32)) << "what came while composing is the next frame";
  EXPECT_EQ(bench.device.flips(), 2U);
}

TEST(OutputLoopTest, AnAnswerThatComesAfterTheOutputIsGoneIsDropped) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(3);
  const CommitId commit = bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(1);
  bench.set.reset();
  bench.run_to(100);
  EXPECT_EQ(bench.source.fate(commit).presented, 0);
}

TEST(OutputLoopTest, WhatIsReadWhenItsOutputGoesIsHeldUntilTheAnswer) {
  OutputBench bench;
  bench.composer.mode = FakeComposer::Mode::DoneLater;
  bench.composer.gpu_time = ms(3);
  bench.source.holds_current = false;
  bench.commit(FakeSource::window(9, 1003, window_place));
  bench.run_to(1);
  bench.set.reset();
  EXPECT_TRUE(bench.composer.reads(BufferId{1003}));
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1003}));
  bench.run_to(100);
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1003}));
}

} // namespace
} // namespace fenceline::test
