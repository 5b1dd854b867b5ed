#include "compositor/scene/draw_time.h"

#include <gtest/gtest.h>

namespace fenceline::test {
namespace {

constexpr Nanoseconds two = std::chrono::milliseconds(2), nine = std::chrono::milliseconds(9);

void draw(DrawTime& time, std::size_t frames, Nanoseconds took) {
  for (std::size_t i = 0; i < frames; ++i)
    time.drew(took);
}

TEST(DrawTimeTest, AtFirstTheBestTimeIsAtOnce) {
  DrawTime time;
  draw(time, DrawTime::least_samples - 1, two);
  EXPECT_FALSE(time.lead());
  draw(time, 1, two);
  EXPECT_EQ(time.lead(), two + DrawTime::guard);
}

TEST(DrawTimeTest, TheLongestOfTheLastOnesCounts) {
  DrawTime time;
  draw(time, 100, two);
  draw(time, 1, nine);
  EXPECT_EQ(time.lead(), nine + DrawTime::guard) << "at once";
  draw(time, DrawTime::window - 1, two);
  EXPECT_EQ(time.lead(), nine + DrawTime::guard);
  draw(time, 1, two);
  EXPECT_EQ(time.lead(), two + DrawTime::guard);
}

TEST(DrawTimeTest, WhoComesTooLateIsToldAtOnceForAWhileTwiceAsLongEachTime) {
  DrawTime time;
  draw(time, 100, two);
  for (unsigned rest = DrawTime::first_rest; rest <= 4 * DrawTime::first_rest; rest *= 2) {
    time.came(false);
    draw(time, rest - 1, two);
    EXPECT_FALSE(time.lead()) << rest;
    draw(time, 1, two);
    EXPECT_TRUE(time.lead()) << rest;
  }
  for (unsigned i = 0; i < DrawTime::many_made; ++i)
    time.came(true);
  time.came(false);
  draw(time, DrawTime::first_rest, two);
  EXPECT_TRUE(time.lead()) << "forgiven";
}

} // namespace
} // namespace fenceline::test
