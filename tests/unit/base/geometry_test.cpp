#include "compositor/base/geometry.h"

#include <gtest/gtest.h>

namespace fenceline {
namespace {

constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();

// In a constant expression an overflow does not compile: what a release build would wrap is seen here without a
// sanitizer.
static_assert(Point{most, least} + Point{most, least} == Point{most, least});
static_assert(Point{} - Point{least, least} == Point{most, most});
static_assert(Rect{least, most, most, most}.moved({least, most}) == Rect{least, most, most, most});
static_assert(Rect{most, least, most, most}.contains({most, -2}) && !Rect{most, most, most, most}.contains({least, 0}));
static_assert(Rect{least, least, most, most}.intersected({most, most, most, most}).empty());
static_assert(Rect{1, 1, most, most}.intersected({most, most, most, most}) == Rect{most, most, 1, 1});

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
