#include "demos/client/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "demos/client/failure.h"

namespace fenceline::demos {

namespace {

wl_display* connect(const std::string& socket) {
  const char* from_environment = std::getenv("WAYLAND_DISPLAY");
  const std::string name = !socket.empty() ? socket : from_environment != nullptr ? from_environment : "wayland-0";
  const char* directory = std::getenv("XDG_RUNTIME_DIR");
  // Looked at before libwayland does, which would add a line of its own.
  if (directory == nullptr && name.find('/') == std::string::npos && std::getenv("WAYLAND_SOCKET") == nullptr)
    throw Failure("cannot look for the compositor's socket '" + name +
                  "': XDG_RUNTIME_DIR is not set; set it to the compositor's, or give a path with --socket");
  wl_display* display = wl_display_connect(socket.empty() ? nullptr : socket.c_str());
  if (display == nullptr)
    fail_errno("cannot connect to a compositor at '" + name + "' in " + (directory != nullptr ? directory : "/") +
                   " (start one, or name its socket with --socket)",
               errno);
  return display;
}

} // namespace

Connection::Connection(const std::string& socket) : display_(connect(socket)) {
  static constexpr wl_registry_listener registry_listener = {
      .global = [](void* self, wl_registry*, std::uint32_t name, const char* interface,
                   std::uint32_t version) { static_cast<Connection*>(self)->on_global(name, interface, version); },
      // Globals that go away are not looked for again: the demos hold none that come and go.
      .global_remove = [](void*, wl_registry*, std::uint32_t) {},
  };
  static constexpr xdg_wm_base_listener wm_base_listener = {
      .ping = [](void*, xdg_wm_base* base, std::uint32_t serial) { xdg_wm_base_pong(base, serial); },
  };
  registry_.reset(wl_display_get_registry(display_.get()));
  wl_registry_add_listener(registry_.get(), &registry_listener, this);
  roundtrip();
  if (!compositor_ || !wm_base_)
    throw Failure(std::string("the compositor does not offer ") + (compositor_ ? "xdg_wm_base" : "wl_compositor") +
                  ", without which there is no window");
  xdg_wm_base_add_listener(wm_base_.get(), &wm_base_listener, nullptr);
}

Connection::~Connection() = default;

template <typename T>
void Connection::bind(Proxy<T>& slot, std::uint32_t name, const wl_interface& interface, std::uint32_t version) {
  if (!slot)
    slot.reset(static_cast<T*>(wl_registry_bind(registry_.get(), name, &interface, version)));
}

void Connection::on_global(std::uint32_t name, const char* interface, std::uint32_t version) {
  const std::string_view is(interface);
  if (is == wl_compositor_interface.name)
    bind(compositor_, name, wl_compositor_interface, std::min(version, 6u));
  else if (is == wl_subcompositor_interface.name)
    bind(subcompositor_, name, wl_subcompositor_interface, 1);
  else if (is == xdg_wm_base_interface.name)
    bind(wm_base_, name, xdg_wm_base_interface, std::min(version, 6u));
  else if (is == wl_shm_interface.name)
    bind(shm_, name, wl_shm_interface, std::min(version, 2u));
  else if (is == wl_seat_interface.name)
    seat_ = {name, std::min(version, 9u)};
  else if (is == wp_presentation_interface.name)
    presentation_ = {name, std::min(version, static_cast<std::uint32_t>(wp_presentation_interface.version))};
  else if (is == zwp_linux_dmabuf_v1_interface.name && version >= 4) // 4 brought the feedback, which names the device
    bind(dmabuf_, name, zwp_linux_dmabuf_v1_interface, std::min(version, 5u));
  else if (is == wp_linux_drm_syncobj_manager_v1_interface.name)
    bind(syncobj_, name, wp_linux_drm_syncobj_manager_v1_interface, 1);
  else
    others_[interface] = {name, version};
}

Proxy<wl_seat> Connection::bind_seat() const {
  if (seat_.name == 0)
    return nullptr;
  return Proxy<wl_seat>(
      static_cast<wl_seat*>(wl_registry_bind(registry_.get(), seat_.name, &wl_seat_interface, seat_.version)));
}

Proxy<wp_presentation> Connection::bind_presentation() const {
  if (presentation_.name == 0)
    return nullptr;
  return Proxy<wp_presentation>(static_cast<wp_presentation*>(
      wl_registry_bind(registry_.get(), presentation_.name, &wp_presentation_interface, presentation_.version)));
}

void* Connection::bind_extra(const wl_interface& interface, std::uint32_t newest) const {
  const auto found = others_.find(interface.name);
  if (found == others_.end())
    return nullptr;
  const auto& [name, version] = found->second;
  return wl_registry_bind(registry_.get(), name, &interface, std::min(version, newest));
}

void Connection::roundtrip() {
  if (wl_display_roundtrip(display_.get()) < 0)
    check();
}

void Connection::check() const {
  const int error = wl_display_get_error(display_.get());
  if (error == 0)
    return;
  if (error == EPROTO) {
    const wl_interface* interface = nullptr;
    std::uint32_t id = 0;
    const std::uint32_t code = wl_display_get_protocol_error(display_.get(), &interface, &id);
    throw Failure("the compositor raised protocol error " + std::to_string(code) + " on " +
                  (interface != nullptr ? interface->name : "an unknown object") + "#" + std::to_string(id));
  }
  fail_errno("the connection to the compositor is lost", error);
}

} // namespace fenceline::demos
