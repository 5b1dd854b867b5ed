#include <alpha-modifier-v1-client-protocol.h>

#include <cstdint>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class AlphaModifierTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_alpha_modifier_v1>(wp_alpha_modifier_v1_interface);
    surface = client->surface();
    put_on_output(surface);
    modifier = client->own(wp_alpha_modifier_v1_get_surface(manager, surface));
    TestClient::show(surface, client->dmabuf_buffer(64, 64));
    expect_alive();
  }
  void set(std::uint32_t factor) const { wp_alpha_modifier_surface_v1_set_multiplier(modifier, factor); }
  [[nodiscard]] float alpha() const {
    pump();
    return server.layers().at(0).alpha;
  }
  wp_alpha_modifier_v1* manager = nullptr;
  wp_alpha_modifier_surface_v1* modifier = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(AlphaModifierTest, ASecondOneIsAlreadyConstructed) {
  client->own(wp_alpha_modifier_v1_get_surface(manager, surface));
  expect_error("wp_alpha_modifier_v1 0");
}

TEST_F(AlphaModifierTest, OneMayFollowAnotherThatIsGone) {
  client->drop(modifier, wp_alpha_modifier_surface_v1_destroy);
  client->own(wp_alpha_modifier_v1_get_surface(manager, surface));
  expect_alive();
}

TEST_F(AlphaModifierTest, WithoutItsSurfaceItIsNoSurface) {
  client->drop(surface, wl_surface_destroy);
  set(1);
  expect_error("wp_alpha_modifier_surface_v1 0");
}

TEST_F(AlphaModifierTest, DestroyWithoutItsSurfaceIsFine) {
  client->drop(surface, wl_surface_destroy);
  client->drop(modifier, wp_alpha_modifier_surface_v1_destroy);
  expect_alive();
}

TEST_F(AlphaModifierTest, TakesEffectWithTheCommit) {
  EXPECT_EQ(1.0F, alpha());
  set(UINT32_MAX / 5);
  EXPECT_EQ(1.0F, alpha());
  wl_surface_commit(surface);
  EXPECT_EQ(0.2F, alpha());
  // It stays.
  wl_surface_commit(surface);
  EXPECT_EQ(0.2F, alpha());
  set(UINT32_MAX);
  wl_surface_commit(surface);
  EXPECT_EQ(1.0F, alpha());
}

TEST_F(AlphaModifierTest, DestroyIsFullAlphaWithTheNextCommit) {
  set(0);
  wl_surface_commit(surface);
  EXPECT_EQ(0.0F, alpha());
  client->drop(modifier, wp_alpha_modifier_surface_v1_destroy);
  EXPECT_EQ(0.0F, alpha());
  wl_surface_commit(surface);
  EXPECT_EQ(1.0F, alpha());
}

TEST_F(AlphaModifierTest, OfASubsurfaceItWaitsForTheParent) {
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, surface));
  auto* of_child = client->own(wp_alpha_modifier_v1_get_surface(manager, child));
  wp_alpha_modifier_surface_v1_set_multiplier(of_child, 0);
  TestClient::show(child, client->dmabuf_buffer(8, 8));
  pump();
  EXPECT_EQ(1U, server.layers().size());
  wl_surface_commit(surface);
  expect_alive();
  ASSERT_EQ(2U, server.layers().size());
  EXPECT_EQ(0.0F, server.layers().at(1).alpha);
}

TEST_F(AlphaModifierTest, ObjectsOutliveTheManager) {
  client->drop(manager, wp_alpha_modifier_v1_destroy);
  set(0);
  wl_surface_commit(surface);
  expect_alive();
  EXPECT_EQ(0.0F, alpha());
}

} // namespace
} // namespace fenceline::test
