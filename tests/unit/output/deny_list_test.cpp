#include "compositor/output/deny_list.h"

#include <gtest/gtest.h>

#include "compositor/output/plan_cache.h"
#include "tests/support/fake_source.h"

namespace fenceline::test {
namespace {

class DenyListTest : public testing::Test {
 protected:
  Layer layer = FakeSource::window(7, 1001, {0, 0, 100, 100});
};

TEST_F(DenyListTest, DeniesWhatWasRejectedWhateverItsBuffer) {
  DenyList list;
  list.deny(layer);
  layer.buffer = BufferId{1002};
  EXPECT_TRUE(list.denies(layer));
  layer.surface = SurfaceId{8};
  EXPECT_FALSE(list.denies(layer));
}

TEST_F(DenyListTest, ForgetsAfterSoManyFrames) {
  DenyList list(3);
  list.deny(layer);
  list.age();
  list.age();
  EXPECT_TRUE(list.denies(layer));
  list.age();
  EXPECT_FALSE(list.denies(layer));
}

TEST_F(DenyListTest, ForgetsWhenTheSizeChanges) {
  DenyList list;
  list.deny(layer);
  Layer larger = layer;
  larger.buffer_size = {200, 200};
  EXPECT_FALSE(list.denies(larger));
  EXPECT_FALSE(list.denies(layer)) << "the entry is gone, not set aside";
}

TEST_F(DenyListTest, ForgetsWhenTheFormatOrModifierChanges) {
  DenyList list;
  list.deny(layer);
  Layer other = layer;
  other.format.modifier = 1;
  EXPECT_FALSE(list.denies(other));
}

TEST_F(DenyListTest, ForgetsASurface) {
  DenyList list;
  list.deny(layer);
  list.forget(SurfaceId{7});
  EXPECT_FALSE(list.denies(layer));
}

PlanKey key(Size buffer) {
  return {.planes = {{.plane = PlaneId{1}, .format = {}, .buffer_size = buffer, .source = {}, .dest = {}}},
          .mode = {100, 100}};
}

TEST(PlanCacheTest, KeepsAcceptancesAndForgetsRejections) {
  PlanCache cache(2);
  cache.remember(key({1, 1}), true);
  cache.remember(key({2, 2}), false);
  EXPECT_EQ(cache.find(key({1, 1})), true);
  EXPECT_EQ(cache.find(key({2, 2})), false);
  EXPECT_EQ(cache.find(key({3, 3})), std::nullopt);
  cache.age();
  cache.age();
  EXPECT_EQ(cache.find(key({1, 1})), true);
  EXPECT_EQ(cache.find(key({2, 2})), std::nullopt);
}

TEST(PlanCacheTest, ALaterAnswerReplacesAnEarlierOne) {
  PlanCache cache;
  cache.remember(key({1, 1}), true);
  cache.remember(key({1, 1}), false);
  EXPECT_EQ(cache.find(key({1, 1})), false);
}

TEST(PlanCacheTest, IsBounded) {
  PlanCache cache;
  for (std::int32_t i = 0; i < 100; ++i)
    cache.remember(key({i, i}), true);
  EXPECT_EQ(cache.find(key({0, 0})), std::nullopt);
  EXPECT_EQ(cache.find(key({99, 99})), true);
}

} // namespace
} // namespace fenceline::test
