// A client that asks for more than anybody can do, until it is killed.
//
//   flood_client commits|surfaces|roundtrips|frames
//
// commits: a window, committed anew as fast as the socket takes it, always with the whole of it damaged. surfaces: thousands of surfaces
// with a picture each, made and destroyed. roundtrips: a hundred wl_display.sync at a time. frames: a window that asks for
// hundreds of frame callbacks with each commit. Prints what it has sent once a second.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "xdg-shell-client-protocol.h"

namespace {

constexpr int edge = 64; // px, both ways

struct Flood {
  wl_display* display = nullptr;
  wl_compositor* compositor = nullptr;
  wl_shm* shm = nullptr;
  xdg_wm_base* shell = nullptr;
  wl_buffer* buffer = nullptr;
  wl_surface* surface = nullptr;
  bool configured = false;
  unsigned long sent = 0, answered = 0;
  std::time_t told = std::time(nullptr);

  [[noreturn]] static void fail(const char* what) {
    std::fprintf(stderr, "FAIL: %s\n", what);
    std::exit(1);
  }
  static void global(void* data, wl_registry* registry, std::uint32_t name, const char* interface, std::uint32_t) {
    auto* flood = static_cast<Flood*>(data);
    const auto bind = [&](const wl_interface& wanted, std::uint32_t version) {
      return std::strcmp(interface, wanted.name) == 0 ? wl_registry_bind(registry, name, &wanted, version) : nullptr;
    };
    if (void* bound = bind(wl_compositor_interface, 4))
      flood->compositor = static_cast<wl_compositor*>(bound);
    else if (void* memory = bind(wl_shm_interface, 1))
      flood->shm = static_cast<wl_shm*>(memory);
    else if (void* shell = bind(xdg_wm_base_interface, 1))
      flood->shell = static_cast<xdg_wm_base*>(shell);
  }

  void connect() {
    display = wl_display_connect(nullptr);
    if (display == nullptr)
      fail("cannot connect");
    wl_registry* registry = wl_display_get_registry(display);
    static const wl_registry_listener listener{.global = global,
                                               .global_remove = [](void*, wl_registry*, std::uint32_t) {}};
    wl_registry_add_listener(registry, &listener, this);
    wl_display_roundtrip(display);
    if (compositor == nullptr || shm == nullptr || shell == nullptr)
      fail("a global is missing");
    const int fd = ::memfd_create("flood", MFD_CLOEXEC);
    if (fd < 0 || ::ftruncate(fd, edge * edge * 4) != 0)
      fail("no memory");
    wl_shm_pool* pool = wl_shm_create_pool(shm, fd, edge * edge * 4);
    buffer = wl_shm_pool_create_buffer(pool, 0, edge, edge, edge * 4, WL_SHM_FORMAT_XRGB8888);
  }
  void map() {
    surface = wl_compositor_create_surface(compositor);
    xdg_surface* role = xdg_wm_base_get_xdg_surface(shell, surface);
    static const xdg_surface_listener listener{.configure = [](void* data, xdg_surface* configured_surface, std::uint32_t serial) {
      xdg_surface_ack_configure(configured_surface, serial);
      static_cast<Flood*>(data)->configured = true;
    }};
    xdg_surface_add_listener(role, &listener, this);
    xdg_surface_get_toplevel(role);
    wl_surface_commit(surface);
    while (!configured)
      if (wl_display_dispatch(display) < 0)
        fail("the session has ended the connection");
    commit();
  }
  void commit() {
    wl_surface_attach(surface, buffer, 0, 0);
    wl_surface_damage_buffer(surface, 0, 0, edge, edge);
    wl_surface_commit(surface);
  }
  void callback(wl_callback* made) {
    static const wl_callback_listener listener{.done = [](void* data, wl_callback* done, std::uint32_t) {
      ++static_cast<Flood*>(data)->answered;
      wl_callback_destroy(done);
    }};
    wl_callback_add_listener(made, &listener, this);
  }
  void turn(const std::string& kind) {
    if (kind == "commits") {
      for (int i = 0; i < 100; ++i)
        commit();
      sent += 100;
    } else if (kind == "surfaces") {
      std::vector<wl_surface*> made(2000);
      for (wl_surface*& each : made) {
        each = wl_compositor_create_surface(compositor);
        wl_surface_attach(each, buffer, 0, 0);
        wl_surface_commit(each);
      }
      for (wl_surface* each : made)
        wl_surface_destroy(each);
      sent += made.size();
    } else if (kind == "roundtrips") {
      for (int i = 0; i < 100; ++i)
        callback(wl_display_sync(display));
      sent += 100;
    } else {
      for (int i = 0; i < 200; ++i)
        callback(wl_surface_frame(surface));
      commit();
      ++sent;
    }
    if (kind == "commits" || kind == "frames") {
      // Only what is there is read: it waits for nobody.
      while (wl_display_prepare_read(display) != 0)
        wl_display_dispatch_pending(display);
      // The kernel's buffer is what holds it up; libwayland's own would grow without end.
      pollfd socket{.fd = wl_display_get_fd(display), .events = POLLOUT, .revents = 0};
      while (wl_display_flush(display) < 0 && errno == EAGAIN)
        ::poll(&socket, 1, -1);
      wl_display_read_events(display);
      wl_display_dispatch_pending(display);
    }
    if ((kind == "roundtrips" || kind == "surfaces") && wl_display_roundtrip(display) < 0)
      fail("the session has ended the connection");
    if (wl_display_get_error(display) != 0)
      fail("the session has ended the connection");
    if (const std::time_t now = std::time(nullptr); now != told) {
      told = now;
      std::printf("sent %lu, answered %lu\n", sent, answered);
      std::fflush(stdout);
    }
  }
};

} // namespace

int main(int argc, char** argv) {
  const std::string kind = argc == 2 ? argv[1] : "";
  if (kind != "commits" && kind != "surfaces" && kind != "roundtrips" && kind != "frames")
    Flood::fail("usage: flood_client commits|surfaces|roundtrips|frames");
  Flood flood;
  flood.connect();
  flood.map();
  for (;;)
    flood.turn(kind);
}
