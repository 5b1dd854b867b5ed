#include "compositor/base/ticks.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "compositor/trace/tick_timeline.h"

namespace fenceline {
namespace {

TEST(TscFit, TheProcessorMustSayThatItIsInvariant) {
  EXPECT_FALSE(tsc_is_fit(false, "tsc kvm-clock"));
  EXPECT_TRUE(tsc_is_fit(true, "tsc kvm-clock"));
}

TEST(TscFit, AKernelThatLeftItOutHasFoundItUnfit) {
  EXPECT_FALSE(tsc_is_fit(true, "hpet acpi_pm"));
  EXPECT_FALSE(tsc_is_fit(true, "kvm-clock"));
  EXPECT_FALSE(tsc_is_fit(true, "hyperv_clocksource_tsc_page")); // Not the counter itself.
  EXPECT_TRUE(tsc_is_fit(true, "kvm-clock tsc acpi_pm\n"));
}

TEST(TscFit, WhereNoKernelJudgesItTheProcessorsWordCounts) {
  EXPECT_TRUE(tsc_is_fit(true, "timer")); // User-Mode Linux.
  EXPECT_TRUE(tsc_is_fit(true, ""));
}

TEST(SampleClock, KeepsTheTightestOfItsTries) {
  // Counter readings in pairs around each reading of the clock: widths 100, 10 and 50.
  const std::vector<std::uint64_t> ticks{1000, 1100, 2000, 2010, 3000, 3050};
  const std::vector<std::int64_t> times{10, 20, 30};
  std::size_t tick = 0, time = 0;
  const ClockSample best =
      sample_clock([&] { return ticks.at(tick++); }, [&] { return TimePoint{times.at(time++)}; }, 3);
  EXPECT_EQ(best.ticks, 2005u);
  EXPECT_EQ(best.time.ns, 20);
  EXPECT_EQ(best.width, 10u);
  EXPECT_EQ(tick, ticks.size());
}

TEST(TickTimeline, HitsItsSamplesAndIsStraightBetweenThem) {
  TickTimeline line;
  line.add({3'000, {1'000}, 0});
  line.add({6'000, {2'000}, 0});  // 3 ticks a nanosecond,
  line.add({10'000, {4'000}, 0}); // then 2.
  EXPECT_EQ(line.time_of(3'000).ns, 1'000);
  EXPECT_EQ(line.time_of(4'500).ns, 1'500);
  EXPECT_EQ(line.time_of(6'000).ns, 2'000);
  EXPECT_EQ(line.time_of(8'000).ns, 3'000);
  EXPECT_EQ(line.time_of(10'000).ns, 4'000);
  // Outside, the nearest line goes on.
  EXPECT_EQ(line.time_of(0).ns, 0);
  EXPECT_EQ(line.time_of(12'000).ns, 5'000);
}

TEST(TickTimeline, FollowsACounterOfAnUnknownRateToTheSampleError) {
  // 2.7 GHz that drifts by 20 ppm, sampled every 250 ms of a minute, each sample off by up to 100 ns.
  std::mt19937 random(1);
  std::uniform_int_distribution<std::int64_t> error(-100, 100);
  const auto ticks_at = [](std::int64_t ns) {
    return static_cast<std::uint64_t>(static_cast<double>(ns) * 2.7 * (1 + 20e-6 * static_cast<double>(ns) / 60e9)) +
           12345;
  };
  TickTimeline line;
  constexpr std::int64_t period = 250'000'000;
  line.add({ticks_at(0), {0}, 0});
  for (std::int64_t t = period; t <= 60'000'000'000; t += period) {
    line.add({ticks_at(t), {t + error(random)}, 0});
    for (std::int64_t u = t - period; u <= t; u += 10'000'000)
      ASSERT_NEAR(static_cast<double>(line.time_of(ticks_at(u)).ns), static_cast<double>(u), 110.0);
  }
}

TEST(TickTimeline, LaterTicksNeverGiveAnEarlierTime) {
  std::mt19937_64 random(2);
  TickTimeline line;
  std::uint64_t ticks = 1'000'000'000'000;
  std::int64_t ns = 5'000'000'000;
  TimePoint last{};
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t from = ticks;
    ticks += 1 + random() % 1'000'000;
    ns += 1 + static_cast<std::int64_t>(random() % 1'000'000); // The rate jumps wildly.
    line.add({ticks, {ns}, 0});
    if (i == 0)
      continue;
    for (std::uint64_t t = from; t <= ticks; t += 1 + random() % 10'000) {
      const TimePoint time = line.time_of(t);
      ASSERT_GE(time.ns, last.ns);
      last = time;
    }
  }
}

TEST(TickTimeline, ACounterThatWasSetBackStartsAnew) {
  TickTimeline line;
  line.add({2'000'000, {1'000'000}, 0});
  line.add({4'000'000, {2'000'000}, 0}); // 2 ticks a nanosecond.
  line.add({100, {9'000'000}, 0});
  EXPECT_EQ(line.time_of(100).ns, 9'000'000);
  EXPECT_EQ(line.time_of(300).ns, 9'000'100); // By the rate known.
  line.add({1'100, {9'000'500}, 0});
  EXPECT_EQ(line.time_of(600).ns, 9'000'250);
}

TEST(TickTimeline, ASampleThatSaysNothingNewIsNoTrouble) {
  TickTimeline line;
  EXPECT_TRUE(line.empty());
  EXPECT_EQ(line.time_of(5).ns, 0);
  line.add({100, {100}, 0});
  line.add({100, {100}, 0});
  line.add({150, {100}, 0});
  line.add({200, {200}, 0});
  EXPECT_EQ(line.time_of(150).ns, 150);
}

TEST(Ticks, TheClockIsItsOwnCounter) {
  struct Fixed final : Clock {
    [[nodiscard]] TimePoint now() const override { return {77}; }
  } clock;
  const Ticks ticks(clock);
  EXPECT_FALSE(ticks.is_tsc());
  EXPECT_EQ(ticks.now(), 77u);
}

} // namespace
} // namespace fenceline
