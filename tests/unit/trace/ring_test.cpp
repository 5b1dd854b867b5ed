#include "compositor/trace/ring.h"

#include <gtest/gtest.h>

#include <vector>

namespace fenceline {
namespace {

FrameEvent numbered(std::uint64_t n) {
  FrameEvent e;
  e.kind = FrameEventKind::Copy;
  e.value = n;
  return e;
}

std::vector<std::uint64_t> take_all(Ring& ring) {
  std::vector<std::uint64_t> out;
  ring.consume([&](const TraceRecord& r) {
    EXPECT_EQ(r.ticks, r.event.value * 3);
    out.push_back(r.event.value);
  });
  return out;
}

TEST(Ring, HandsOutWhatWasPutInInOrder) {
  Ring ring(8);
  EXPECT_TRUE(ring.empty());
  for (std::uint64_t n = 1; n <= 3; ++n)
    EXPECT_TRUE(ring.push(n * 3, numbered(n)));
  EXPECT_FALSE(ring.empty());
  EXPECT_EQ(take_all(ring), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_TRUE(ring.empty());
  EXPECT_TRUE(take_all(ring).empty());
}

TEST(Ring, RoundsItsCapacityUp) {
  EXPECT_EQ(Ring(0).capacity(), 2u);
  EXPECT_EQ(Ring(5).capacity(), 8u);
  EXPECT_EQ(Ring(8).capacity(), 8u);
}

TEST(Ring, FullDropsTheNewestAndCounts) {
  Ring ring(4);
  for (std::uint64_t n = 1; n <= 7; ++n)
    EXPECT_EQ(ring.push(n * 3, numbered(n)), n <= 4);
  EXPECT_EQ(ring.dropped(), 3u);
  EXPECT_EQ(take_all(ring), (std::vector<std::uint64_t>{1, 2, 3, 4}));
  // There is room again, and the count stays.
  EXPECT_TRUE(ring.push(24, numbered(8)));
  EXPECT_EQ(take_all(ring), (std::vector<std::uint64_t>{8}));
  EXPECT_EQ(ring.dropped(), 3u);
}

TEST(Ring, GoesRoundManyTimes) {
  Ring ring(4);
  std::uint64_t next = 0, seen = 0;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < 3; ++i, ++next)
      ASSERT_TRUE(ring.push(next * 3, numbered(next)));
    for (const std::uint64_t n : take_all(ring))
      ASSERT_EQ(n, seen++);
  }
  EXPECT_EQ(seen, next);
  EXPECT_EQ(ring.dropped(), 0u);
}

} // namespace
} // namespace fenceline
