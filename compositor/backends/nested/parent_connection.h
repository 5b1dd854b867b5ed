#pragma once
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "compositor/backends/nested/parent_ptr.h"
#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/base/result.h"

namespace fenceline {

/// The connection to the parent compositor, and what the parent offers. Main thread.
///
/// Nothing here waits but wait_for, which belongs to the start: from then on requests go out when flush() is called,
/// what the parent's socket does not take follows when it does, and events come from the loop.
class ParentConnection {
 public:
  /// How long the start waits for an answer. A parent that is silent for so long is none to live in.
  static constexpr std::chrono::seconds patience{5};

  /// Connects as libwayland does: WAYLAND_SOCKET, else WAYLAND_DISPLAY. The globals are bound when it returns.
  /// `not_socket`: a name in the runtime directory that is our own socket, which is no parent. An error: there is
  /// nobody, or nobody that answers.
  [[nodiscard]] static Result<std::unique_ptr<ParentConnection>> open(EventLoop& loop, Log& log,
                                                                      const std::string& not_socket);
  ~ParentConnection();
  ParentConnection(const ParentConnection&) = delete;
  ParentConnection& operator=(const ParentConnection&) = delete;

  /// The parent has gone, or has thrown us out: nothing will come or go any more. Called once, from the loop.
  void on_lost(std::function<void(const std::string& why)> callback) { on_lost_ = std::move(callback); }
  [[nodiscard]] bool lost() const { return lost_.has_value(); }
  /// Called when seat_capabilities() has changed. When it is 0 the seat may go after the call.
  void on_seat(std::function<void()> callback) { on_seat_ = std::move(callback); }

  void flush();
  /// Handles the parent's events until `done` says so: for the start only. An error after `patience`, or when the
  /// connection ends.
  [[nodiscard]] Result<void> wait_for(const char* what, const std::function<bool()>& done);
  /// Until the parent has answered everything that was asked so far: for the start only.
  [[nodiscard]] Result<void> roundtrip();

  [[nodiscard]] wl_display* display() const { return display_; }
  // Null: the parent has no such thing.
  [[nodiscard]] wl_compositor* compositor() const { return compositor_.get(); }
  [[nodiscard]] wl_subcompositor* subcompositor() const { return subcompositor_.get(); }
  [[nodiscard]] wl_shm* shm() const { return shm_.get(); }
  [[nodiscard]] xdg_wm_base* wm_base() const { return wm_base_.get(); }
  [[nodiscard]] zxdg_decoration_manager_v1* decorations() const { return decorations_.get(); }
  [[nodiscard]] wp_presentation* presentation() const { return presentation_.get(); }
  [[nodiscard]] zwp_linux_dmabuf_v1* dmabuf() const { return dmabuf_.get(); }
  [[nodiscard]] wl_seat* seat() const { return seat_.get(); }
  /// WL_SEAT_CAPABILITY_* that the seat has now.
  [[nodiscard]] std::uint32_t seat_capabilities() const { return seat_capabilities_; }
  /// The clock of the parent's presentation times.
  [[nodiscard]] std::uint32_t presentation_clock() const { return presentation_clock_; }
  /// The frame length of the slowest of the parent's outputs; zero where none says. (The window may be on any.)
  [[nodiscard]] Nanoseconds refresh() const;

 private:
  struct Output {
    std::uint32_t name = 0;
    ParentPtr<wl_output> proxy;
    Nanoseconds refresh{};
    void mode(std::uint32_t flags, std::int32_t width, std::int32_t height, std::int32_t millihertz);
  };

  ParentConnection(EventLoop& loop, Log& log, wl_display* display) : loop_(loop), log_(log), display_(display) {}
  [[nodiscard]] Result<void> start();
  void global(std::uint32_t name, const char* interface, std::uint32_t version);
  void global_remove(std::uint32_t name);
  void add_output(std::uint32_t name, std::uint32_t version);
  void capabilities(std::uint32_t present);
  void ping(std::uint32_t serial);
  void clock_id(std::uint32_t clock) { presentation_clock_ = clock; }
  template <class Proxy>
  void bind(ParentPtr<Proxy>& into, std::uint32_t name, const wl_interface& interface, std::uint32_t version);
  /// Reads what is there and handles it.
  void read();
  void lose();

  EventLoop& loop_;
  Log& log_;
  wl_display* display_;
  ParentPtr<wl_registry> registry_;
  ParentPtr<wl_compositor> compositor_;
  ParentPtr<wl_subcompositor> subcompositor_;
  ParentPtr<wl_shm> shm_;
  ParentPtr<xdg_wm_base> wm_base_;
  ParentPtr<zxdg_decoration_manager_v1> decorations_;
  ParentPtr<wp_presentation> presentation_;
  ParentPtr<zwp_linux_dmabuf_v1> dmabuf_;
  ParentPtr<wl_seat> seat_;
  std::uint32_t seat_name_ = 0, seat_capabilities_ = 0;
  std::list<Output> outputs_;
  std::uint32_t presentation_clock_;
  std::unique_ptr<EventSource> readable_, writable_;
  int write_fd_ = -1; ///< A second descriptor of the socket: the loop knows each only once.
  std::optional<std::string> lost_;
  std::function<void(const std::string&)> on_lost_;
  std::function<void()> on_seat_;
  std::shared_ptr<const int> alive_ = std::make_shared<const int>(0);
};

} // namespace fenceline
