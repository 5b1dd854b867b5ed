#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

/// Everything that a client can leave behind.
struct Remains {
  std::size_t surfaces, buffers, timelines, clients, descriptors;
  friend bool operator==(const Remains&, const Remains&) = default;
};
std::ostream& operator<<(std::ostream& out, const Remains& r) {
  return out << "surfaces " << r.surfaces << ", buffers " << r.buffers << ", timelines " << r.timelines << ", clients "
             << r.clients << ", descriptors " << r.descriptors;
}

class LifetimeTest : public testing::Test {
 protected:
  Remains remains() {
    return {server.client_surfaces(), server.importer.live.size(), server.sync_objects.handles.size(),
            server.display->client_count(), open_descriptors()};
  }
  TestServer server;
};

/// A client's life in steps; it dies after any of them, with what it has sent read or not.
class Life {
 public:
  explicit Life(TestServer& server) : server_(server), client_(server) {}
  static constexpr int steps = 16;

  void step(int number) {
    TestClient& c = client_;
    switch (number) {
    case 0:
      window_ = c.surface();
      xdg_ = c.own(xdg_wm_base_get_xdg_surface(c.wm_base, window_));
      c.own(xdg_surface_get_toplevel(xdg_));
      break;
    case 1:
      wl_surface_commit(window_);
      break;
    case 2:
      static_xdg_listen();
      break;
    case 3:
      TestClient::show(window_, c.shm_buffer(32, 32));
      break;
    case 4:
      child_ = c.surface();
      subsurface_ = c.own(wl_subcompositor_get_subsurface(c.subcompositor, child_, window_));
      break;
    case 5:
      c.own(wp_presentation_feedback(c.presentation, child_));
      c.on_frame(child_, [](std::uint32_t) {});
      TestClient::show(child_, c.dmabuf_buffer(16, 16));
      break;
    case 6:
      wl_surface_commit(window_);
      break;
    case 7:
      server_.latch();
      break;
    case 8:
      wl_subsurface_set_desync(subsurface_);
      sync_ = c.own(wp_linux_drm_syncobj_manager_v1_get_surface(c.syncobj, child_));
      break;
    case 9: {
      auto [kernel, fd] = server_.sync_objects.make();
      timeline_ = c.own(wp_linux_drm_syncobj_manager_v1_import_timeline(c.syncobj, fd.get()));
      wp_linux_drm_syncobj_surface_v1_set_acquire_point(sync_, timeline_, 0, 1000);
      wp_linux_drm_syncobj_surface_v1_set_release_point(sync_, timeline_, 0, 1001);
      break;
    }
    case 10:
      TestClient::show(child_, c.dmabuf_buffer(16, 16));
      break;
    case 11:
      server_.flip();
      server_.latch();
      break;
    case 12:
      c.own(wp_viewporter_get_viewport(c.viewporter, child_));
      c.own(wl_compositor_create_region(c.compositor));
      c.bind<wl_output>(wl_output_interface);
      break;
    case 13: {
      // A buffer half made.
      auto* params = c.own(zwp_linux_dmabuf_v1_create_params(c.dmabuf));
      zwp_linux_buffer_params_v1_add(params, memory_file(4096).get(), 0, 0, 64, 0, 0);
      c.own(wl_shm_create_pool(c.shm, memory_file(4096).get(), 4096));
      break;
    }
    case 14:
      wl_surface_attach(window_, c.shm_buffer(64, 64), 0, 0);
      c.own(wp_presentation_feedback(c.presentation, window_));
      break;
    case 15:
      // An error: the client is thrown out with all this in its hands.
      wl_surface_set_buffer_scale(window_, -1);
      break;
    default:
      break;
    }
  }
  void pump() { client_.pump(); }

 private:
  void static_xdg_listen() {
    static const xdg_surface_listener listener = {
        .configure = [](void*, xdg_surface* xdg, std::uint32_t serial) { xdg_surface_ack_configure(xdg, serial); }};
    xdg_surface_add_listener(xdg_, &listener, nullptr);
  }
  TestServer& server_;
  TestClient client_;
  wl_surface* window_ = nullptr;
  wl_surface* child_ = nullptr;
  xdg_surface* xdg_ = nullptr;
  wl_subsurface* subsurface_ = nullptr;
  wp_linux_drm_syncobj_surface_v1* sync_ = nullptr;
  wp_linux_drm_syncobj_timeline_v1* timeline_ = nullptr;
};

TEST_F(LifetimeTest, AClientThatDiesAtAnyMomentLeavesNothingBehind) {
  // The first one warms up what is made once.
  {
    Life life(server);
    for (int i = 0; i < Life::steps; ++i) {
      life.step(i);
      life.pump();
    }
  }
  server.latch();
  server.flip();
  server.flip();
  const Remains before = remains();
  EXPECT_EQ(0U, before.surfaces);
  EXPECT_EQ(0U, before.buffers);
  EXPECT_EQ(0U, before.timelines);
  EXPECT_EQ(0U, before.clients);
  for (const bool pumped : {true, false}) {
    for (int last = 0; last < Life::steps; ++last) {
      {
        Life life(server);
        for (int i = 0; i <= last; ++i) {
          // Configures have to be answered in both cases, or the window's buffer would come too early.
          life.step(i);
          if (pumped || i < last)
            life.pump();
        }
      }
      // What the screen shows of it goes with the next pictures.
      server.latch();
      server.flip();
      server.latch();
      server.flip();
      EXPECT_EQ(before, remains()) << "after step " << last << (pumped ? ", read" : ", not read");
    }
  }
}

TEST_F(LifetimeTest, AClientOutOfDescriptorsPaysAlone) {
  TestClient innocent(server);
  wl_surface* surface = innocent.surface();
  TestClient::show(surface, innocent.shm_buffer(8, 8));
  innocent.pump();
  auto greedy = std::make_unique<TestClient>(server);
  const UniqueFd file = memory_file(4096);
  rlimit before{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  const Remains counted = remains();
  // What the table holds now and a little for the connection; the greedy one wants more.
  const rlimit tight{.rlim_cur = counted.descriptors + 20, .rlim_max = before.rlim_max};
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &tight));
  for (int i = 0; i < 60 && greedy->alive(); ++i) {
    greedy->own(wl_shm_create_pool(greedy->shm, file.get(), 4096));
    greedy->pump();
  }
  EXPECT_FALSE(greedy->alive());
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
  greedy.reset();
  innocent.pump();
  EXPECT_TRUE(innocent.alive());
  TestClient::show(surface, innocent.shm_buffer(8, 8));
  innocent.pump();
  EXPECT_EQ("", innocent.error());
}

TEST_F(LifetimeTest, AServerThatEndsFirstLeavesNothingBehind) {
  auto own = std::make_unique<TestServer>();
  auto client = std::make_unique<TestClient>(*own);
  wl_surface* surface = client->surface();
  TestClient::show(surface, client->dmabuf_buffer(16, 16));
  client->pump();
  own->stack.surfaces.push_back(client->resource(surface)->surface_id());
  own->latch();
  own->flip();
  own->display->destroy_clients();
  EXPECT_EQ(0U, own->client_surfaces());
  EXPECT_EQ(1U, own->importer.live.size()) << "it is on the screen";
  own->latch();
  own->flip();
  EXPECT_EQ(0U, own->importer.live.size());
}

} // namespace
} // namespace fenceline::test
