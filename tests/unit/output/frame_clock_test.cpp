#include "compositor/output/frame_clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_scanout.h"

namespace fenceline::test {
namespace {

TEST(ConstantLeadClock, LatchesAtOnceWhenNoBlankIsKnown) {
  const ConstantLeadClock clock;
  const LatchTime when = clock.next_latch(at_ms(100), std::nullopt, ms(16), at_ms(0));
  EXPECT_EQ(when.latch, at_ms(100));
  EXPECT_FALSE(when.phase_known);
}

TEST(ConstantLeadClock, WaitsForTheGivenTimeWhenNoBlankIsKnown) {
  const ConstantLeadClock clock;
  EXPECT_EQ(clock.next_latch(at_ms(100), std::nullopt, ms(16), at_ms(130)).latch, at_ms(130));
}

TEST(ConstantLeadClock, LatchesFourMillisecondsBeforeTheNextBlank) {
  const ConstantLeadClock clock;
  const LatchTime when = clock.next_latch(at_ms(161), at_ms(160), ms(16), at_ms(160));
  EXPECT_EQ(when.blank, at_ms(176));
  EXPECT_EQ(when.latch, at_ms(172));
  EXPECT_TRUE(when.phase_known);
}

TEST(ConstantLeadClock, AimsAtTheFollowingBlankWhenTheLatchIsPast) {
  const ConstantLeadClock clock;
  EXPECT_EQ(clock.next_latch(at_ms(172), at_ms(160), ms(16), at_ms(160)).blank, at_ms(176));
  EXPECT_EQ(clock.next_latch(at_ms(172) + Nanoseconds(1), at_ms(160), ms(16), at_ms(160)).blank, at_ms(192));
}

TEST(ConstantLeadClock, KeepsThePhaseThroughIdleTime) {
  const ConstantLeadClock clock;
  const Nanoseconds refresh(16'666'667);
  const LatchTime when = clock.next_latch(at_ms(3'600'000), at_ms(5), refresh, at_ms(5));
  EXPECT_EQ((when.blank - at_ms(5)).count() % refresh.count(), 0);
  EXPECT_GE(when.latch, at_ms(3'600'000));
  EXPECT_LT(when.latch, at_ms(3'600'000) + refresh);
}

TEST(ConstantLeadClock, NeverAimsAtABlankThatWasTried) {
  const ConstantLeadClock clock;
  EXPECT_EQ(clock.next_latch(at_ms(172), at_ms(160), ms(16), at_ms(176)).blank, at_ms(192));
}

TEST(ConstantLeadClock, LeavesAShortFrameItsFirstQuarter) {
  const ConstantLeadClock clock;
  const LatchTime when = clock.next_latch(at_ms(160), at_ms(160), ms(2), at_ms(160));
  EXPECT_EQ(when.blank, at_ms(162));
  EXPECT_EQ(when.blank - when.latch, Nanoseconds(1'500'000));
}

} // namespace
} // namespace fenceline::test
