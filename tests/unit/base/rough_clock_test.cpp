#include "compositor/base/rough_clock.h"

#include <gtest/gtest.h>

#include "compositor/base/epoll_loop.h"
#include "tests/support/virtual_loop.h"

namespace fenceline {
namespace {

TEST(RoughClock, WithoutACounterItIsTheExactOne) {
  test::VirtualClock exact;
  const RoughClock rough(exact, Ticks(exact));
  exact.spend(std::chrono::milliseconds(7));
  EXPECT_EQ(rough.now(), exact.now());
}

// Where there is no counter this tests the clock against itself.
TEST(RoughClock, GoesWithTheExactOne) {
  const MonotonicClock exact;
  const RoughClock rough(exact, Ticks::detect(exact));
  const TimePoint end = exact.now() + std::chrono::milliseconds(300);
  int readings = 0, near = 0;
  for (TimePoint before = exact.now(); before < end; before = exact.now()) {
    const TimePoint told = rough.now();
    const TimePoint after = exact.now();
    constexpr Nanoseconds tolerance = std::chrono::microseconds(100);
    ++readings;
    near += told >= before - tolerance && told <= after + tolerance ? 1 : 0;
  }
  // Not each: between a reading of the clock and one of the counter the machine may do something else for long.
  EXPECT_GT(near, readings / 2);
}

} // namespace
} // namespace fenceline
