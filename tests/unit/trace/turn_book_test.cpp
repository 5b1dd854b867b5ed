#include "compositor/trace/turn_book.h"

#include <gtest/gtest.h>

#include "compositor/base/epoll_loop.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/recording_observer.h"
#include "tests/unit/trace/report_timeline.h"
#include "tools/report/report_text.h"

namespace fenceline::test {
namespace {

struct Turns {
  VirtualClock clock;
  RecordingObserver observer{&clock};
  TurnBook book{observer, clock, Ticks(clock)};
  void turn(std::int64_t timers, std::int64_t events, std::int64_t requests) {
    book.woke();
    const auto spend = [this](std::int64_t milliseconds, TurnPart part) {
      clock.spend(ms(milliseconds));
      book.did(part);
    };
    spend(timers, TurnPart::Timers);
    spend(events, TurnPart::Events);
    spend(requests, TurnPart::Requests);
    spend(0, TurnPart::Rest);
    book.sleeps();
  }
};

TEST(TurnBookTest, WritesDownLongTurnsAndWhatTookTheMostOfThem) {
  Turns turns;
  turns.turn(0, 0, 0);
  EXPECT_EQ(turns.observer.count(FrameEventKind::Turn), 0U);
  turns.turn(1, 2, 5);
  ASSERT_EQ(turns.observer.count(FrameEventKind::Turn), 1U);
  EXPECT_EQ(turns.observer.last(FrameEventKind::Turn).value, 8'000'000U);
  EXPECT_EQ(turns.observer.last(FrameEventKind::Turn).detail, static_cast<std::uint8_t>(TurnPart::Requests));
  turns.clock.spend(ms(500)); // It sleeps.
  turns.turn(3, 0, 0);
  EXPECT_EQ(turns.observer.last(FrameEventKind::Turn).value, 3'000'000U);
}

TEST(TurnBookTest, TheReportHasTheLongest) {
  report::Timeline line;
  line.add(10, FrameEventKind::Turn, 0).value = 2'000'000;
  FrameEvent& longest = line.add(20, FrameEventKind::Turn, 0);
  longest.value = 7'000'000;
  longest.detail = static_cast<std::uint8_t>(TurnPart::Requests);
  const report::Report made = report::make_report(line.trace);
  EXPECT_EQ(made.turns.count(), 2U);
  const std::string text = report::as_text(made, "t");
  EXPECT_NE(text.find("2 turns of 1 ms or more, the longest 7.0 ms"), std::string::npos) << text;
}

} // namespace
} // namespace fenceline::test
