#include "compositor/trace/turn_book.h"

#include <gtest/gtest.h>

#include "compositor/base/epoll_loop.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/recording_observer.h"

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

} // namespace
} // namespace fenceline::test
