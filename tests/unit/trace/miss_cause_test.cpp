#include "compositor/trace/miss_cause.h"

#include <gtest/gtest.h>

namespace fenceline {
namespace {

constexpr TimePoint at(double milliseconds) {
  return {static_cast<std::int64_t>(milliseconds * 1e6)};
}

/// A frame for the blank at 100 ms on a display with 16 ms between blanks, latched 4 ms ahead as a rule, one blank
/// late.
RecordedFrame late_frame() {
  RecordedFrame f;
  f.aimed = at(100);
  f.latch_begin = at(96);
  f.submit = at(97);
  f.flip = at(116);
  f.lead = std::chrono::milliseconds(4);
  f.refresh = std::chrono::milliseconds(16);
  return f;
}

TEST(MissedBlanks, AreThoseBetweenTheAimAndTheFlip) {
  RecordedFrame f = late_frame();
  EXPECT_EQ(missed_blanks(f), 1u);
  f.flip = at(100);
  EXPECT_EQ(missed_blanks(f), 0u);
  f.flip = at(107.9); // A driver's stamp may be off, but not by half a frame.
  EXPECT_EQ(missed_blanks(f), 0u);
  f.flip = at(99);
  EXPECT_EQ(missed_blanks(f), 0u);
  f.flip = at(147.5);
  EXPECT_EQ(missed_blanks(f), 3u);
  f.refresh = {};
  EXPECT_EQ(missed_blanks(f), 0u);
}

TEST(MissCause, AFrameInTimeHasNone) {
  RecordedFrame f = late_frame();
  f.flip = at(100.1);
  EXPECT_EQ(miss_cause(f), MissCause::Unknown);
}

TEST(MissCause, SentInTimeWithAllReadyIsTheKernels) {
  EXPECT_EQ(miss_cause(late_frame()), MissCause::KernelLate);
}

TEST(MissCause, SentInTimeWithAFenceOfAfterTheBlankIsTheFences) {
  RecordedFrame f = late_frame();
  f.fence = at(100.5);
  EXPECT_EQ(miss_cause(f), MissCause::LateFence);
  f.fence = at(99.5);
  EXPECT_EQ(miss_cause(f), MissCause::KernelLate);
}

TEST(MissCause, SentInTimeWithAPendingImageOfUnknownEndCannotBeTold) {
  RecordedFrame f = late_frame();
  f.compose_begin = at(96.2);
  f.compose_end = at(96.4);
  f.compose_pending = true;
  EXPECT_EQ(miss_cause(f), MissCause::Unknown);
  f.compose_pending = false;
  EXPECT_EQ(miss_cause(f), MissCause::KernelLate);
}

TEST(MissCause, ALatchAfterTheBlankWasWokenLate) {
  RecordedFrame f = late_frame();
  f.latch_begin = at(100.2);
  f.submit = at(100.4);
  EXPECT_EQ(miss_cause(f), MissCause::LateWake);
}

TEST(MissCause, ALatchSoLateThatItCostTheBlankWasWokenLate) {
  RecordedFrame f = late_frame();
  f.latch_begin = at(99.5); // 3.5 ms late; the work took 1 ms.
  f.submit = at(100.5);
  EXPECT_EQ(miss_cause(f), MissCause::LateWake);
  f.latch_begin = at(96.3); // 0.3 ms late, but the work took 4.2 ms.
  EXPECT_EQ(miss_cause(f), MissCause::LateSubmit);
}

TEST(MissCause, AnImageThatWasDoneAfterTheBlankWasComposedLate) {
  RecordedFrame f = late_frame();
  f.compose_begin = at(96.5);
  f.compose_end = at(101);
  f.submit = at(101.2);
  EXPECT_EQ(miss_cause(f), MissCause::LateCompose);
}

TEST(MissCause, ComposingThatTookTheTimeThatWasMissingIsTheCause) {
  RecordedFrame f = late_frame();
  f.compose_begin = at(96.5);
  f.compose_end = at(99.9);
  f.submit = at(100.3);
  EXPECT_EQ(miss_cause(f), MissCause::LateCompose);
  f.compose_end = at(96.6); // 0.1 ms of composing did not make it 0.3 ms late.
  EXPECT_EQ(miss_cause(f), MissCause::LateSubmit);
}

TEST(MissCause, SentAfterTheBlankWithoutAnotherReason) {
  RecordedFrame f = late_frame();
  f.submit = at(101);
  EXPECT_EQ(miss_cause(f), MissCause::LateSubmit);
}

TEST(MissCause, HandedOverBeforeTheBlankAndAcceptedAfterItIsTheKernels) {
  RecordedFrame f = late_frame();
  f.submit = at(101);
  f.accepting = std::chrono::milliseconds(2);
  EXPECT_EQ(miss_cause(f), MissCause::KernelLate);
  f.accepting = std::chrono::microseconds(500);
  EXPECT_EQ(miss_cause(f), MissCause::LateSubmit);
}

// As the session tells it: without the kernel's delay the image would have been in time.
TEST(MissCause, AComposedFrameThatWasHandedOverBeforeTheBlankIsTheKernels) {
  RecordedFrame f = late_frame();
  f.compose_begin = at(96.5);
  f.compose_end = at(99);
  f.submit = at(100.5);
  f.accepting = std::chrono::milliseconds(1);
  EXPECT_EQ(miss_cause(f), MissCause::KernelLate);
  f.accepting = std::chrono::microseconds(200);
  EXPECT_EQ(miss_cause(f), MissCause::LateCompose);
}

TEST(MissCause, WithoutTimesNothingIsTold) {
  EXPECT_EQ(miss_cause({}), MissCause::Unknown);
  RecordedFrame f = late_frame();
  f.submit = {};
  EXPECT_EQ(miss_cause(f), MissCause::Unknown);
}

} // namespace
} // namespace fenceline
