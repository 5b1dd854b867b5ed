#include "compositor/wl/display.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <fstream>

namespace fenceline::wl {

namespace {

/// What was not read yet would be the client's error when its socket is closed, in place of the one that it was sent.
void drop_unread(wl_client* client) {
  const int fd = wl_client_get_fd(client);
  ::shutdown(fd, SHUT_RD);
  std::array<char, 4096> bytes{};
  while (::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
  }
}

std::string program_name(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

} // namespace

Result<std::unique_ptr<Display>> Display::create(EventLoop& loop, std::size_t max_unread) {
  wl_display* raw = wl_display_create();
  if (!raw)
    return Error::from_errno("cannot create the Wayland display");
  std::unique_ptr<Display> display(new Display(loop, raw));
  auto traffic = Traffic::create(loop, raw, max_unread);
  if (!traffic)
    return traffic.error();
  display->traffic_ = std::move(*traffic);
  Display* self = display.get();
  auto source = loop.watch(wl_event_loop_get_fd(wl_display_get_event_loop(raw)), IoEvents::Readable | IoEvents::Patient,
                           [self](IoEvents) { self->dispatch(); });
  if (!source)
    return source.error();
  display->source_ = std::move(*source);
  return display;
}

Display::Display(EventLoop& loop, wl_display* display)
    : loop_(loop), display_(display), created_([this](wl_client* client) { client_connected(client); }) {
  created_.on_client_created(display_);
}

Display::~Display() {
  sockets_.clear();
  source_.reset();
  destroy_clients();
  traffic_.reset();
  retired_.clear();
  // It is in a list of the display's, which goes.
  created_.disconnect();
  wl_display_destroy(display_);
}

Result<std::string> Display::add_socket(const std::string& name) {
  const char* directory = std::getenv("XDG_RUNTIME_DIR");
  if (!directory || directory[0] != '/')
    return Error{"XDG_RUNTIME_DIR is not set to a folder for the session's socket: set it, for instance to /run/user/" +
                     std::to_string(::getuid()),
                 0};
  // A client that can't be made is closed; nobody else has to know.
  const auto connected = [this](UniqueFd client) { [[maybe_unused]] const auto made = add_client(std::move(client)); };
  constexpr int last_name = 32;
  for (int number = 1; number <= last_name; ++number) {
    const std::string candidate = name.empty() ? "wayland-" + std::to_string(number) : name;
    auto socket = ListeningSocket::create(loop_, directory, candidate, connected);
    if (socket) {
      sockets_.push_back(std::move(*socket));
      return candidate;
    }
    if (!name.empty() || socket.error().code != EADDRINUSE)
      return socket.error();
  }
  return Error{std::string("all socket names from wayland-1 to wayland-32 are taken in ") + directory, EADDRINUSE};
}

Result<wl_client*> Display::add_client(UniqueFd socket) {
  wl_client* client = wl_client_create(display_, socket.get());
  if (!client)
    return Error::from_errno("cannot connect a client");
  // The client owns it now.
  (void)socket.release();
  return client;
}

void Display::flush() {
  wl_event_loop_dispatch_idle(wl_display_get_event_loop(display_));
  wl_display_flush_clients(display_);
  traffic_->flushed();
  if (flushed_)
    flushed_();
}

void Display::dispatch() {
  traffic_->dispatch();
}

void Display::destroy_clients() {
  wl_display_destroy_clients(display_);
}

std::vector<ClientInfo> Display::clients() const {
  std::vector<ClientInfo> all;
  for (const auto& [client, entry] : clients_)
    all.push_back(entry.info);
  std::sort(all.begin(), all.end(), [](const ClientInfo& a, const ClientInfo& b) { return a.number < b.number; });
  return all;
}

const ClientInfo& Display::info(wl_client* client) const {
  const auto found = clients_.find(client);
  assert(found != clients_.end());
  return found->second.info;
}

void Display::on_client_rests(std::function<void(const ClientInfo&)> hook) {
  traffic_->on_first_rest([this, hook = std::move(hook)](wl_client* client) { hook(info(client)); });
}

void Display::on_quiet(std::function<std::optional<TimePoint>(TimePoint now)> hook) {
  traffic_->on_quiet(std::move(hook));
}

void Display::on_serving(std::function<void(std::uint32_t)> hook) {
  traffic_->on_serving([this, hook = std::move(hook)](wl_client* client) {
    const auto found = clients_.find(client);
    hook(found != clients_.end() ? found->second.info.number : 0);
  });
}

void Display::client_connected(wl_client* client) {
  pid_t pid = 0;
  wl_client_get_credentials(client, &pid, nullptr, nullptr);
  Client& entry = clients_[client];
  entry.info = {.number = ++last_client_, .pid = pid, .name = program_name(pid)};
  entry.state = std::make_unique<ClientState>(client);
  traffic_->add(*entry.state);
  entry.leaving = std::make_unique<Listener<wl_client>>([this](wl_client* dead) {
    traffic_->leaves();
    drop_unread(dead);
  });
  entry.leaving->on_destroy(client);
  entry.gone = std::make_unique<Listener<wl_client>>([this](wl_client* dead) { client_gone(dead); });
  entry.gone->on_destroy_late(client);
  for (const auto& hook : connected_)
    hook(entry.info);
}

void Display::client_gone(wl_client* client) {
  const auto node = clients_.extract(client);
  if (node.empty())
    return;
  traffic_->remove(*node.mapped().state);
  for (const auto& hook : gone_)
    hook(node.mapped().info);
}

void Display::retire(std::unique_ptr<Global> global, Global::Bind inert) {
  global->remove(std::move(inert));
  auto retired = std::make_shared<Retired>();
  retired->global = std::move(global);
  auto timer = loop_.make_timer([this, weak = std::weak_ptr<Retired>(retired)] {
    if (const auto done = weak.lock())
      std::erase(retired_, done);
  });
  // Without a timer it stays until the session ends: nothing is lost but its name.
  if (timer) {
    retired->timer = std::move(*timer);
    retired->timer->arm(loop_.clock().now() + grace);
  }
  retired_.push_back(std::move(retired));
}

} // namespace fenceline::wl
