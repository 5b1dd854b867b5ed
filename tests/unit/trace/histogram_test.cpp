#include "compositor/trace/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace fenceline {
namespace {

TEST(Histogram, IsExactBelow128) {
  Histogram h;
  for (int i = 100; i >= 1; --i)
    h.add(Nanoseconds(i));
  EXPECT_EQ(h.count(), 100u);
  EXPECT_EQ(h.least().count(), 1);
  EXPECT_EQ(h.greatest().count(), 100);
  EXPECT_EQ(h.quantile(0.5).count(), 50);
  EXPECT_EQ(h.quantile(0.95).count(), 95);
  EXPECT_EQ(h.quantile(0.99).count(), 99);
  EXPECT_EQ(h.quantile(1).count(), 100);
  EXPECT_EQ(h.quantile(0).count(), 1);
  EXPECT_EQ(h.mean().count(), 51); // 50.5
}

TEST(Histogram, StaysWithinItsErrorEverywhere) {
  std::mt19937_64 random(3);
  std::vector<std::int64_t> values;
  Histogram h;
  for (int i = 0; i < 20'000; ++i) {
    // Even on the scale of powers of two, from 1 ns to a day.
    const double power = std::uniform_real_distribution<double>(0, 46)(random);
    values.push_back(static_cast<std::int64_t>(std::exp2(power)));
    h.add(Nanoseconds(values.back()));
  }
  std::sort(values.begin(), values.end());
  for (double share = 0.001; share < 1; share += 0.001) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const auto exact = static_cast<double>(values[rank - 1]);
    ASSERT_NEAR(static_cast<double>(h.quantile(share).count()), exact, 0.004 * exact) << share;
  }
  EXPECT_EQ(h.greatest().count(), values.back());
  EXPECT_EQ(h.quantile(1).count(), values.back());
}

TEST(Histogram, TakesTheExtremes) {
  Histogram h;
  EXPECT_EQ(h.quantile(0.5).count(), 0);
  EXPECT_EQ(h.mean().count(), 0);
  h.add(Nanoseconds(-5));
  EXPECT_EQ(h.greatest().count(), 0);
  h.add(Nanoseconds(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(h.greatest().count(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(h.quantile(0.5).count(), 0);
}

TEST(Histogram, OneValueIsEveryQuantile) {
  Histogram h;
  h.add(Nanoseconds(12'345'678));
  for (const double share : {0.0, 0.5, 0.99, 1.0})
    EXPECT_EQ(h.quantile(share).count(), 12'345'678);
}

} // namespace
} // namespace fenceline
