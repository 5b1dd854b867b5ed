#include <commit-timing-v1-client-protocol.h>

#include <chrono>
#include <cstdint>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

using std::chrono::hours;

class CommitTimingTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_commit_timing_manager_v1>(wp_commit_timing_manager_v1_interface);
    surface = client->surface();
    put_on_output(surface);
    timer = client->own(wp_commit_timing_manager_v1_get_timer(manager, surface));
    TestClient::show(surface, client->dmabuf_buffer(64, 64));
    frame();
    expect_alive();
  }
  void set(std::uint64_t seconds, std::uint32_t nanoseconds = 0) const {
    wp_commit_timer_v1_set_timestamp(timer, static_cast<std::uint32_t>(seconds >> 32U),
                                     static_cast<std::uint32_t>(seconds), nanoseconds);
  }
  void set(TimePoint when) const {
    set(static_cast<std::uint64_t>(when.ns / 1'000'000'000), static_cast<std::uint32_t>(when.ns % 1'000'000'000));
  }
  /// So far ahead that no machine is slow enough.
  [[nodiscard]] TimePoint later() const { return server.loop->clock().now() + hours(100); }
  [[nodiscard]] std::size_t queued() const {
    pump();
    return client->scene_surface(surface).queued();
  }
  wp_commit_timing_manager_v1* manager = nullptr;
  wp_commit_timer_v1* timer = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(CommitTimingTest, ASecondTimerExistsAlready) {
  client->own(wp_commit_timing_manager_v1_get_timer(manager, surface));
  expect_error("wp_commit_timing_manager_v1 0");
}

TEST_F(CommitTimingTest, OneMayFollowAnotherThatIsGone) {
  client->drop(timer, wp_commit_timer_v1_destroy);
  client->own(wp_commit_timing_manager_v1_get_timer(manager, surface));
  expect_alive();
}

TEST_F(CommitTimingTest, ASecondOfNanosecondsIsAnInvalidTimestamp) {
  set(0, 999'999'999);
  wl_surface_commit(surface);
  expect_alive();
  set(0, 1'000'000'000);
  expect_error("wp_commit_timer_v1 0");
}

TEST_F(CommitTimingTest, ASecondTimestampExistsAlready) {
  set(later());
  set(later());
  expect_error("wp_commit_timer_v1 1");
}

TEST_F(CommitTimingTest, EachCommitMayHaveATimestamp) {
  set(later());
  wl_surface_commit(surface);
  set(later());
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 2U);
  expect_alive();
}

// What is pending is the surface's: a new timer finds it there.
TEST_F(CommitTimingTest, ATimestampOutlivesItsTimer) {
  set(later());
  client->drop(timer, wp_commit_timer_v1_destroy);
  timer = client->own(wp_commit_timing_manager_v1_get_timer(manager, surface));
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 1U);
  set(later());
  client->drop(timer, wp_commit_timer_v1_destroy);
  timer = client->own(wp_commit_timing_manager_v1_get_timer(manager, surface));
  set(later());
  expect_error("wp_commit_timer_v1 1");
}

TEST_F(CommitTimingTest, WithoutItsSurfaceTheSurfaceIsDestroyed) {
  client->drop(surface, wl_surface_destroy);
  set(0);
  expect_error("wp_commit_timer_v1 2");
}

TEST_F(CommitTimingTest, DestroyWithoutItsSurfaceIsFine) {
  set(later());
  client->drop(surface, wl_surface_destroy);
  client->drop(timer, wp_commit_timer_v1_destroy);
  client->drop(manager, wp_commit_timing_manager_v1_destroy);
  expect_alive();
}

TEST_F(CommitTimingTest, TheManagerMayGoBeforeItsTimers) {
  client->drop(manager, wp_commit_timing_manager_v1_destroy);
  set(later());
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 1U);
}

TEST_F(CommitTimingTest, AnUpdateIsInThePictureForItsTime) {
  const TimePoint when = later();
  wl_buffer* const buffer = client->dmabuf_buffer(64, 64);
  const BufferId before = server.layers().at(0).buffer;
  set(when);
  TestClient::show(surface, buffer);
  EXPECT_EQ(queued(), 1U);
  server.latch(when - std::chrono::milliseconds(16));
  server.flip();
  EXPECT_EQ(queued(), 1U);
  EXPECT_EQ(server.layers().at(0).buffer, before);
  server.latch(when);
  server.flip();
  EXPECT_EQ(queued(), 0U);
  EXPECT_NE(server.on_screen().snapshot.layers.at(0).buffer, before);
}

TEST_F(CommitTimingTest, ATimeThatIsPastIsNoWait) {
  set(1);
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 0U);
}

TEST_F(CommitTimingTest, TheLastTimeThatThereIsHoldsUpTheSurfaceAlone) {
  set(UINT64_MAX, 999'999'999);
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 1U);
  frame();
  EXPECT_EQ(queued(), 1U);
  wl_surface* const other = client->surface();
  TestClient::show(other, client->dmabuf_buffer(64, 64));
  pump();
  EXPECT_TRUE(client->scene_surface(other).current().mapped());
  client->drop(surface, wl_surface_destroy);
  expect_alive();
  EXPECT_EQ(server.pacer->waiting(), 0U);
}

TEST_F(CommitTimingTest, AQueueWithoutEndIsNoMemory) {
  for (std::size_t i = 0; i < Scene::max_queued_updates; ++i) {
    set(later());
    wl_surface_commit(surface);
    if (i % 64 == 0)
      expect_alive();
  }
  expect_alive();
  EXPECT_EQ(queued(), Scene::max_queued_updates);
  set(later());
  wl_surface_commit(surface);
  expect_error("ENOMEM");
}

TEST_F(CommitTimingTest, AClientThatDiesWhileItWaitsLeavesNothing) {
  set(later());
  wl_surface_commit(surface);
  set(later());
  EXPECT_EQ(queued(), 1U);
  client->disconnect();
  EXPECT_EQ(server.pacer->waiting(), 0U);
  EXPECT_EQ(server.client_surfaces(), 0U);
}

} // namespace
} // namespace fenceline::test
