#pragma once
#include <gtest/gtest.h>
#include <linux-dmabuf-v1-client-protocol.h>
#include <linux-drm-syncobj-v1-client-protocol.h>
#include <viewporter-client-protocol.h>
#include <wayland-client.h>
#include <xdg-shell-client-protocol.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/test_server.h"

// The scanner names a request's function as the object it makes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <presentation-time-client-protocol.h>
#pragma GCC diagnostic pop

namespace fenceline::test {

/// A file of `size` bytes as clients make one for wl_shm, and as the fake importer takes it for a dma-buf.
[[nodiscard]] UniqueFd memory_file(std::size_t size);

/// A real libwayland client over a socket pair, in the server's thread. Proxies are kept by `own` until they are
/// destroyed through `drop`, or the client ends.
class TestClient {
 public:
  explicit TestClient(TestServer& server);
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  /// Leaves without a word, as a client that dies does.
  ~TestClient();

  template <class P>
  P* own(P* proxy) {
    owned_.push_back(reinterpret_cast<wl_proxy*>(proxy));
    return proxy;
  }
  /// The protocol's own destructor request.
  template <class P>
  void drop(P* proxy, void (*destroy)(P*)) {
    std::erase(owned_, reinterpret_cast<wl_proxy*>(proxy));
    destroy(proxy);
  }
  /// Binds a global. `version` 0: the newest that is offered.
  template <class P>
  P* bind(const wl_interface& interface, std::uint32_t version = 0) {
    const auto& [name, newest] = globals.at(interface.name);
    return own(static_cast<P*>(wl_registry_bind(registry, name, &interface, version == 0 ? newest : version)));
  }

  /// Lets both sides talk until neither has anything to say.
  void pump();
  /// Ends the connection, at whatever point it is.
  void disconnect();
  /// "interface code" of the protocol error that has ended the connection; empty while it stands.
  [[nodiscard]] std::string error() const;
  [[nodiscard]] bool alive() const { return wl_display_get_error(connection) == 0; }
  /// The server's side of a surface.
  [[nodiscard]] SurfaceResource* resource(wl_surface* surface) const;
  [[nodiscard]] Surface& scene_surface(wl_surface* surface) const { return resource(surface)->surface(); }

  // The globals, bound at their newest versions.
  wl_compositor* compositor = nullptr;
  wl_subcompositor* subcompositor = nullptr;
  wl_shm* shm = nullptr;
  wp_viewporter* viewporter = nullptr;
  wp_presentation* presentation = nullptr;
  zwp_linux_dmabuf_v1* dmabuf = nullptr;
  wp_linux_drm_syncobj_manager_v1* syncobj = nullptr;
  xdg_wm_base* wm_base = nullptr;
  wl_seat* seat = nullptr;
  wl_data_device_manager* data_devices = nullptr;

  [[nodiscard]] wl_surface* surface() { return own(wl_compositor_create_surface(compositor)); }
  /// A buffer of a pool of its own, filled with `byte`. Its releases are counted in `releases`.
  [[nodiscard]] wl_buffer* shm_buffer(std::int32_t width, std::int32_t height, int byte = 0x40);
  /// A buffer that the fake importer takes.
  [[nodiscard]] wl_buffer* dmabuf_buffer(std::int32_t width, std::int32_t height);
  /// Attach, damage, commit.
  static void show(wl_surface* surface, wl_buffer* buffer);
  /// Counts in `releases`.
  void watch(wl_buffer* buffer);
  /// Calls `done` with the callback's time.
  void on_frame(wl_surface* surface, std::function<void(std::uint32_t)> done);

  TestServer& server;
  wl_display* connection = nullptr;
  wl_registry* registry = nullptr;
  wl_client* client = nullptr; ///< The server's; dangling once the connection has ended.
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> globals; ///< By interface: name, version.
  std::map<wl_buffer*, int> releases;

 private:
  [[nodiscard]] bool read();
  std::vector<wl_proxy*> owned_;
  std::vector<std::unique_ptr<std::function<void(std::uint32_t)>>> callbacks_;
};

/// One server, one client, both pumped.
class ProtocolTest : public testing::Test {
 protected:
  void SetUp() override { client = std::make_unique<TestClient>(server); }
  void pump() const { client->pump(); }
  /// The client's requests have ended it with this error: "wl_surface 0".
  void expect_error(const std::string& wanted) const {
    pump();
    EXPECT_EQ(wanted, client->error());
  }
  /// Everything was in order.
  void expect_alive() const {
    pump();
    EXPECT_EQ("", client->error());
  }
  /// Latches, flips, and lets the client hear of it.
  void frame() {
    server.latch();
    server.flip();
    pump();
  }
  /// Puts a surface on the test's output.
  void put_on_output(wl_surface* surface) {
    pump();
    server.stack.surfaces.push_back(client->resource(surface)->surface_id());
  }

  TestServer server;
  std::unique_ptr<TestClient> client;
};

} // namespace fenceline::test
