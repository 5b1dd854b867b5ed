// What a fullscreen window that may tear gets, and what the content type does. Blanks are at whole multiples of 16 ms,
// latches 4 ms before; a flip that tears comes 0.1 ms after its commit.

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

OutputInfo tearing_output() {
  OutputInfo info = fake_output();
  info.async_flips = true;
  info.content_types = true;
  return info;
}

struct TearingTest : testing::Test {
  explicit TearingTest(const OutputInfo& info = tearing_output()) : bench({info}) {}

  [[nodiscard]] Layer game(std::uint64_t buffer, bool may_tear = true) {
    Layer layer = bench.source.fullscreen(7, buffer);
    layer.may_tear = may_tear;
    return layer;
  }
  /// Shown in step with the blanks, by the flip at 16 ms: a modeset does not tear.
  void start() {
    bench.commit(game(1001));
    bench.run_to(17);
    ASSERT_TRUE(bench.device.shows(BufferId{1001}));
  }
  [[nodiscard]] const FakeScanout::Shown& last() { return bench.device.submits.back(); }
  /// How many frames' commits were noted with that flag.
  [[nodiscard]] int noted(std::uint16_t flag) {
    int count = 0;
    for (const FrameEvent& event : bench.observer.all(FrameEventKind::Submit))
      count += (event.flags & flag) != 0 ? 1 : 0;
    return count;
  }

  OutputBench bench;
};

TEST_F(TearingTest, AFrameGoesWhenItIsCommittedAndIsOnTheScreenAtOnce) {
  start();
  bench.run_to(18);
  const CommitId commit = bench.commit(game(1002));
  bench.run_to(19);
  EXPECT_TRUE(last().tears);
  EXPECT_EQ(last().submitted, at_ms(18)) << "neither the latch at 28 ms nor the blank at 32 ms is waited for";
  const UpdateFate fate = bench.source.fate(commit);
  EXPECT_EQ(fate.presented, 1);
  EXPECT_EQ(fate.flip, at_ms(18) + FakeScanout::tear_time);
  EXPECT_FALSE(fate.vsync);
  EXPECT_TRUE(fate.zero_copy);
  EXPECT_EQ(fate.callbacks, 1);
  EXPECT_EQ(noted(2), 1);
  EXPECT_EQ(noted(4), 0);
}

TEST_F(TearingTest, OneThatComesWhileAnotherIsOnItsWayGoesWithItsFlip) {
  start();
  bench.run_to(18);
  bench.commit(game(1002));
  bench.loop.advance(std::chrono::microseconds(50));
  bench.commit(game(1003));
  bench.commit(game(1004));
  bench.run_to(19);
  // 1003 was superseded meanwhile.
  ASSERT_EQ(bench.device.submits.size(), 3U);
  EXPECT_EQ(last().planes[0].buffer, BufferId{1004});
  EXPECT_EQ(last().submitted, at_ms(18) + FakeScanout::tear_time);
  EXPECT_TRUE(last().tears);
}

TEST_F(TearingTest, ManyFramesTearAndNoneIsAMiss) {
  start();
  for (std::uint64_t i = 0; i < 100; ++i) {
    bench.commit(game(1001 + i % 3));
    bench.loop.advance(ms(1));
  }
  EXPECT_EQ(noted(2), 100);
  EXPECT_EQ(bench.observer.count(FrameEventKind::Missed), 0U);
  EXPECT_TRUE(bench.is<OutputLoop::Idle>()) << "nothing is to be done before the next commit";
}

TEST_F(TearingTest, WhenTheClientNoLongerAsksItsFramesKeepToTheBlanks) {
  start();
  bench.commit(game(1002));
  bench.run_to(20);
  ASSERT_TRUE(last().tears);
  // The first that does not ask still goes at once, for the next blank; what follows is latched as usual.
  bench.commit(game(1003, false));
  bench.run_to(33);
  EXPECT_FALSE(last().tears);
  const CommitId commit = bench.commit(game(1001, false));
  bench.run_to(49);
  EXPECT_EQ(last().submitted, at_ms(44));
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(48));
  EXPECT_TRUE(bench.source.fate(commit).vsync);
}

TEST_F(TearingTest, TheBlanksAreWhereTheyWereAfterAllThatTore) {
  start();
  bench.run_to(18);
  bench.commit(game(1002));
  bench.run_to(19);
  ASSERT_TRUE(last().tears);
  bench.output().choose(false, RefreshChoice::Fullscreen);
  EXPECT_EQ(bench.output().coming_latch(), at_ms(28));
  bench.run_to(33);
  EXPECT_EQ(last().submitted, at_ms(28)) << "16 ms after the flip at 16, not after the one at 18.1";
}

TEST_F(TearingTest, ThePictureOfACursorDoesNotTear) {
  start();
  bench.commit(game(1002));
  bench.run_to(20);
  bench.commit(FakeSource::cursor(9, 1010, {10, 10}));
  bench.run_to(33);
  EXPECT_EQ(last().planes.size(), 2U);
  EXPECT_FALSE(last().tears);
  // With it nothing does.
  bench.commit(game(1003));
  bench.run_to(49);
  EXPECT_FALSE(last().tears);
  EXPECT_EQ(last().submitted, at_ms(44));
  // Nor the first frame without it, for that changes more than the buffer.
  bench.source.remove(SurfaceId{9});
  bench.commit(game(1001));
  bench.run_to(65);
  EXPECT_FALSE(last().tears);
  bench.commit(game(1002));
  bench.run_to(66);
  EXPECT_TRUE(last().tears);
}

TEST_F(TearingTest, AWindowThatDoesNotCoverTheOutputDoesNotTear) {
  Layer window = FakeSource::window(7, 1001, window_place);
  window.may_tear = true;
  bench.commit(window);
  bench.run_to(17);
  window.buffer = BufferId{1002};
  bench.commit(window);
  bench.run_to(33);
  EXPECT_EQ(noted(2), 0);
  EXPECT_EQ(noted(4), 0) << "it was not even tried";
}

TEST_F(TearingTest, NotWhereTheUserDoesNotAllowIt) {
  bench.output().choose(false, RefreshChoice::Fullscreen);
  start();
  bench.commit(game(1002));
  bench.run_to(33);
  EXPECT_FALSE(last().tears);
  EXPECT_EQ(last().submitted, at_ms(28));
  // Allowed while it runs: from the next frame on.
  bench.output().choose(true, RefreshChoice::Fullscreen);
  bench.run_to(49);
  bench.commit(game(1003));
  bench.run_to(50);
  EXPECT_TRUE(last().tears);
}

TEST_F(TearingTest, ARefusalSendsTheFrameInStepWithTheBlankAndItIsTriedAgainMuchLater) {
  start();
  bench.device.rule = [](const OutputState& state) { return state.tears ? EINVAL : 0; };
  bench.run_to(18);
  const CommitId refused = bench.commit(game(1002));
  bench.run_to(33);
  EXPECT_EQ(bench.device.failed_submits, 1U);
  EXPECT_EQ(bench.source.fate(refused).flip, at_ms(32)) << "no frame is lost";
  EXPECT_TRUE(bench.source.fate(refused).vsync);
  EXPECT_EQ(noted(4), 1);
  EXPECT_EQ(bench.plan(), "7:plane 131") << "nor is the plan to blame";
  // The next ones do not ask, and are latched as usual.
  for (unsigned i = 1; i < FrameWishes::pause; ++i) {
    bench.commit(game(1001 + i % 2));
    bench.loop.advance(ms(16));
  }
  EXPECT_EQ(bench.device.failed_submits, 1U);
  EXPECT_EQ(last().submitted.ns % 16'000'000, 12'000'000);
  bench.device.rule = nullptr;
  for (unsigned i = 0; i < 4; ++i) {
    bench.commit(game(1001 + i % 2));
    bench.loop.advance(ms(16));
  }
  EXPECT_TRUE(last().tears);
  EXPECT_EQ(noted(4), 1);
}

TEST_F(TearingTest, ADisplayThatIsBusyIsNotAskedInALoop) {
  start();
  bench.commit(game(1002));
  bench.run_to(20);
  bench.device.submit_errors = {EBUSY};
  const CommitId commit = bench.commit(game(1003));
  bench.run_to(60);
  EXPECT_EQ(bench.device.failed_submits, 1U);
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_TRUE(last().tears) << "that was no refusal";
}

TEST_F(TearingTest, ALookThatFindsNothingIsNotRepeatedInALoop) {
  struct : LatchWatch {
    void before_latch(OutputId, TimePoint) override {
      ++looks;
      bench->output().schedule_look();
    }
    void after_latch(OutputId) override {}
    OutputBench* bench = nullptr;
    int looks = 0;
  } watch;
  OutputBench watched({tearing_output()});
  watch.bench = &watched;
  watched.rig.watch = &watch;
  watched.set.reset();
  watched.set = watched.rig.make(watched.loop, watched.device, watched.source, &watched.composer, watched.observer);
  watched.commit(game(1001));
  watched.run_to(17);
  watched.commit(game(1002));
  watched.run_to(20);
  ASSERT_TRUE(watched.device.submits.back().tears);
  const int before = watch.looks;
  watched.run_to(20 + 160);
  EXPECT_LE(watch.looks - before, 11) << "once a blank at the most";
}

TEST_F(TearingTest, TheDisplayIsToldWhatCoversIt) {
  Layer layer = game(1001, false);
  layer.content = ContentType::Game;
  bench.commit(layer);
  bench.run_to(17);
  EXPECT_EQ(last().content, ContentType::Game);
  // A popup over it changes nothing.
  Layer popup = FakeSource::window(8, 1002, window_place);
  popup.content = ContentType::Photo;
  bench.commit(popup);
  bench.run_to(49);
  EXPECT_EQ(last().content, ContentType::Game);
  // What covers it does.
  Layer video = bench.source.fullscreen(9, 1003);
  video.content = ContentType::Video;
  bench.commit(video);
  bench.run_to(81);
  EXPECT_EQ(last().content, ContentType::Video);
  bench.source.remove(SurfaceId{9});
  bench.source.remove(SurfaceId{7});
  bench.set->schedule_all();
  bench.run_to(120);
  EXPECT_EQ(last().content, ContentType::None);
}

TEST_F(TearingTest, AContentTypeThatWouldTakeAModesetIsLeftOut) {
  bench.commit(game(1001, false));
  bench.run_to(17);
  bench.device.rule = [](const OutputState& state) {
    return state.content != ContentType::None && !state.modeset ? EINVAL : 0;
  };
  Layer layer = game(1002, false);
  layer.content = ContentType::Game;
  const CommitId commit = bench.commit(layer);
  bench.run_to(33);
  EXPECT_EQ(bench.source.fate(commit).flip, at_ms(32)) << "the frame is shown all the same";
  EXPECT_EQ(bench.device.failed_submits, 1U);
  EXPECT_EQ(bench.plan(), "7:plane 131");
  layer.buffer = BufferId{1003};
  bench.commit(layer);
  bench.run_to(65);
  EXPECT_EQ(bench.device.failed_submits, 1U) << "it is not asked again";
  EXPECT_EQ(last().content, ContentType::None);
  // With a modeset it goes.
  bench.output().set_mode_anew();
  bench.run_to(97);
  EXPECT_EQ(last().content, ContentType::Game);
}

TEST_F(TearingTest, ARefusalForAnotherReasonIsNotTheHints) {
  bench.commit(game(1001, false));
  bench.run_to(17);
  bench.device.submit_errors = {EINVAL, EINVAL};
  Layer layer = game(1002, false);
  layer.content = ContentType::Game;
  bench.commit(layer);
  bench.run_to(33);
  EXPECT_EQ(bench.plan(), "7:composed (commit rejected)");
  EXPECT_EQ(last().content, ContentType::Game);
}

struct NeverTears : TearingTest {
  NeverTears() : TearingTest(fake_output()) {}
};

TEST_F(NeverTears, ADisplayThatCannotIsNotAsked) {
  start();
  bench.commit(game(1002));
  bench.run_to(33);
  EXPECT_FALSE(last().tears);
  EXPECT_EQ(last().submitted, at_ms(28));
  EXPECT_EQ(noted(4), 0);
  EXPECT_EQ(bench.device.failed_submits, 0U);
}

} // namespace
} // namespace fenceline::test
