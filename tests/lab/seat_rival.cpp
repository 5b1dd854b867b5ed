// Another session on the same seat: it takes the display over when the seat is given to it, shows a colour of its own
// on the first CRTC and leaves the others dark, and gives the seat to whom it is told to.
//
//   seat_rival CARD
//
// A line on its standard input is the number of the session that is to have the seat; at the end of the input it goes.
// It says "shown" when the seat is its and the display too, and "gone" when it has given the seat back, with the time.

#include <drm_fourcc.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>

extern "C" {
#include <libseat.h>
}

namespace {

constexpr std::uint32_t colour = 0x00336699;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "seat_rival: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

/// With the time of CLOCK_MONOTONIC in ns.
void say(const char* word) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  std::printf("%s %lld%09ld\n", word, static_cast<long long>(now.tv_sec), now.tv_nsec);
  std::fflush(stdout);
}

template <class T>
using Drm = std::unique_ptr<T, void (*)(T*)>;

class Rival {
 public:
  explicit Rival(std::string card) : card_(std::move(card)) {
    static constexpr libseat_seat_listener listener{
        .enable_seat = [](libseat*, void* self) { static_cast<Rival*>(self)->take(); },
        .disable_seat = [](libseat*, void* self) { static_cast<Rival*>(self)->leave(); },
    };
    seat_ = libseat_open_seat(&listener, this);
    if (seat_ == nullptr)
      fail("no seat");
  }
  Rival(const Rival&) = delete;
  Rival& operator=(const Rival&) = delete;
  ~Rival() { libseat_close_seat(seat_); }

  void run() {
    for (;;) {
      // What has been read already makes no descriptor readable.
      if (libseat_dispatch(seat_, 0) < 0)
        fail("the seat is lost");
      pollfd waiting[2] = {{.fd = libseat_get_fd(seat_), .events = POLLIN, .revents = 0},
                           {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
      if (::poll(waiting, 2, -1) < 0)
        fail("poll");
      char line[16] = {};
      if (waiting[1].revents == 0)
        continue;
      if (::read(STDIN_FILENO, line, sizeof line - 1) <= 0)
        return;
      if (libseat_switch_session(seat_, std::atoi(line)) != 0)
        fail("the seat cannot be given on");
    }
  }

 private:
  void take() {
    device_ = libseat_open_device(seat_, card_.c_str(), &fd_);
    if (device_ < 0)
      fail("the seat does not give the card");
    Drm<drmModeRes> resources(drmModeGetResources(fd_), drmModeFreeResources);
    for (int i = resources->count_crtcs; i-- > 1;)
      if (drmModeSetCrtc(fd_, resources->crtcs[i], 0, 0, 0, nullptr, 0, nullptr) != 0)
        fail("a CRTC cannot be switched off");
    for (int i = 0; i < resources->count_connectors; ++i) {
      Drm<drmModeConnector> connector(drmModeGetConnector(fd_, resources->connectors[i]), drmModeFreeConnector);
      if (connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0) {
        show(resources->crtcs[0], *connector);
        break;
      }
    }
    say("shown");
  }

  void show(std::uint32_t crtc, drmModeConnector& connector) {
    // Its smallest mode, so that whoever comes next has one to set.
    drmModeModeInfo& mode = connector.modes[connector.count_modes - 1];
    std::uint32_t handle = 0, pitch = 0, framebuffer = 0;
    std::uint64_t bytes = 0, offset = 0;
    if (drmModeCreateDumbBuffer(fd_, mode.hdisplay, mode.vdisplay, 32, 0, &handle, &pitch, &bytes) != 0 ||
        drmModeMapDumbBuffer(fd_, handle, &offset) != 0)
      fail("no buffer");
    void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, static_cast<off_t>(offset));
    if (map == MAP_FAILED)
      fail("mmap");
    std::fill_n(static_cast<std::uint32_t*>(map), bytes / 4, colour);
    ::munmap(map, bytes);
    if (drmModeAddFB(fd_, mode.hdisplay, mode.vdisplay, 24, 32, pitch, handle, &framebuffer) != 0)
      fail("no framebuffer");
    if (drmModeSetCrtc(fd_, crtc, framebuffer, 0, 0, &connector.connector_id, 1, &mode) != 0)
      fail("the mode cannot be set");
  }

  void leave() {
    // Its framebuffer goes with its descriptor.
    libseat_close_device(seat_, device_);
    ::close(fd_);
    if (libseat_disable_seat(seat_) != 0)
      fail("the seat cannot be given back");
    say("gone");
  }

  std::string card_;
  libseat* seat_ = nullptr;
  int device_ = -1, fd_ = -1;
};

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: seat_rival CARD\n");
    return 1;
  }
  Rival(argv[1]).run();
  return 0;
}
