#include "compositor/app/idle_timer.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/virtual_loop.h"

namespace fenceline::test {
namespace {

using namespace std::chrono_literals;

class IdleTimerTest : public ::testing::Test {
 protected:
  void after(Nanoseconds time) { loop.advance(time); }

  VirtualLoop loop;
  bool inhibited = false;
  std::string log;
  std::unique_ptr<IdleTimer> idle = std::move(*IdleTimer::create(
      loop, {.inhibited = [this] { return inhibited; }, .power = [this](bool on) { log += on ? "on " : "off "; }}));
};

TEST_F(IdleTimerTest, NeverByDefault) {
  after(24h);
  idle->input();
  EXPECT_EQ("", log);
  EXPECT_EQ(0U, loop.armed_timers());
}

TEST_F(IdleTimerTest, OffAfterTheTimeAndOnWithATouch) {
  idle->set_timeout(60s);
  after(60s - 1ns);
  EXPECT_EQ("", log);
  after(1ns);
  EXPECT_EQ("off ", log);
  EXPECT_TRUE(idle->idle());
  // Nothing is left to wait for.
  EXPECT_EQ(0U, loop.armed_timers());
  after(1h);
  idle->input();
  idle->input();
  EXPECT_EQ("off on ", log);
  after(60s);
  EXPECT_EQ("off on off ", log);
}

TEST_F(IdleTimerTest, EachTouchBeginsTheTimeAnew) {
  idle->set_timeout(60s);
  for (int i = 0; i < 10; ++i) {
    after(59s);
    idle->input();
  }
  EXPECT_EQ("", log);
  after(60s);
  EXPECT_EQ("off ", log);
}

TEST_F(IdleTimerTest, AnInhibitorHoldsItAndTheTimeCountsFromItsEnd) {
  idle->set_timeout(60s);
  inhibited = true;
  idle->look_soon();
  after(10min);
  EXPECT_EQ("", log);
  inhibited = false;
  after(54s);
  EXPECT_EQ("", log);
  after(6s);
  EXPECT_EQ("off ", log);
}

TEST_F(IdleTimerTest, AnInhibitorThatNobodyToldOfIsSeenInTime) {
  idle->set_timeout(60s);
  after(59s);
  inhibited = true;
  after(10min);
  EXPECT_EQ("", log);
}

TEST_F(IdleTimerTest, AnInhibitorDoesNotSwitchOn) {
  idle->set_timeout(60s);
  after(60s);
  inhibited = true;
  idle->look_soon();
  after(10min);
  EXPECT_EQ("off ", log);
}

TEST_F(IdleTimerTest, TakesShortTimes) {
  idle->set_timeout(1s);
  inhibited = true;
  after(30s);
  inhibited = false;
  after(2s);
  EXPECT_EQ("off ", log);
}

TEST_F(IdleTimerTest, AnotherTimeBeginsAnewAndNeverSwitchesOn) {
  idle->set_timeout(60s);
  after(30s);
  idle->set_timeout(40s);
  after(39s);
  EXPECT_EQ("", log);
  after(1s);
  EXPECT_EQ("off ", log);
  idle->set_timeout(0s);
  EXPECT_EQ("off on ", log);
  after(24h);
  EXPECT_EQ("off on ", log);
  EXPECT_EQ(0U, loop.armed_timers());
}

} // namespace
} // namespace fenceline::test
