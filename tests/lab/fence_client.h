#pragma once
// Clients of plain libwayland that hold their dma-bufs, sync objects and fences in their own hands.

#include <drm_fourcc.h>
#include <linux-dmabuf-v1-client-protocol.h>
#include <linux-drm-syncobj-v1-client-protocol.h>
#include <wayland-client.h>
#include <xdg-shell-client-protocol.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/drm_lab.h"

// The scanner names a request's function as the object it makes.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include <presentation-time-client-protocol.h>
#pragma GCC diagnostic pop

namespace fenceline::lab {

/// The lab's display.
constexpr Size screen_size{1024, 768};

/// CLOCK_MONOTONIC.
[[nodiscard]] std::int64_t now_ns();

/// What presentation feedback has told of one content update.
struct Update {
  std::optional<std::int64_t> presented_ns; ///< The flip's time.
  std::uint32_t flags = 0;
  bool discarded = false;
  [[nodiscard]] bool settled() const { return presented_ns || discarded; }
  [[nodiscard]] bool zero_copy() const { return (flags & WP_PRESENTATION_FEEDBACK_KIND_ZERO_COPY) != 0; }
};

/// A dma-buf of a client's and its wl_buffer.
struct Buffer {
  DmabufAttributes image;
  wl_buffer* proxy = nullptr;
  int releases = 0;
  std::int64_t released_ns = 0; ///< When the last wl_buffer.release was read.
  std::function<void()> on_release;
  [[nodiscard]] int fd() const { return image.planes[0].fd.get(); }
  [[nodiscard]] std::uint64_t inode() const { return inode_of(fd()); }
};

/// A timeline sync object of a client's.
struct Timeline {
  int card = -1;
  std::uint32_t handle = 0;
  wp_linux_drm_syncobj_timeline_v1* proxy = nullptr;
  /// From the CPU.
  void signal(std::uint64_t point) const;
  /// The point gets a sync file's fence, and signals with it.
  void import_fence(std::uint64_t point, const UniqueFd& sync_file) const;
  /// False also while the point does not exist.
  [[nodiscard]] bool signalled(std::uint64_t point) const;
  /// Whether the point exists: it has signalled, or has a fence that a GPU may wait for.
  [[nodiscard]] bool available(std::uint64_t point) const;
  /// The point's fence; the point must exist.
  [[nodiscard]] UniqueFd sync_file(std::uint64_t point) const;
};
struct Point {
  const Timeline& timeline;
  std::uint64_t value;
};

struct Window {
  wl_surface* surface = nullptr;
  xdg_surface* xdg = nullptr;
  xdg_toplevel* toplevel = nullptr;
  wp_linux_drm_syncobj_surface_v1* sync = nullptr;
  bool configured = false;
};

/// One connection. All that it made lives as long as it does.
class Client {
 public:
  explicit Client(const std::string& socket);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Leaves without a word, as a client that dies does.
  ~Client();

  /// A toplevel that has had its first configure.
  [[nodiscard]] Window& window(bool fullscreen = false);
  [[nodiscard]] Buffer& buffer(Size size, std::uint32_t fourcc = DRM_FORMAT_XRGB8888);
  [[nodiscard]] Timeline& timeline();
  /// Attach, damage, feedback, commit, sent with the next flush. The answer is filled in by what is dispatched.
  const Update& commit(Window& window, const Buffer& buffer);
  const Update& commit(Window& window, const Buffer& buffer, Point acquire, Point release);
  void on_frame(Window& window, std::function<void()> done);

  /// False when the connection ended before the answer.
  bool roundtrip();
  [[nodiscard]] bool alive() const { return wl_display_get_error(display) == 0; }
  /// "interface code" of the protocol error that ended the connection, else the errno's name; empty while it stands.
  [[nodiscard]] std::string error() const;

  template <class P>
  P* own(P* proxy) {
    owned_.push_back(reinterpret_cast<wl_proxy*>(proxy));
    return proxy;
  }

  wl_display* display = nullptr;
  wl_compositor* compositor = nullptr;
  wl_shm* shm = nullptr;
  xdg_wm_base* wm_base = nullptr;
  wp_presentation* presentation = nullptr;
  zwp_linux_dmabuf_v1* dmabuf = nullptr;
  wp_linux_drm_syncobj_manager_v1* syncobj = nullptr;

 private:
  template <class P>
  P* bind(const wl_interface& interface, std::uint32_t version);

  wl_registry* registry_ = nullptr;
  std::map<std::string, std::uint32_t> globals_;
  UniqueFd card_;
  std::deque<Window> windows_;
  std::deque<Buffer> buffers_;
  std::deque<Timeline> timelines_;
  std::deque<Update> updates_;
  std::deque<std::function<void()>> callbacks_;
  std::vector<wl_proxy*> owned_;
};

/// Lets clients talk until `done` holds, which is asked every millisecond. False when it did not within `patience`: far
/// beyond what a working session takes, however busy the machine.
bool wait_until(const std::vector<Client*>& clients, const std::function<bool()>& done,
                std::chrono::seconds patience = std::chrono::seconds(30));

/// A client with a small window that it repaints at every frame callback, with buffers of its own and implicit fences:
/// a witness that the session goes on, and what makes it compose.
class Painter {
 public:
  explicit Painter(const std::string& socket);
  [[nodiscard]] Client& client() { return client_; }
  /// Frames that were shown.
  [[nodiscard]] int frames() const { return frames_; }

 private:
  void draw();
  Client client_;
  Window& window_;
  std::vector<std::pair<Buffer*, bool>> ring_; ///< With whether the session has it.
  bool due_ = true;
  int frames_ = 0;
};

} // namespace fenceline::lab
