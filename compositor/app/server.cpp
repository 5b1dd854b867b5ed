#include "compositor/app/server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <unordered_set>
#include <vector>

#include "compositor/app/picture_parts.h"
#include "compositor/app/png_writer.h"
#include "compositor/app/version.h"
#include "compositor/output/plane_planner.h"
#include "protocols/drm_sync_objects.h"

namespace fenceline {

class Server::PauseWatch final : public SessionListener {
 public:
  PauseWatch(Session& session, OutputSet& outputs, LibinputDevices* input, Log& log)
      : SessionListener(session), outputs_(outputs), input_(input), log_(log) {}
  void session_paused() override {
    log_.info("the session is paused");
    outputs_.pause();
    if (input_)
      input_->suspend();
  }
  void session_resumed() override {
    log_.info("the session is back");
    outputs_.resume();
    if (!input_)
      return;
    if (const Result<void> resumed = input_->resume(); !resumed)
      log_.error("{}", resumed.error().text());
  }

 private:
  OutputSet& outputs_;
  LibinputDevices* input_;
  Log& log_;
};

namespace {

/// How long the end of the session waits for its screenshot.
constexpr std::chrono::seconds screenshot_patience{10};

/// Clients meet in the runtime directory: what is wrong with it is said before anything is opened.
Result<void> check_runtime_directory() {
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  if (folder && *folder && *folder != '/')
    return Error{fmt::format("XDG_RUNTIME_DIR is no absolute path: {}", folder), 0};
  if (!folder || !*folder)
    return Error{"XDG_RUNTIME_DIR is not set: log in through a display manager or a terminal that sets it, or set it "
                 "to a directory "
                 "of your own with mode 0700",
                 0};
  struct stat facts {};
  if (::stat(folder, &facts) != 0)
    return Error::from_errno(fmt::format("cannot use XDG_RUNTIME_DIR {}", folder));
  if (!S_ISDIR(facts.st_mode) || ::access(folder, W_OK | X_OK) != 0)
    return Error{
        fmt::format("XDG_RUNTIME_DIR {} is no directory that can be written to: set it to one of your own", folder), 0};
  return {};
}

} // namespace

Result<std::unique_ptr<Server>> Server::create(const Options& options, const LoadedConfig& config, Log& log,
                                               int& status) {
  std::unique_ptr<Server> server(new Server(options, config, log));
  for (const auto step : {&Server::open_base, &Server::open_scene, &Server::open_input, &Server::open_clients,
                          &Server::watch_idleness, &Server::open_control, &Server::start_command})
    if (const Result<void> done = (server.get()->*step)(); !done) {
      status = server->status_ != 0 ? server->status_ : 1;
      return done.error();
    }
  return server;
}

Server::Server(const Options& options, const LoadedConfig& config, Log& log)
    : options_(options), config_(config), log_(log) {
  options_.validation = options.validation || config.config.renderer.validation;
  options_.renderer = options.renderer.value_or(config.config.renderer.load);
  options_.blend = options.blend.value_or(config.config.renderer.blend);
}

Server::~Server() {
  // Input that goes is let go of, as if by hand.
  if (seat_) {
    seat_->on_input({});
    seat_->on_pointer_used({});
  }
  // What was asked for is written, and the pictures that it holds go while there is a composer.
  snapshots_.reset();
  command_.reset();
  // Clients go while everything that their objects know is still there.
  if (globals_)
    globals_->disconnect_clients();
  if (layout_) {
    layout_->announce(nullptr);
    layout_->on_changed({});
  }
  chances_.set_dmabuf(nullptr);
}

Result<void> Server::open_base() {
  if (const Result<void> checked = check_runtime_directory(); !checked)
    return checked.error();
  promptness_ = become_prompt();
  Result<std::unique_ptr<EpollLoop>> loop = EpollLoop::create();
  if (!loop)
    return loop.error();
  loop_ = std::move(*loop);
  Result<std::unique_ptr<Signals>> signals =
      Signals::create(*loop_, [this](const signalfd_siginfo& info) { signalled(info); });
  if (!signals)
    return signals.error();
  signals_ = std::move(*signals);
  Result<std::unique_ptr<SnapshotThread>> snapshots = SnapshotThread::create(*loop_);
  if (!snapshots)
    return snapshots.error();
  snapshots_ = std::move(*snapshots);
  screenshots_ = std::make_unique<Screenshots>(*snapshots_, log_);
  // The name first: nothing else has to be opened to find out that it is taken.
  Result<std::unique_ptr<wl::Display>> wayland = wl::Display::create(*loop_, config_.config.limits.client_unread_bytes);
  if (!wayland)
    return wayland.error();
  wayland_ = std::move(*wayland);
  Result<std::string> socket = wayland_->add_socket(options_.socket);
  if (!socket)
    return socket.error();
  options_.socket = std::move(*socket);
  TracerOptions trace;
  trace.file = options_.trace_file;
  trace.version = version;
  trace.max_file_bytes = config_.config.limits.trace_file_bytes;
  trace.keep = config_.config.limits.trace_kept;
  Result<std::unique_ptr<Tracer>> tracer = Tracer::create(trace, log_, loop_->clock());
  if (!tracer)
    return tracer.error();
  tracer_ = std::move(*tracer);
  counters_ = std::make_unique<FrameCounters>(*tracer_);
  turns_ = std::make_unique<TurnBook>(*counters_, loop_->rough_clock());
  loop_->set_watch(turns_.get());
  wayland_->on_quiet([this](TimePoint now) { return outputs_ ? outputs_->due(now) : std::nullopt; });
  wayland_->on_serving([this](std::uint32_t number) { turns_->serves(static_cast<ClientId>(number)); });
  Result<DisplayStack> display = open_display(options_, *loop_, log_);
  if (!display)
    return display.error();
  display_ = std::move(*display);
  if (display_.device->sync_object_fd() >= 0) {
    Result<std::unique_ptr<DrmSyncObjects>> objects = DrmSyncObjects::create(display_.device->sync_object_fd(), true);
    if (objects)
      sync_objects_ = std::move(*objects);
    else
      log_.warn("no explicit sync: {}", objects.error().text());
  }
  return {};
}

Result<void> Server::open_scene() {
  composer_ = std::move(display_.composer);
  import_door_ = std::make_unique<ImportDoor>(*display_.device, composer_.get(), display_.deferred);
  const bool shm_in_place = config_.config.renderer.shm_in_place;
  if (display_.on_demand && !display_.remembered->reads_shm)
    shm_.finding = "uploaded: the renderer that is loaded on demand could not read it when it was loaded last";
  else
    shm_ = open_shm_in_place(shm_in_place, *import_door_, *display_.device, buffer_ids_, log_);
  if (composer_ && !display_.on_demand) {
    const auto textures = composer_->texture_formats(), targets = composer_->target_formats();
    const bool known = !shm_in_place && display_.remembered && display_.remembered->reads_shm;
    if (const Result<void> kept = display_.cache->write({.textures = {textures.begin(), textures.end()},
                                                         .targets = {targets.begin(), targets.end()},
                                                         .reads_shm = shm_.sharing != nullptr || known});
        !kept)
      log_.info("what the renderer can do is not kept for --renderer on-demand: {}", kept.error().text());
  }
  scene_ = std::make_unique<Scene>(*turns_);
  Result<std::unique_ptr<UpdatePacer>> pacer = UpdatePacer::create(*loop_, *scene_);
  if (!pacer)
    return pacer.error();
  pacer_ = std::move(*pacer);
  Result<std::unique_ptr<LatchLooks>> looks = LatchLooks::create(*loop_);
  if (!looks)
    return looks.error();
  looks_ = std::move(*looks);
  Result<std::unique_ptr<CallbackPacer>> callbacks = CallbackPacer::create(*loop_, *scene_);
  if (!callbacks)
    return callbacks.error();
  callbacks_ = std::move(*callbacks);
  cues_ = std::make_unique<CueClients>(*callbacks_);
  const Nanoseconds fence_wait = config_.config.limits.fence_wait;
  const auto clients = [this] { return globals_ ? globals_->clients() : std::vector<wl::ClientInfo>(); };
  Result<std::unique_ptr<FencePatience>> patience =
      FencePatience::create(*loop_, *scene_, fence_wait, OverdueLog(log_, clients, fence_wait));
  if (!patience)
    return patience.error();
  patience_ = std::move(*patience);
  pace_ = std::make_unique<PaceByOutputs>(*pacer_, *looks_, *callbacks_);
  desktop_ = std::make_unique<Desktop>(*scene_, log_);
  if (options_.kiosk)
    desktop_->be_kiosk();
  policy_ = std::make_unique<DesktopPolicy>(*desktop_);
  Result<Keymap> keymap = Keymap::create();
  if (!keymap)
    return keymap.error();
  seat_ = std::make_unique<Seat>(*scene_, log_, std::move(*keymap), *policy_);
  policy_->attach(*seat_);
  actions_ = std::make_unique<WindowActions>(*desktop_);
  input_control_ = std::make_unique<InputControl>(*seat_, *loop_, log_);
  builder_ = std::make_unique<SnapshotBuilder>(*scene_, std::vector<const StackProvider*>{desktop_.get(), seat_.get()});
  source_ = std::make_unique<ShownSource>(*builder_);
  Result<std::unique_ptr<OutputSet>> outputs = OutputSet::create(
      {.loop = *loop_,
       .device = *display_.device,
       .source = *source_,
       .composer = composer_.get(),
       .observer = *turns_,
       .frame_clock = display_.clock ? *display_.clock : static_cast<const FrameClock&>(frame_clock_),
       .cursors = cursors_,
       .frames = frame_ids_,
       .buffers = buffer_ids_,
       .log = log_,
       .plane_tests = options_.plane_tests.value_or(static_cast<unsigned>(config_.config.limits.plane_tests)),
       .gate = display_.deferred,
       .watch = pace_.get(),
       .chances = &chances_,
       .releases = &releases_,
       .cues = cues_.get()});
  if (!outputs)
    return outputs.error();
  outputs_ = std::move(*outputs);
  pace_->set_outputs(outputs_.get());
  if (display_.deferred)
    renderer_watch_ = std::make_unique<RendererWatch>(RendererWatchParts{.composer = *display_.deferred,
                                                                         .scene = *scene_,
                                                                         .cursors = cursors_,
                                                                         .outputs = *outputs_,
                                                                         .observer = *turns_,
                                                                         .clock = loop_->clock()});
  // The first frame sets the mode and shows an empty desktop.
  layout_ = std::make_unique<OutputLayout>(OutputLayoutParts{.device = *display_.device,
                                                             .outputs = *outputs_,
                                                             .desktop = *desktop_,
                                                             .builder = *builder_,
                                                             .seat = *seat_,
                                                             .log = log_},
                                           config_.config.outputs, options_.mode);
  redraw_ = std::make_unique<RedrawOnChange>(*scene_, *outputs_);
  desktop_->on_focus_changed([this] { seat_->refresh_focus(); });
  desktop_->on_stack_changed([this] {
    seat_->refresh_focus();
    outputs_->schedule_all();
  });
  seat_->on_cursor_changed([this] { outputs_->schedule_all(); });
  seat_->on_binding([this](const KeyBinding& binding) { run_binding(binding); });
  seat_->on_binding_released([this] { actions_->released(); });
  return {};
}

Result<void> Server::open_input() {
  if (display_.nested) {
    nested_input_ = std::make_unique<NestedInput>(*display_.nested, *seat_, loop_->clock());
    display_.nested->on_end([this](const std::string& why) { end(why.empty() ? 0 : 1); });
  }
  if (!display_.session)
    return {};
  opener_ = std::make_unique<SessionOpener>(*display_.session);
  const std::string seat_name = display_.session->seat();
  Result<std::unique_ptr<LibinputDevices>> input =
      LibinputDevices::create(*loop_, log_, *opener_, *seat_, seat_name.c_str());
  if (input) {
    input_ = std::move(*input);
    input_control_->set_devices(input_.get());
  } else
    log_.warn("no input: {}", input.error().text());
  pause_watch_ = std::make_unique<PauseWatch>(*display_.session, *outputs_, input_.get(), log_);
  return {};
}

Result<void> Server::open_clients() {
  globals_ = std::make_unique<Globals>(std::move(wayland_), GlobalsContext{.log = log_,
                                                                           .observer = *turns_,
                                                                           .scene = *scene_,
                                                                           .pacer = *pacer_,
                                                                           .desktop = *desktop_,
                                                                           .seat = *seat_,
                                                                           .device = *display_.device,
                                                                           .composer = composer_.get(),
                                                                           .importer = *import_door_,
                                                                           .sync_objects = sync_objects_.get(),
                                                                           .buffers = buffer_ids_,
                                                                           .looks = looks_.get(),
                                                                           .shm_sharing = shm_.sharing.get()});
  layout_->announce(&globals_->outputs());
  source_->set_compositor(&globals_->compositor());
  pace_->set_compositor(&globals_->compositor());
  chances_.set_dmabuf(globals_->dmabuf());
  layout_->on_changed([this] { globals_->planes_changed(layout_->outputs()); });
  globals_->planes_changed(layout_->outputs());
  loop_->before_sleep([this] { globals_->flush(); });
  log_.info("{} backend, listening on {}", display_.backend, options_.socket);
  if (options_.exit_after) {
    Result<std::unique_ptr<Timer>> timer = loop_->make_timer([this] { end(0); });
    if (!timer)
      return timer.error();
    exit_timer_ = std::move(*timer);
    exit_timer_->arm(loop_->clock().now() + std::chrono::duration_cast<Nanoseconds>(*options_.exit_after));
  }
  return {};
}

Result<void> Server::open_control() {
  config_follower_ = ConfigFollower::create({.loop = *loop_,
                                             .log = log_,
                                             .started = config_,
                                             .named = options_.config_file,
                                             .none = options_.no_config,
                                             .apply = [this](const Config& config) { return apply_config(config); }});
  commands_ = std::make_unique<ControlCommands>(ControlContext{.log = log_,
                                                               .outputs = *outputs_,
                                                               .layout = *layout_,
                                                               .scene = *scene_,
                                                               .desktop = *desktop_,
                                                               .globals = *globals_,
                                                               .shm = shm_,
                                                               .promptness = promptness_,
                                                               .tracer = *tracer_,
                                                               .counters = *counters_,
                                                               .clock = loop_->clock(),
                                                               .snapshots = *snapshots_,
                                                               .screenshots = *screenshots_,
                                                               .config = *config_follower_,
                                                               .quit = [this] { end(0); }});
  Result<std::unique_ptr<ControlSocket>> control = ControlSocket::create(
      *loop_, log_, std::getenv("XDG_RUNTIME_DIR"), fmt::format("fenceline-{}.sock", options_.socket),
      [this](const ControlRequest& request, const ControlAnswer& answer) { commands_->run(request, answer); });
  // A session without it still shows what it is there for.
  if (control)
    control_ = std::move(*control);
  else
    log_.warn("no control socket: {}", control.error().text());
  apply_config(config_.config);
  return {};
}

std::vector<std::string> Server::apply_config(const Config& config) {
  idle_->set_timeout(options_.idle ? std::chrono::duration_cast<Nanoseconds>(*options_.idle) : config.session.idle);
  cursor_idle_->set_timeout(
      std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(config.input.cursor.hide_after)));
  frame_clock_.set_lead(config.renderer.latch_lead);
  callbacks_->set_late(config.renderer.callbacks == FrameCallbacks::Late);
  seat_->set_bindings(options_.kiosk ? config.keys.for_kiosk() : config.keys);
  layout_->apply(config.outputs);
  std::vector<std::string> remarks = layout_->remarks();
  if (const Result<void> applied = input_control_->apply(config.input); !applied) {
    remarks.push_back(fmt::format("the keyboard stays as it was: {}", applied.error().text()));
    log_.error("{}", remarks.back());
  }
  return remarks;
}

Result<void> Server::watch_idleness() {
  Result<std::unique_ptr<IdleTimer>> idle =
      IdleTimer::create(*loop_, {.inhibited = [this] { return idle_inhibited(); },
                                 .power =
                                     [this](bool on) {
                                       log_.info("{}", on ? "the displays are switched on again"
                                                          : "nobody is there: the displays are switched off");
                                       for (const PlacedOutput& output : layout_->outputs())
                                         outputs_->set_power(output.info.id, on);
                                     }});
  if (!idle)
    return idle.error();
  idle_ = std::move(*idle);
  seat_->on_input([this] { idle_->input(); });
  // What is dragged is held on to.
  Result<std::unique_ptr<IdleTimer>> cursor =
      IdleTimer::create(*loop_, {.inhibited = [this] { return seat_->held_buttons() > 0; },
                                 .power = [this](bool on) { seat_->show_cursor(on); }});
  if (!cursor)
    return cursor.error();
  cursor_idle_ = std::move(*cursor);
  seat_->on_pointer_used([this] { cursor_idle_->input(); });
  globals_->idle_inhibit().on_added([this] { idle_->look_soon(); });
  return {};
}

bool Server::idle_inhibited() const {
  if (globals_->idle_inhibit().empty())
    return false;
  std::unordered_set<SurfaceId> visible;
  for (const PlacedOutput& output : layout_->outputs()) {
    const SceneSnapshot snapshot = builder_->look(output.info.id);
    const auto hidden = hidden_layers(snapshot);
    for (std::size_t i = 0; i < hidden.size(); ++i)
      if (!hidden[i])
        visible.insert(snapshot.layers[i].surface);
  }
  return globals_->idle_inhibit().any([&visible](SurfaceId surface) { return visible.contains(surface); });
}

Result<void> Server::start_command() {
  // Not before: who cannot be started has one line to say, why.
  log_.info("scheduling: {}{}; memory that is locked: {}", promptness_.scheduling,
            promptness_.no_better.empty() ? "" : fmt::format(" ({})", promptness_.no_better),
            promptness_.memory_stays ? "all" : fmt::format("none ({})", promptness_.memory_goes));
  programs_ = std::make_unique<Programs>(descriptor_limit_, log_,
                                         Programs::Variables{{"WAYLAND_DISPLAY", options_.socket},
                                                             {"XDG_SESSION_TYPE", "wayland"},
                                                             {"XDG_CURRENT_DESKTOP", "Fenceline"}});
  if (options_.ready_fd) {
    const UniqueFd ready(*options_.ready_fd);
    const std::string line = options_.socket + "\n";
    if (::write(ready.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      return Error::from_errno(fmt::format("cannot write to --ready-fd {}", *options_.ready_fd));
  }
  // Only where it is the user's session: not one that is tried out beside it.
  if (display_.session)
    programs_->announce_session();
  for (const std::string& command : config_.config.session.start)
    programs_->spawn(command);
  if (options_.command.empty())
    return {};
  Result<std::unique_ptr<SessionCommand>> command = SessionCommand::start({.loop = *loop_,
                                                                           .log = log_,
                                                                           .limit = descriptor_limit_,
                                                                           .variables = programs_->variables(),
                                                                           .keep_running = options_.kiosk},
                                                                          options_.command);
  if (!command) {
    status_ = Child::status_for(command.error());
    return command.error();
  }
  command_ = std::move(*command);
  return {};
}

void Server::signalled(const signalfd_siginfo& info) {
  switch (info.ssi_signo) {
  case SIGUSR1:
    request_screenshot();
    break;
  case SIGUSR2:
    write_recent_trace();
    break;
  case SIGCHLD:
    programs_->reap();
    if (const std::optional<int> status = command_ ? command_->reap() : std::nullopt)
      end(*status);
    break;
  default:
    end(0);
  }
}

void Server::run_binding(const KeyBinding& binding) {
  if (actions_->run(binding))
    return;
  switch (binding.action) {
  case KeyAction::SwitchVt:
    if (!display_.session)
      return log_.debug("no other VT: the session has none itself");
    if (const Result<void> switched = display_.session->switch_vt(binding.argument); !switched)
      log_.warn("{}", switched.error().text());
    return;
  case KeyAction::Screenshot:
    return request_screenshot();
  case KeyAction::Spawn:
    return programs_->spawn(binding.command);
  default:
    end(0);
  }
}

void Server::request_screenshot() {
  if (options_.screenshot_file.empty())
    return log_.warn("a screenshot was asked for, but there is no --screenshot FILE to write it to");
  take_screenshot(Screenshots::WhenBusy::Refuse, [] {});
}

void Server::end(int status) {
  // Whoever asks twice is not made to wait.
  if (std::exchange(ending_, true))
    return loop_->stop();
  status_ = status;
  if (options_.screenshot_file.empty())
    return loop_->stop();
  // Before anything is taken down: what is on the screen now. A device that hangs is not waited for for ever.
  if (Result<std::unique_ptr<Timer>> timer = loop_->make_timer([this] {
        log_.error("no screenshot: it was not taken within {} s", screenshot_patience.count());
        loop_->stop();
      })) {
    end_timer_ = std::move(*timer);
    end_timer_->arm(loop_->clock().now() + screenshot_patience);
  }
  // Not refused for one that is still being written: that one may be of an older picture.
  take_screenshot(Screenshots::WhenBusy::Queue, [this] { loop_->stop(); });
}

void Server::take_screenshot(Screenshots::WhenBusy when_busy, std::function<void()> taken) {
  const Result<PictureParts> parts = picture_parts(*layout_, *outputs_);
  if (!parts) {
    log_.error("no screenshot: {}", parts.error().text());
    return taken();
  }
  if (!parts->left_out.empty())
    log_.info("the screenshot is without {}: switched off", fmt::join(parts->left_out, ", "));
  screenshots_->take(parts->parts, options_.screenshot_file, when_busy, std::move(taken), [](const Result<void>&) {});
}

void Server::write_recent_trace() {
  if (!options_.trace_file.empty())
    return log_.warn("the trace goes to {} anyway", options_.trace_file);
  if (std::exchange(trace_under_way_, true))
    return log_.warn("no trace of the last minute: the one before is still being written");
  const std::string path = fmt::format("{}/fenceline-{}.pftrace", std::getenv("XDG_RUNTIME_DIR"), options_.socket);
  const auto write = [this, path] {
    if (const Result<void> written = tracer_->write_snapshot(path); !written)
      log_.error("{}", written.error().text());
    else
      log_.info("the trace of the last minute is in {}", path);
  };
  if (const Result<void> posted = snapshots_->post(write, [this] { trace_under_way_ = false; }); !posted) {
    trace_under_way_ = false;
    log_.error("no trace of the last minute: {}", posted.error().text());
  }
}

int Server::run() {
  if (!ending_)
    loop_->run();
  return status_;
}

} // namespace fenceline
