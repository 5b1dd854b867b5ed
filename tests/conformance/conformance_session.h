#pragma once
#include <wayland-server-core.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "compositor/app/adapters.h"
#include "compositor/app/desktop_policy.h"
#include "compositor/app/globals.h"
#include "compositor/app/import_door.h"
#include "compositor/app/output_layout.h"
#include "compositor/app/window_actions.h"
#include "compositor/base/epoll_loop.h"
#include "compositor/input/seat.h"
#include "compositor/output/cursor_store.h"
#include "compositor/output/frame_clock.h"
#include "compositor/output/output_set.h"
#include "compositor/wl/listener.h"
#include "tests/conformance/blank_composer.h"
#include "tests/conformance/loop_thread.h"
#include "tests/support/recording_observer.h"

namespace fenceline::test {

/// The session's own parts, wired as the program wires them: a headless output, every global, a seat with a mouse, a
/// keyboard and a touch screen that the suite plays. There is no renderer, for nobody sees the picture. Made, started
/// and stopped on one thread, which is also the one that calls; it runs on another.
class ConformanceSession {
 public:
  static constexpr Size output_size{1280, 1024};

  [[nodiscard]] static Result<std::unique_ptr<ConformanceSession>> create();
  ConformanceSession(const ConformanceSession&) = delete;
  ConformanceSession& operator=(const ConformanceSession&) = delete;
  ~ConformanceSession();

  [[nodiscard]] Result<void> start() { return thread_->start(); }
  void stop() { thread_->stop(); }

  /// What a client is offered: interfaces and versions.
  [[nodiscard]] const std::map<std::string, std::uint32_t>& globals() const { return offered_; }
  /// A socket that a client is connected to; -1 with errno set when there can't be one.
  [[nodiscard]] int connect();
  /// Puts the window geometry of a mapped window there. `socket`: what connect has returned to the client; `surface`:
  /// its number of the wl_surface.
  void place(int socket, std::uint32_t surface, Point at);
  /// What a device does, at a time that is now.
  void play(const std::function<void(Seat&, TimePoint)>& event);

 private:
  /// A client, as long as it is connected.
  struct Peer {
    wl_client* client = nullptr;
    std::unique_ptr<wl::Listener<wl_client>> gone;
  };
  ConformanceSession();
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> read_registry();
  [[nodiscard]] Result<int> add_client();

  Log log_{LogLevel::Warn};
  RecordingObserver observer_;
  IdSource<BufferId> buffer_ids_;
  IdSource<FrameId> frame_ids_;
  LeadClock frame_clock_;
  CursorStore cursors_;
  BlankComposer composer_;
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<ScanoutDevice> device_;
  std::unique_ptr<ImportDoor> import_door_;
  std::unique_ptr<Scene> scene_;
  std::unique_ptr<UpdatePacer> pacer_;
  std::unique_ptr<LatchLooks> looks_;
  std::unique_ptr<CallbackPacer> callbacks_;
  std::unique_ptr<CueClients> cues_;
  std::unique_ptr<PaceByOutputs> pace_;
  std::unique_ptr<Desktop> desktop_;
  std::unique_ptr<DesktopPolicy> policy_;
  std::unique_ptr<WindowActions> actions_;
  std::unique_ptr<Seat> seat_;
  std::unique_ptr<SnapshotBuilder> builder_;
  std::unique_ptr<ShownSource> source_;
  std::unique_ptr<OutputSet> outputs_;
  std::unique_ptr<OutputLayout> layout_;
  std::unique_ptr<RedrawOnChange> redraw_;
  wl::Display* display_ = nullptr; ///< The globals'.
  std::unique_ptr<Globals> globals_;
  std::map<int, Peer> peers_; ///< By the client's end of the socket.
  std::map<std::string, std::uint32_t> offered_;
  std::unique_ptr<LoopThread> thread_;
};

} // namespace fenceline::test
