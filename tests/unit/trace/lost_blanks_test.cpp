#include "tools/report/lost_blanks.h"

#include <gtest/gtest.h>

#include "tests/unit/trace/report_timeline.h"
#include "tools/report/report_text.h"

namespace fenceline::report {
namespace {

std::uint64_t lost(const Report& report, LostCause cause) {
  return report.clients.at(0).lost.at(static_cast<std::size_t>(cause));
}
std::uint64_t all_lost(const Report& report) {
  std::uint64_t sum = 0;
  for (const std::uint64_t count : report.clients.at(0).lost)
    sum += count;
  return sum;
}

/// Blanks at whole multiples of 16 ms, latches 4 ms before, as planned. `shown` is the blank that the frame flipped at.
struct Animation : Timeline {
  void cue(double when) { add(when, Kind::Cue, 0, 0, spin); }
  void update(std::uint64_t number, double commit, double fence, double latch, double aimed, double shown,
              MissCause cause = MissCause::Unknown) {
    add(commit, Kind::Commit, 0, number, spin).value = 7;
    if (fence > 0)
      add(std::max(commit, fence), Kind::AcquireReady, 0, number, spin).time = at(fence);
    add(std::max({commit, fence, held_until}), Kind::Applied, 0, number, spin);
    FrameEvent& begin = add(latch, Kind::LatchBegin, number);
    begin.time = at(aimed);
    begin.value = static_cast<std::uint64_t>(at(aimed - 4).ns);
    add(latch, Kind::Latch, number, number, spin);
    add(latch + 0.5, Kind::Submit, number);
    add(shown, Kind::Flip, number).time = at(shown);
    if (shown > aimed) {
      FrameEvent& missed = add(shown, Kind::Missed, number);
      missed.time = at(aimed);
      missed.value = static_cast<std::uint64_t>((shown - aimed) / 16);
      missed.detail = static_cast<std::uint8_t>(cause);
    }
    add(shown, Kind::Presented, number, number, spin).time = at(shown);
  }
  double held_until = 0;
};

TEST(LostBlanks, AnAnimationInTimeLosesNone) {
  Animation line;
  for (unsigned i = 1; i <= 20; ++i) {
    line.update(i, 16.0 * i + 2, 16.0 * i + 5, 16.0 * i + 12, 16.0 * i + 16, 16.0 * i + 16);
    line.cue(16.0 * i + 16);
  }
  EXPECT_EQ(all_lost(make_report(line.trace)), 0u);
}

TEST(LostBlanks, ACommitAfterTheLatchIsTheClients) {
  Animation line;
  line.update(1, 2, 0, 12, 16, 16);
  line.cue(16);
  line.update(2, 29, 0, 44, 48, 48); // The latch was at 28.
  const Report report = make_report(line.trace);
  EXPECT_EQ(lost(report, LostCause::ClientLate), 1u);
  EXPECT_EQ(all_lost(report), 1u);
  EXPECT_NE(as_text(report, "t").find("1 blank without a new picture: 1 client late"), std::string::npos);
  EXPECT_NE(as_json(report, "t").find("lost_blanks_by_cause"), std::string::npos);
}

TEST(LostBlanks, AFenceAfterTheLatchIsTheFences) {
  Animation line;
  line.update(1, 2, 0, 12, 16, 16);
  line.cue(16);
  line.update(2, 20, 45, 60, 64, 64);
  const Report report = make_report(line.trace);
  EXPECT_EQ(lost(report, LostCause::FenceLate), 2u);
  EXPECT_EQ(all_lost(report), 2u);
}

TEST(LostBlanks, WhatAClientHadWaitIsItsOwnWish) {
  Animation line;
  line.update(1, 2, 0, 12, 16, 16);
  line.cue(16);
  line.held_until = 40;
  line.update(2, 20, 21, 44, 48, 48);
  EXPECT_EQ(lost(make_report(line.trace), LostCause::HeldBack), 1u);
}

TEST(LostBlanks, AFrameThatWasMissedHasItsCause) {
  for (const auto& [cause, expected] :
       {std::pair(MissCause::LateWake, LostCause::WokenLate), std::pair(MissCause::LateCompose, LostCause::ComposedLate),
        std::pair(MissCause::LateSubmit, LostCause::SubmittedLate),
        std::pair(MissCause::KernelLate, LostCause::KernelLate),
        std::pair(MissCause::BlankLost, LostCause::BlankLost)}) {
    Animation line;
    line.update(1, 2, 0, 12, 16, 16);
    line.cue(16);
    // Its fence was seen at the latch: that is no lateness.
    line.update(2, 20, 28.2, 28.2, 32, 48, cause);
    const Report report = make_report(line.trace);
    EXPECT_EQ(lost(report, expected), 1u) << name(expected);
    EXPECT_EQ(all_lost(report), 1u);
  }
}

TEST(LostBlanks, InTimeButBehindAFrameThatWasLateIsThatFramesFault) {
  Animation line;
  line.update(1, 2, 0, 12, 16, 16);
  line.cue(16);
  line.update(2, 20, 0, 44, 48, 48); // Another client's frame was to be shown at 32, and was at 40.
  EXPECT_EQ(lost(make_report(line.trace), LostCause::Behind), 1u);
}

TEST(LostBlanks, WhoDrawsWhenSomethingHappensLosesNone) {
  Animation line;
  line.update(1, 2, 0, 12, 16, 16);
  line.cue(16);
  line.update(2, 500, 0, 508, 512, 512);
  EXPECT_EQ(all_lost(make_report(line.trace)), 0u) << "a cursor that blinks";
  Animation own;
  own.update(1, 2, 0, 12, 16, 16);
  own.update(2, 40, 0, 44, 48, 48);
  EXPECT_EQ(all_lost(make_report(own.trace)), 0u) << "it asked for no callback";
}

} // namespace
} // namespace fenceline::report
