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
  TurnBook book{observer, clock};
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

/// What is recorded of a latch that begins now.
FrameEvent latch(Turns& turns, std::int64_t planned_ms) {
  turns.book.record({.kind = FrameEventKind::LatchBegin,
                     .output = OutputId{1},
                     .frame = FrameId{1},
                     .value = static_cast<std::uint64_t>(at_ms(planned_ms).ns),
                     .time = at_ms(planned_ms + 2)});
  return turns.observer.last(FrameEventKind::LatchBegin);
}

TEST(TurnBookTest, ALatchThatComesLateSaysWhoseRequestsItWaitedFor) {
  constexpr ClientId calm{3}, flood{4};
  Turns turns;
  turns.clock.spend(ms(10));
  turns.book.woke();
  turns.book.serves(calm);
  turns.clock.spend(ms(1));
  turns.book.serves(flood);
  turns.clock.spend(ms(5)); // Until 16 ms; the latch was to be at 12.
  turns.book.did(TurnPart::Requests);
  const FrameEvent late = latch(turns, 12);
  EXPECT_EQ(late.flags, 1U);
  EXPECT_EQ(late.detail, static_cast<std::uint8_t>(TurnPart::Requests));
  EXPECT_EQ(late.client, flood);
  EXPECT_EQ(late.time, at_ms(14)) << "the rest of the record is as it was";
}

TEST(TurnBookTest, ALatchThatWaitedForTheOutputBeforeItSaysSo) {
  Turns turns;
  turns.clock.spend(ms(10));
  turns.book.woke();
  turns.clock.spend(ms(3));
  turns.book.did(TurnPart::Timers);
  const FrameEvent late = latch(turns, 10);
  EXPECT_EQ(late.flags, 1U);
  EXPECT_EQ(late.detail, static_cast<std::uint8_t>(TurnPart::Timers));
  EXPECT_EQ(late.client, ClientId{});
}

// As where it asks for fences before the picture is taken.
TEST(TurnBookTest, ALatchThatIsLateByItsOwnDoingSaysSo) {
  Turns turns;
  turns.clock.spend(ms(10));
  turns.book.woke();
  turns.clock.spend(ms(3));
  const FrameEvent late = latch(turns, 10);
  EXPECT_EQ(late.flags, 1U);
  EXPECT_EQ(late.detail, static_cast<std::uint8_t>(TurnPart::Timers));
  turns.clock.spend(ms(1));
  turns.book.did(TurnPart::Timers);
  turns.book.sleeps();
  EXPECT_EQ(turns.observer.last(FrameEventKind::Turn).value, 4'000'000U) << "and is counted once";
}

TEST(TurnBookTest, ALatchThatTheKernelWokeLateWaitedForNobody) {
  constexpr ClientId flood{4};
  Turns turns;
  turns.turn(1, 0, 0);
  turns.book.woke();
  turns.book.serves(flood);
  turns.clock.spend(ms(1)); // Until 2 ms.
  turns.book.serves(ClientId{});
  turns.book.sleeps();
  turns.clock.spend(ms(8));
  turns.book.woke(); // At 10 ms; the latch was to be at 1.5 ms at the earliest.
  EXPECT_EQ(latch(turns, 1).flags, 0U) << "of nine milliseconds one was the client's";
  EXPECT_EQ(latch(turns, 10).flags, 0U) << "in time";
}

} // namespace
} // namespace fenceline::test
