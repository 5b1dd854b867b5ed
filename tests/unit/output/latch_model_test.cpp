#include "compositor/output/latch_model.h"

#include <gtest/gtest.h>
#include <random>

#include "tests/support/fake_scanout.h"

namespace fenceline::test {
namespace {

constexpr Nanoseconds refresh = std::chrono::milliseconds(16);
constexpr Nanoseconds us(std::int64_t count) {
  return std::chrono::microseconds(count);
}

/// Frames at blanks of 16 ms, each latched as the model says.
class LatchModelTest : public ::testing::Test {
 protected:
  /// What one frame does after its planned latch, and whether the display takes what was sent in time.
  struct Frame {
    FrameWork work = FrameWork::Scanout;
    Nanoseconds late = us(50);   ///< The wake.
    Nanoseconds takes = us(150); ///< From the wake until it is sent.
    Nanoseconds fence{};         ///< From the wake until its fence has signalled; 0: it has none.
    Nanoseconds display_needs = us(100);
  };
  /// Whether it made its blank.
  bool show(const Frame& frame) {
    blank_ = blank_ + refresh;
    FrameTimes times;
    times.work = frame.work;
    times.blank = blank_;
    times.planned = blank_ - model.lead();
    times.woken = times.planned + frame.late;
    times.submitted = times.woken + frame.takes;
    TimePoint done = times.submitted;
    if (frame.fence > Nanoseconds{})
      done = std::max(done, *(times.fence = times.woken + frame.fence));
    TimePoint flip = blank_;
    while (done + frame.display_needs > flip)
      flip = flip + refresh;
    model.shown(times, flip, refresh);
    misses += flip > blank_ ? 1 : 0;
    const bool made = flip == blank_;
    blank_ = flip;
    return made;
  }
  void show(int count, const Frame& frame) {
    for (int i = 0; i < count; ++i)
      show(frame);
  }
  [[nodiscard]] static Nanoseconds sum(Nanoseconds lateness, Nanoseconds work) {
    return lateness + work + LatchModel::least_need + LatchModel::guard;
  }

  LatchModel model;
  int misses = 0;

 private:
  TimePoint blank_ = at_ms(16);
};

TEST_F(LatchModelTest, BeginsWithFourMilliseconds) {
  EXPECT_EQ(model.lead(), ms(4));
  show(7, {});
  EXPECT_EQ(model.lead(), ms(4)) << "too few";
}

TEST_F(LatchModelTest, LeavesAScannedOutFrameUnderAMillisecond) {
  show(8, {});
  EXPECT_EQ(model.lead(), sum(us(50), us(150)));
  EXPECT_LT(model.lead(), ms(1));
  show(1000, {});
  EXPECT_EQ(misses, 0);
}

TEST_F(LatchModelTest, IsNeverUnderTheLeast) {
  show(100, {.late = {}, .takes = {}});
  EXPECT_EQ(model.lead(), LatchModel::least_lead);
}

TEST_F(LatchModelTest, WaitsForTheFenceOfAComposedImage) {
  show(10, {.work = FrameWork::Composed, .takes = us(300), .fence = ms(3)});
  EXPECT_EQ(model.lead(), sum(us(50), ms(3)));
}

TEST_F(LatchModelTest, TimesThatAreMuchTheSameAreCoveredAll) {
  for (int i = 0; i < 2000; ++i)
    show({.takes = us(150 + i * 7 % 400)});
  EXPECT_LE(misses, 1);
  EXPECT_NEAR(static_cast<double>(model.lead().count()), static_cast<double>(sum(us(50), us(549)).count()), 50e3);
}

TEST_F(LatchModelTest, AFewThatAreFarOffAreLeftOut) {
  for (int i = 0; i < 2000; ++i)
    show({.takes = i % 100 == 99 ? ms(6) : us(150)});
  EXPECT_EQ(misses, 20) << "each of them, and none for it";
  show(50, {});
  EXPECT_LT(model.lead(), ms(1));
}

TEST_F(LatchModelTest, WhatIsDearerThanItsMissesIsPaid) {
  for (int i = 0; i < 2000; ++i)
    show({.takes = i % 50 == 49 ? us(1000) : us(150)});
  EXPECT_LE(misses, 6) << "one in fifty, but less than a millisecond of lead saves them";
  EXPECT_GE(model.lead(), ms(1));
}

TEST_F(LatchModelTest, WorkThatHasBecomeMoreIsMissedThreeTimesAndNoMore) {
  show(300, {.work = FrameWork::Composed, .takes = us(300), .fence = ms(3)});
  misses = 0;
  show(10, {.work = FrameWork::Composed, .takes = us(300), .fence = ms(9)});
  EXPECT_EQ(misses, 3) << "few of 256, but one after the other";
  EXPECT_GE(model.lead(), ms(9));
}

TEST_F(LatchModelTest, WorkThatHasBecomeLessIsNotPaidForAnyLonger) {
  const Frame usual{.work = FrameWork::Composed, .takes = us(300), .fence = ms(3)};
  const Frame more{.work = FrameWork::Composed, .takes = us(300), .fence = ms(9)};
  show(300, usual);
  show(30, more);
  EXPECT_GE(model.lead(), ms(9));
  show(12, usual);
  EXPECT_LT(model.lead(), ms(4)) << "those 30 are among the last 256";
  misses = 0;
  show(10, more);
  EXPECT_LE(misses, 3) << "and it may become more again";
}

TEST_F(LatchModelTest, AMissWidensAtOnceAndThatWearsOff) {
  show(200, {});
  const Nanoseconds before = model.lead();
  EXPECT_FALSE(show({.takes = ms(2)}));
  EXPECT_GT(model.lead(), before + ms(1));
  EXPECT_TRUE(show({.takes = us(1500)})) << "what comes right behind it makes it";
  show(16 * LatchModel::widening_life, {});
  EXPECT_LT(model.lead(), before + us(20));
}

TEST_F(LatchModelTest, AMissOfManyMillisecondsWidensByAnEighthOfAFrame) {
  show(200, {});
  const Nanoseconds before = model.lead();
  EXPECT_FALSE(show({.takes = ms(60)}));
  EXPECT_LE(model.lead(), before + refresh / 8);
}

TEST_F(LatchModelTest, TheDearestOfTheRecentKindsCounts) {
  show(20, {});
  const Nanoseconds scanout = model.lead();
  show(8, {.work = FrameWork::Mixed, .takes = ms(2)});
  const Nanoseconds mixed = model.lead();
  EXPECT_GE(mixed, sum(us(50), ms(2)));
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(show({.work = FrameWork::Mixed, .takes = ms(2)}));
    show(3, {});
  }
  show(LatchModel::recent_frames + 16 * LatchModel::widening_life, {});
  EXPECT_LT(model.lead(), scanout + us(20)) << "no frame was composed for long";
}

TEST_F(LatchModelTest, ADisplayThatNeedsMoreIsFoundOut) {
  show(20, {});
  const Frame frame{.display_needs = us(1500)};
  misses = 0;
  show(10, frame);
  EXPECT_LE(misses, 6);
  misses = 0;
  show(60, frame);
  EXPECT_EQ(misses, 0) << "a second without one";
  show(36000, frame);
  EXPECT_LT(misses, 60) << "ten minutes: it is tried out now and then";
}

TEST_F(LatchModelTest, ADisplayNeedsNoMoreThanWhatWasOnceEnough) {
  // One frame in 20 is late by anything up to 8 ms: some of them are too late for the display, but before the blank.
  std::minstd_rand random(1);
  std::uniform_int_distribution<std::int64_t> tail(300, 8000);
  Nanoseconds sum{};
  constexpr int frames = 12'000;
  for (int i = 0; i < frames; ++i) {
    sum += model.lead();
    show({.late = i % 20 == 0 ? us(tail(random)) : us(50), .display_needs = us(450)});
  }
  EXPECT_LT(sum / frames, us(2500));
}

TEST_F(LatchModelTest, WhatADisplayNeededOnceIsForgottenToTheEnd) {
  show(300, {});
  const Nanoseconds before = model.lead();
  show(10, {.display_needs = us(700)});
  EXPECT_GT(model.lead(), before);
  show(static_cast<int>(LatchModel::longest_hold) + 20 * LatchModel::need_life, {});
  EXPECT_EQ(model.lead(), before);
}

TEST_F(LatchModelTest, ADisplayThatIsLateThoughItHadMuchTimeNeedsNoMoreForIt) {
  for (int i = 0; i < 7; ++i)
    show({.display_needs = ms(6)});
  EXPECT_EQ(model.lead(), ms(4)) << "they were sent nearly four milliseconds before";
  show({});
  EXPECT_EQ(model.lead(), sum(us(50), us(150)));
}

TEST_F(LatchModelTest, ADisplayThatIsLateAnywayDoesNotTakeTheWholeFrame) {
  show(1000, {.display_needs = ms(40)});
  EXPECT_LE(model.lead(), refresh / 4 + ms(1));
}

TEST_F(LatchModelTest, FramesWithoutABlankOrOfSeveralTriesTeachNothing) {
  FrameTimes times;
  times.planned = times.woken = at_ms(1);
  times.submitted = at_ms(9);
  for (int i = 0; i < 20; ++i)
    model.shown(times, at_ms(16), refresh);
  times.blank = at_ms(16);
  times.first_try = MissCause::KernelLate;
  for (int i = 0; i < 20; ++i)
    model.shown(times, at_ms(32), refresh);
  EXPECT_EQ(model.lead(), ms(4));
}

// A try for a blank whose latch is past.

TEST_F(LatchModelTest, ATryNeedsAsLongAsHalfOfTheFramesDid) {
  show(7, {});
  EXPECT_FALSE(model.shortest()) << "too little is known";
  for (int i = 0; i < 100; ++i)
    show({.takes = i % 3 == 0 ? us(600) : us(150)});
  EXPECT_EQ(model.shortest(), us(200) + LatchModel::least_need);
  EXPECT_GT(model.lead(), us(650));
}

TEST_F(LatchModelTest, TriesThatFailAreMadeLessAndLessOften) {
  show(100, {});
  const auto attempt = [this](bool made) {
    FrameTimes times;
    times.hurried = true;
    times.blank = at_ms(32);
    times.planned = times.woken = at_ms(15);
    times.submitted = at_ms(15);
    model.shown(times, made ? at_ms(16) : at_ms(32), refresh);
  };
  const Nanoseconds lead = model.lead();
  attempt(true);
  EXPECT_TRUE(model.shortest());
  for (unsigned rest = LatchModel::first_rest; rest <= 4 * LatchModel::first_rest; rest *= 2) {
    attempt(false);
    show(static_cast<int>(rest) - 1, {});
    EXPECT_FALSE(model.shortest()) << rest;
    show({});
    EXPECT_TRUE(model.shortest()) << rest;
  }
  attempt(true);
  attempt(false);
  show(LatchModel::first_rest, {});
  EXPECT_FALSE(model.shortest()) << "one that is made in between forgives nothing";
  show(LatchModel::longest_rest, {});
  for (unsigned i = 0; i < LatchModel::trusted; ++i)
    attempt(true);
  attempt(false);
  show(LatchModel::first_rest, {});
  EXPECT_TRUE(model.shortest()) << "many that are made do";
  EXPECT_EQ(model.lead(), lead) << "the others' lead does not learn of them";
}

TEST_F(LatchModelTest, AnotherModeIsLearnedAnew) {
  show(100, {});
  model.forget();
  EXPECT_EQ(model.lead(), ms(4));
}

} // namespace
} // namespace fenceline::test
