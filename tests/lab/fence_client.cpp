#include "tests/lab/fence_client.h"

#include <poll.h>

#include <cerrno>
#include <cstring>
#include <ctime>

namespace fenceline::lab {

namespace {

void require(int result, const char* what) {
  if (result != 0)
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

} // namespace

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

void Timeline::signal(std::uint64_t point) const {
  require(drmSyncobjTimelineSignal(card, &handle, &point, 1), "drmSyncobjTimelineSignal");
}

void Timeline::import_fence(std::uint64_t point, const UniqueFd& sync_file) const {
  // Sync files go into sync objects without points only.
  std::uint32_t binary = 0;
  require(drmSyncobjCreate(card, 0, &binary), "drmSyncobjCreate");
  require(drmSyncobjImportSyncFile(card, binary, sync_file.get()), "drmSyncobjImportSyncFile");
  require(drmSyncobjTransfer(card, handle, point, binary, 0, 0), "drmSyncobjTransfer");
  drmSyncobjDestroy(card, binary);
}

bool Timeline::signalled(std::uint64_t point) const {
  std::uint32_t wanted = handle;
  return drmSyncobjTimelineWait(card, &wanted, &point, 1, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, nullptr) == 0;
}

bool Timeline::available(std::uint64_t point) const {
  std::uint32_t wanted = handle;
  return drmSyncobjTimelineWait(card, &wanted, &point, 1, 0, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE, nullptr) == 0;
}

UniqueFd Timeline::sync_file(std::uint64_t point) const {
  std::uint32_t binary = 0;
  int file = -1;
  require(drmSyncobjCreate(card, 0, &binary), "drmSyncobjCreate");
  require(drmSyncobjTransfer(card, binary, 0, handle, point, 0), "drmSyncobjTransfer");
  require(drmSyncobjExportSyncFile(card, binary, &file), "drmSyncobjExportSyncFile");
  drmSyncobjDestroy(card, binary);
  return UniqueFd(file);
}

template <class P>
P* Client::bind(const wl_interface& interface, std::uint32_t version) {
  const auto found = globals_.find(interface.name);
  if (found == globals_.end())
    throw std::runtime_error(std::string("the session has no ") + interface.name);
  return own(static_cast<P*>(wl_registry_bind(registry_, found->second, &interface, version)));
}

Client::Client(const std::string& socket) : display(wl_display_connect(socket.c_str())) {
  if (!display)
    throw std::runtime_error("a client cannot connect");
  registry_ = own(wl_display_get_registry(display));
  static constexpr wl_registry_listener listener{
      .global = [](void* data, wl_registry*, std::uint32_t name, const char* interface,
                   std::uint32_t) { static_cast<Client*>(data)->globals_[interface] = name; },
      .global_remove = [](void*, wl_registry*, std::uint32_t) {}};
  wl_registry_add_listener(registry_, &listener, this);
  if (!roundtrip())
    throw std::runtime_error("a client was disconnected");
  compositor = bind<wl_compositor>(wl_compositor_interface, 4);
  shm = bind<wl_shm>(wl_shm_interface, 1);
  wm_base = bind<xdg_wm_base>(xdg_wm_base_interface, 1);
  presentation = bind<wp_presentation>(wp_presentation_interface, 1);
  dmabuf = bind<zwp_linux_dmabuf_v1>(zwp_linux_dmabuf_v1_interface, 3);
  syncobj = bind<wp_linux_drm_syncobj_manager_v1>(wp_linux_drm_syncobj_manager_v1_interface, 1);
  static constexpr xdg_wm_base_listener shell{
      .ping = [](void*, xdg_wm_base* base, std::uint32_t serial) { xdg_wm_base_pong(base, serial); }};
  xdg_wm_base_add_listener(wm_base, &shell, nullptr);
}

Client::~Client() {
  for (auto proxy = owned_.rbegin(); proxy != owned_.rend(); ++proxy)
    wl_proxy_destroy(*proxy);
  wl_display_disconnect(display);
}

bool Client::roundtrip() {
  return wl_display_roundtrip(display) >= 0;
}

std::string Client::error() const {
  const int code = wl_display_get_error(display);
  if (code == 0)
    return "";
  if (code != EPROTO)
    return strerrorname_np(code);
  const wl_interface* interface = nullptr;
  const std::uint32_t number = wl_display_get_protocol_error(display, &interface, nullptr);
  return (interface ? std::string(interface->name) : "unknown") + " " + std::to_string(number);
}

Window& Client::window(bool fullscreen) {
  Window& made = windows_.emplace_back();
  made.surface = own(wl_compositor_create_surface(compositor));
  made.xdg = own(xdg_wm_base_get_xdg_surface(wm_base, made.surface));
  static constexpr xdg_surface_listener listener{.configure = [](void* data, xdg_surface* xdg, std::uint32_t serial) {
    xdg_surface_ack_configure(xdg, serial);
    static_cast<Window*>(data)->configured = true;
  }};
  xdg_surface_add_listener(made.xdg, &listener, &made);
  made.toplevel = own(xdg_surface_get_toplevel(made.xdg));
  if (fullscreen)
    xdg_toplevel_set_fullscreen(made.toplevel, nullptr);
  wl_surface_commit(made.surface);
  while (!made.configured)
    if (!roundtrip())
      throw std::runtime_error("a client was disconnected: " + error());
  return made;
}

Buffer& Client::buffer(Size size, std::uint32_t fourcc) {
  Buffer& made = buffers_.emplace_back();
  made.image = make_image(size, fourcc);
  zwp_linux_buffer_params_v1* params = zwp_linux_dmabuf_v1_create_params(dmabuf);
  zwp_linux_buffer_params_v1_add(params, made.fd(), 0, 0, made.image.planes[0].stride, 0, 0);
  made.proxy = own(zwp_linux_buffer_params_v1_create_immed(params, size.width, size.height, fourcc, 0));
  zwp_linux_buffer_params_v1_destroy(params);
  static constexpr wl_buffer_listener listener{.release = [](void* data, wl_buffer*) {
    auto* released = static_cast<Buffer*>(data);
    ++released->releases;
    released->released_ns = now_ns();
    if (released->on_release)
      released->on_release();
  }};
  wl_buffer_add_listener(made.proxy, &listener, &made);
  return made;
}

Timeline& Client::timeline() {
  if (!card_.valid()) {
    card_ = UniqueFd(::open(card_node, O_RDWR | O_CLOEXEC));
    drmDropMaster(card_.get());
  }
  Timeline& made = timelines_.emplace_back();
  made.card = card_.get();
  require(drmSyncobjCreate(made.card, 0, &made.handle), "drmSyncobjCreate");
  int raw = -1;
  require(drmSyncobjHandleToFD(made.card, made.handle, &raw), "drmSyncobjHandleToFD");
  const UniqueFd file(raw);
  made.proxy = own(wp_linux_drm_syncobj_manager_v1_import_timeline(syncobj, file.get()));
  wl_display_flush(display);
  return made;
}

const Update& Client::commit(Window& window, const Buffer& buffer) {
  Update& update = updates_.emplace_back();
  static constexpr wp_presentation_feedback_listener listener{
      .sync_output = [](void*, struct wp_presentation_feedback*, wl_output*) {},
      .presented =
          [](void* data, struct wp_presentation_feedback*, std::uint32_t seconds_high, std::uint32_t seconds_low,
             std::uint32_t nanoseconds, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t flags) {
            const auto seconds = static_cast<std::int64_t>((std::uint64_t{seconds_high} << 32U) | seconds_low);
            static_cast<Update*>(data)->presented_ns = seconds * 1'000'000'000 + nanoseconds;
            static_cast<Update*>(data)->flags = flags;
          },
      .discarded = [](void* data, struct wp_presentation_feedback*) { static_cast<Update*>(data)->discarded = true; }};
  wp_presentation_feedback_add_listener(own(wp_presentation_feedback(presentation, window.surface)), &listener,
                                        &update);
  wl_surface_attach(window.surface, buffer.proxy, 0, 0);
  wl_surface_damage_buffer(window.surface, 0, 0, INT32_MAX, INT32_MAX);
  wl_surface_commit(window.surface);
  return update;
}

const Update& Client::commit(Window& window, const Buffer& buffer, Point acquire, Point release) {
  if (!window.sync)
    window.sync = own(wp_linux_drm_syncobj_manager_v1_get_surface(syncobj, window.surface));
  wp_linux_drm_syncobj_surface_v1_set_acquire_point(window.sync, acquire.timeline.proxy,
                                                    static_cast<std::uint32_t>(acquire.value >> 32U),
                                                    static_cast<std::uint32_t>(acquire.value));
  wp_linux_drm_syncobj_surface_v1_set_release_point(window.sync, release.timeline.proxy,
                                                    static_cast<std::uint32_t>(release.value >> 32U),
                                                    static_cast<std::uint32_t>(release.value));
  return commit(window, buffer);
}

void Client::on_frame(Window& window, std::function<void()> done) {
  std::function<void()>& kept = callbacks_.emplace_back(std::move(done));
  static constexpr wl_callback_listener listener{
      .done = [](void* data, wl_callback*, std::uint32_t) { (*static_cast<std::function<void()>*>(data))(); }};
  wl_callback_add_listener(own(wl_surface_frame(window.surface)), &listener, &kept);
}

bool wait_until(const std::vector<Client*>& clients, const std::function<bool()>& done, std::chrono::seconds patience) {
  const std::int64_t deadline = now_ns() + std::chrono::nanoseconds(patience).count();
  while (!done()) {
    if (now_ns() > deadline)
      return false;
    std::vector<pollfd> waiting;
    for (const Client* client : clients) {
      wl_display_flush(client->display);
      waiting.push_back(
          {.fd = client->alive() ? wl_display_get_fd(client->display) : -1, .events = POLLIN, .revents = 0});
    }
    ::poll(waiting.data(), waiting.size(), 1);
    for (std::size_t i = 0; i < clients.size(); ++i) {
      wl_display* display = clients[i]->display;
      if (waiting[i].revents != 0 && wl_display_prepare_read(display) == 0)
        wl_display_read_events(display);
      wl_display_dispatch_pending(display);
    }
  }
  return true;
}

Painter::Painter(const std::string& socket) : client_(socket), window_(client_.window()) {
  constexpr Size size{64, 64};
  for (int i = 0; i < 3; ++i)
    ring_.emplace_back(&client_.buffer(size), false);
  for (auto& [buffer, busy] : ring_)
    buffer->on_release = [this, &taken = busy] {
      taken = false;
      draw();
    };
  draw();
}

void Painter::draw() {
  if (!due_)
    return;
  for (auto& [buffer, busy] : ring_) {
    if (busy)
      continue;
    busy = true;
    due_ = false;
    client_.on_frame(window_, [this] {
      ++frames_;
      due_ = true;
      draw();
    });
    client_.commit(window_, *buffer);
    return;
  }
}

} // namespace fenceline::lab
