#include "compositor/backends/nested/parent_connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace fenceline {

namespace {

/// Where WAYLAND_DISPLAY leads. A socket that was handed over by its descriptor is never ours.
bool leads_to(const std::string& socket) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const char* display = std::getenv("WAYLAND_DISPLAY");
  if (std::getenv("WAYLAND_SOCKET") != nullptr || socket.empty())
    return false;
  // libwayland's default name.
  const std::string wanted = display != nullptr ? display : "wayland-0";
  return wanted == socket || (runtime != nullptr && wanted == std::string(runtime) + "/" + socket);
}

} // namespace

Result<std::unique_ptr<ParentConnection>> ParentConnection::open(EventLoop& loop, Log& log,
                                                                 const std::string& not_socket) {
  if (leads_to(not_socket))
    return Error{"WAYLAND_DISPLAY names this session's own socket: there is no parent compositor behind it", 0};
  wl_display* display = wl_display_connect(nullptr);
  if (display == nullptr) {
    const char* name = std::getenv("WAYLAND_DISPLAY");
    return Error::from_errno(fmt::format("no Wayland compositor answers at {}", name != nullptr ? name : "wayland-0"));
  }
  std::unique_ptr<ParentConnection> connection(new ParentConnection(loop, log, display));
  if (const Result<void> started = connection->start(); !started)
    return started.error();
  return connection;
}

ParentConnection::~ParentConnection() {
  readable_.reset();
  writable_.reset();
  if (write_fd_ >= 0)
    ::close(write_fd_);
  // The objects go before their display. What they still had to say is said, as far as it can be.
  outputs_.clear();
  seat_.reset();
  dmabuf_.reset();
  presentation_.reset();
  decorations_.reset();
  subcompositor_.reset();
  wm_base_.reset();
  shm_.reset();
  compositor_.reset();
  registry_.reset();
  if (!lost_)
    wl_display_flush(display_);
  wl_display_disconnect(display_);
}

Result<void> ParentConnection::start() {
  presentation_clock_ = CLOCK_MONOTONIC;
  registry_.reset(wl_display_get_registry(display_));
  static constexpr wl_registry_listener listener = {
      .global = EventThunk<&ParentConnection::global>::call,
      .global_remove = EventThunk<&ParentConnection::global_remove>::call,
  };
  wl_registry_add_listener(registry_.get(), &listener, this);
  // Once for the globals, once for what they say of themselves.
  for (int i = 0; i < 2; ++i)
    if (const Result<void> answered = roundtrip(); !answered)
      return answered;
  if (!compositor_ || !shm_ || !wm_base_)
    return Error{"the parent compositor lacks wl_compositor, wl_shm or xdg_wm_base", 0};
  auto source = loop_.watch(wl_display_get_fd(display_), IoEvents::Readable, [this](IoEvents) { read(); });
  if (!source)
    return source.error();
  readable_ = std::move(*source);
  return {};
}

template <class Proxy>
void ParentConnection::bind(ParentPtr<Proxy>& into, std::uint32_t name, const wl_interface& interface,
                            std::uint32_t version) {
  if (!into)
    into.reset(static_cast<Proxy*>(wl_registry_bind(registry_.get(), name, &interface, version)));
}

void ParentConnection::global(std::uint32_t name, const char* interface, std::uint32_t version) {
  const std::string_view what = interface;
  if (what == wl_compositor_interface.name && version >= 4) {
    bind(compositor_, name, wl_compositor_interface, 4);
  } else if (what == wl_shm_interface.name) {
    bind(shm_, name, wl_shm_interface, 1);
  } else if (what == wl_output_interface.name) {
    add_output(name, version);
  } else if (what == xdg_wm_base_interface.name && !wm_base_) {
    bind(wm_base_, name, xdg_wm_base_interface, std::min(version, 5U));
    static constexpr xdg_wm_base_listener listener = {.ping = EventThunk<&ParentConnection::ping>::call};
    xdg_wm_base_add_listener(wm_base_.get(), &listener, this);
  } else if (what == wl_subcompositor_interface.name) {
    bind(subcompositor_, name, wl_subcompositor_interface, 1);
  } else if (what == zxdg_decoration_manager_v1_interface.name) {
    bind(decorations_, name, zxdg_decoration_manager_v1_interface, 1);
  } else if (what == wp_presentation_interface.name && !presentation_) {
    bind(presentation_, name, wp_presentation_interface, 1);
    static constexpr wp_presentation_listener listener = {.clock_id = EventThunk<&ParentConnection::clock_id>::call};
    wp_presentation_add_listener(presentation_.get(), &listener, this);
  } else if (what == zwp_linux_dmabuf_v1_interface.name && version >= 4) {
    // Older ones do not say which device their buffers should be on. Those are software renderers nowadays: Weston's,
    // on llvmpipe, dies of a dma-buf of somebody else's when it samples it.
    bind(dmabuf_, name, zwp_linux_dmabuf_v1_interface, std::min(version, 5U));
  } else if (what == wl_seat_interface.name && !seat_ && version >= 5) {
    bind(seat_, name, wl_seat_interface, std::min(version, 9U));
    seat_name_ = name;
    static constexpr wl_seat_listener listener = {
        .capabilities = EventThunk<&ParentConnection::capabilities>::call,
        .name = IgnoredEvent::call,
    };
    wl_seat_add_listener(seat_.get(), &listener, this);
  }
}

void ParentConnection::capabilities(std::uint32_t present) {
  seat_capabilities_ = present;
  if (on_seat_)
    on_seat_();
}

void ParentConnection::global_remove(std::uint32_t name) {
  outputs_.remove_if([name](const Output& output) { return output.name == name; });
  if (!seat_ || name != seat_name_)
    return;
  capabilities(0);
  seat_.reset();
}

void ParentConnection::add_output(std::uint32_t name, std::uint32_t version) {
  static constexpr wl_output_listener listener = [] {
    wl_output_listener slots{};
    slots.geometry = IgnoredEvent::call;
    slots.mode = EventThunk<&Output::mode>::call;
    slots.done = IgnoredEvent::call;
    slots.scale = IgnoredEvent::call;
    slots.name = IgnoredEvent::call;
    slots.description = IgnoredEvent::call;
    return slots;
  }();
  Output& output = outputs_.emplace_back();
  output.name = name;
  bind(output.proxy, name, wl_output_interface, std::min(version, 4U));
  wl_output_add_listener(output.proxy.get(), &listener, &output);
}

void ParentConnection::Output::mode(std::uint32_t flags, std::int32_t, std::int32_t, std::int32_t millihertz) {
  if ((flags & WL_OUTPUT_MODE_CURRENT) != 0)
    refresh = millihertz > 0 ? Nanoseconds(1'000'000'000'000 / millihertz) : Nanoseconds::zero();
}

void ParentConnection::ping(std::uint32_t serial) {
  xdg_wm_base_pong(wm_base_.get(), serial);
}

Nanoseconds ParentConnection::refresh() const {
  Nanoseconds slowest{};
  for (const Output& output : outputs_)
    slowest = std::max(slowest, output.refresh);
  return slowest;
}

Result<void> ParentConnection::wait_for(const char* what, const std::function<bool()>& done) {
  const TimePoint deadline = loop_.clock().now() + patience;
  while (!done()) {
    if (wl_display_prepare_read(display_) != 0) {
      if (wl_display_dispatch_pending(display_) < 0)
        lose();
    } else {
      if (wl_display_flush(display_) < 0 && errno != EAGAIN)
        lose();
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - loop_.clock().now());
      pollfd poll_fd{.fd = wl_display_get_fd(display_), .events = POLLIN, .revents = 0};
      if (!lost_ && left.count() > 0 && ::poll(&poll_fd, 1, static_cast<int>(left.count())) > 0) {
        if (wl_display_read_events(display_) < 0 || wl_display_dispatch_pending(display_) < 0)
          lose();
      } else {
        wl_display_cancel_read(display_);
        if (!lost_ && left.count() <= 0)
          return Error{fmt::format("the parent compositor does not answer ({})", what), ETIMEDOUT};
      }
    }
    if (lost_)
      return Error{*lost_, 0};
  }
  return {};
}

Result<void> ParentConnection::roundtrip() {
  bool answered = false;
  const ParentPtr<wl_callback> sync(wl_display_sync(display_));
  static constexpr wl_callback_listener listener = {
      .done = [](void* flag, wl_callback*, std::uint32_t) { *static_cast<bool*>(flag) = true; }};
  wl_callback_add_listener(sync.get(), &listener, &answered);
  return wait_for("a roundtrip", [&answered] { return answered; });
}

void ParentConnection::read() {
  while (wl_display_prepare_read(display_) != 0)
    if (wl_display_dispatch_pending(display_) < 0)
      return lose();
  if (wl_display_read_events(display_) < 0 || wl_display_dispatch_pending(display_) < 0)
    return lose();
  flush();
}

void ParentConnection::flush() {
  if (lost_)
    return;
  if (wl_display_flush(display_) >= 0) {
    writable_.reset();
    return;
  }
  if (errno != EAGAIN) {
    // What the parent said before it went is still to be read, its reason among it: read() finds the end.
    return errno == EPIPE ? void() : lose();
  }
  if (writable_)
    return;
  if (write_fd_ < 0)
    write_fd_ = ::fcntl(wl_display_get_fd(display_), F_DUPFD_CLOEXEC, 3);
  if (auto source = loop_.watch(write_fd_, IoEvents::Writable, [this](IoEvents) { flush(); }))
    writable_ = std::move(*source);
  else
    log_.debug("the parent's socket is full, and cannot be watched: {}", source.error().text());
}

void ParentConnection::lose() {
  if (lost_)
    return;
  const int code = wl_display_get_error(display_);
  if (code == EPROTO) {
    const wl_interface* interface = nullptr;
    std::uint32_t object = 0;
    const std::uint32_t number = wl_display_get_protocol_error(display_, &interface, &object);
    lost_ = fmt::format("the parent compositor has ended the connection: protocol error {} of {} {}", number,
                        interface != nullptr ? interface->name : "an unknown object", object);
  } else if (code == 0 || code == EPIPE || code == ECONNRESET) {
    lost_ = "the parent compositor is gone";
  } else {
    lost_ = fmt::format("the connection to the parent compositor is broken: {}", std::strerror(code));
  }
  readable_.reset();
  writable_.reset();
  loop_.defer([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && on_lost_)
      on_lost_(*lost_);
  });
}

} // namespace fenceline
