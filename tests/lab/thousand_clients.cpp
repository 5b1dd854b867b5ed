// 1,000 clients that connect, show one frame and die, after 100 to warm up: the session must be as it was before them.
//
//   thousand_clients FENCELINE BACKEND
//
// BACKEND headless: wl_shm buffers. kms: dma-bufs made by /dev/udmabuf, and the kernel's list of dma-bufs is a witness
// too.
#include <drm_fourcc.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wayland-client.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "linux-dmabuf-v1-client-protocol.h"
#include "xdg-shell-client-protocol.h"

namespace {

constexpr int edge = 64; // px, both ways
constexpr int stride = edge * 4;
constexpr int warm_up = 100, counted = 1000;
constexpr long allowed_growth_kib = 1024;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "FAIL: %s\n", what.c_str());
  std::exit(1);
}

/// One client: connects, maps a window, waits until its frame was shown, and is gone without a word.
class Client {
 public:
  Client(const std::string& socket, bool dmabuf) : dmabuf_wanted_(dmabuf) {
    display_ = wl_display_connect(socket.c_str());
    if (!display_)
      fail("a client cannot connect");
    wl_registry* registry = wl_display_get_registry(display_);
    static constexpr wl_registry_listener listener{.global = global,
                                                   .global_remove = [](void*, wl_registry*, std::uint32_t) {}};
    wl_registry_add_listener(registry, &listener, this);
    wl_display_roundtrip(display_);
    if (!compositor_ || !wm_base_ || !shm_ || (dmabuf_wanted_ && !dmabuf_))
      fail("a global is missing");
    make_window();
    while (!shown_)
      if (wl_display_dispatch(display_) < 0)
        fail("a client was disconnected: " + std::string(std::strerror(wl_display_get_error(display_))));
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { wl_display_disconnect(display_); }

 private:
  static void global(void* data, wl_registry* registry, std::uint32_t name, const char* interface, std::uint32_t) {
    auto* self = static_cast<Client*>(data);
    const std::string kind(interface);
    if (kind == wl_compositor_interface.name)
      self->compositor_ = static_cast<wl_compositor*>(wl_registry_bind(registry, name, &wl_compositor_interface, 4));
    if (kind == wl_shm_interface.name)
      self->shm_ = static_cast<wl_shm*>(wl_registry_bind(registry, name, &wl_shm_interface, 1));
    if (kind == xdg_wm_base_interface.name)
      self->wm_base_ = static_cast<xdg_wm_base*>(wl_registry_bind(registry, name, &xdg_wm_base_interface, 1));
    if (kind == zwp_linux_dmabuf_v1_interface.name)
      self->dmabuf_ =
          static_cast<zwp_linux_dmabuf_v1*>(wl_registry_bind(registry, name, &zwp_linux_dmabuf_v1_interface, 3));
  }

  void make_window() {
    surface_ = wl_compositor_create_surface(compositor_);
    xdg_surface* xdg = xdg_wm_base_get_xdg_surface(wm_base_, surface_);
    static constexpr xdg_surface_listener listener{.configure = [](void* data, xdg_surface* s, std::uint32_t serial) {
      xdg_surface_ack_configure(s, serial);
      static_cast<Client*>(data)->draw();
    }};
    xdg_surface_add_listener(xdg, &listener, this);
    xdg_surface_get_toplevel(xdg);
    wl_surface_commit(surface_);
  }

  void draw() {
    if (std::exchange(drawn_, true))
      return;
    const int memory = memfd_create("client", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (memory < 0 || ftruncate(memory, stride * edge) != 0)
      fail("no memory for a buffer");
    const std::vector<std::uint32_t> pixels(edge * edge, 0xff336699);
    if (write(memory, pixels.data(), stride * edge) != stride * edge)
      fail("cannot fill a buffer");
    wl_buffer* buffer = dmabuf_wanted_ ? make_dmabuf(memory) : make_shm(memory);
    close(memory);
    static constexpr wl_callback_listener listener{
        .done = [](void* data, wl_callback*, std::uint32_t) { static_cast<Client*>(data)->shown_ = true; }};
    wl_callback_add_listener(wl_surface_frame(surface_), &listener, this);
    wl_surface_attach(surface_, buffer, 0, 0);
    wl_surface_damage(surface_, 0, 0, edge, edge);
    wl_surface_commit(surface_);
  }

  wl_buffer* make_shm(int memory) {
    wl_shm_pool* pool = wl_shm_create_pool(shm_, memory, stride * edge);
    return wl_shm_pool_create_buffer(pool, 0, edge, edge, stride, WL_SHM_FORMAT_XRGB8888);
  }

  wl_buffer* make_dmabuf(int memory) {
    if (fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
      fail("cannot seal a buffer");
    const int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    udmabuf_create request{.memfd = static_cast<std::uint32_t>(memory),
                           .flags = UDMABUF_FLAGS_CLOEXEC,
                           .offset = 0,
                           .size = stride * edge};
    const int dmabuf = ioctl(device, UDMABUF_CREATE, &request);
    if (dmabuf < 0)
      fail("udmabuf makes no dma-buf");
    close(device);
    zwp_linux_buffer_params_v1* params = zwp_linux_dmabuf_v1_create_params(dmabuf_);
    zwp_linux_buffer_params_v1_add(params, dmabuf, 0, 0, stride, 0, 0);
    wl_buffer* buffer = zwp_linux_buffer_params_v1_create_immed(params, edge, edge, DRM_FORMAT_XRGB8888, 0);
    wl_display_flush(display_);
    close(dmabuf);
    return buffer;
  }

  bool dmabuf_wanted_;
  wl_display* display_ = nullptr;
  wl_compositor* compositor_ = nullptr;
  wl_shm* shm_ = nullptr;
  xdg_wm_base* wm_base_ = nullptr;
  zwp_linux_dmabuf_v1* dmabuf_ = nullptr;
  wl_surface* surface_ = nullptr;
  bool drawn_ = false, shown_ = false;
};

/// The session under test.
class Session {
 public:
  Session(const char* fenceline, const char* backend) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
      fail("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      close(ends[0]);
      const std::string ready = std::to_string(ends[1]);
      execl(fenceline, fenceline, "--backend", backend, "--log-level", "warn", "--trace", "/tmp/thousand.pftrace", "--ready-fd", ready.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    char c = 0;
    while (read(ends[0], &c, 1) == 1 && c != '\n')
      socket_ += c;
    close(ends[0]);
    if (socket_.empty())
      fail("the session did not start");
  }
  [[nodiscard]] const std::string& socket() const { return socket_; }

  [[nodiscard]] long descriptors() const {
    const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid_) + "/fd");
    return std::distance(entries, std::filesystem::directory_iterator());
  }

  [[nodiscard]] long pss_kib() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/smaps_rollup");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("Pss:"))
        return std::atol(line.c_str() + 4);
    fail("cannot read the session's Pss");
  }

  /// Waits until what the last client left has been cleared: one more client's roundtrip, and the blanks that follow.
  void settle() const {
    wl_display* display = wl_display_connect(socket_.c_str());
    if (!display)
      fail("the session does not take connections any more");
    wl_display_roundtrip(display);
    wl_display_disconnect(display);
    usleep(300'000);
  }

  [[nodiscard]] int end() const {
    kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  std::string socket_;
};

/// dma-bufs that the kernel knows of; -1 where it does not tell.
long live_dmabufs() {
  std::ifstream file("/sys/kernel/debug/dma_buf/bufinfo");
  long count = -1;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Total "))
      count = std::atol(line.c_str() + 6);
  return count;
}

void show(const Session& session, bool dmabuf, int clients) {
  for (int i = 0; i < clients; ++i)
    const Client client(session.socket(), dmabuf);
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3)
    fail("usage: thousand_clients FENCELINE BACKEND");
  const bool kms = std::string(argv[2]) == "kms";
  const Session session(argv[1], argv[2]);
  show(session, kms, warm_up);
  session.settle();
  const long descriptors = session.descriptors(), pss = session.pss_kib(), buffers = live_dmabufs();
  show(session, kms, counted);
  session.settle();
  const long descriptors_after = session.descriptors(), pss_after = session.pss_kib(), buffers_after = live_dmabufs();
  std::printf("descriptors %ld -> %ld, Pss %ld -> %ld KiB, dma-bufs %ld -> %ld\n", descriptors, descriptors_after, pss,
              pss_after, buffers, buffers_after);
  bool good = true;
  const auto expect = [&good](bool holds, const char* what) {
    if (!holds)
      std::fprintf(stderr, "FAIL: %s\n", what);
    good &= holds;
  };
  expect(descriptors_after == descriptors, "descriptors are left behind");
  expect(pss_after - pss <= allowed_growth_kib, "the session has grown by more than 1 MiB");
  expect(buffers_after == buffers, "dma-bufs are left behind");
  expect(!kms || buffers >= 0, "the kernel does not tell its dma-bufs");
  expect(session.end() == 0, "the session did not end cleanly");
  return good ? 0 : 1;
}
