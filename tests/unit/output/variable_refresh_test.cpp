// A display whose refresh varies, from 16 ms between two pictures to 48 ms: when it does, and what its frames wait for.
// Latches are 4 ms before what is known of a blank; a flip comes at the earliest 0.1 ms after its commit.

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr auto takes = FakeScanout::tear_time;

OutputInfo variable_output() {
  OutputInfo info = fake_output();
  info.variable = VariableRefresh{.longest = ms(48)};
  return info;
}

struct VariableRefreshTest : testing::Test {
  explicit VariableRefreshTest(const OutputInfo& info = variable_output()) : bench({info}) {}

  [[nodiscard]] Layer covering(std::uint64_t buffer, ContentType content = ContentType::Game) {
    Layer layer = bench.source.fullscreen(7, buffer);
    layer.content = content;
    return layer;
  }
  CommitId commit(ContentType content = ContentType::Game) {
    return bench.commit(covering(1001 + ++commits % 3, content));
  }
  [[nodiscard]] TimePoint flip_of(CommitId id) const { return bench.source.fate(id).flip; }
  [[nodiscard]] bool varies() { return bench.device.on_screen().variable_refresh; }
  /// A game is shown: the mode is set at 16 ms, and the refresh varies from there on.
  void start() {
    commit();
    bench.run_to(17);
    ASSERT_TRUE(varies());
  }

  OutputBench bench;
  std::uint64_t commits = 0;
};

TEST_F(VariableRefreshTest, AFrameGoesWhenItIsThere) {
  start();
  // Later than the shortest frame, and off any grid.
  bench.run_to(35);
  const CommitId first = commit();
  bench.run_to(36);
  EXPECT_EQ(flip_of(first), at_ms(35) + takes);
  bench.run_to(56);
  const CommitId second = commit();
  bench.run_to(57);
  EXPECT_EQ(flip_of(second), at_ms(56) + takes);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
}

// Such a display counts a blank a picture, however far they are apart.
TEST_F(VariableRefreshTest, ABlankIsNotTakenForLostWhereBlanksAreNoFrameApart) {
  start();
  bench.run_to(35);
  commit();
  bench.run_to(36);
  bench.run_to(75);
  bench.device.uncounted_blanks = 1;
  bench.device.late_blanks = 1;
  commit();
  bench.run_to(120);
  ASSERT_EQ(bench.observer.count(FrameEventKind::Missed), 1U);
  EXPECT_EQ(static_cast<MissCause>(bench.observer.last(FrameEventKind::Missed).detail), MissCause::KernelLate);
}

TEST_F(VariableRefreshTest, OneThatIsThereBeforeTheShortestFrameIsOverIsLatchedForItsEnd) {
  start();
  bench.run_to(20);
  const CommitId first = commit();
  bench.run_to(27);
  EXPECT_EQ(bench.device.submits.size(), 1U);
  // 16 + 16 - 4: a newer one still makes it.
  const CommitId newer = commit();
  bench.run_to(33);
  EXPECT_EQ(bench.device.submits.back().submitted, at_ms(28));
  EXPECT_EQ(bench.source.fate(first).discarded, 1);
  EXPECT_EQ(flip_of(newer), at_ms(32));
}

TEST_F(VariableRefreshTest, WhenNothingNewComesTheSamePictureIsShownAgainAndThenNobodyWakes) {
  start();
  bench.run_to(1000);
  std::vector<std::int64_t> intervals;
  for (std::size_t i = 2; i < bench.device.submits.size(); ++i)
    intervals.push_back((bench.device.submits[i].submitted - bench.device.submits[i - 1].submitted) / ms(1));
  // A quarter more each from 16 ms up to 45, which is what is kept of 48.
  EXPECT_EQ(intervals, (std::vector<std::int64_t>{25, 31, 39, 45}));
  EXPECT_EQ(bench.device.submits.back().planes[0].buffer, BufferId{1002}) << "the same";
  EXPECT_TRUE(bench.is<OutputLoop::Idle>());
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  const CommitId later = commit();
  bench.run_to(1001);
  EXPECT_EQ(flip_of(later), at_ms(1000) + takes);
}

TEST_F(VariableRefreshTest, ContentAtItsOwnPaceIsSoonShownAsItComesAndOnce) {
  start();
  CommitId last{};
  for (int frame = 0; frame < 60; ++frame) {
    bench.loop.advance(ms(24));
    last = commit();
  }
  bench.loop.advance(ms(1));
  const std::size_t settled = bench.device.submits.size();
  for (int frame = 0; frame < 60; ++frame) {
    bench.loop.advance(ms(23));
    const TimePoint now = bench.loop.now();
    last = commit();
    bench.loop.advance(ms(1));
    EXPECT_EQ(flip_of(last), now + takes) << frame;
  }
  EXPECT_EQ(bench.device.submits.size(), settled + 60);
}

TEST_F(VariableRefreshTest, ACommitDuringARepeatIsShownAfterIt) {
  start();
  // The repeat is at 16 + 20 ms.
  bench.run_to(37);
  ASSERT_EQ(bench.device.submits.size(), 2U);
  const CommitId first = commit();
  bench.run_to(60);
  // A quarter less than those 20 ms would be 15, which the display has not: 16.
  EXPECT_EQ(flip_of(first), at_ms(36) + takes + ms(16));
}

TEST_F(VariableRefreshTest, ARepeatDoesNotHoldUpWhoAsksWhenTheNextPictureIs) {
  start();
  bench.run_to(33);
  EXPECT_EQ(bench.output().coming_latch(), at_ms(33)) << "the display is ready, and the repeat is at 36 ms";
}

TEST_F(VariableRefreshTest, ALookThatFindsNothingLeavesTheRepeat) {
  start();
  bench.run_to(20);
  bench.output().schedule_look();
  bench.run_to(35);
  EXPECT_EQ(bench.device.submits.size(), 1U);
  bench.run_to(37);
  EXPECT_EQ(bench.device.submits.size(), 2U);
}

TEST_F(VariableRefreshTest, ALookThatFindsNothingIsNotRepeatedInALoop) {
  struct : LatchWatch {
    void before_latch(OutputId, TimePoint) override {
      ++looks;
      bench->output().schedule_look();
    }
    void after_latch(OutputId) override {}
    OutputBench* bench = nullptr;
    int looks = 0;
  } watch;
  OutputBench watched({variable_output()});
  watch.bench = &watched;
  watched.rig.watch = &watch;
  watched.set.reset();
  watched.set = watched.rig.make(watched.loop, watched.device, watched.source, &watched.composer, watched.observer);
  watched.commit(covering(1001));
  watched.run_to(17);
  ASSERT_TRUE(watched.device.on_screen().variable_refresh);
  const int before = watch.looks;
  watched.run_to(17 + 320);
  EXPECT_GE(watch.looks - before, 5);
  EXPECT_LE(watch.looks - before, 20) << "once a shortest frame at the most";
}

TEST_F(VariableRefreshTest, WhatWaitsForTheSlewIsNotHurried) {
  // As in a session, where the lead is learned and late frames are tried.
  bench.rig.clock.set_lead({});
  start();
  for (int frame = 0; frame < 40; ++frame) {
    bench.loop.advance(ms(24));
    commit();
  }
  bench.loop.advance(ms(1000));
  const CommitId first = commit();
  bench.loop.advance(ms(5));
  const CommitId second = commit();
  bench.loop.advance(ms(60));
  // The display was left at 45 ms: a quarter less.
  EXPECT_GE(flip_of(second) - flip_of(first), ms(33));
  EXPECT_LE(flip_of(second) - flip_of(first), ms(35));
}

TEST_F(VariableRefreshTest, NotForAWindowNorForContentThatSaysNothing) {
  commit(ContentType::None);
  bench.run_to(17);
  EXPECT_FALSE(varies());
  commit(ContentType::Photo);
  bench.run_to(33);
  EXPECT_FALSE(varies());
  bench.source.remove(SurfaceId{7});
  Layer window = FakeSource::window(8, 1004, window_place);
  window.content = ContentType::Game;
  bench.commit(window);
  bench.run_to(65);
  EXPECT_FALSE(varies());
}

TEST_F(VariableRefreshTest, ForAVideoAndForWhatMayTear) {
  commit(ContentType::Video);
  bench.run_to(17);
  EXPECT_TRUE(varies());
  Layer layer = covering(1005, ContentType::None);
  bench.commit(layer);
  bench.run_to(40);
  EXPECT_FALSE(varies());
  layer.may_tear = true;
  layer.buffer = BufferId{1006};
  bench.commit(layer);
  bench.run_to(80);
  EXPECT_TRUE(varies());
}

TEST_F(VariableRefreshTest, AfterItThereIsAGridAgain) {
  start();
  bench.run_to(35);
  commit();
  bench.run_to(60);
  commit(ContentType::None);
  bench.run_to(100);
  ASSERT_FALSE(varies());
  const CommitId commit_id = commit(ContentType::None);
  bench.run_to(140);
  EXPECT_EQ(flip_of(commit_id).ns % 16'000'000, 0);
  EXPECT_TRUE(bench.is<OutputLoop::Idle>());
}

TEST_F(VariableRefreshTest, AsTheUserChooses) {
  bench.output().choose(true, RefreshChoice::Off);
  commit();
  bench.run_to(17);
  EXPECT_FALSE(varies());
  bench.output().choose(true, RefreshChoice::On);
  bench.run_to(33);
  EXPECT_TRUE(varies());
  commit(ContentType::None);
  bench.run_to(60);
  EXPECT_TRUE(varies());
  bench.output().choose(true, RefreshChoice::Fullscreen);
  bench.run_to(100);
  EXPECT_FALSE(varies());
}

TEST_F(VariableRefreshTest, WhereItWouldTakeAModesetItStaysAsItIs) {
  commit(ContentType::None);
  bench.run_to(17);
  bench.device.rule = [](const OutputState& state) { return state.variable_refresh && !state.modeset ? EINVAL : 0; };
  const CommitId refused = commit();
  bench.run_to(33);
  EXPECT_EQ(flip_of(refused), at_ms(32));
  EXPECT_FALSE(varies());
  const CommitId next = commit();
  bench.run_to(49);
  EXPECT_EQ(flip_of(next), at_ms(48)) << "by the grid";
  EXPECT_EQ(bench.device.failed_submits, 1U);
  bench.output().set_mode_anew();
  bench.run_to(81);
  EXPECT_TRUE(varies());
}

TEST_F(VariableRefreshTest, AnOutputThatIsOffRepeatsNothing) {
  start();
  bench.output().power(false);
  bench.run_to(1000);
  EXPECT_TRUE(bench.is<OutputLoop::Off>());
  const std::size_t before = bench.device.submits.size();
  bench.run_to(2000);
  EXPECT_EQ(bench.device.submits.size(), before);
}

TEST_F(VariableRefreshTest, WhatHasATimeIsNotShownBeforeItNorMuchLater) {
  start();
  bench.run_to(20);
  // As the scene's pacer does for a commit with a target time.
  const TimePoint target = at_ms(45);
  const TimePoint ask = bench.output().time_to_schedule(target);
  EXPECT_EQ(ask, target);
  bench.loop.run_until(ask);
  const CommitId timed = bench.source.commit(covering(1005));
  bench.output().schedule_in_time();
  bench.run_to(70);
  EXPECT_GE(flip_of(timed), target);
  EXPECT_LE(flip_of(timed), target + ms(12)) << "a repeat was at 36 ms, and the next picture is 16 ms later";
}

struct FixedRefreshTest : VariableRefreshTest {
  FixedRefreshTest() : VariableRefreshTest(fake_output()) {}
};

TEST_F(FixedRefreshTest, ADisplayThatCannotIsNotAsked) {
  commit();
  bench.output().choose(true, RefreshChoice::On);
  bench.run_to(40);
  EXPECT_FALSE(varies());
  EXPECT_EQ(bench.device.failed_submits, 0U);
}

} // namespace
} // namespace fenceline::test
