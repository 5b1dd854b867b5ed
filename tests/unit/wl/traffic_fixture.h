#pragma once
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client.h>
#include <wayland-server-protocol.h>

#include <array>
#include <cstdlib>
#include <functional>
#include <utility>
#include <vector>

#include "compositor/base/epoll_loop.h"
#include "compositor/wl/display.h"
#include "compositor/wl/thunk.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {

/// wl_output stands for any object.
class Thing final : public wl::Resource<Thing> {
 public:
  static constexpr std::uint32_t most = 4000;
  Thing(wl_client* client, std::uint32_t version, wl::NewId id, const std::function<void(wl_client*)>* gone = nullptr)
      : Resource(client, version, id), gone_(gone) {}
  ~Thing() override {
    if (gone_ != nullptr && *gone_)
      (*gone_)(client());
  }
  static const wl_interface& interface() { return wl_output_interface; }
  static const void* implementation() { return &requests; }
  static const struct wl_output_interface requests;
  const std::function<void(wl_client*)>* gone_;
};
inline const struct wl_output_interface Thing::requests = {.release = wl::destroy};

class Client {
 public:
  explicit Client(wl::Display& display) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
      std::abort();
    client = *display.add_client(UniqueFd(pair[1]));
    connection = wl_display_connect_to_fd(pair[0]);
    registry = wl_display_get_registry(connection);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    for (wl_proxy* thing : things)
      wl_proxy_destroy(thing);
    wl_registry_destroy(registry);
    wl_display_disconnect(connection);
  }
  /// Sends `count` requests, of which the session hears nothing before its turn.
  void ask(int count) {
    for (int i = 0; i < count; ++i)
      things.push_back(static_cast<wl_proxy*>(wl_registry_bind(registry, 1, &wl_output_interface, 4)));
    wl_display_flush(connection);
  }
  /// Destroys what it has asked for.
  void give_back() {
    for (wl_proxy* thing : std::exchange(things, {}))
      wl_output_release(reinterpret_cast<wl_output*>(thing));
    wl_display_flush(connection);
  }
  /// All that has come is read.
  void read() {
    char byte = 0;
    while (wl_display_get_error(connection) == 0 &&
           ::recv(wl_display_get_fd(connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 &&
           wl_display_prepare_read(connection) == 0) {
      wl_display_read_events(connection);
      wl_display_dispatch_pending(connection);
    }
  }
  wl_client* client = nullptr;
  wl_display* connection = nullptr;
  wl_registry* registry = nullptr;
  std::vector<wl_proxy*> things;
};

/// Sessions in which each request may take its time.
template <class Loop>
class Session {
 public:
  explicit Session(Loop& loop) : display(std::move(*wl::Display::create(loop))) {
    global = std::make_unique<wl::Global>(*display, wl_output_interface, 4,
                                          [this](wl_client* client, std::uint32_t version, wl::NewId id) {
                                            ++(client == watched ? of_watched : of_others);
                                            if (on_request)
                                              on_request();
                                            last = (new Thing(client, version, id, &on_gone))->resource();
                                          });
  }
  std::unique_ptr<wl::Display> display;
  std::unique_ptr<wl::Global> global;
  wl_client* watched = nullptr;
  int of_watched = 0, of_others = 0;
  wl_resource* last = nullptr;
  std::function<void()> on_request;
  std::function<void(wl_client*)> on_gone;
};

/// The real loop, for which no time passes: nobody is over a budget, however slow the machine.
class StillLoop final : public EventLoop {
 public:
  [[nodiscard]] std::unique_ptr<Watch> make_watch(IoCallback callback) override {
    return loop_->make_watch(std::move(callback));
  }
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_timer(std::function<void()> callback) override {
    return loop_->make_timer(std::move(callback));
  }
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_urgent_timer(std::function<void()> callback) override {
    return loop_->make_urgent_timer(std::move(callback));
  }
  bool look() override { return loop_->look(); }
  void defer(std::function<void()> work) override { loop_->defer(std::move(work)); }
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  void dispatch(int timeout_ms) { loop_->dispatch(timeout_ms); }

 private:
  std::unique_ptr<EpollLoop> loop_ = std::move(*EpollLoop::create());
  VirtualClock clock_;
};

} // namespace fenceline::test
