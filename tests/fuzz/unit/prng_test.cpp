#include "tests/fuzz/prng.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace fenceline::fuzz {
namespace {

TEST(Prng, GivesTheSameSequenceOnEveryMachine) {
  // Computed apart from this code, from the definition: a change here makes every seed that anybody noted worthless.
  Prng prng(1);
  EXPECT_EQ(prng.next(), 0xe5fdc025e13eeed5u);
  EXPECT_EQ(prng.next(), 0xe85028e6b31f8e7au);
}

TEST(Prng, AForkDependsOnStateAndSaltAndDrawsNothing) {
  Prng one(7);
  Prng two(7);
  auto fork = one.fork(3);
  EXPECT_EQ(fork.next(), two.fork(3).next());
  EXPECT_NE(two.fork(3).next(), two.fork(4).next());
  EXPECT_EQ(one.next(), two.next());
  EXPECT_NE(Prng(7).fork(3).next(), one.fork(3).next());
}

TEST(Prng, StaysInItsBounds) {
  Prng prng(5);
  bool low = false;
  bool high = false;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(prng.below(10), 10u);
    const auto value = prng.between(-2, 2);
    EXPECT_GE(value, -2);
    EXPECT_LE(value, 2);
    low = low || value == -2;
    high = high || value == 2;
  }
  EXPECT_TRUE(low);
  EXPECT_TRUE(high);
  EXPECT_EQ(prng.below(0), 0u);
  EXPECT_EQ(prng.between(4, 4), 4);
  (void)prng.between(std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max());
}

TEST(Prng, ChanceMeansItsShare) {
  Prng prng(11);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i)
    hits += prng.chance(1, 4) ? 1 : 0;
  EXPECT_GT(hits, 2300);
  EXPECT_LT(hits, 2700);
  EXPECT_FALSE(prng.chance(0, 5));
  EXPECT_TRUE(prng.chance(5, 5));
}

} // namespace
} // namespace fenceline::fuzz
