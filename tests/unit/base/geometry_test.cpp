#include "compositor/base/geometry.h"

#include <gtest/gtest.h>

namespace fenceline {
namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();

TEST(Geometry, PointsStopAtTheLimits) {
  EXPECT_EQ((Point{1, 2} + Point{30, -40}), (Point{31, -38}));
  EXPECT_EQ((Point{most, least} + Point{1, -1}), (Point{most, least}));
  EXPECT_EQ((Point{0, -2} - Point{least, most}), (Point{most, least}));
}

TEST(Geometry, ARectangleMovedBeyondTheLimitsIsOutsideOfEverything) {
  const Rect far = Rect{most - 10, 0, 20, 20}.moved({most, 5});
  EXPECT_EQ(far, (Rect{most, 5, 20, 20}));
  EXPECT_TRUE(far.intersected({0, 0, 1000, 1000}).empty());
  EXPECT_FALSE(far.contains({0, 10}));
}

} // namespace
} // namespace fenceline
