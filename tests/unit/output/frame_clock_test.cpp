#include "compositor/output/frame_clock.h"

#include <gtest/gtest.h>

#include "tests/support/fake_scanout.h"

namespace fenceline::test {
namespace {

constexpr Nanoseconds unused{};

TEST(LeadClock, LatchesAtOnceWhenNoBlankIsKnown) {
  const LeadClock clock(ms(4));
  const LatchTime when = clock.next_latch(at_ms(100), std::nullopt, ms(16), at_ms(0), unused);
  EXPECT_EQ(when.latch, at_ms(100));
  EXPECT_FALSE(when.phase_known);
}

TEST(LeadClock, WaitsForTheGivenTimeWhenNoBlankIsKnown) {
  const LeadClock clock(ms(4));
  EXPECT_EQ(clock.next_latch(at_ms(100), std::nullopt, ms(16), at_ms(130), unused).latch, at_ms(130));
}

TEST(LeadClock, LatchesFourMillisecondsBeforeTheNextBlank) {
  const LeadClock clock(ms(4));
  const LatchTime when = clock.next_latch(at_ms(161), at_ms(160), ms(16), at_ms(160), unused);
  EXPECT_EQ(when.blank, at_ms(176));
  EXPECT_EQ(when.latch, at_ms(172));
  EXPECT_TRUE(when.phase_known);
}

TEST(LeadClock, AimsAtTheFollowingBlankWhenTheLatchIsPast) {
  const LeadClock clock(ms(4));
  EXPECT_EQ(clock.next_latch(at_ms(172), at_ms(160), ms(16), at_ms(160), unused).blank, at_ms(176));
  EXPECT_EQ(clock.next_latch(at_ms(172) + Nanoseconds(1), at_ms(160), ms(16), at_ms(160), unused).blank, at_ms(192));
}

TEST(LeadClock, KeepsThePhaseThroughIdleTime) {
  const LeadClock clock(ms(4));
  const Nanoseconds refresh(16'666'667);
  const LatchTime when = clock.next_latch(at_ms(3'600'000), at_ms(5), refresh, at_ms(5), unused);
  EXPECT_EQ((when.blank - at_ms(5)).count() % refresh.count(), 0);
  EXPECT_GE(when.latch, at_ms(3'600'000));
  EXPECT_LT(when.latch, at_ms(3'600'000) + refresh);
}

TEST(LeadClock, NeverAimsAtABlankThatWasTried) {
  const LeadClock clock(ms(4));
  EXPECT_EQ(clock.next_latch(at_ms(172), at_ms(160), ms(16), at_ms(176), unused).blank, at_ms(192));
}

TEST(LeadClock, LeavesAShortFrameItsFirstQuarter) {
  const LeadClock clock(ms(4));
  const LatchTime when = clock.next_latch(at_ms(160), at_ms(160), ms(2), at_ms(160), unused);
  EXPECT_EQ(when.blank, at_ms(162));
  EXPECT_EQ(when.blank - when.latch, Nanoseconds(1'500'000));
}

TEST(LeadClock, TakesTheLearnedLeadWhereNoneIsSet) {
  LeadClock clock;
  EXPECT_EQ(clock.next_latch(at_ms(161), at_ms(160), ms(16), at_ms(160), ms(1)).latch, at_ms(175));
  EXPECT_EQ(clock.next_latch(at_ms(161), at_ms(160), ms(16), at_ms(160), ms(40)).latch, at_ms(164)) << "at the most";
  clock.set_lead(ms(3));
  EXPECT_EQ(clock.next_latch(at_ms(161), at_ms(160), ms(16), at_ms(160), ms(1)).latch, at_ms(173));
}

} // namespace
} // namespace fenceline::test
