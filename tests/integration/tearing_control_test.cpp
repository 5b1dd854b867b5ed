#include <fifo-v1-client-protocol.h>
#include <tearing-control-v1-client-protocol.h>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class TearingControlTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_tearing_control_manager_v1>(wp_tearing_control_manager_v1_interface);
    surface = client->surface();
    put_on_output(surface);
    object = client->own(wp_tearing_control_manager_v1_get_tearing_control(manager, surface));
    TestClient::show(surface, client->dmabuf_buffer(64, 64));
    expect_alive();
  }
  void set(std::uint32_t hint) const { wp_tearing_control_v1_set_presentation_hint(object, hint); }
  void commit() const { wl_surface_commit(surface); }
  [[nodiscard]] bool may_tear(std::size_t layer = 0) const {
    pump();
    return server.layers().at(layer).may_tear;
  }
  wp_tearing_control_manager_v1* manager = nullptr;
  wp_tearing_control_v1* object = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(TearingControlTest, ASecondOneIsTearingControlExists) {
  client->own(wp_tearing_control_manager_v1_get_tearing_control(manager, surface));
  expect_error("wp_tearing_control_manager_v1 0");
}

TEST_F(TearingControlTest, OneMayFollowAnotherThatIsGone) {
  client->drop(object, wp_tearing_control_v1_destroy);
  client->own(wp_tearing_control_manager_v1_get_tearing_control(manager, surface));
  expect_alive();
}

TEST_F(TearingControlTest, WithoutItsSurfaceItDoesNothing) {
  client->drop(surface, wl_surface_destroy);
  set(1);
  client->drop(object, wp_tearing_control_v1_destroy);
  client->drop(manager, wp_tearing_control_manager_v1_destroy);
  expect_alive();
}

TEST_F(TearingControlTest, TheHintTakesEffectWithTheCommitAndStays) {
  EXPECT_FALSE(may_tear());
  set(WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC);
  EXPECT_FALSE(may_tear());
  commit();
  EXPECT_TRUE(may_tear());
  commit();
  EXPECT_TRUE(may_tear());
  set(WP_TEARING_CONTROL_V1_PRESENTATION_HINT_VSYNC);
  commit();
  EXPECT_FALSE(may_tear());
}

TEST_F(TearingControlTest, AHintThatNobodyKnowsIsVsync) {
  set(WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC);
  commit();
  set(2);
  commit();
  EXPECT_FALSE(may_tear());
  expect_alive();
}

TEST_F(TearingControlTest, WhatIsToBeShownForAFrameByFifoDoesNotTear) {
  frame();
  auto* manager_of_fifo = client->bind<wp_fifo_manager_v1>(wp_fifo_manager_v1_interface);
  auto* fifo = client->own(wp_fifo_manager_v1_get_fifo(manager_of_fifo, surface));
  set(WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC);
  wp_fifo_v1_set_barrier(fifo);
  commit();
  EXPECT_FALSE(may_tear());
  // Its barrier ends with the latch.
  server.latch();
  EXPECT_TRUE(may_tear());
}

TEST_F(TearingControlTest, DestroyIsVsyncWithTheNextCommit) {
  set(WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC);
  commit();
  client->drop(object, wp_tearing_control_v1_destroy);
  EXPECT_TRUE(may_tear());
  commit();
  EXPECT_FALSE(may_tear());
}

TEST_F(TearingControlTest, OfASubsurfaceItWaitsForTheParent) {
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, surface));
  auto* of_child = client->own(wp_tearing_control_manager_v1_get_tearing_control(manager, child));
  wp_tearing_control_v1_set_presentation_hint(of_child, 1);
  TestClient::show(child, client->dmabuf_buffer(8, 8));
  pump();
  EXPECT_EQ(server.layers().size(), 1U);
  commit();
  expect_alive();
  ASSERT_EQ(server.layers().size(), 2U);
  EXPECT_EQ(may_tear(0), false);
  EXPECT_EQ(may_tear(1), true);
}

TEST_F(TearingControlTest, ObjectsOutliveTheManager) {
  client->drop(manager, wp_tearing_control_manager_v1_destroy);
  set(1);
  commit();
  expect_alive();
  EXPECT_EQ(may_tear(), true);
}

} // namespace
} // namespace fenceline::test
