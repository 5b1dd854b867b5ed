#include <fifo-v1-client-protocol.h>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class FifoTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_fifo_manager_v1>(wp_fifo_manager_v1_interface);
    surface = client->surface();
    put_on_output(surface);
    fifo = client->own(wp_fifo_manager_v1_get_fifo(manager, surface));
    TestClient::show(surface, client->dmabuf_buffer(64, 64));
    frame();
    expect_alive();
  }
  [[nodiscard]] std::size_t queued() const {
    pump();
    return client->scene_surface(surface).queued();
  }
  wp_fifo_manager_v1* manager = nullptr;
  wp_fifo_v1* fifo = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(FifoTest, ASecondOneExistsAlready) {
  client->own(wp_fifo_manager_v1_get_fifo(manager, surface));
  expect_error("wp_fifo_manager_v1 0");
}

TEST_F(FifoTest, OneMayFollowAnotherThatIsGone) {
  client->drop(fifo, wp_fifo_v1_destroy);
  client->own(wp_fifo_manager_v1_get_fifo(manager, surface));
  expect_alive();
}

TEST_F(FifoTest, SetBarrierWithoutItsSurfaceIsSurfaceDestroyed) {
  client->drop(surface, wl_surface_destroy);
  wp_fifo_v1_set_barrier(fifo);
  expect_error("wp_fifo_v1 0");
}

TEST_F(FifoTest, WaitBarrierWithoutItsSurfaceIsSurfaceDestroyed) {
  client->drop(surface, wl_surface_destroy);
  wp_fifo_v1_wait_barrier(fifo);
  expect_error("wp_fifo_v1 0");
}

TEST_F(FifoTest, DestroyWithoutItsSurfaceIsFine) {
  wp_fifo_v1_set_barrier(fifo);
  client->drop(surface, wl_surface_destroy);
  client->drop(fifo, wp_fifo_v1_destroy);
  client->drop(manager, wp_fifo_manager_v1_destroy);
  expect_alive();
}

TEST_F(FifoTest, EachPictureThatIsTakenLetsOneUpdateThrough) {
  for (int i = 0; i < 3; ++i) {
    wp_fifo_v1_wait_barrier(fifo);
    wp_fifo_v1_set_barrier(fifo);
    wl_surface_commit(surface);
  }
  EXPECT_EQ(queued(), 2U);
  server.latch();
  EXPECT_EQ(queued(), 1U);
  server.flip();
  EXPECT_EQ(queued(), 1U) << "the picture's taking counts, not its end";
  server.latch();
  EXPECT_EQ(queued(), 0U);
}

TEST_F(FifoTest, WhatIsSetIsForOneCommit) {
  wp_fifo_v1_set_barrier(fifo);
  wl_surface_commit(surface);
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 0U);
  frame();
  wp_fifo_v1_wait_barrier(fifo);
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 0U) << "the second commit set no barrier";
}

TEST_F(FifoTest, WhatIsSetOutlivesItsObject) {
  wp_fifo_v1_set_barrier(fifo);
  wl_surface_commit(surface);
  wp_fifo_v1_wait_barrier(fifo);
  client->drop(fifo, wp_fifo_v1_destroy);
  wl_surface_commit(surface);
  EXPECT_EQ(queued(), 1U);
  frame();
  EXPECT_EQ(queued(), 0U);
}

TEST_F(FifoTest, AClientThatDiesWhileItWaitsLeavesNothing) {
  for (int i = 0; i < 3; ++i) {
    wp_fifo_v1_wait_barrier(fifo);
    wp_fifo_v1_set_barrier(fifo);
    wl_surface_commit(surface);
  }
  EXPECT_EQ(queued(), 2U);
  client->disconnect();
  EXPECT_EQ(server.client_surfaces(), 0U);
  server.latch();
  server.flip();
}

} // namespace
} // namespace fenceline::test
