#include "compositor/wl/display.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client.h>
#include <wayland-server-protocol.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "compositor/base/epoll_loop.h"
#include "compositor/wl/thunk.h"

namespace fenceline {
namespace {

class Output final : public wl::Resource<Output> {
 public:
  Output(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wl_output_interface; }
  static const void* implementation() { return &requests; }
  static const struct wl_output_interface requests;
};
const struct wl_output_interface Output::requests = {.release = wl::destroy};

std::array<UniqueFd, 2> socket_pair() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    std::abort();
  return {UniqueFd(pair[0]), UniqueFd(pair[1])};
}

/// A real client over a socket pair, in the server's thread.
class TestClient {
 public:
  TestClient(EpollLoop& loop, wl::Display& display) : loop_(loop), display_(display) {
    auto pair = socket_pair();
    client = *display.add_client(std::move(pair[1]));
    connection = wl_display_connect_to_fd(pair[0].release());
    registry = wl_display_get_registry(connection);
    static const wl_registry_listener listener = {
        .global = [](void* data, wl_registry*, std::uint32_t name, const char*,
                     std::uint32_t) { static_cast<TestClient*>(data)->global_name = name; },
        .global_remove = [](void* data, wl_registry*, std::uint32_t) { ++static_cast<TestClient*>(data)->removed; },
    };
    wl_registry_add_listener(registry, &listener, this);
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;
  ~TestClient() {
    wl_registry_destroy(registry);
    wl_display_disconnect(connection);
  }
  /// Lets both sides talk until neither has anything to say.
  void pump() {
    for (int i = 0; i < 4; ++i) {
      wl_display_flush(connection);
      loop_.dispatch(0);
      display_.flush();
      if (wl_display_prepare_read(connection) == 0) {
        if (::recv(wl_display_get_fd(connection), probe_.data(), 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
          wl_display_read_events(connection);
        else
          wl_display_cancel_read(connection);
      }
      wl_display_dispatch_pending(connection);
    }
  }
  wl_display* connection = nullptr;
  wl_registry* registry = nullptr;
  wl_client* client = nullptr;
  std::uint32_t global_name = 0;
  int removed = 0;

 private:
  EpollLoop& loop_;
  wl::Display& display_;
  std::array<char, 1> probe_{};
};

class DisplayTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = std::move(*EpollLoop::create());
    display_ = std::move(*wl::Display::create(*loop_));
  }
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<wl::Display> display_;
};

TEST_F(DisplayTest, TellsWhoConnectsAndWhoIsGone) {
  std::vector<std::uint32_t> came, went;
  display_->on_client_connected([&](const wl::ClientInfo& info) {
    came.push_back(info.number);
    EXPECT_EQ(::getpid(), info.pid);
    EXPECT_FALSE(info.name.empty());
  });
  display_->on_client_gone([&](const wl::ClientInfo& info) { went.push_back(info.number); });
  auto first = socket_pair(), second = socket_pair();
  auto client = display_->add_client(std::move(first[1]));
  ASSERT_TRUE(client);
  ASSERT_TRUE(display_->add_client(std::move(second[1])));
  EXPECT_EQ((std::vector<std::uint32_t>{1, 2}), came);
  EXPECT_EQ(1U, display_->info(*client).number);
  first[0].reset();
  loop_->dispatch(0);
  EXPECT_EQ(std::vector<std::uint32_t>{1}, went);
  EXPECT_EQ(1U, display_->client_count());
  display_->destroy_clients();
  EXPECT_EQ((std::vector<std::uint32_t>{1, 2}), went);
}

TEST_F(DisplayTest, GlobalsAreBoundAndRetired) {
  int made = 0;
  auto global = std::make_unique<wl::Global>(*display_, wl_output_interface, 4,
                                             [&](wl_client* client, std::uint32_t version, wl::NewId id) {
                                               ++made;
                                               EXPECT_EQ(3U, version);
                                               new Output(client, version, id);
                                             });
  TestClient client(*loop_, *display_);
  client.pump();
  ASSERT_NE(0U, client.global_name);
  auto* bound = wl_registry_bind(client.registry, client.global_name, &wl_output_interface, 3);
  client.pump();
  EXPECT_EQ(1, made);

  // Within the grace time a bind makes an inert object; it does not end the client.
  int inert = 0;
  display_->retire(std::move(global), [&](wl_client* c, std::uint32_t version, wl::NewId id) {
    ++inert;
    wl::create_inert<Output>(c, version, id);
  });
  auto* late = wl_registry_bind(client.registry, client.global_name, &wl_output_interface, 3);
  client.pump();
  EXPECT_EQ(1, client.removed);
  EXPECT_EQ(1, inert);
  EXPECT_EQ(1, made);
  EXPECT_EQ(0, wl_display_get_error(client.connection));
  wl_output_release(static_cast<wl_output*>(late));
  wl_output_release(static_cast<wl_output*>(bound));
  client.pump();
  EXPECT_EQ(0, wl_display_get_error(client.connection));
}

TEST_F(DisplayTest, AnOutOfMemoryBindEndsTheClientAlone) {
  wl::Global global(*display_, wl_output_interface, 4,
                    [](wl_client*, std::uint32_t, wl::NewId) { throw std::bad_alloc(); });
  TestClient victim(*loop_, *display_), other(*loop_, *display_);
  victim.pump();
  other.pump();
  auto* bound = wl_registry_bind(victim.registry, victim.global_name, &wl_output_interface, 3);
  victim.pump();
  EXPECT_EQ(ENOMEM, wl_display_get_error(victim.connection));
  other.pump();
  EXPECT_EQ(0, wl_display_get_error(other.connection));
  wl_proxy_destroy(static_cast<wl_proxy*>(bound));
}

TEST_F(DisplayTest, AClientThatDoesNotReadIsDisconnected) {
  wl::Global global(*display_, wl_output_interface, 4,
                    [](wl_client* client, std::uint32_t version, wl::NewId id) { new Output(client, version, id); });
  TestClient client(*loop_, *display_);
  client.pump();
  auto* bound = wl_registry_bind(client.registry, client.global_name, &wl_output_interface, 4);
  client.pump();
  wl_resource* resource = wl_client_get_object(client.client, 3);
  ASSERT_NE(nullptr, resource);
  // More than the socket's own buffer and libwayland's together. From the first event that finds no room the client is
  // written off; the connection ends with its next sign of life.
  const std::size_t enough = wl::Display::default_max_unread / 12 + 200'000;
  for (std::size_t i = 0; i < enough; ++i)
    wl_output_send_scale(resource, 1);
  client.pump();
  EXPECT_EQ(0U, display_->client_count());
  wl_proxy_destroy(static_cast<wl_proxy*>(bound));
}

TEST_F(DisplayTest, SocketsAreNamedAndTakenOnesRefused) {
  const auto directory = std::filesystem::temp_directory_path() / ("wl-display-test-" + std::to_string(::getpid()));
  std::filesystem::create_directory(directory);
  ::setenv("XDG_RUNTIME_DIR", directory.c_str(), 1);
  auto automatic = display_->add_socket("");
  ASSERT_TRUE(automatic);
  EXPECT_EQ("wayland-", automatic->substr(0, 8));
  auto named = display_->add_socket("own-name");
  ASSERT_TRUE(named);
  EXPECT_EQ("own-name", *named);

  auto second = std::move(*wl::Display::create(*loop_));
  auto taken = second->add_socket("own-name");
  ASSERT_FALSE(taken);
  EXPECT_NE(std::string::npos, taken.error().what.find("own-name"));
  auto long_name = second->add_socket(std::string(200, 'x'));
  EXPECT_FALSE(long_name);
  ::unsetenv("XDG_RUNTIME_DIR");
  auto homeless = second->add_socket("");
  ASSERT_FALSE(homeless);
  EXPECT_NE(std::string::npos, homeless.error().what.find("XDG_RUNTIME_DIR"));
  display_.reset();
  second.reset();
  std::filesystem::remove_all(directory);
}

TEST_F(DisplayTest, AListenerThatEndsItselfUnlinks) {
  auto pair = socket_pair();
  wl_client* client = *display_->add_client(std::move(pair[1]));
  std::optional<wl::Listener<wl_client>> listener;
  int calls = 0;
  listener.emplace([&](wl_client*) {
    ++calls;
    listener.reset();
  });
  listener->on_destroy(client);
  {
    wl::Listener<wl_client> dropped([&](wl_client*) { calls += 100; });
    dropped.on_destroy(client);
  }
  wl_client_destroy(client);
  EXPECT_EQ(1, calls);
}

} // namespace
} // namespace fenceline
