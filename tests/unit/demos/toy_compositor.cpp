#include "tests/unit/demos/toy_compositor.h"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>

namespace fenceline::demos::toy {

namespace {

template <typename T>
T* data_of(wl_resource* resource) {
  return static_cast<T*>(wl_resource_get_user_data(resource));
}

void destroy(wl_client*, wl_resource* resource) {
  wl_resource_destroy(resource);
}

/// For requests that change nothing here.
template <typename... Args>
void ignore(wl_client*, wl_resource*, Args...) {}

/// The compositor keeps what it knows of a buffer: commits still name it.
void forget_buffer(wl_resource* resource) {
  if (auto* buffer = data_of<Buffer>(resource))
    buffer->resource = nullptr;
}

} // namespace

/// The requests' implementations, with the way into the compositor's state.
struct Requests {
  static Compositor& self(wl_resource* resource) { return *data_of<Compositor>(resource); }

  static wl_resource* make(wl_client* client, const wl_interface& interface, wl_resource* parent, std::uint32_t id,
                           const void* implementation, void* data, wl_resource_destroy_func_t destroyed = nullptr) {
    wl_resource* resource = wl_resource_create(client, &interface, wl_resource_get_version(parent), id);
    wl_resource_set_implementation(resource, implementation, data, destroyed);
    return resource;
  }

  // wl_surface
  static void attach(wl_client*, wl_resource* resource, wl_resource* buffer, std::int32_t, std::int32_t) {
    self(resource).attached_ = buffer != nullptr ? data_of<Buffer>(buffer) : nullptr;
  }
  static void frame(wl_client* client, wl_resource* resource, std::uint32_t id) {
    self(resource).pending_callbacks_.push_back(
        make(client, wl_callback_interface, resource, id, nullptr, nullptr, nullptr));
  }
  static void commit(wl_client*, wl_resource* resource) {
    Compositor& c = self(resource);
    if (c.attached_ == nullptr) {
      c.configure({});
      return;
    }
    if (c.acked_ != c.serial_)
      wl_resource_post_error(c.xdg_surface_, XDG_SURFACE_ERROR_UNCONFIGURED_BUFFER, "a buffer before its configure");
    c.commits_.push_back(
        {std::exchange(c.attached_, nullptr), std::exchange(c.acquire_, {}), std::exchange(c.release_, {})});
    c.callbacks_.insert(c.callbacks_.end(), c.pending_callbacks_.begin(), c.pending_callbacks_.end());
    c.pending_callbacks_.clear();
  }
  static void create_surface(wl_client* client, wl_resource* resource, std::uint32_t id) {
    static const struct wl_surface_interface implementation = {
        .destroy = destroy,
        .attach = attach,
        .damage = ignore,
        .frame = frame,
        .set_opaque_region = ignore,
        .set_input_region = ignore,
        .commit = commit,
        .set_buffer_transform = ignore,
        .set_buffer_scale = ignore,
        .damage_buffer = ignore,
        .offset = ignore,
    };
    make(client, wl_surface_interface, resource, id, &implementation, &self(resource));
  }
  static void create_region(wl_client* client, wl_resource* resource, std::uint32_t id) {
    static const struct wl_region_interface implementation = {.destroy = destroy, .add = ignore, .subtract = ignore};
    make(client, wl_region_interface, resource, id, &implementation, nullptr);
  }

  // xdg-shell
  static void ack_configure(wl_client*, wl_resource* resource, std::uint32_t serial) { self(resource).acked_ = serial; }
  static void get_toplevel(wl_client* client, wl_resource* resource, std::uint32_t id) {
    static const struct xdg_toplevel_interface implementation = {
        .destroy = destroy,
        .set_parent = ignore,
        .set_title = ignore,
        .set_app_id = ignore,
        .show_window_menu = ignore,
        .move = ignore,
        .resize = ignore,
        .set_max_size = ignore,
        .set_min_size = ignore,
        .set_maximized = ignore,
        .unset_maximized = ignore,
        .set_fullscreen = ignore,
        .unset_fullscreen = ignore,
        .set_minimized = ignore,
    };
    Compositor& c = self(resource);
    c.toplevel_ = make(client, xdg_toplevel_interface, resource, id, &implementation, &c);
  }
  static void get_xdg_surface(wl_client* client, wl_resource* resource, std::uint32_t id, wl_resource*) {
    static const struct xdg_surface_interface implementation = {
        .destroy = destroy,
        .get_toplevel = get_toplevel,
        .get_popup = ignore,
        .set_window_geometry = ignore,
        .ack_configure = ack_configure,
    };
    Compositor& c = self(resource);
    c.xdg_surface_ = make(client, xdg_surface_interface, resource, id, &implementation, &c);
  }

  // linux-dmabuf
  static void add_plane(wl_client*, wl_resource* resource, std::int32_t fd, std::uint32_t plane, std::uint32_t offset,
                        std::uint32_t pitch, std::uint32_t modifier_high, std::uint32_t modifier_low) {
    auto* buffer = data_of<Buffer>(resource);
    UniqueFd owned(fd);
    if (plane != 0)
      return;
    buffer->dmabuf = std::move(owned);
    buffer->offset = offset;
    buffer->pitch = pitch;
    buffer->modifier = std::uint64_t{modifier_high} << 32 | modifier_low;
  }
  static void create_buffer(wl_client* client, wl_resource* resource, std::int32_t width, std::int32_t height,
                            std::uint32_t format, std::uint32_t) {
    static const struct wl_buffer_interface implementation = {.destroy = destroy};
    auto* buffer = data_of<Buffer>(resource);
    wl_resource_set_user_data(resource, nullptr);
    buffer->size = {width, height};
    buffer->format = format;
    buffer->resource = make(client, wl_buffer_interface, resource, 0, &implementation, buffer, forget_buffer);
    zwp_linux_buffer_params_v1_send_created(resource, buffer->resource);
  }
  static void create_params(wl_client* client, wl_resource* resource, std::uint32_t id) {
    static const struct zwp_linux_buffer_params_v1_interface implementation = {
        .destroy = destroy,
        .add = add_plane,
        .create = create_buffer,
        .create_immed = ignore,
#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
        .set_sampling_device = ignore,
#endif
    };
    make(client, zwp_linux_buffer_params_v1_interface, resource, id, &implementation,
         self(resource).buffers_.emplace_back(std::make_unique<Buffer>()).get());
  }
  static void get_surface_feedback(wl_client* client, wl_resource* resource, std::uint32_t id, wl_resource*) {
    static const struct zwp_linux_dmabuf_feedback_v1_interface implementation = {.destroy = destroy};
    self(resource).feedback_ =
        make(client, zwp_linux_dmabuf_feedback_v1_interface, resource, id, &implementation, nullptr);
    self(resource).tell_feedback(false);
  }

  // linux-drm-syncobj
  static void set_acquire_point(wl_client*, wl_resource* resource, wl_resource* timeline, std::uint32_t high,
                                std::uint32_t low) {
    self(resource).acquire_ = {*data_of<std::uint32_t>(timeline), std::uint64_t{high} << 32 | low};
  }
  static void set_release_point(wl_client*, wl_resource* resource, wl_resource* timeline, std::uint32_t high,
                                std::uint32_t low) {
    self(resource).release_ = {*data_of<std::uint32_t>(timeline), std::uint64_t{high} << 32 | low};
  }
  static void get_sync_surface(wl_client* client, wl_resource* resource, std::uint32_t id, wl_resource*) {
    static const struct wp_linux_drm_syncobj_surface_v1_interface implementation = {
        .destroy = destroy, .set_acquire_point = set_acquire_point, .set_release_point = set_release_point};
    make(client, wp_linux_drm_syncobj_surface_v1_interface, resource, id, &implementation, &self(resource));
  }
  static void import_timeline(wl_client* client, wl_resource* resource, std::uint32_t id, std::int32_t fd) {
    static const struct wp_linux_drm_syncobj_timeline_v1_interface implementation = {.destroy = destroy};
    const UniqueFd owned(fd);
    auto handle = std::make_unique<std::uint32_t>(0);
    if (drmSyncobjFDToHandle(self(resource).node_.get(), fd, handle.get()) != 0)
      wl_resource_post_error(resource, WP_LINUX_DRM_SYNCOBJ_MANAGER_V1_ERROR_INVALID_TIMELINE, "not of this device");
    // The handle outlives the object: a commit may still name it. It goes with the node.
    make(client, wp_linux_drm_syncobj_timeline_v1_interface, resource, id, &implementation, handle.release(),
         [](wl_resource* r) { delete data_of<std::uint32_t>(r); });
  }

  template <const wl_interface* Interface, typename Implementation>
  static void offer(Compositor& c, int version, const Implementation& implementation) {
    static const Implementation* const shared = &implementation;
    wl_global_create(c.display_, Interface, version, &c,
                     [](wl_client* client, void* data, std::uint32_t bound, std::uint32_t id) {
                       wl_resource* resource = wl_resource_create(client, Interface, static_cast<int>(bound), id);
                       wl_resource_set_implementation(resource, shared, data, nullptr);
                     });
  }
};

std::vector<std::uint32_t> Buffer::read() const {
  const std::size_t bytes = offset + std::size_t{pitch} * static_cast<std::size_t>(size.height);
  void* memory = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, dmabuf.get(), 0);
  if (memory == MAP_FAILED)
    throw std::runtime_error("cannot map the client's dma-buf");
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
  for (std::size_t y = 0; y < static_cast<std::size_t>(size.height); ++y)
    std::memcpy(pixels.data() + y * static_cast<std::size_t>(size.width),
                static_cast<const std::byte*>(memory) + offset + y * pitch, 4 * static_cast<std::size_t>(size.width));
  munmap(memory, bytes);
  return pixels;
}

Compositor::Compositor(Choice choice)
    : choice_(choice), display_(wl_display_create()), node_(open("/dev/dri/card1", O_RDWR | O_CLOEXEC)) {
  struct stat status {};
  if (fstat(node_.get(), &status) != 0)
    throw std::runtime_error("no /dev/dri/card1: this runs in the lab");
  device_ = status.st_rdev;

  struct Entry {
    std::uint32_t format;
    std::uint32_t padding;
    std::uint64_t modifier;
  };
  // The first is one that no driver here has: it must be passed over.
  const Entry table[] = {{DRM_FORMAT_XRGB8888, 0, I915_FORMAT_MOD_X_TILED},
                         {DRM_FORMAT_XRGB8888, 0, DRM_FORMAT_MOD_LINEAR},
                         {DRM_FORMAT_ARGB8888, 0, DRM_FORMAT_MOD_LINEAR},
                         {DRM_FORMAT_XBGR8888, 0, DRM_FORMAT_MOD_LINEAR}};
  format_table_ = UniqueFd(memfd_create("formats", MFD_CLOEXEC));
  if (write(format_table_.get(), table, sizeof table) != static_cast<ssize_t>(sizeof table))
    throw std::runtime_error("cannot write the format table");

  static const struct wl_compositor_interface compositor = {.create_surface = Requests::create_surface,
                                                            .create_region = Requests::create_region};
  static const struct xdg_wm_base_interface wm_base = {
      .destroy = destroy, .create_positioner = ignore, .get_xdg_surface = Requests::get_xdg_surface, .pong = ignore};
  static const struct zwp_linux_dmabuf_v1_interface dmabuf = {.destroy = destroy,
                                                              .create_params = Requests::create_params,
                                                              .get_default_feedback = ignore,
                                                              .get_surface_feedback = Requests::get_surface_feedback};
  static const struct wp_linux_drm_syncobj_manager_v1_interface syncobj = {
      .destroy = destroy, .get_surface = Requests::get_sync_surface, .import_timeline = Requests::import_timeline};
  Requests::offer<&wl_compositor_interface>(*this, 6, compositor);
  Requests::offer<&xdg_wm_base_interface>(*this, 6, wm_base);
  Requests::offer<&zwp_linux_dmabuf_v1_interface>(*this, 5, dmabuf);
  if (choice_.explicit_sync)
    Requests::offer<&wp_linux_drm_syncobj_manager_v1_interface>(*this, 1, syncobj);
}

Compositor::~Compositor() {
  wl_display_destroy_clients(display_);
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  wl_display_destroy(display_);
}

void Compositor::start(std::vector<std::string> command) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
    throw std::runtime_error("socketpair");
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  std::vector<char*> arguments;
  for (std::string& argument : command)
    arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const std::string socket = std::to_string(ends[1]);
  child_ = fork();
  if (child_ == 0) {
    setenv("WAYLAND_SOCKET", socket.c_str(), 1);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  wl_client_create(display_, ends[0]);
}

bool Compositor::run_until(const std::function<bool()>& enough, int limit_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(limit_ms);
  while (!enough()) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    wl_display_flush_clients(display_);
    wl_event_loop_dispatch(wl_display_get_event_loop(display_), 5);
  }
  return true;
}

int Compositor::wait_for_exit(int limit_ms) {
  int status = -1;
  const bool ended = run_until([&] { return waitpid(child_, &status, WNOHANG) == child_; }, limit_ms);
  if (!ended)
    return -1;
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool Compositor::wait_acquire(const Commit& commit) const {
  if (commit.acquire.timeline == 0)
    return true;
  std::uint32_t handle = commit.acquire.timeline;
  std::uint64_t point = commit.acquire.value;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t deadline = (now.tv_sec + 20) * std::int64_t{1'000'000'000};
  return drmSyncobjTimelineWait(node_.get(), &handle, &point, 1, deadline, DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT,
                                nullptr) == 0;
}

void Compositor::release(const Commit& commit) {
  if (commit.release.timeline == 0) {
    if (commit.buffer->resource != nullptr)
      wl_buffer_send_release(commit.buffer->resource);
    return;
  }
  std::uint32_t handle = commit.release.timeline;
  std::uint64_t point = commit.release.value;
  drmSyncobjTimelineSignal(node_.get(), &handle, &point, 1);
}

void Compositor::send_frame() {
  for (wl_resource* callback : std::exchange(callbacks_, {})) {
    wl_callback_send_done(callback, 0);
    wl_resource_destroy(callback);
  }
}

void Compositor::configure(Size size) {
  if (size == Size{})
    size = choice_.fullscreen;
  wl_array states;
  wl_array_init(&states);
  *static_cast<std::uint32_t*>(wl_array_add(&states, sizeof(std::uint32_t))) = XDG_TOPLEVEL_STATE_FULLSCREEN;
  xdg_toplevel_send_configure(toplevel_, size.width, size.height, &states);
  wl_array_release(&states);
  xdg_surface_send_configure(xdg_surface_, ++serial_);
}

void Compositor::tell_feedback(bool scanout) {
  wl_array device;
  wl_array_init(&device);
  *static_cast<dev_t*>(wl_array_add(&device, sizeof(dev_t))) = device_;
  zwp_linux_dmabuf_feedback_v1_send_format_table(feedback_, format_table_.get(), 64);
  zwp_linux_dmabuf_feedback_v1_send_main_device(feedback_, &device);
  const auto send_tranche = [&](std::uint32_t flags, std::initializer_list<std::uint16_t> formats) {
    wl_array indices;
    wl_array_init(&indices);
    for (const std::uint16_t index : formats)
      *static_cast<std::uint16_t*>(wl_array_add(&indices, sizeof index)) = index;
    zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(feedback_, &device);
    zwp_linux_dmabuf_feedback_v1_send_tranche_flags(feedback_, flags);
    zwp_linux_dmabuf_feedback_v1_send_tranche_formats(feedback_, &indices);
    zwp_linux_dmabuf_feedback_v1_send_tranche_done(feedback_);
    wl_array_release(&indices);
  };
  if (scanout)
    send_tranche(ZWP_LINUX_DMABUF_FEEDBACK_V1_TRANCHE_FLAGS_SCANOUT, {1});
  send_tranche(0, {0, 1, 2, 3});
  zwp_linux_dmabuf_feedback_v1_send_done(feedback_);
  wl_array_release(&device);
}

} // namespace fenceline::demos::toy
