#pragma once
#include <wayland-server-core.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/geometry.h"
#include "compositor/frame/dmabuf.h"

namespace fenceline::test {

/// A parent compositor that does only what it is told: a real Wayland server over a socket pair, for one client. It
/// runs in the test's thread, when dispatch() is called.
class FakeParent {
 public:
  struct Offer {
    bool presentation = true;
    bool seat = true;
    bool shell = true;
    Size first_size{};                     ///< Of the first configure; empty: the client's choice.
    std::vector<FormatModifier> formats{}; ///< Of dma-bufs; none: no linux-dmabuf.
    std::uint32_t clock = 1;               ///< CLOCK_MONOTONIC.
    std::int32_t output_millihertz = 60000;
    bool subsurfaces = false;
  };
  /// What a commit of the window's surface left there.
  struct Commit {
    bool attached = false;             ///< A buffer was attached with it.
    Size size;                         ///< Of the buffer.
    std::vector<std::uint32_t> pixels; ///< Of a wl_shm buffer.
    std::optional<FormatModifier> dmabuf;
    std::size_t damage = 0; ///< Requests for damage.
  };

  /// A subsurface of the window, as the window's last commit shows it.
  struct Sub {
    wl_resource* surface = nullptr;
    wl_resource* pending = nullptr;
    wl_resource* buffer = nullptr; ///< Null: it is not there.
    Point at;
  };

  explicit FakeParent(const Offer& offer);
  ~FakeParent();
  FakeParent(const FakeParent&) = delete;
  FakeParent& operator=(const FakeParent&) = delete;

  /// Serves in a thread of its own while `work` waits for answers, which WAYLAND_SOCKET leads here.
  void serve_during(const std::function<void()>& work);
  /// Handles what the client has sent, and sends what there is for it.
  void dispatch();
  /// Ends the connection without a word.
  void die();
  /// Ends it with an error of xdg_wm_base.
  void throw_out();

  // The window.
  std::vector<Commit> commits;      ///< But the first, which has no buffer.
  std::vector<std::uint32_t> acked; ///< Serials of configures.
  std::string title;
  bool fullscreen_asked = false;
  std::vector<Sub> subsurfaces; ///< Bottom to top.
  std::uint32_t configure(Size size);
  void close_window();
  void release(wl_resource* buffer);
  /// The buffers that the client may not touch, the oldest first.
  std::vector<wl_resource*> held;
  [[nodiscard]] std::size_t waiting_callbacks() const { return callbacks_.size(); }
  [[nodiscard]] std::size_t waiting_feedback() const { return feedback_.size(); }
  /// The oldest ones that wait.
  void frame_done();
  void presented(std::int64_t ns, std::uint32_t refresh_ns, std::uint32_t flags);
  void discarded();

  // The seat.
  void set_capabilities(std::uint32_t capabilities);
  struct SetCursor {
    std::uint32_t serial = 0;
    bool surface = false;
    Point hotspot;
  };
  std::vector<SetCursor> cursors;
  wl_resource* pointer = nullptr;
  wl_resource* keyboard = nullptr;
  wl_resource* touch = nullptr;
  [[nodiscard]] wl_resource* surface() const { return window_; }

  // dma-bufs.
  bool refuse_dmabufs = false;
  bool answer_dmabufs = true;   ///< Else they wait for answer_all().
  std::size_t live_dmabufs = 0; ///< Buffers that the client has, and has not destroyed.
  void answer_all();

  struct Requests;

 private:
  friend struct Requests;
  struct Pending {
    wl_resource* buffer = nullptr;
    bool attached = false;
    std::size_t damage = 0;
    std::vector<wl_resource*> callbacks, feedback;
  };
  void commit(wl_resource* surface);
  /// Null: it is no subsurface.
  [[nodiscard]] Sub* sub_of(wl_resource* surface);
  void create_window(wl_resource* surface, wl_resource* xdg, wl_resource* toplevel);
  void answer(wl_resource* params);

  Offer offer_;
  wl_display* display_;
  wl_client* client_ = nullptr; ///< Null: it has gone, by itself or by die().
  /// What the listener is part of, so that it finds its parent.
  struct ClientGone {
    wl_listener listener{};
    FakeParent* parent = nullptr;
  } client_gone_;
  UniqueFd client_end_;
  wl_resource* window_ = nullptr; ///< The surface with a role.
  wl_resource *xdg_surface_ = nullptr, *toplevel_ = nullptr, *wm_base_ = nullptr, *seat_ = nullptr;
  Pending pending_;
  bool configured_ = false;
  std::uint32_t capabilities_ = 0;
  std::vector<wl_resource*> callbacks_, feedback_, unanswered_;
};

} // namespace fenceline::test
