#include "compositor/output/blank_period.h"

#include <gtest/gtest.h>

#include "tests/support/fake_scanout.h"

namespace fenceline::test {
namespace {

constexpr Nanoseconds nominal{16'666'667};

TEST(BlankPeriod, IsTheModesUntilItIsMeasured) {
  BlankPeriod blanks;
  EXPECT_EQ(blanks.period(nominal), nominal);
  EXPECT_EQ(blanks.uncertainty(at_ms(5)), Nanoseconds{});
}

TEST(BlankPeriod, MeasuresADriftingCrystalAndForetellsOverAnIdleMinute) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal + nominal / 20'000; // 50 millionths slow.
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 600; ++i)
    blanks.flipped(flip = flip + real, nominal);
  EXPECT_EQ(blanks.period(nominal), real);
  const TimePoint later = flip + real * 3600;
  const Nanoseconds off = later - (flip + blanks.period(nominal) * 3600);
  EXPECT_LT(std::abs(off.count()), blanks.uncertainty(later).count());
  EXPECT_LE(blanks.uncertainty(later), ms(2));
}

TEST(BlankPeriod, CountsTheBlanksWithoutAFlip) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal - nominal / 10'000;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 60; ++i)
    blanks.flipped(flip = flip + real * (1 + i % 7), nominal);
  EXPECT_EQ(blanks.period(nominal), real);
}

// A clock on a wall: 20 frames in a row, then half a minute without one. 1800 blanks are 1800.14 of the mode's.
TEST(BlankPeriod, TwoPausesThatAgreeMeasureACrystal) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal + nominal * 80 / 1'000'000;
  TimePoint flip = at_ms(100);
  const auto burst = [&] {
    for (int i = 0; i < 20; ++i)
      blanks.flipped(flip = flip + real, nominal);
  };
  const auto pause = [&](Nanoseconds further = {}) { blanks.flipped(flip = flip + real * 1800 + further, nominal); };
  burst();
  pause();
  EXPECT_EQ(blanks.period(nominal), nominal) << "one pause may be a display that has begun anew";
  burst();
  pause();
  EXPECT_EQ(blanks.period(nominal), real);
  // And it is kept where one of them does not fit.
  pause(real / 4);
  burst();
  EXPECT_EQ(blanks.period(nominal), real);
  const TimePoint later = flip + real * 1800;
  EXPECT_LT(blanks.uncertainty(later), ms(1));
}

TEST(BlankPeriod, PausesThatDisagreeOrAreFurtherOffThanACrystalTeachNothing) {
  BlankPeriod blanks;
  TimePoint flip = at_ms(100);
  const auto pause = [&](int frames, Nanoseconds off) {
    blanks.flipped(flip = flip + nominal * frames + off, nominal);
  };
  for (int i = 0; i < 10; ++i)
    pause(1800, i % 2 == 0 ? nominal / 5 : -(nominal / 5));
  EXPECT_EQ(blanks.period(nominal), nominal) << "begins its blanks anew each time";
  for (int i = 0; i < 10; ++i)
    pause(600, nominal / 5);
  EXPECT_EQ(blanks.period(nominal), nominal) << "off by 333 millionths";
  for (int i = 0; i < 10; ++i)
    pause(1800, nominal * 7 / 16);
  EXPECT_EQ(blanks.period(nominal), nominal) << "one blank more, or one less?";
}

// 3600 blanks of one that is 177 millionths slow are 10.6 ms more than the mode's: as well 6 ms less of one more.
TEST(BlankPeriod, EqualPausesThatMayBeOneBlankMoreOrLessTeachNothing) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal + nominal * 177 / 1'000'000;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 10; ++i)
    blanks.flipped(flip = flip + real * 3600, nominal);
  EXPECT_EQ(blanks.period(nominal), nominal);
  EXPECT_EQ(blanks.uncertainty(flip + std::chrono::seconds(5)), ms(1)) << "nothing is known better than before";
}

// A clock that ticks each 88 s: of one that is 190 millionths slow that looks like a blank more, and nothing else.
TEST(BlankPeriod, APauseAfterWhichTheCountIsOneOffByNoMoreThanItSeemsTeachesNothing) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal + nominal * 190 / 1'000'000;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 10; ++i)
    blanks.flipped(flip = flip + real * 5262, nominal);
  EXPECT_EQ(blanks.uncertainty(flip + std::chrono::seconds(5)), ms(1)) << "nothing is known better than before";
  for (int i = 0; i < 600; ++i)
    blanks.flipped(flip = flip + real, nominal);
  EXPECT_EQ(blanks.period(nominal), real);
  for (int i = 0; i < 10; ++i) {
    blanks.flipped(flip = flip + real * 5262, nominal);
    EXPECT_EQ(blanks.period(nominal), real) << "known well enough to be counted on";
  }
}

TEST(BlankPeriod, JitterOfTheStampsEvensOut) {
  BlankPeriod blanks;
  const TimePoint first = at_ms(100);
  for (int i = 0; i < 2000; ++i)
    blanks.flipped(first + nominal * i + std::chrono::microseconds(i % 3 * 40), nominal);
  EXPECT_LT(std::abs((blanks.period(nominal) - nominal).count()), nominal.count() / 100'000);
}

TEST(BlankPeriod, StampsThatFitNoFramesTeachNothing) {
  BlankPeriod blanks;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 1000; ++i)
    blanks.flipped(flip = flip + nominal * 3 / 2, nominal);
  EXPECT_EQ(blanks.period(nominal), nominal);
  // Backwards, too, and the same one twice.
  blanks.flipped(at_ms(1), nominal);
  blanks.flipped(at_ms(1), nominal);
  EXPECT_EQ(blanks.period(nominal), nominal);
}

TEST(BlankPeriod, WhatIsFarFromTheModeIsNotBelieved) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal * 105 / 100;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 1000; ++i)
    blanks.flipped(flip = flip + real, nominal);
  EXPECT_EQ(blanks.period(nominal), nominal);
}

TEST(BlankPeriod, WhatWasMeasuredIsGivenUpWhereItFitsNoMore) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal * 101 / 100;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 600; ++i)
    blanks.flipped(flip = flip + real, nominal);
  EXPECT_EQ(blanks.period(nominal), real);
  // The panel has gone to another rate without a word. 20 frames of it are 2.8 of another: they fit nothing.
  for (int i = 0; i < 3; ++i)
    blanks.flipped(flip = flip + nominal * 6 / 5, nominal);
  EXPECT_EQ(blanks.period(nominal), real) << "a hiccup";
  for (int i = 0; i < 4; ++i)
    blanks.flipped(flip = flip + nominal * 6 / 5, nominal);
  EXPECT_EQ(blanks.period(nominal), nominal);
}

TEST(BlankPeriod, AModeThatIsSetAnewBeginsOtherBlanksOfTheSameLength) {
  BlankPeriod blanks;
  const Nanoseconds real = nominal - nominal / 10'000;
  TimePoint flip = at_ms(100);
  for (int i = 0; i < 600; ++i)
    blanks.flipped(flip = flip + real, nominal);
  blanks.interrupted();
  EXPECT_EQ(blanks.period(nominal), real);
  flip = flip + real / 16; // Near enough to a whole frame to be taken for one.
  for (int i = 0; i < 600; ++i) {
    blanks.flipped(flip = flip + real, nominal);
    ASSERT_EQ(blanks.period(nominal), real) << i;
  }
}

TEST(BlankPeriod, TheLongerAgoTheLastFlipTheLessIsSure) {
  BlankPeriod blanks;
  blanks.flipped(at_ms(100), nominal);
  EXPECT_LT(blanks.uncertainty(at_ms(117)), std::chrono::microseconds(4));
  EXPECT_EQ(blanks.uncertainty(at_ms(1100)), std::chrono::microseconds(200));
  EXPECT_EQ(blanks.uncertainty(at_ms(100'000'000)), ms(2));
}

} // namespace
} // namespace fenceline::test
