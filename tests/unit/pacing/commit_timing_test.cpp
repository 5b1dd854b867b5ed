#include <cstdint>

#include "tests/unit/pacing/pacing_fixture.h"

namespace fenceline::test {
namespace {

class CommitTimingTest : public PacingTest {};

TEST_F(CommitTimingTest, AnUpdateIsShownByTheFirstBlankThatIsNotBeforeItsTime) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 50);
  run_to(49);
  EXPECT_EQ(surface.queued(), 1U);
  run_to(100);
  EXPECT_EQ(timeline, "A@16 B@64 ");
  EXPECT_EQ(device->submits.size(), 2U) << "no picture was taken for nothing";
}

TEST_F(CommitTimingTest, ATimeThatIsABlanksIsMetByThatBlank) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 64);
  run_to(59);
  EXPECT_EQ(surface.queued(), 1U) << "it is applied when the picture is taken that it is for";
  run_to(60);
  EXPECT_EQ(surface.queued(), 0U);
  run_to(100);
  EXPECT_EQ(timeline, "A@16 B@64 ");
  EXPECT_EQ(device->submits.size(), 2U);
}

TEST_F(CommitTimingTest, WhatClientAndDisplayDisagreeAboutByNoiseIsABlankStill) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", at_ms(64) + UpdatePacer::prediction_error);
  run_to(100);
  draw_at(surface, "C", at_ms(128) + UpdatePacer::prediction_error + Nanoseconds(1));
  run_to(200);
  EXPECT_EQ(timeline, "A@16 B@64 C@144 ");
}

TEST_F(CommitTimingTest, ALeadThatIsFoundToBeShorterMeanwhileTakesNoPictureForNothing) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 96);
  run_to(70);
  rig.clock.set_lead(ms(3));
  run_to(200);
  EXPECT_EQ(timeline, "A@16 B@96 ");
  EXPECT_EQ(device->submits.size(), 2U);
}

TEST_F(CommitTimingTest, ALatchThatCouldStillBeTriedForTakesNoPictureForATimeAfterIt) {
  Surface& surface = shown_surface();
  rig.clock.set_lead(std::nullopt); // Of its own, with tries for a blank whose latch is past.
  for (std::int64_t frame = 1; frame <= 20; ++frame) {
    run_to(frame * 16 + 8);
    draw(surface, "x");
  }
  run_to(400);
  ASSERT_LT(output().learned_lead(), ms(1));
  timeline.clear();
  const auto submits = device->submits.size();
  draw_at(surface, "B", 528);
  run_to(600);
  EXPECT_EQ(timeline, "B@528 ");
  EXPECT_EQ(device->submits.size(), submits + 1);
}

TEST_F(CommitTimingTest, ATimeThatIsPastHoldsNothingUp) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 20);
  EXPECT_EQ(surface.queued(), 0U);
  run_to(100);
  EXPECT_EQ(timeline, "A@16 B@32 ");
  EXPECT_EQ(pacer->waiting(), 0U);
}

TEST_F(CommitTimingTest, ATimeBetweenTheLatchAndItsBlankIsForThatBlank) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 30); // The picture for 32 is taken at 28.
  run_to(100);
  EXPECT_EQ(timeline, "A@16 B@32 ");
}

TEST_F(CommitTimingTest, UpdatesKeepTheirOrderWithTimesAndWithout) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 80);
  draw(surface, "C");
  draw_at(surface, "D", 40); // Its time is earlier than that of one before it.
  draw_at(surface, "E", 100);
  run_to(70);
  EXPECT_EQ(timeline, "A@16 ") << "what comes behind an update waits with it";
  run_to(200);
  EXPECT_EQ(timeline, "A@16 -B -C D@80 E@112 ");
}

TEST_F(CommitTimingTest, AnotherSurfaceIsNotHeldUp) {
  Surface& timed = shown_surface();
  Surface& free = scene.create_surface(ClientId{8});
  stack.placed.push_back({.root = free.id(), .position = {}, .role = LayerRole::Content});
  on[free.id()] = OutputId{1};
  run_to(20);
  draw_at(timed, "B", 80);
  draw(free, "x");
  run_to(40);
  draw(free, "y");
  run_to(100);
  EXPECT_EQ(timeline, "A@16 x@32 y@48 B@80 ") << "pictures that are taken meanwhile don't show it early";
}

TEST_F(CommitTimingTest, AnAcquirePointIsWaitedForToo) {
  Surface& surface = shown_surface();
  run_to(20);
  std::function<void()> early, late;
  picture(surface, "B");
  surface.pending().time = pacer->not_before(surface.id(), at_ms(64));
  commit_waiting(surface, early);
  picture(surface, "C");
  surface.pending().time = pacer->not_before(surface.id(), at_ms(80));
  commit_waiting(surface, late);
  run_to(30);
  early();
  run_to(90);
  EXPECT_EQ(timeline, "A@16 B@64 ");
  late();
  run_to(120);
  EXPECT_EQ(timeline, "A@16 B@64 C@96 ") << "when its time is over it goes with the next blank";
}

TEST_F(CommitTimingTest, TheTraceIsToldOfFencesNotOfTimes) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 64);
  draw_at(surface, "C", 10);
  run_to(100);
  EXPECT_EQ(observer.count(FrameEventKind::AcquireReady), 0U);
}

TEST_F(CommitTimingTest, ASynchronisedChildsTimeHoldsItsParentsUpdate) {
  Surface& parent = shown_surface();
  Surface& child = scene.create_surface(ClientId{7});
  ASSERT_TRUE(scene.add_subsurface(child, parent));
  on[child.id()] = OutputId{1};
  run_to(20);
  draw_at(child, "c", 64);
  draw(parent, "B");
  run_to(63);
  EXPECT_EQ(timeline, "A@16 ");
  run_to(100);
  EXPECT_EQ(timeline, "A@16 B@64 c@64 ") << "both at once";
}

TEST_F(CommitTimingTest, ASurfaceThatNobodySeesGoesOnAtItsTime) {
  Surface& surface = shown_surface(std::nullopt);
  run_to(20);
  draw_at(surface, "B", 50);
  run_to(49);
  EXPECT_EQ(surface.queued(), 1U);
  run_to(50);
  EXPECT_EQ(surface.queued(), 0U);
}

TEST_F(CommitTimingTest, AnOutputThatIsOffHoldsNothingUp) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 100); // The output goes off meanwhile.
  output().power(false);
  run_to(60);
  draw_at(surface, "C", 120);
  run_to(100);
  EXPECT_EQ(surface.queued(), 1U);
  run_to(120);
  EXPECT_EQ(surface.queued(), 0U);
  run_to(130);
  output().power(true);
  run_to(200);
  EXPECT_EQ(timeline, "A@16 -B C@144 ");
}

TEST_F(CommitTimingTest, ADisplayThatHangsHoldsNothingUp) {
  Surface& surface = shown_surface();
  run_to(20);
  device->flips_stopped = true;
  draw(surface, "B");
  run_to(40);
  for (int i = 0; i < 20; ++i)
    draw_at(surface, "x", 100 + i);
  run_to(119);
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_EQ(pacer->waiting(), 0U);
}

TEST_F(CommitTimingTest, ASurfaceOnTwoOutputsKeepsTimeWithOne) {
  OutputInfo quick = fake_output(2);
  quick.mode.refresh = ms(5);
  begin({fake_output(), quick});
  Surface& surface = shown_surface();
  Surface& busy = scene.create_surface(ClientId{8});
  stack.placed.push_back({.root = busy.id(), .position = {1024, 0}, .role = LayerRole::Content});
  on[busy.id()] = OutputId{2};
  run_to(20);
  draw_at(surface, "B", 62);
  for (int at = 21; at < 100; ++at) {
    run_to(at);
    draw(busy, "x");
  }
  EXPECT_NE(timeline.find("B@64 "), std::string::npos) << timeline;
}

// The picture for 48, which was to be taken at 44, is taken at 60: it is the one for 64.
TEST_F(CommitTimingTest, APictureThatIsTakenLateIsForALaterBlank) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 48);
  draw_at(surface, "C", 64);
  draw_at(surface, "D", 80);
  run_to(40);
  loop.clock().spend(ms(20));
  run_to(200);
  EXPECT_EQ(timeline, "A@16 -B C@64 D@80 ");
}

TEST_F(CommitTimingTest, ADisplayThatChangesItsPhaseIsFollowed) {
  Surface& surface = shown_surface();
  run_to(20);
  draw(surface, "B");
  device->late_blanks = 2; // Shown at 64 instead of 32.
  run_to(30);
  draw_at(surface, "C", 50);
  draw_at(surface, "D", 90);
  run_to(200);
  EXPECT_EQ(timeline, "A@16 B@64 C@80 D@96 ");
}

TEST_F(CommitTimingTest, WhatWaitsGoesWithItsSurface) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 1000);
  surface.pending().time = pacer->not_before(surface.id(), at_ms(2000)); // Never committed.
  EXPECT_EQ(pacer->waiting(), 1U);
  stack.placed.clear();
  scene.destroy_surface(surface.id());
  EXPECT_EQ(pacer->waiting(), 0U);
  run_to(3000);
  EXPECT_EQ(timeline, "A@16 -B ");
  EXPECT_EQ(loop.armed_timers(), 0U);
}

TEST_F(CommitTimingTest, AnUpdateThatOutlivesThePacerIsHarmless) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_at(surface, "B", 1000);
  std::unique_ptr<CommitConstraint> late = pacer->not_before(surface.id(), at_ms(2000));
  rig.watch = nullptr;
  set.reset();
  pacer.reset();
  const Result<bool> met = late->arm([] {});
  ASSERT_TRUE(met);
  EXPECT_TRUE(*met) << "nobody is there to wait for";
}

/// Presents `count` pictures of a film on a 60 Hz display, all queued at the start, and says how many blanks each
/// stays.
class CadenceTest : public CommitTimingTest {
 protected:
  std::string cadence(int frames_a_second, int count) {
    OutputInfo info = fake_output();
    info.mode.refresh = refresh;
    begin({info});
    Surface& surface = shown_surface();
    run_to(20);
    // The first one is for a blank.
    const TimePoint first = TimePoint{} + refresh * 6;
    for (int i = 0; i < count; ++i) {
      picture(surface, "");
      surface.pending().feedback.back() = std::make_unique<Blank>(blanks);
      surface.pending().time =
          pacer->not_before(surface.id(), first + Nanoseconds(std::int64_t{1'000'000'000} * i / frames_a_second));
      commit(surface);
    }
    run_to(3000);
    std::string text;
    for (std::size_t i = 1; i < blanks.size(); ++i)
      text += std::to_string(blanks[i] - blanks[i - 1]);
    return text;
  }

  class Blank final : public PresentationSink {
   public:
    explicit Blank(std::vector<std::int64_t>& blanks) : blanks_(blanks) {}
    void presented(const FlipEvent& flip, Nanoseconds, bool) override {
      blanks_.push_back(flip.time.ns / refresh.count());
    }
    void discarded() override { blanks_.push_back(-1); }

   private:
    std::vector<std::int64_t>& blanks_;
  };

  static constexpr Nanoseconds refresh{16'666'667};
  std::vector<std::int64_t> blanks;
};

TEST_F(CadenceTest, TwentyFourASecondStayThreeAndTwoBlanksByTurns) {
  EXPECT_EQ(cadence(24, 25), "323232323232323232323232");
  EXPECT_EQ(device->submits.size(), 26U) << "one frame a picture, and the one before";
}

TEST_F(CadenceTest, ThirtyASecondStayTwoBlanks) {
  EXPECT_EQ(cadence(30, 21), "22222222222222222222");
  EXPECT_EQ(device->submits.size(), 22U);
}

TEST_F(CadenceTest, SixtyASecondStayOne) {
  EXPECT_EQ(cadence(60, 21), "11111111111111111111");
}

} // namespace
} // namespace fenceline::test
