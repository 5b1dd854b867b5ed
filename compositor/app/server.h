#pragma once
#include <memory>
#include <optional>
#include <string>

#include "compositor/app/adapters.h"
#include "compositor/app/config_follower.h"
#include "compositor/app/control_commands.h"
#include "compositor/app/desktop_policy.h"
#include "compositor/app/display_stack.h"
#include "compositor/app/globals.h"
#include "compositor/app/idle_timer.h"
#include "compositor/app/import_door.h"
#include "compositor/app/options.h"
#include "compositor/app/overdue_log.h"
#include "compositor/app/output_layout.h"
#include "compositor/app/programs.h"
#include "compositor/app/promptness.h"
#include "compositor/app/renderer_watch.h"
#include "compositor/app/screenshots.h"
#include "compositor/app/session_command.h"
#include "compositor/app/shm_in_place.h"
#include "compositor/app/signals.h"
#include "compositor/app/snapshot_thread.h"
#include "compositor/app/window_actions.h"
#include "compositor/backends/nested/nested_input.h"
#include "compositor/base/epoll_loop.h"
#include "compositor/config/config_file.h"
#include "compositor/control/control_socket.h"
#include "compositor/input/input_control.h"
#include "compositor/input/libinput_devices.h"
#include "compositor/input/seat.h"
#include "compositor/output/cursor_store.h"
#include "compositor/output/frame_clock.h"
#include "compositor/scene/fence_patience.h"
#include "compositor/trace/frame_counters.h"
#include "compositor/trace/tracer.h"
#include "compositor/trace/turn_book.h"

namespace fenceline {

/// One session, wired: made whole or not at all, run to its end, taken down in the reverse order.
class Server final {
 public:
  /// Errors are one line for the user; `status` is what to exit with then.
  [[nodiscard]] static Result<std::unique_ptr<Server>> create(const Options& options, const LoadedConfig& config,
                                                              Log& log, int& status);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// Until the session ends. The status to exit with.
  [[nodiscard]] int run();

 private:
  /// Hands the session's pauses on.
  class PauseWatch;

  Server(const Options& options, const LoadedConfig& config, Log& log);
  [[nodiscard]] Result<void> open_base();
  [[nodiscard]] Result<void> open_scene();
  [[nodiscard]] Result<void> open_input();
  [[nodiscard]] Result<void> open_clients();
  [[nodiscard]] Result<void> start_command();
  [[nodiscard]] Result<void> watch_idleness();
  /// Whether a window that can be seen wants the displays on.
  [[nodiscard]] bool idle_inhibited() const;
  void signalled(const signalfd_siginfo& info);
  void run_binding(const KeyBinding& binding);
  void request_screenshot();
  void end(int status);
  [[nodiscard]] Result<void> open_control();
  /// Of all outputs that are on, to --screenshot's file. `taken`: see Screenshots::take.
  void take_screenshot(Screenshots::WhenBusy when_busy, std::function<void()> taken);
  void write_recent_trace();
  /// What may change while the session runs. See ConfigFollowerParts::apply.
  std::vector<std::string> apply_config(const Config& config);

  // In the order in which they need each other.
  Options options_;
  LoadedConfig config_; ///< That the session was started with.
  Log& log_;
  DescriptorLimit descriptor_limit_;
  Promptness promptness_;
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<Signals> signals_;
  std::unique_ptr<wl::Display> wayland_; ///< With its socket, until the globals take it over.
  std::unique_ptr<Tracer> tracer_;
  std::unique_ptr<FrameCounters> counters_; ///< In front of it.
  std::unique_ptr<TurnBook> turns_;
  DisplayStack display_;
  std::unique_ptr<SyncObjects> sync_objects_;
  IdSource<BufferId> buffer_ids_;
  IdSource<FrameId> frame_ids_;
  std::unique_ptr<ImportDoor> import_door_;
  ShmInPlace shm_; ///< As the door: what it shares may be held by the last compositions.
  /// The display stack's, taken over: its compositions in flight hold the last buffers of all, which need the door and
  /// the sync objects when they go. Null: no usable Vulkan device.
  std::unique_ptr<Composer> composer_;
  std::unique_ptr<Scene> scene_;
  std::unique_ptr<UpdatePacer> pacer_;
  std::unique_ptr<LatchLooks> looks_;
  std::unique_ptr<CallbackPacer> callbacks_;
  std::unique_ptr<CueClients> cues_;
  std::unique_ptr<FencePatience> patience_;
  std::unique_ptr<PaceByOutputs> pace_;
  std::unique_ptr<Desktop> desktop_;
  std::unique_ptr<DesktopPolicy> policy_;
  std::unique_ptr<WindowActions> actions_;
  std::unique_ptr<Seat> seat_;
  std::unique_ptr<SnapshotBuilder> builder_;
  std::unique_ptr<ShownSource> source_;
  LeadClock frame_clock_;
  CursorStore cursors_;
  ChanceTeller chances_;
  SharedReleases releases_;
  std::unique_ptr<OutputSet> outputs_;
  std::unique_ptr<RendererWatch> renderer_watch_; ///< Null without a renderer.
  std::unique_ptr<OutputLayout> layout_;
  std::unique_ptr<RedrawOnChange> redraw_;
  std::unique_ptr<SessionOpener> opener_;
  std::unique_ptr<InputControl> input_control_;
  std::unique_ptr<LibinputDevices> input_;
  std::unique_ptr<NestedInput> nested_input_; ///< Nested: the parent's devices.
  std::unique_ptr<PauseWatch> pause_watch_;
  std::unique_ptr<Globals> globals_;
  std::unique_ptr<IdleTimer> idle_, cursor_idle_;
  std::unique_ptr<Timer> exit_timer_, end_timer_;
  std::unique_ptr<Programs> programs_;
  std::unique_ptr<SessionCommand> command_;
  /// The encoding and the disk are nothing that the main thread waits for, but at the end.
  std::unique_ptr<SnapshotThread> snapshots_;
  std::unique_ptr<Screenshots> screenshots_;
  bool trace_under_way_ = false;
  std::unique_ptr<ConfigFollower> config_follower_;
  std::unique_ptr<ControlCommands> commands_;
  std::unique_ptr<ControlSocket> control_;
  int status_ = 0;
  bool ending_ = false;
};

} // namespace fenceline
