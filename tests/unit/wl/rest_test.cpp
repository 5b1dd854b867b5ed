// Who asks for too much of the main thread is not read for a while.
#include <gtest/gtest.h>

#include <algorithm>

#include "compositor/wl/request_budget.h"
#include "tests/unit/wl/traffic_fixture.h"

namespace fenceline::test {
namespace {

using namespace std::chrono_literals;

TEST(RequestBudgetTest, ABurstIsFreeAndThenAQuarterOfTheTime) {
  wl::RequestBudget budget;
  const TimePoint start{1'000'000'000};
  budget.spend(39ms, start, 1);
  EXPECT_FALSE(budget.rests_until(start));
  budget.spend(2ms, start, 1);
  // 41 ms at a quarter are paid for after 164; it goes on when 2 ms are there to spend.
  EXPECT_EQ(*budget.rests_until(start), start + 12ms);
  budget.spend(2ms, start + 12ms, 1);
  EXPECT_FALSE(budget.rests_until(start + 12ms)) << "2 ms each 8";
  budget.spend(1ms, start + 12ms, 1);
  EXPECT_EQ(*budget.rests_until(start + 12ms), start + 24ms);
}

TEST(RequestBudgetTest, WhoHasBeenCalmHasTheBurstAgain) {
  wl::RequestBudget budget;
  budget.spend(50ms, TimePoint{0}, 1);
  EXPECT_TRUE(budget.rests_until(TimePoint{0}));
  const TimePoint later = TimePoint{0} + 80ms;
  budget.spend(10ms, later, 1);
  EXPECT_FALSE(budget.rests_until(later));
}

TEST(RequestBudgetTest, ThoseWhoAreOverTheirBudgetsShareTheTime) {
  wl::RequestBudget alone, shared;
  for (wl::RequestBudget* budget : {&alone, &shared}) {
    budget->spend(39ms, TimePoint{0}, 3);
    EXPECT_FALSE(budget->rests_until(TimePoint{0})) << "its burst is its own, whoever rests";
  }
  alone.spend(3ms, TimePoint{0}, 1);
  shared.spend(3ms, TimePoint{0}, 3);
  EXPECT_LT(*alone.rests_until(TimePoint{0}), *shared.rests_until(TimePoint{0}));
}

TEST(RequestBudgetTest, NobodyRestsForLongerThanASecondAtOnce) {
  wl::RequestBudget budget;
  budget.spend(30s, TimePoint{0}, 50);
  EXPECT_LE(*budget.rests_until(TimePoint{0}), TimePoint{0} + 2s);
}

/// A session in virtual time: each request takes 100 us.
class RestTest : public testing::Test {
 protected:
  RestTest() {
    session.on_request = [this] { loop.clock().spend(100us); };
    session.display->on_client_rests([this](const wl::ClientInfo& info) { rested.push_back(info.number); });
  }
  std::vector<std::uint32_t> rested; ///< By number.
  int counted = 0;
  VirtualLoop loop;
  Session<VirtualLoop> session{loop};
};

TEST_F(RestTest, WhoAsksForTooMuchIsNotReadForAWhileAndTheOthersAre) {
  Client flood(*session.display), other(*session.display);
  session.watched = other.client;
  flood.ask(3000);
  loop.run_ready();
  EXPECT_EQ(session.display->resting_clients(), 1);
  const int by_then = session.of_others;
  EXPECT_LT(by_then, 700);
  other.ask(3);
  loop.run_ready();
  EXPECT_EQ(session.of_watched, 3);
  EXPECT_EQ(session.of_others, by_then);
  // A quarter of a second of the thread's time in one second, and the first burst.
  const TimePoint start = loop.now();
  loop.run_until(start + 250ms);
  EXPECT_LT(session.of_others - by_then, 1200);
  EXPECT_GT(session.of_others - by_then, 400);
  loop.run_until(start + 5s);
  EXPECT_EQ(session.of_others, 3000);
  EXPECT_EQ(session.display->resting_clients(), 0);
  EXPECT_EQ(rested, std::vector<std::uint32_t>{1}) << "told once";
}

TEST_F(RestTest, WhoAsksForTooMuchWaitsForTheFrameThatIsDue) {
  // A display with 16 ms between blanks: a frame is due for the last 4 ms of each.
  const auto within = [](TimePoint now) { return now.ns % 16'000'000; };
  session.display->on_quiet([&](TimePoint now) {
    return within(now) >= 12'000'000 ? std::optional(now + Nanoseconds(16'000'000 - within(now))) : std::nullopt;
  });
  Client flood(*session.display), other(*session.display);
  session.watched = other.client;
  int while_due = 0;
  bool counts = false;
  session.on_request = [&] {
    // What is read at once is 4 KiB, 2 ms of these: that may have begun before.
    while_due += counts && within(loop.now()) >= 14'500'000 ? 1 : 0;
    loop.clock().spend(20us);
  };
  flood.ask(2200);
  loop.run_until(loop.now() + 50ms); // The burst is over.
  counts = true;
  const int asked = session.of_others;
  for (int i = 0; i < 10; ++i) {
    flood.ask(1100); // 22 ms of them, more than its quarter all the time.
    flood.give_back();
    loop.run_until(loop.now() + 50ms);
    session.display->flush();
    flood.read();
  }
  EXPECT_EQ(while_due, 0);
  EXPECT_GT(session.of_others - asked, 2000) << "it is read all the same";
  counts = false;
  other.ask(40);
  loop.run_ready();
  EXPECT_EQ(session.of_watched, 40) << "others are read at any time";
}

TEST_F(RestTest, WhoWaitsForFramesThatAreAlwaysDueIsReadAfterAll) {
  session.display->on_quiet([](TimePoint now) { return std::optional(now + 3ms); });
  Client flood(*session.display);
  flood.ask(2000);
  loop.run_until(loop.now() + 3s);
  EXPECT_EQ(session.of_others, 2000);
}

TEST_F(RestTest, WhoIsNotTheLastOfATurnPaysToo) {
  Client busy(*session.display), other(*session.display);
  for (int frame = 0; frame < 100; ++frame) {
    busy.ask(60);
    other.ask(1);
    loop.advance(16ms);
  }
  EXPECT_EQ(rested, std::vector<std::uint32_t>{1}) << "6 ms of 16";
}

// However few they are: a request may be dear.
TEST_F(RestTest, EachPaysForItsOwnRequests) {
  Client dear(*session.display), many(*session.display);
  session.watched = dear.client;
  session.on_request = [&] {
    // Of the two the first is the one that takes the time.
    loop.clock().spend(session.of_watched > counted ? 2ms : 1us);
    counted = session.of_watched;
  };
  for (int frame = 0; frame < 100; ++frame) {
    dear.ask(4);
    many.ask(60);
    loop.advance(16ms);
  }
  EXPECT_EQ(rested, std::vector<std::uint32_t>{1});
}

// libwayland asks for room in its socket after each flush, and would read it again with that.
TEST_F(RestTest, WhoDoesNotReadItsEventsRestsAllTheSame) {
  Client deaf(*session.display);
  deaf.ask(1);
  loop.run_ready();
  for (int i = 0; i < 40'000; ++i)
    wl_output_send_scale(session.last, i);
  session.display->flush();
  deaf.ask(2000);
  loop.run_ready();
  ASSERT_EQ(session.display->resting_clients(), 1);
  const int by_then = session.of_others;
  for (int turn = 0; turn < 10; ++turn) {
    deaf.ask(10);
    wl_output_send_scale(session.last, turn);
    session.display->flush();
    loop.run_ready();
  }
  EXPECT_EQ(session.of_others, by_then);
  EXPECT_EQ(session.display->client_count(), 1U);
  loop.advance(2s);
  EXPECT_EQ(session.of_others, by_then + 100) << "but not for ever, whatever it has taken";
}

// What its objects' destructors take would be the one's whose requests came before.
TEST_F(RestTest, TheEndOfAClientIsNotChargedToAnother) {
  Client calm(*session.display);
  calm.ask(1);
  loop.run_ready();
  std::uint32_t serving = 0, served_at_the_end = 0;
  session.display->on_serving([&](std::uint32_t number) { serving = number; });
  int ended = 0;
  for (int round = 0; round < 5; ++round) {
    Client greedy(*session.display);
    session.on_request = {};
    greedy.ask(1000);
    loop.run_ready();
    session.on_gone = [&](wl_client*) {
      ++ended;
      served_at_the_end = std::max(served_at_the_end, serving);
      loop.clock().spend(100us);
    };
    calm.ask(1);
    ::shutdown(wl_display_get_fd(greedy.connection), SHUT_RDWR);
    loop.run_ready();
    session.on_gone = {};
  }
  ASSERT_EQ(ended, 5000);
  EXPECT_EQ(served_at_the_end, 0U) << "nobody's requests are carried out then";
  EXPECT_EQ(session.display->resting_clients(), 0);
  calm.ask(1);
  loop.run_ready();
  EXPECT_TRUE(rested.empty());
}

/// Each look at the clock takes a while: as if a socket were read between two.
class SlowLoop final : public VirtualLoop {
 public:
  [[nodiscard]] const Clock& rough_clock() const override { return slow_; }

 private:
  class Slow final : public Clock {
   public:
    explicit Slow(SlowLoop& loop) : loop_(loop) {}
    [[nodiscard]] TimePoint now() const override {
      loop_.clock().spend(200us);
      return loop_.now();
    }

   private:
    SlowLoop& loop_;
  };
  Slow slow_{*this};
};

// A request that comes byte by byte wakes the session as often, and is no request until it has come.
TEST(TrickleTest, WhoSendsAMessageByteByByteRestsTooAndNobodyElse) {
  SlowLoop loop;
  Session<VirtualLoop> session(loop);
  Client trickle(*session.display), calm(*session.display);
  loop.run_ready();
  std::array<std::uint32_t, 2> sync{1, 4000U << 16U};
  ASSERT_EQ(::write(wl_display_get_fd(trickle.connection), sync.data(), sizeof sync), 8);
  int sent = 0;
  for (; sent < 3900 && session.display->resting_clients() == 0; ++sent) {
    ASSERT_EQ(::write(wl_display_get_fd(trickle.connection), "", 1), 1);
    loop.run_ready();
  }
  ASSERT_EQ(session.display->resting_clients(), 1) << "after " << sent;
  session.watched = calm.client;
  calm.ask(50);
  loop.run_ready();
  EXPECT_EQ(session.of_watched, 50);
  EXPECT_EQ(session.display->resting_clients(), 1);
}

TEST_F(RestTest, WhoEndsWhileItRestsIsGone) {
  {
    Client flood(*session.display);
    flood.ask(3000);
    loop.run_ready();
    ASSERT_EQ(session.display->resting_clients(), 1);
  }
  loop.run_ready();
  EXPECT_EQ(session.display->client_count(), 0U);
  EXPECT_EQ(session.display->resting_clients(), 0);
  loop.advance(1s);
}

TEST_F(RestTest, WhoIsWithinItsQuarterIsNotHeldUpByThoseWhoAreNot) {
  Client one(*session.display), two(*session.display), calm(*session.display);
  session.watched = calm.client;
  int resting = 0;
  for (int frame = 0; frame < 30; ++frame) {
    one.ask(100);
    two.ask(100);
    calm.ask(30);
    loop.run_ready();
    EXPECT_EQ(session.of_watched, 30 * (frame + 1)) << "3 ms of 27";
    resting = std::max(resting, session.display->resting_clients());
    loop.advance(4ms);
  }
  EXPECT_EQ(resting, 2);
}

} // namespace
} // namespace fenceline::test
