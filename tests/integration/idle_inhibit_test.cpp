#include <idle-inhibit-unstable-v1-client-protocol.h>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class IdleInhibitTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<zwp_idle_inhibit_manager_v1>(zwp_idle_inhibit_manager_v1_interface);
    surface = client->surface();
  }
  zwp_idle_inhibitor_v1* inhibit(wl_surface* of) {
    return client->own(zwp_idle_inhibit_manager_v1_create_inhibitor(manager, of));
  }
  /// Whether an inhibitor counts, where this surface is all that can be seen.
  [[nodiscard]] bool inhibited(const wl_surface* visible) const {
    pump();
    const SurfaceId id = visible ? client->scene_surface(const_cast<wl_surface*>(visible)).id() : SurfaceId{};
    return server.idle_inhibit.any([id](SurfaceId of) { return of == id; });
  }
  zwp_idle_inhibit_manager_v1* manager = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(IdleInhibitTest, CountsWhileItsSurfaceCanBeSeen) {
  wl_surface* other = client->surface();
  EXPECT_FALSE(inhibited(surface));
  zwp_idle_inhibitor_v1* inhibitor = inhibit(surface);
  EXPECT_TRUE(inhibited(surface));
  EXPECT_FALSE(inhibited(other));
  EXPECT_FALSE(inhibited(nullptr));
  client->drop(inhibitor, zwp_idle_inhibitor_v1_destroy);
  EXPECT_FALSE(inhibited(surface));
  expect_alive();
}

TEST_F(IdleInhibitTest, EachOfSeveralCounts) {
  zwp_idle_inhibitor_v1* first = inhibit(surface);
  zwp_idle_inhibitor_v1* second = inhibit(surface);
  client->drop(first, zwp_idle_inhibitor_v1_destroy);
  EXPECT_TRUE(inhibited(surface));
  client->drop(second, zwp_idle_inhibitor_v1_destroy);
  EXPECT_FALSE(inhibited(surface));
  EXPECT_TRUE(server.idle_inhibit.empty());
}

TEST_F(IdleInhibitTest, EndsWithItsSurface) {
  zwp_idle_inhibitor_v1* inhibitor = inhibit(surface);
  client->drop(surface, wl_surface_destroy);
  pump();
  EXPECT_TRUE(server.idle_inhibit.empty());
  client->drop(inhibitor, zwp_idle_inhibitor_v1_destroy);
  expect_alive();
}

TEST_F(IdleInhibitTest, OutlivesItsManager) {
  inhibit(surface);
  client->drop(manager, zwp_idle_inhibit_manager_v1_destroy);
  EXPECT_TRUE(inhibited(surface));
  expect_alive();
}

TEST_F(IdleInhibitTest, EndsWithItsClient) {
  inhibit(surface);
  pump();
  client->disconnect();
  EXPECT_TRUE(server.idle_inhibit.empty());
}

TEST_F(IdleInhibitTest, CountlessOnesAreNoMemory) {
  for (int i = 0; i < 65; ++i)
    inhibit(surface);
  expect_error("ENOMEM");
}

} // namespace
} // namespace fenceline::test
