#include "compositor/app/server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "compositor/app/png_writer.h"
#include "compositor/app/version.h"
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

Result<std::unique_ptr<Server>> Server::create(const Options& options, Log& log) {
  std::unique_ptr<Server> server(new Server(options, log));
  for (const auto step :
       {&Server::open_base, &Server::open_scene, &Server::open_input, &Server::open_clients, &Server::start_command})
    if (const Result<void> done = (server.get()->*step)(); !done)
      return done.error();
  return server;
}

Server::Server(const Options& options, Log& log) : options_(options), log_(log) {}

Server::~Server() {
  // What was asked for is written, and the pictures that it holds go while there is a composer.
  snapshots_.reset();
  if (child_)
    child_->terminate();
  // Clients go while everything that their objects know is still there.
  if (globals_)
    globals_->disconnect_clients();
  if (layout_)
    layout_->announce(nullptr);
}

Result<void> Server::open_base() {
  if (const Result<void> checked = check_runtime_directory(); !checked)
    return checked.error();
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
  // The name first: nothing else has to be opened to find out that it is taken.
  Result<std::unique_ptr<wl::Display>> wayland = wl::Display::create(*loop_);
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
  Result<std::unique_ptr<Tracer>> tracer = Tracer::create(trace, log_, loop_->clock());
  if (!tracer)
    return tracer.error();
  tracer_ = std::move(*tracer);
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
  import_door_ = std::make_unique<ImportDoor>(*display_.device, composer_.get());
  scene_ = std::make_unique<Scene>(*tracer_);
  desktop_ = std::make_unique<Desktop>(*scene_, log_);
  policy_ = std::make_unique<DesktopPolicy>(*desktop_);
  Result<Keymap> keymap = Keymap::create();
  if (!keymap)
    return keymap.error();
  seat_ = std::make_unique<Seat>(*scene_, log_, std::move(*keymap), *policy_);
  policy_->attach(*seat_);
  actions_ = std::make_unique<WindowActions>(*desktop_);
  builder_ = std::make_unique<SnapshotBuilder>(*scene_, std::vector<const StackProvider*>{desktop_.get(), seat_.get()});
  source_ = std::make_unique<ShownSource>(*builder_);
  Result<std::unique_ptr<OutputSet>> outputs = OutputSet::create({.loop = *loop_,
                                                                  .device = *display_.device,
                                                                  .source = *source_,
                                                                  .composer = composer_.get(),
                                                                  .observer = *tracer_,
                                                                  .frame_clock = frame_clock_,
                                                                  .cursors = cursors_,
                                                                  .frames = frame_ids_,
                                                                  .buffers = buffer_ids_,
                                                                  .log = log_});
  if (!outputs)
    return outputs.error();
  outputs_ = std::move(*outputs);
  // The first frame sets the mode and shows an empty desktop.
  layout_ = std::make_unique<OutputLayout>(OutputLayoutParts{.device = *display_.device,
                                                             .outputs = *outputs_,
                                                             .desktop = *desktop_,
                                                             .builder = *builder_,
                                                             .seat = *seat_,
                                                             .log = log_},
                                           std::vector<OutputSettings>(), options_.mode);
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
  if (!display_.session)
    return {};
  opener_ = std::make_unique<SessionOpener>(*display_.session);
  const std::string seat_name = display_.session->seat();
  Result<std::unique_ptr<LibinputDevices>> input =
      LibinputDevices::create(*loop_, log_, *opener_, *seat_, seat_name.c_str());
  if (input)
    input_ = std::move(*input);
  else
    log_.warn("no input: {}", input.error().text());
  pause_watch_ = std::make_unique<PauseWatch>(*display_.session, *outputs_, input_.get(), log_);
  return {};
}

Result<void> Server::open_clients() {
  globals_ = std::make_unique<Globals>(std::move(wayland_), GlobalsContext{.log = log_,
                                                                           .observer = *tracer_,
                                                                           .scene = *scene_,
                                                                           .desktop = *desktop_,
                                                                           .seat = *seat_,
                                                                           .device = *display_.device,
                                                                           .composer = composer_.get(),
                                                                           .importer = *import_door_,
                                                                           .sync_objects = sync_objects_.get(),
                                                                           .buffers = buffer_ids_});
  layout_->announce(&globals_->outputs());
  source_->set_compositor(&globals_->compositor());
  loop_->before_sleep([this] { globals_->flush(); });
  log_.info("{} backend, listening on {}", display_.backend, options_.socket);
  if (options_.exit_after) {
    Result<std::unique_ptr<Timer>> timer = loop_->make_timer([this] { end(0); });
    if (!timer)
      return timer.error();
    exit_timer_ = std::move(*timer);
    exit_timer_->arm(loop_->clock().now() + std::chrono::duration_cast<Nanoseconds>(*options_.exit_after));
  }
  if (options_.ready_fd) {
    const UniqueFd ready(*options_.ready_fd);
    const std::string line = options_.socket + "\n";
    if (::write(ready.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      return Error::from_errno(fmt::format("cannot write to --ready-fd {}", *options_.ready_fd));
  }
  return {};
}

Result<void> Server::start_command() {
  if (options_.command.empty())
    return {};
  Result<Child> child = Child::start(
      options_.command,
      {{"WAYLAND_DISPLAY", options_.socket}, {"XDG_SESSION_TYPE", "wayland"}, {"XDG_CURRENT_DESKTOP", "Fenceline"}},
      descriptor_limit_);
  if (!child)
    return child.error();
  child_ = *child;
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
    if (const std::optional<int> status = child_ ? child_->ended() : std::nullopt) {
      child_.reset();
      log_.info("{} ended with status {}", options_.command.front(), *status);
      end(*status);
    }
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
  default:
    end(0);
  }
}

void Server::request_screenshot() {
  // Each one holds a picture of the whole screen.
  if (screenshot_under_way_.expired())
    take_screenshot({});
  else
    log_.warn("no screenshot: the one before is still being taken");
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
  take_screenshot([this] { loop_->stop(); });
}

void Server::take_screenshot(const std::function<void()>& then) {
  const auto under_way = std::make_shared<const int>(0);
  const auto captured = [this, then, under_way](Result<Capture> capture) {
    if (capture)
      write_screenshot(std::move(*capture), under_way);
    else
      log_.error("no screenshot: {}", capture.error().text());
    if (then)
      then();
  };
  if (options_.screenshot_file.empty())
    return log_.warn("a screenshot was asked for, but there is no --screenshot FILE to write it to");
  if (outputs_->outputs().empty())
    return captured(Error{"there is no output"});
  screenshot_under_way_ = under_way;
  if (const Result<void> started = outputs_->outputs().front()->capture(captured); !started)
    captured(started.error());
}

void Server::write_screenshot(Capture&& taken, const std::shared_ptr<const int>& under_way) {
  const auto capture = std::make_shared<const Capture>(std::move(taken));
  const auto write = [this, capture] {
    if (const Result<void> written = write_png(options_.screenshot_file, capture->image.size, flatten(*capture));
        !written)
      log_.error("{}", written.error().text());
    else
      log_.info("screenshot written to {}", options_.screenshot_file);
  };
  if (const Result<void> posted = snapshots_->post(write, [under_way] {}); !posted)
    log_.error("no screenshot: {}", posted.error().text());
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
