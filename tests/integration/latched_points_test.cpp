#include <tuple>
#include <utility>
#include <vector>

#include "tests/integration/syncobj_fixture.h"

namespace fenceline::test {
namespace {

// Of a surface that is shown, whose client draws in time.
class LatchedPointsTest : public SyncobjTest {
 protected:
  void SetUp() override {
    SyncobjTest::SetUp();
    put_on_output(surface);
    FakeSyncObjects::signal(*acquire.kernel, 1);
    show(1, 1);
    pump();
    frame();
    EXPECT_TRUE(mapped(surface));
    server.sync_objects.asked_to_tell = 0;
  }
  [[nodiscard]] std::size_t queued() const { return client->scene_surface(surface).queued(); }
};

TEST_F(LatchedPointsTest, WhatSignalsBeforeTheLatchIsInItsPictureAndTheKernelIsNotAskedToTell) {
  for (std::uint64_t point = 2; point <= 5; ++point) {
    show(point, point);
    pump();
    FakeSyncObjects::signal(*acquire.kernel, point);
    pump();
    EXPECT_EQ(queued(), 1U);
    server.latch();
    EXPECT_EQ(queued(), 0U);
    server.flip();
    EXPECT_EQ(release.kernel->signalled, point - 1);
  }
  EXPECT_EQ(server.sync_objects.asked_to_tell, 0);
}

TEST_F(LatchedPointsTest, WhatComesTooLateIsToldOfAndSoAreTheNextOnes) {
  show(2, 2);
  pump();
  server.latch();
  EXPECT_EQ(queued(), 1U);
  EXPECT_EQ(server.sync_objects.asked_to_tell, 1);
  FakeSyncObjects::signal(*acquire.kernel, 2);
  pump();
  EXPECT_EQ(queued(), 0U) << "without another latch";
  server.flip();
  for (std::uint64_t point = 3; point < 3 + PointWaits::told_when_late; ++point) {
    show(point, point);
    pump();
    FakeSyncObjects::signal(*acquire.kernel, point);
    pump();
    EXPECT_EQ(queued(), 0U);
    frame();
  }
  show(100, 100);
  pump();
  FakeSyncObjects::signal(*acquire.kernel, 100);
  pump();
  EXPECT_EQ(queued(), 1U) << "it may be in time again";
  server.latch();
  EXPECT_EQ(queued(), 0U);
}

TEST_F(LatchedPointsTest, TheDriverIsToldWhenWhatIsLateIsWanted) {
  const TimePoint next{1'000'000'000};
  show(2, 2);
  pump();
  FakeSyncObjects::signal(*acquire.kernel, 2);
  server.latch();
  EXPECT_TRUE(server.sync_objects.wanted.empty()) << "it was in time, and costs no call";
  server.flip();
  show(3, 3);
  pump();
  server.latch();
  using Wanted = std::vector<std::pair<std::uint64_t, TimePoint>>;
  EXPECT_EQ(server.sync_objects.wanted, (Wanted{{3, next}}));
  FakeSyncObjects::signal(*acquire.kernel, 3);
  pump();
  server.flip();
  show(4, 4);
  pump();
  EXPECT_EQ(server.sync_objects.wanted, (Wanted{{3, next}, {4, next}})) << "a client that was late may be late again";
}

TEST_F(LatchedPointsTest, OfSeveralUpdatesTheNewestThatIsDrawnIsShown) {
  show(2, 2);
  show(3, 3);
  show(4, 4);
  pump();
  FakeSyncObjects::signal(*acquire.kernel, 3);
  server.latch();
  EXPECT_EQ(queued(), 1U);
  EXPECT_EQ(release.kernel->signalled, 2U) << "was never shown, while 1 is still on the screen";
  server.flip();
  FakeSyncObjects::signal(*acquire.kernel, 4);
  pump();
  EXPECT_EQ(queued(), 0U);
}

TEST_F(LatchedPointsTest, APointThatCannotBeToldOfIsLookedAtAgain) {
  show(2, 2);
  pump();
  server.sync_objects.refuses_to_tell = true;
  server.latch();
  EXPECT_EQ(queued(), 1U);
  FakeSyncObjects::signal(*acquire.kernel, 2);
  pump();
  EXPECT_EQ(queued(), 1U);
  server.latch();
  EXPECT_EQ(queued(), 0U);
  expect_alive();
}

TEST_F(LatchedPointsTest, WhatTheKernelCannotTellOfAllAtOnceIsAskedOneByOne) {
  show(2, 2);
  pump();
  FakeSyncObjects::signal(*acquire.kernel, 2);
  server.sync_objects.out_of_memory = true;
  server.latch();
  EXPECT_EQ(queued(), 0U);
}

// A latch has no time for the points of thousands of surfaces.
TEST_F(LatchedPointsTest, OnlySoManyOfAClientAreLeftToTheLatch) {
  constexpr std::size_t more = 6, all = PointWaits::most_looked_at + more;
  std::vector<Timeline> timelines;
  std::vector<std::pair<wl_surface*, wp_linux_drm_syncobj_surface_v1*>> surfaces;
  for (std::size_t i = 0; i < all; ++i) {
    surface = client->surface();
    sync = client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
    surfaces.emplace_back(surface, sync);
    acquire = timelines.emplace_back(timeline());
    put_on_output(surface);
    FakeSyncObjects::signal(*acquire.kernel, 1);
    show(1, 2 + 2 * i);
    pump();
  }
  frame();
  server.sync_objects.asked_to_tell = 0;
  for (std::size_t i = 0; i < all; ++i) {
    std::tie(surface, sync) = surfaces[i];
    acquire = timelines[i];
    show(2, 3 + 2 * i);
    pump();
  }
  expect_alive();
  EXPECT_EQ(server.sync_objects.asked_to_tell, static_cast<int>(more)) << "the kernel tells of the rest";
  server.latch();
  EXPECT_EQ(server.sync_objects.asked_to_tell, static_cast<int>(all)) << "and of what was late";
  for (const Timeline& each : timelines)
    FakeSyncObjects::signal(*each.kernel, 2);
  pump();
  for (const auto& [each, object] : surfaces)
    EXPECT_EQ(client->scene_surface(each).queued(), 0U);
}

TEST_F(LatchedPointsTest, AClientThatGoesIsNotLookedAt) {
  show(2, 2);
  pump();
  client->drop(surface, wl_surface_destroy);
  pump();
  server.latch();
  expect_alive();
}

} // namespace
} // namespace fenceline::test
