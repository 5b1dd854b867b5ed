#pragma once
#include <sys/types.h>
#include <wayland-server-core.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "compositor/wl/client_state.h"
#include "compositor/wl/global.h"
#include "compositor/wl/listener.h"
#include "compositor/wl/listening_socket.h"
#include "compositor/wl/traffic.h"

namespace fenceline::wl {

/// Who is connected. Numbers count from 1 and are never used twice.
struct ClientInfo {
  std::uint32_t number = 0;
  pid_t pid = 0;
  std::string name; ///< Of its program (/proc/PID/comm); empty when that can't be read.
};

/// The Wayland server of the session: sockets, clients, serials. Requests are dispatched from the event loop. Call
/// flush before the loop sleeps.
class Display {
 public:
  /// What a client may leave unread where nothing else is said: bytes.
  static constexpr std::size_t default_max_unread = std::size_t{1} << 20;
  /// How long a removed global can still be bound.
  static constexpr Nanoseconds grace = std::chrono::seconds(5);

  /// `max_unread`: bytes. A client that does not read until so many wait for it is disconnected.
  [[nodiscard]] static Result<std::unique_ptr<Display>> create(EventLoop& loop,
                                                               std::size_t max_unread = default_max_unread);
  /// Disconnects all clients first. Globals should be gone by then.
  ~Display();
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;

  [[nodiscard]] wl_display* get() const { return display_; }
  [[nodiscard]] EventLoop& loop() const { return loop_; }

  /// Listens at $XDG_RUNTIME_DIR/name; an empty name: at the first wayland-N that is free. Returns the name.
  [[nodiscard]] Result<std::string> add_socket(const std::string& name);
  /// Connects a client over one end of a socket pair.
  [[nodiscard]] Result<wl_client*> add_client(UniqueFd socket);

  /// Sends what is waiting to be sent.
  void flush();
  /// Handles the requests that have come, without waiting. The event loop calls it by itself.
  void dispatch();
  [[nodiscard]] std::uint32_t next_serial() { return wl_display_next_serial(display_); }
  [[nodiscard]] std::uint32_t serial() const { return wl_display_get_serial(display_); }

  /// Objects of clients refer to the protocols that have made them: call it before those go.
  void destroy_clients();
  /// Valid until the client's last resource is gone.
  [[nodiscard]] const ClientInfo& info(wl_client* client) const;
  /// All of them, by number.
  [[nodiscard]] std::vector<ClientInfo> clients() const;
  [[nodiscard]] std::size_t client_count() const { return clients_.size(); }
  /// How many clients have asked for so much that they are not read for now.
  [[nodiscard]] int resting_clients() const { return traffic_->resting(); }
  /// Called when a client has connected, and when it and all its resources are gone.
  void on_client_connected(std::function<void(const ClientInfo&)> hook) { connected_.push_back(std::move(hook)); }
  void on_client_gone(std::function<void(const ClientInfo&)> hook) { gone_.push_back(std::move(hook)); }
  /// Called when a client has asked for so much that it was not read for a while (Traffic::worth_telling): once for each.
  void on_client_rests(std::function<void(const ClientInfo&)> hook);
  /// Asked until when a frame is due, nothing when none is: see Traffic::on_quiet.
  void on_quiet(std::function<std::optional<TimePoint>(TimePoint now)> hook);
  /// Called with the number of whose requests are carried out next, and with 0 when that is over.
  void on_serving(std::function<void(std::uint32_t)> hook);
  /// Called when what was waiting to be sent has been sent. An empty one: nobody is called any more.
  void on_flushed(std::function<void()> hook) { flushed_ = std::move(hook); }

  /// Takes a global off the registry and deletes it after the grace time. See Global::remove.
  void retire(std::unique_ptr<Global> global, Global::Bind inert);

 private:
  struct Client {
    ClientInfo info;
    std::unique_ptr<ClientState> state;
    std::unique_ptr<Listener<wl_client>> leaving, gone;
  };
  struct Retired {
    std::unique_ptr<Global> global;
    std::unique_ptr<Timer> timer;
  };
  Display(EventLoop& loop, wl_display* display);
  void client_connected(wl_client* client);
  void client_gone(wl_client* client);

  EventLoop& loop_;
  wl_display* display_;
  std::unique_ptr<Traffic> traffic_;
  std::vector<std::unique_ptr<ListeningSocket>> sockets_;
  std::unique_ptr<EventSource> source_;
  Listener<wl_client> created_;
  std::uint32_t last_client_ = 0;
  std::unordered_map<wl_client*, Client> clients_;
  std::vector<std::function<void(const ClientInfo&)>> connected_, gone_;
  std::function<void()> flushed_;
  std::vector<std::shared_ptr<Retired>> retired_;
};

} // namespace fenceline::wl
