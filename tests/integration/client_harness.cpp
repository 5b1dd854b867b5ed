#include "tests/integration/client_harness.h"

#include <drm_fourcc.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace fenceline::test {

namespace {

bool readable(int fd) {
  pollfd state{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&state, 1, 0) > 0;
}

} // namespace

UniqueFd memory_file(std::size_t size) {
  UniqueFd fd(::memfd_create("client", MFD_CLOEXEC));
  if (!fd.valid() || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
    std::abort();
  return fd;
}

TestClient::TestClient(TestServer& s) : server(s) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
    std::abort();
  client = *server.display->add_client(UniqueFd(pair[1]));
  connection = wl_display_connect_to_fd(pair[0]);
  registry = own(wl_display_get_registry(connection));
  static const wl_registry_listener listener = {
      .global =
          [](void* data, wl_registry*, std::uint32_t name, const char* interface, std::uint32_t version) {
            static_cast<TestClient*>(data)->globals[interface] = {name, version};
          },
      .global_remove =
          [](void* data, wl_registry*, std::uint32_t name) {
            std::erase_if(static_cast<TestClient*>(data)->globals,
                          [name](const auto& entry) { return entry.second.first == name; });
          },
  };
  wl_registry_add_listener(registry, &listener, this);
  pump();
  compositor = bind<wl_compositor>(wl_compositor_interface);
  subcompositor = bind<wl_subcompositor>(wl_subcompositor_interface);
  shm = bind<wl_shm>(wl_shm_interface);
  viewporter = bind<wp_viewporter>(wp_viewporter_interface);
  presentation = bind<wp_presentation>(wp_presentation_interface);
  dmabuf = bind<zwp_linux_dmabuf_v1>(zwp_linux_dmabuf_v1_interface);
  syncobj = bind<wp_linux_drm_syncobj_manager_v1>(wp_linux_drm_syncobj_manager_v1_interface);
  wm_base = bind<xdg_wm_base>(xdg_wm_base_interface);
  seat = bind<wl_seat>(wl_seat_interface);
  data_devices = bind<wl_data_device_manager>(wl_data_device_manager_interface);
  pump();
}

TestClient::~TestClient() {
  disconnect();
}

void TestClient::disconnect() {
  if (!connection)
    return;
  for (auto it = owned_.rbegin(); it != owned_.rend(); ++it)
    wl_proxy_destroy(*it);
  owned_.clear();
  // What was requested is still on its way: libwayland drops what it has not read when it sees the end.
  wl_display_flush(connection);
  wl_display_disconnect(std::exchange(connection, nullptr));
  for (int i = 0; i < 4; ++i)
    server.loop->dispatch(0);
}

bool TestClient::read() {
  if (!readable(wl_display_get_fd(connection)))
    return false;
  if (wl_display_prepare_read(connection) == 0)
    wl_display_read_events(connection);
  return true;
}

void TestClient::pump() {
  const int server_fd = wl_event_loop_get_fd(wl_display_get_event_loop(server.display->get()));
  int quiet = 0;
  for (int i = 0; i < 1000 && quiet < 2; ++i) {
    bool busy = wl_display_flush(connection) > 0;
    // On a slow machine a burst may be more than a client has time for at once: the rest of it is read later.
    const bool rests = server.display->resting_clients() > 0;
    busy = readable(server_fd) || rests || busy;
    server.loop->dispatch(rests ? 10 : 0);
    server.display->flush();
    busy = read() || busy;
    busy = wl_display_dispatch_pending(connection) > 0 || busy;
    quiet = busy && alive() ? 0 : quiet + 1;
  }
}

std::string TestClient::error() const {
  const int code = wl_display_get_error(connection);
  if (code == 0)
    return "";
  const wl_interface* interface = nullptr;
  if (code != EPROTO)
    return std::string(strerrorname_np(code));
  const std::uint32_t number = wl_display_get_protocol_error(connection, &interface, nullptr);
  return (interface ? std::string(interface->name) : "unknown") + " " + std::to_string(number);
}

SurfaceResource* TestClient::resource(wl_surface* surface) const {
  return SurfaceResource::from(wl_client_get_object(client, wl_proxy_get_id(reinterpret_cast<wl_proxy*>(surface))));
}

wl_buffer* TestClient::shm_buffer(std::int32_t width, std::int32_t height, int byte) {
  const std::int32_t size = width * height * 4;
  const UniqueFd fd = memory_file(static_cast<std::size_t>(size));
  void* memory = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  std::memset(memory, byte, static_cast<std::size_t>(size));
  ::munmap(memory, static_cast<std::size_t>(size));
  wl_shm_pool* pool = wl_shm_create_pool(shm, fd.get(), size);
  wl_buffer* buffer = own(wl_shm_pool_create_buffer(pool, 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888));
  wl_shm_pool_destroy(pool);
  watch(buffer);
  return buffer;
}

wl_buffer* TestClient::dmabuf_buffer(std::int32_t width, std::int32_t height) {
  const UniqueFd fd = memory_file(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4);
  zwp_linux_buffer_params_v1* params = zwp_linux_dmabuf_v1_create_params(dmabuf);
  zwp_linux_buffer_params_v1_add(params, fd.get(), 0, 0, static_cast<std::uint32_t>(width) * 4, 0, 0);
  wl_buffer* buffer = own(zwp_linux_buffer_params_v1_create_immed(params, width, height, DRM_FORMAT_XRGB8888, 0));
  zwp_linux_buffer_params_v1_destroy(params);
  watch(buffer);
  return buffer;
}

void TestClient::watch(wl_buffer* buffer) {
  static const wl_buffer_listener listener = {
      .release = [](void* data, wl_buffer* released) { ++static_cast<TestClient*>(data)->releases[released]; }};
  wl_buffer_add_listener(buffer, &listener, this);
}

void TestClient::show(wl_surface* surface, wl_buffer* buffer) {
  wl_surface_attach(surface, buffer, 0, 0);
  wl_surface_damage_buffer(surface, 0, 0, INT32_MAX, INT32_MAX);
  wl_surface_commit(surface);
}

void TestClient::on_frame(wl_surface* surface, std::function<void(std::uint32_t)> done) {
  callbacks_.push_back(std::make_unique<std::function<void(std::uint32_t)>>(std::move(done)));
  static const wl_callback_listener listener = {.done = [](void* data, wl_callback*, std::uint32_t time) {
    (*static_cast<std::function<void(std::uint32_t)>*>(data))(time);
  }};
  wl_callback_add_listener(own(wl_surface_frame(surface)), &listener, callbacks_.back().get());
}

} // namespace fenceline::test
