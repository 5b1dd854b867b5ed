#pragma once
#include <wayland-server-core.h>

#include <functional>
#include <type_traits>
#include <utility>

namespace fenceline::wl {

/// One place in one wl_signal at a time. It unlinks itself when it dies, also from within its own callback.
template <class Data>
class Listener {
 public:
  explicit Listener(std::function<void(Data*)> callback) : callback_(std::move(callback)) {
    node_.raw.notify = notify;
    node_.self = this;
    wl_list_init(&node_.raw.link);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  Listener(Listener&&) = delete;
  Listener& operator=(Listener&&) = delete;
  ~Listener() { wl_list_remove(&node_.raw.link); }

  void disconnect() {
    wl_list_remove(&node_.raw.link);
    wl_list_init(&node_.raw.link);
  }
  /// For libwayland's functions that add a listener. Leaves the signal that it was in before.
  [[nodiscard]] wl_listener* relink() {
    disconnect();
    return &node_.raw;
  }
  void on_destroy(wl_resource* resource) { wl_resource_add_destroy_listener(resource, relink()); }
  void on_destroy(wl_client* client) { wl_client_add_destroy_listener(client, relink()); }
  /// After all its resources are gone.
  void on_destroy_late(wl_client* client) { wl_client_add_destroy_late_listener(client, relink()); }
  void on_destroy(wl_display* display) { wl_display_add_destroy_listener(display, relink()); }
  void on_client_created(wl_display* display) { wl_display_add_client_created_listener(display, relink()); }

 private:
  // What libwayland hands back is the address of `raw`, the first member of a standard-layout struct.
  struct Node {
    wl_listener raw;
    Listener* self;
  };
  static_assert(std::is_standard_layout_v<Node>);
  static void notify(wl_listener* listener, void* data) noexcept {
    Listener* self = reinterpret_cast<Node*>(listener)->self;
    // A copy, so that a callback that ends its listener still runs to its end.
    const auto callback = self->callback_;
    callback(static_cast<Data*>(data));
  }

  Node node_{};
  std::function<void(Data*)> callback_;
};

} // namespace fenceline::wl
