#pragma once
#include "tests/integration/client_harness.h"

namespace fenceline::test {

/// A timeline at both ends.
struct Timeline {
  FakeSyncObjects::TimelinePtr kernel;
  wp_linux_drm_syncobj_timeline_v1* proxy = nullptr;
};

class SyncobjTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    surface = client->surface();
    sync = client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
    acquire = timeline();
    release = timeline();
  }
  Timeline timeline() {
    auto [kernel, fd] = server.sync_objects.make();
    return {kernel, client->own(wp_linux_drm_syncobj_manager_v1_import_timeline(client->syncobj, fd.get()))};
  }
  void acquire_point(const Timeline& of, std::uint64_t point) const {
    wp_linux_drm_syncobj_surface_v1_set_acquire_point(sync, of.proxy, static_cast<std::uint32_t>(point >> 32U),
                                                      static_cast<std::uint32_t>(point));
  }
  void release_point(const Timeline& of, std::uint64_t point) const {
    wp_linux_drm_syncobj_surface_v1_set_release_point(sync, of.proxy, static_cast<std::uint32_t>(point >> 32U),
                                                      static_cast<std::uint32_t>(point));
  }
  /// One frame as a Vulkan client makes it.
  wl_buffer* show(std::uint64_t acquire_value, std::uint64_t release_value) {
    wl_buffer* buffer = client->dmabuf_buffer(16, 16);
    acquire_point(acquire, acquire_value);
    release_point(release, release_value);
    TestClient::show(surface, buffer);
    return buffer;
  }
  [[nodiscard]] bool mapped(wl_surface* s) const { return client->scene_surface(s).current().mapped(); }

  wl_surface* surface = nullptr;
  wp_linux_drm_syncobj_surface_v1* sync = nullptr;
  Timeline acquire, release;
};

} // namespace fenceline::test
