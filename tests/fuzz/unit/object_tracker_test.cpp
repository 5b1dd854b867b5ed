#include "tests/fuzz/object_tracker.h"

#include "tests/fuzz/wire.h"

#include <gtest/gtest.h>

namespace fenceline::fuzz {
namespace {

struct ObjectTrackerTest : testing::Test {
  InterfaceSpec display{.name = "wl_display"};
  InterfaceSpec surface{.name = "wl_surface"};
  InterfaceSpec region{.name = "wl_region"};
  ObjectTracker tracker{display};
};

TEST_F(ObjectTrackerTest, GivesIdsWithoutGaps) {
  EXPECT_EQ(tracker.create(surface, 6), 2u);
  EXPECT_EQ(tracker.create(region, 6), 3u);
  EXPECT_EQ(tracker.next_id(), 4u);
  EXPECT_EQ(tracker.find(2)->interface, &surface);
  EXPECT_EQ(tracker.find(2)->version, 6u);
  EXPECT_EQ(tracker.find(4), nullptr);
  EXPECT_TRUE(tracker.alive_as(1, &display));
}

TEST_F(ObjectTrackerTest, AnIdIsUsedAgainOnlyAfterABarrier) {
  const auto first = tracker.create(surface, 1);
  const auto second = tracker.create(surface, 1);
  const auto third = tracker.create(surface, 1);
  tracker.destroy(third);
  tracker.destroy(first);
  EXPECT_FALSE(tracker.alive(first));
  EXPECT_NE(tracker.find(first), nullptr);
  EXPECT_EQ(tracker.destroyed().size(), 2u);
  EXPECT_EQ(tracker.create(region, 1), 5u);
  tracker.barrier_passed();
  EXPECT_TRUE(tracker.destroyed().empty());
  EXPECT_EQ(tracker.create(region, 1), first);
  EXPECT_EQ(tracker.create(region, 1), third);
  EXPECT_EQ(tracker.create(region, 1), 6u);
  EXPECT_TRUE(tracker.alive_as(second, &surface));
  EXPECT_FALSE(tracker.alive_as(first, &surface));
  EXPECT_TRUE(tracker.alive_as(first, &region));
  EXPECT_GT(tracker.find(first)->birth, tracker.find(second)->birth);
}

TEST_F(ObjectTrackerTest, ListsTheLivingByInterface) {
  const auto first = tracker.create(surface, 1);
  const auto second = tracker.create(surface, 1);
  tracker.destroy(first);
  ASSERT_EQ(tracker.living(&surface).size(), 1u);
  EXPECT_EQ(tracker.living(&surface)[0], second);
  EXPECT_TRUE(tracker.living(&region).empty());
  EXPECT_EQ(tracker.living().size(), 2u); // and the display
  tracker.destroy(first);                 // twice is once
  EXPECT_EQ(tracker.destroyed().size(), 1u);
}

TEST_F(ObjectTrackerTest, KeepsTheServersObjectsApart) {
  tracker.add_server_object(kServerIds, surface, 3);
  EXPECT_TRUE(tracker.alive(kServerIds));
  EXPECT_EQ(tracker.server_objects().size(), 1u);
  EXPECT_EQ(tracker.next_id(), 2u);
  tracker.add_server_object(kServerIds, region, 3); // its id, used again
  EXPECT_EQ(tracker.server_objects().size(), 1u);
  EXPECT_TRUE(tracker.living(&surface).empty());
  tracker.destroy(kServerIds);
  EXPECT_TRUE(tracker.server_objects().empty());
  EXPECT_TRUE(tracker.destroyed().empty());
}

} // namespace
} // namespace fenceline::fuzz
