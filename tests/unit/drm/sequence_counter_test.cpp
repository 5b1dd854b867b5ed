#include "compositor/backends/drm/sequence_counter.h"

#include <gtest/gtest.h>

namespace fenceline {
namespace {

TEST(SequenceCounter, GoesOnPast32Bits) {
  SequenceCounter counter;
  EXPECT_EQ(counter.extend(0xffff'fffe), 0xffff'fffeU);
  EXPECT_EQ(counter.extend(0xffff'ffff), 0xffff'ffffU);
  EXPECT_EQ(counter.extend(2), 0x1'0000'0002U);
  EXPECT_EQ(counter.extend(0x7fff'0000), 0x1'7fff'0000U);
  EXPECT_EQ(counter.extend(0xf000'0000), 0x1'f000'0000U);
  EXPECT_EQ(counter.extend(1), 0x2'0000'0001U);
}

TEST(SequenceCounter, RisesWhenTheDriverStartsAnew) {
  SequenceCounter counter;
  EXPECT_EQ(counter.extend(5000), 5000U);
  EXPECT_EQ(counter.extend(3), 5001U);
  EXPECT_EQ(counter.extend(4), 5002U);
  EXPECT_EQ(counter.extend(4), 5003U);
}

} // namespace
} // namespace fenceline
