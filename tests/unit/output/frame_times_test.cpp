#include "compositor/output/frame_times.h"

#include <gtest/gtest.h>

#include "compositor/frame/lost_blank.h"
#include "tests/support/fake_scanout.h"

namespace fenceline::test {
namespace {

/// A frame that aimed at the blank at 32 ms and did everything in time.
FrameTimes in_time() {
  FrameTimes times;
  times.planned = at_ms(28);
  times.woken = at_ms(28);
  times.composed = at_ms(29);
  times.submitted = at_ms(30);
  times.blank = at_ms(32);
  return times;
}

TEST(FindMiss, NoneAtTheBlankAimedAt) {
  EXPECT_EQ(find_miss(in_time(), at_ms(32), ms(16)), std::nullopt);
}

TEST(FindMiss, NoneWithinTheJitterOfATimestamp) {
  EXPECT_EQ(find_miss(in_time(), at_ms(35), ms(16)), std::nullopt);
  EXPECT_EQ(find_miss(in_time(), at_ms(30), ms(16)), std::nullopt);
}

TEST(FindMiss, NoneWhenNoBlankWasKnown) {
  FrameTimes times = in_time();
  times.blank.reset();
  EXPECT_EQ(find_miss(times, at_ms(320), ms(16)), std::nullopt);
}

TEST(FindMiss, TheKernelWhenItTookTheCommitOverTheBlank) {
  FrameTimes times = in_time();
  times.sent = at_ms(31);
  times.submitted = at_ms(33);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::KernelLate}));
  times.sent = at_ms(32);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateSubmit})) << "handed over too late";
}

TEST(FindMiss, TheBlankWhenTheDisplayHadNone) {
  EXPECT_EQ(find_miss(in_time(), at_ms(48), ms(16), true), (Miss{1, MissCause::BlankLost}));
  FrameTimes times = in_time();
  times.fence = at_ms(40);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16), true), (Miss{1, MissCause::LateFence})) << "it was not ready for it";
}

TEST(LostBlank, IsOneThatTheCountLacks) {
  EXPECT_FALSE(blank_was_lost(ms(48), 3, ms(16)));
  EXPECT_TRUE(blank_was_lost(ms(48), 2, ms(16)));
  EXPECT_FALSE(blank_was_lost(ms(39), 2, ms(16))) << "stamps are not exact";
  EXPECT_FALSE(blank_was_lost(ms(16), 3, ms(16))) << "it counts something else";
  EXPECT_FALSE(blank_was_lost(ms(48), 0, ms(16))) << "it does not count";
  EXPECT_FALSE(blank_was_lost(ms(16 * 17), 3, ms(16))) << "it may have stopped counting while nothing was shown";
}

TEST(FindMiss, TheKernelWhenEverythingWasInTime) {
  EXPECT_EQ(find_miss(in_time(), at_ms(64), ms(16)), (Miss{2, MissCause::KernelLate}));
}

TEST(FindMiss, TheWakeWhenItWasAfterTheBlank) {
  FrameTimes times = in_time();
  times.woken = at_ms(33);
  times.composed = times.submitted = at_ms(34);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateWake}));
}

TEST(FindMiss, TheWakeWhenTheRestWouldHaveBeenInTime) {
  FrameTimes times = in_time();
  times.woken = at_ms(31);
  times.composed = at_ms(33);
  times.submitted = at_ms(34);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateWake}));
}

TEST(FindMiss, TheFirstStationAfterTheBlank) {
  FrameTimes times = in_time();
  times.composed = at_ms(40);
  times.submitted = at_ms(41);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateCompose}));
  times = in_time();
  times.submitted = at_ms(33);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateSubmit}));
  times = in_time();
  times.fence = at_ms(40);
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateFence}));
}

TEST(FindMiss, TheFirstTryOfAFrameThatTookMore) {
  FrameTimes times = in_time();
  times.first_try = MissCause::LateCompose;
  EXPECT_EQ(find_miss(times, at_ms(48), ms(16)), (Miss{1, MissCause::LateCompose}));
}

} // namespace
} // namespace fenceline::test
