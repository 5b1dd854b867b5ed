// The least that a frame costs on a display: a program that does nothing but flip between two buffers, with one atomic
// commit a blank. No compositor can be under it, so it is what a compositor's CPU time a frame is to be seen beside.
//
//   kms_floor [--device NODE] [--seconds S] [--late]
//
// --late: waits for a timer before each commit, as one that latches late does.
// Prints the frames, the CPU time of a frame (ms, the kernel's clock of the process) and the frames a second.

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
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
#include <map>
#include <memory>
#include <string>

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "kms_floor: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

double seconds_of(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The property ids of an object, by their names.
std::map<std::string, std::uint32_t> properties_of(int fd, std::uint32_t object, std::uint32_t type) {
  std::map<std::string, std::uint32_t> ids;
  drmModeObjectProperties* all = drmModeObjectGetProperties(fd, object, type);
  for (std::uint32_t i = 0; all != nullptr && i < all->count_props; ++i)
    if (drmModePropertyRes* property = drmModeGetProperty(fd, all->props[i])) {
      ids[property->name] = property->prop_id;
      drmModeFreeProperty(property);
    }
  drmModeFreeObjectProperties(all);
  return ids;
}

struct Request {
  drmModeAtomicReq* raw = drmModeAtomicAlloc();
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() { drmModeAtomicFree(raw); }
  void set(std::uint32_t object, std::uint32_t property, std::uint64_t value) {
    if (drmModeAtomicAddProperty(raw, object, property, value) < 0)
      fail("adding a property");
  }
};

/// The display as it is used here: the first connected connector with its first mode, and the first primary plane.
class Display {
 public:
  explicit Display(const char* node) : fd_(::open(node, O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0)
      fail(node);
    if (drmSetClientCap(fd_, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1) != 0 ||
        drmSetClientCap(fd_, DRM_CLIENT_CAP_ATOMIC, 1) != 0)
      fail("no atomic modesetting");
    find_connector();
    find_plane();
    for (std::uint32_t& buffer : buffers_)
      buffer = make_buffer();
  }

  void set_mode() {
    std::uint32_t blob = 0;
    if (drmModeCreatePropertyBlob(fd_, &mode_, sizeof mode_, &blob) != 0)
      fail("the mode's blob");
    auto connector = properties_of(fd_, connector_, DRM_MODE_OBJECT_CONNECTOR);
    auto crtc = properties_of(fd_, crtc_, DRM_MODE_OBJECT_CRTC);
    auto plane = properties_of(fd_, plane_, DRM_MODE_OBJECT_PLANE);
    Request request;
    request.set(connector_, connector["CRTC_ID"], crtc_);
    request.set(crtc_, crtc["MODE_ID"], blob);
    request.set(crtc_, crtc["ACTIVE"], 1);
    request.set(plane_, plane["CRTC_ID"], crtc_);
    for (const char* zero : {"SRC_X", "SRC_Y", "CRTC_X", "CRTC_Y"})
      request.set(plane_, plane[zero], 0);
    request.set(plane_, plane["SRC_W"], std::uint64_t{mode_.hdisplay} << 16);
    request.set(plane_, plane["SRC_H"], std::uint64_t{mode_.vdisplay} << 16);
    request.set(plane_, plane["CRTC_W"], mode_.hdisplay);
    request.set(plane_, plane["CRTC_H"], mode_.vdisplay);
    request.set(plane_, fb_id_ = plane["FB_ID"], buffers_[0]);
    if (drmModeAtomicCommit(fd_, request.raw, DRM_MODE_ATOMIC_ALLOW_MODESET, nullptr) != 0)
      fail("setting the mode");
  }

  void flip(unsigned frame) {
    Request request;
    request.set(plane_, fb_id_, buffers_[frame % 2]);
    if (drmModeAtomicCommit(fd_, request.raw, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT, nullptr) != 0)
      fail("the flip");
  }

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::int64_t refresh_ns() const {
    return std::int64_t{mode_.htotal} * mode_.vtotal * 1000000 / std::max(1U, mode_.clock);
  }

 private:
  void find_connector() {
    drmModeRes* resources = drmModeGetResources(fd_);
    if (resources == nullptr || resources->count_crtcs == 0)
      fail("no display there");
    crtc_ = resources->crtcs[0];
    for (int i = 0; i < resources->count_connectors && connector_ == 0; ++i) {
      drmModeConnector* connector = drmModeGetConnector(fd_, resources->connectors[i]);
      if (connector != nullptr && connector->connection == DRM_MODE_CONNECTED && connector->count_modes > 0) {
        connector_ = connector->connector_id;
        mode_ = connector->modes[0];
      }
      drmModeFreeConnector(connector);
    }
    drmModeFreeResources(resources);
    if (connector_ == 0)
      fail("nothing is plugged in");
  }

  void find_plane() {
    drmModePlaneRes* planes = drmModeGetPlaneResources(fd_);
    for (std::uint32_t i = 0; planes != nullptr && i < planes->count_planes && plane_ == 0; ++i) {
      drmModeObjectProperties* all = drmModeObjectGetProperties(fd_, planes->planes[i], DRM_MODE_OBJECT_PLANE);
      const std::uint32_t type = properties_of(fd_, planes->planes[i], DRM_MODE_OBJECT_PLANE)["type"];
      for (std::uint32_t j = 0; all != nullptr && j < all->count_props; ++j)
        if (all->props[j] == type && all->prop_values[j] == DRM_PLANE_TYPE_PRIMARY)
          plane_ = planes->planes[i];
      drmModeFreeObjectProperties(all);
    }
    drmModeFreePlaneResources(planes);
    if (plane_ == 0)
      fail("no primary plane");
  }

  std::uint32_t make_buffer() {
    drm_mode_create_dumb dumb{};
    dumb.width = mode_.hdisplay;
    dumb.height = mode_.vdisplay;
    dumb.bpp = 32;
    if (drmIoctl(fd_, DRM_IOCTL_MODE_CREATE_DUMB, &dumb) != 0)
      fail("a buffer");
    const std::uint32_t handles[4] = {dumb.handle}, pitches[4] = {dumb.pitch}, offsets[4] = {};
    std::uint32_t id = 0;
    if (drmModeAddFB2(fd_, dumb.width, dumb.height, 0x34325258 /* XRGB8888 */, handles, pitches, offsets, &id, 0) != 0)
      fail("a framebuffer");
    return id;
  }

  int fd_;
  std::uint32_t connector_ = 0, crtc_ = 0, plane_ = 0, fb_id_ = 0;
  drmModeModeInfo mode_{};
  std::uint32_t buffers_[2] = {};
};

int add(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

} // namespace

int main(int argc, char** argv) {
  const char* node = "/dev/dri/card1";
  double seconds = 4;
  bool late = false;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--late")
      late = true;
    else if (argument == "--device" && i + 1 < argc)
      node = argv[++i];
    else if (argument == "--seconds" && i + 1 < argc)
      seconds = std::atof(argv[++i]);
    else {
      std::fprintf(argument == "--help" ? stdout : stderr, "kms_floor [--device NODE] [--seconds S] [--late]\n");
      return argument == "--help" ? 0 : 1;
    }
  }
  Display display(node);
  display.set_mode();
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC),
            timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (epoll < 0 || timer < 0 || add(epoll, display.fd()) != 0 || add(epoll, timer) != 0)
    fail("epoll");
  unsigned frames = 0;
  display.flip(frames);
  const double began = seconds_of(CLOCK_MONOTONIC), spent = seconds_of(CLOCK_PROCESS_CPUTIME_ID), end = began + seconds;
  double now = began;
  while (now < end) {
    epoll_event event{};
    if (::epoll_wait(epoll, &event, 1, 2000) != 1)
      fail("no flip came");
    if (event.data.fd == timer) {
      display.flip(frames);
      // Disarmed by having gone off; the count is read with the next event's, to be rid of its readiness.
      std::uint64_t count = 0;
      if (::read(timer, &count, sizeof count) != sizeof count)
        fail("the timer");
      continue;
    }
    alignas(drm_event_vblank) char buffer[256];
    const ssize_t size = ::read(display.fd(), buffer, sizeof buffer);
    if (size < static_cast<ssize_t>(sizeof(drm_event_vblank)))
      fail("the flip's event");
    ++frames;
    drm_event_vblank flip{};
    std::memcpy(&flip, buffer, sizeof flip);
    now = flip.tv_sec + 1e-6 * flip.tv_usec;
    if (late) {
      // The latch of the next blank: 4 ms before it.
      const std::int64_t at =
          std::int64_t{flip.tv_sec} * 1000000000 + std::int64_t{flip.tv_usec} * 1000 + display.refresh_ns() - 4000000;
      itimerspec when{};
      when.it_value = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
      if (::timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr) != 0)
        fail("the timer");
    } else {
      display.flip(frames);
    }
  }
  const double took = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - spent, lasted = seconds_of(CLOCK_MONOTONIC) - began;
  std::printf("%u frames, %.3f ms of CPU a frame, %.1f frames/s%s\n", frames, 1e3 * took / std::max(1U, frames),
              frames / lasted, late ? ", from a timer" : "");
  return 0;
}
