#include "tests/conformance/conformance_session.h"

#include <sys/socket.h>
#include <wayland-client.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "compositor/backends/headless/headless_device.h"
#include "protocols/surface_resource.h"

namespace fenceline::test {

Result<std::unique_ptr<ConformanceSession>> ConformanceSession::create() {
  std::unique_ptr<ConformanceSession> session(new ConformanceSession);
  if (const Result<void> opened = session->open(); !opened)
    return opened.error();
  return session;
}

ConformanceSession::ConformanceSession() = default;

ConformanceSession::~ConformanceSession() {
  stop();
  // As the program ends: clients go while everything that their objects know is still there.
  if (globals_)
    globals_->disconnect_clients();
  if (layout_)
    layout_->announce(nullptr);
}

Result<void> ConformanceSession::open() {
  Result<std::unique_ptr<EpollLoop>> loop = EpollLoop::create();
  if (!loop)
    return loop.error();
  loop_ = std::move(*loop);
  Result<std::unique_ptr<wl::Display>> wayland = wl::Display::create(*loop_);
  if (!wayland)
    return wayland.error();
  display_ = wayland->get();
  Result<std::unique_ptr<HeadlessDevice>> device =
      HeadlessDevice::create(*loop_, {HeadlessOutput{.size = output_size}});
  if (!device)
    return device.error();
  device_ = std::move(*device);
  import_door_ = std::make_unique<ImportDoor>(*device_, &composer_);
  scene_ = std::make_unique<Scene>(observer_);
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
  pace_ = std::make_unique<PaceByOutputs>(*pacer_, *looks_, *callbacks_);
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
                                                                  .device = *device_,
                                                                  .source = *source_,
                                                                  .composer = &composer_,
                                                                  .observer = observer_,
                                                                  .frame_clock = frame_clock_,
                                                                  .cursors = cursors_,
                                                                  .frames = frame_ids_,
                                                                  .buffers = buffer_ids_,
                                                                  .log = log_,
                                                                  .watch = pace_.get(),
                                                                  .cues = cues_.get()});
  if (!outputs)
    return outputs.error();
  outputs_ = std::move(*outputs);
  pace_->set_outputs(outputs_.get());
  layout_ = std::make_unique<OutputLayout>(OutputLayoutParts{.device = *device_,
                                                             .outputs = *outputs_,
                                                             .desktop = *desktop_,
                                                             .builder = *builder_,
                                                             .seat = *seat_,
                                                             .log = log_},
                                           std::vector<OutputSettings>{}, std::nullopt);
  redraw_ = std::make_unique<RedrawOnChange>(*scene_, *outputs_);
  desktop_->on_focus_changed([this] { seat_->refresh_focus(); });
  desktop_->on_stack_changed([this] {
    seat_->refresh_focus();
    outputs_->schedule_all();
  });
  seat_->on_cursor_changed([this] { outputs_->schedule_all(); });
  seat_->on_binding([this](const KeyBinding& binding) { actions_->run(binding); });
  seat_->on_binding_released([this] { actions_->released(); });
  // All kinds from the start: the suite's clients ask for a second wl_pointer when a seat's capabilities change.
  seat_->pointer_added();
  seat_->keyboard_added();
  seat_->touch_added();
  globals_ = std::make_unique<Globals>(std::move(*wayland), GlobalsContext{.log = log_,
                                                                           .observer = observer_,
                                                                           .scene = *scene_,
                                                                           .pacer = *pacer_,
                                                                           .desktop = *desktop_,
                                                                           .seat = *seat_,
                                                                           .device = *device_,
                                                                           .composer = &composer_,
                                                                           .importer = *import_door_,
                                                                           .sync_objects = nullptr,
                                                                           .buffers = buffer_ids_,
                                                                           .allow_unconfigured_buffers = true});
  layout_->announce(&globals_->outputs());
  source_->set_compositor(&globals_->compositor());
  pace_->set_compositor(&globals_->compositor());
  loop_->before_sleep([this] { globals_->flush(); });
  Result<std::unique_ptr<LoopThread>> thread = LoopThread::create(*loop_);
  if (!thread)
    return thread.error();
  thread_ = std::move(*thread);
  return read_registry();
}

Result<int> ConformanceSession::add_client() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    return Error::from_errno("cannot make a socket pair");
  UniqueFd theirs(pair[0]);
  const Result<wl_client*> client = display_->add_client(UniqueFd(pair[1]));
  if (!client)
    return client.error();
  const int socket = theirs.get();
  // A number of a client that has gone may be in use again before the server has seen it go.
  Peer peer{.client = *client, .gone = nullptr};
  peer.gone = std::make_unique<wl::Listener<wl_client>>([this](wl_client* gone) {
    std::erase_if(peers_, [gone](const auto& entry) { return entry.second.client == gone; });
  });
  peer.gone->on_destroy(*client);
  peers_.insert_or_assign(socket, std::move(peer));
  return theirs.release();
}

Result<void> ConformanceSession::read_registry() {
  const Result<int> socket = add_client();
  if (!socket)
    return socket.error();
  const std::unique_ptr<wl_display, decltype(&wl_display_disconnect)> client(wl_display_connect_to_fd(*socket),
                                                                             wl_display_disconnect);
  if (!client)
    return Error::from_errno("cannot connect to the session");
  wl_registry* registry = wl_display_get_registry(client.get());
  static constexpr wl_registry_listener listener = {
      .global =
          [](void* data, wl_registry*, std::uint32_t, const char* interface, std::uint32_t version) {
            (*static_cast<std::map<std::string, std::uint32_t>*>(data))[interface] = version;
          },
      .global_remove = [](void*, wl_registry*, std::uint32_t) {},
  };
  wl_registry_add_listener(registry, &listener, &offered_);
  wl_callback* all_told = wl_display_sync(client.get());
  bool done = false;
  static constexpr wl_callback_listener told = {
      .done = [](void* data, wl_callback*, std::uint32_t) { *static_cast<bool*>(data) = true; }};
  wl_callback_add_listener(all_told, &told, &done);
  // Both ends on this thread: neither may wait for the other. What is written to a socket pair is there at once.
  for (int turn = 0; turn < 100 && !done; ++turn) {
    wl_display_flush(client.get());
    display_->dispatch();
    display_->flush();
    while (wl_display_prepare_read(client.get()) != 0)
      wl_display_dispatch_pending(client.get());
    wl_display_read_events(client.get());
    wl_display_dispatch_pending(client.get());
  }
  wl_callback_destroy(all_told);
  wl_registry_destroy(registry);
  if (!done)
    return Error{"the session does not answer", ETIMEDOUT};
  return {};
}

int ConformanceSession::connect() {
  int socket = -1, error = 0;
  thread_->call([&] {
    const Result<int> added = add_client();
    if (added)
      socket = *added;
    else
      error = added.error().code;
  });
  errno = error;
  return socket;
}

void ConformanceSession::place(int socket, std::uint32_t surface, Point at) {
  thread_->call([&] {
    const auto peer = peers_.find(socket);
    if (peer == peers_.end())
      return log_.error("a window of nobody is to be placed");
    SurfaceResource* resource = SurfaceResource::from(wl_client_get_object(peer->second.client, surface));
    const Window* window = resource ? desktop_->find_by_surface(resource->surface().id()) : nullptr;
    if (!window || !desktop_->place(window->id, at))
      log_.error("wl_surface#{} is no window that can be placed", surface);
  });
}

void ConformanceSession::play(const std::function<void(Seat&, TimePoint)>& event) {
  thread_->call([&] { event(*seat_, loop_->clock().now()); });
}

} // namespace fenceline::test
