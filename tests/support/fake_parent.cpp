#include "tests/support/fake_parent.h"

#include <linux-dmabuf-v1-server-protocol.h>
#include <presentation-time-server-protocol.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <wayland-server.h>
#include <xdg-shell-server-protocol.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <thread>

namespace fenceline::test {

namespace {

/// A dma-buf that a client describes, and the buffer of it.
struct Described {
  FakeParent* parent = nullptr;
  FormatModifier format;
  Size size;
};

/// A request that a test has no interest in.
struct Ignore {
  template <class... Args>
  static void request(wl_client*, wl_resource*, Args...) {}
};
void destroy(wl_client*, wl_resource* resource) {
  wl_resource_destroy(resource);
}

FakeParent& parent_of(wl_resource* resource) {
  return *static_cast<FakeParent*>(wl_resource_get_user_data(resource));
}

std::uint32_t next_serial(wl_resource* resource) {
  return wl_display_next_serial(wl_client_get_display(wl_resource_get_client(resource)));
}

} // namespace

/// What the client asks. Each slot that is not filled is a request that it does not make.
struct FakeParent::Requests {
  static wl_resource* make(wl_client* client, const wl_interface& interface, int version, std::uint32_t id,
                           const void* slots, void* data, wl_resource_destroy_func_t gone = nullptr) {
    wl_resource* resource = wl_resource_create(client, &interface, version, id);
    wl_resource_set_implementation(resource, slots, data, gone);
    return resource;
  }
  template <const wl_interface& interface, const auto& slots>
  static void bind(wl_client* client, void* parent, std::uint32_t version, std::uint32_t id) {
    make(client, interface, static_cast<int>(version), id, &slots, parent);
  }

  static const struct wl_buffer_interface buffer;
  static const struct wl_region_interface region;
  static const struct wl_surface_interface surface;
  static const struct wl_compositor_interface compositor;
  static const struct wl_subsurface_interface subsurface;
  static const struct wl_subcompositor_interface subcompositor;
  static const struct xdg_toplevel_interface toplevel;
  static const struct xdg_surface_interface xdg_surface;
  static const struct xdg_wm_base_interface wm_base;
  static const struct wp_presentation_interface presentation;
  static const struct wl_pointer_interface pointer;
  static const struct wl_keyboard_interface keyboard;
  static const struct wl_touch_interface touch;
  static const struct wl_seat_interface seat;
  static const struct wl_output_interface output;
  static const struct zwp_linux_buffer_params_v1_interface params;
  static const struct zwp_linux_dmabuf_feedback_v1_interface dmabuf_feedback;
  static const struct zwp_linux_dmabuf_v1_interface dmabuf;

  static void create_surface(wl_client* client, wl_resource* resource, std::uint32_t id) {
    make(client, wl_surface_interface, wl_resource_get_version(resource), id, &surface, &parent_of(resource),
         [](wl_resource* gone) {
           if (FakeParent& parent = parent_of(gone); parent.window_ == gone)
             parent.window_ = nullptr;
         });
  }
  static void create_region(wl_client* client, wl_resource*, std::uint32_t id) {
    make(client, wl_region_interface, 1, id, &region, nullptr);
  }
  static void attach(wl_client*, wl_resource* on, wl_resource* buffer, std::int32_t, std::int32_t) {
    FakeParent& parent = parent_of(on);
    if (on == parent.window_) {
      parent.pending_.buffer = buffer;
      parent.pending_.attached = true;
    } else if (Sub* sub = parent.sub_of(on)) {
      sub->pending = buffer;
    }
  }
  static void get_subsurface(wl_client* client, wl_resource* resource, std::uint32_t id, wl_resource* surface,
                             wl_resource*) {
    parent_of(resource).subsurfaces.push_back({.surface = surface, .pending = nullptr, .buffer = nullptr, .at = {}});
    make(client, wl_subsurface_interface, 1, id, &subsurface, surface);
  }
  static void set_position(wl_client*, wl_resource* resource, std::int32_t x, std::int32_t y) {
    auto* surface = static_cast<wl_resource*>(wl_resource_get_user_data(resource));
    parent_of(surface).sub_of(surface)->at = {x, y};
  }
  static void damage(wl_client*, wl_resource* on, std::int32_t, std::int32_t, std::int32_t, std::int32_t) {
    if (FakeParent& parent = parent_of(on); on == parent.window_)
      ++parent.pending_.damage;
  }
  static void frame(wl_client* client, wl_resource* on, std::uint32_t id) {
    FakeParent& parent = parent_of(on);
    wl_resource* callback = make(client, wl_callback_interface, 1, id, nullptr, &parent, [](wl_resource* gone) {
      std::erase(parent_of(gone).callbacks_, gone);
      std::erase(parent_of(gone).pending_.callbacks, gone);
    });
    parent.pending_.callbacks.push_back(callback);
  }
  static void commit(wl_client*, wl_resource* on) { parent_of(on).commit(on); }

  static void get_xdg_surface(wl_client* client, wl_resource* resource, std::uint32_t id, wl_resource* on) {
    FakeParent& parent = parent_of(resource);
    parent.wm_base_ = resource;
    parent.window_ = on;
    parent.xdg_surface_ =
        make(client, xdg_surface_interface, wl_resource_get_version(resource), id, &xdg_surface, &parent);
  }
  static void get_toplevel(wl_client* client, wl_resource* resource, std::uint32_t id) {
    FakeParent& parent = parent_of(resource);
    parent.toplevel_ = make(client, xdg_toplevel_interface, wl_resource_get_version(resource), id, &toplevel, &parent);
  }
  static void ack(wl_client*, wl_resource* resource, std::uint32_t serial) {
    parent_of(resource).acked.push_back(serial);
  }
  static void set_title(wl_client*, wl_resource* resource, const char* title) { parent_of(resource).title = title; }
  static void set_fullscreen(wl_client*, wl_resource* resource, wl_resource*) {
    parent_of(resource).fullscreen_asked = true;
  }

  static void presentation_feedback(wl_client* client, wl_resource* resource, wl_resource*, std::uint32_t id) {
    FakeParent& parent = parent_of(resource);
    wl_resource* made =
        make(client, wp_presentation_feedback_interface, 1, id, nullptr, &parent, [](wl_resource* gone) {
          std::erase(parent_of(gone).feedback_, gone);
          std::erase(parent_of(gone).pending_.feedback, gone);
        });
    parent.pending_.feedback.push_back(made);
  }

  static void set_cursor(wl_client*, wl_resource* resource, std::uint32_t serial, wl_resource* image, std::int32_t x,
                         std::int32_t y) {
    parent_of(resource).cursors.push_back({serial, image != nullptr, {x, y}});
  }
  static void get_pointer(wl_client* client, wl_resource* resource, std::uint32_t id) {
    FakeParent& parent = parent_of(resource);
    parent.pointer = make(client, wl_pointer_interface, wl_resource_get_version(resource), id, &pointer, &parent,
                          [](wl_resource* gone) { parent_of(gone).pointer = nullptr; });
  }
  static void get_keyboard(wl_client* client, wl_resource* resource, std::uint32_t id) {
    FakeParent& parent = parent_of(resource);
    parent.keyboard = make(client, wl_keyboard_interface, wl_resource_get_version(resource), id, &keyboard, &parent,
                           [](wl_resource* gone) { parent_of(gone).keyboard = nullptr; });
  }
  static void get_touch(wl_client* client, wl_resource* resource, std::uint32_t id) {
    FakeParent& parent = parent_of(resource);
    parent.touch = make(client, wl_touch_interface, wl_resource_get_version(resource), id, &touch, &parent,
                        [](wl_resource* gone) { parent_of(gone).touch = nullptr; });
  }

  static void create_params(wl_client* client, wl_resource* resource, std::uint32_t id) {
    auto described = std::make_unique<Described>();
    described->parent = &parent_of(resource);
    make(client, zwp_linux_buffer_params_v1_interface, wl_resource_get_version(resource), id, &params,
         described.release(), [](wl_resource* gone) {
           const std::unique_ptr<Described> end(static_cast<Described*>(wl_resource_get_user_data(gone)));
           std::erase(end->parent->unanswered_, gone);
         });
  }
  static void add(wl_client*, wl_resource* resource, std::int32_t fd, std::uint32_t, std::uint32_t, std::uint32_t,
                  std::uint32_t high, std::uint32_t low) {
    ::close(fd);
    static_cast<Described*>(wl_resource_get_user_data(resource))->format.modifier = (std::uint64_t{high} << 32U) | low;
  }
  static void create(wl_client*, wl_resource* resource, std::int32_t width, std::int32_t height, std::uint32_t format,
                     std::uint32_t) {
    auto& described = *static_cast<Described*>(wl_resource_get_user_data(resource));
    described.size = {width, height};
    described.format.fourcc = format;
    if (described.parent->answer_dmabufs)
      described.parent->answer(resource);
    else
      described.parent->unanswered_.push_back(resource);
  }
  static void get_surface_feedback(wl_client* client, wl_resource* resource, std::uint32_t id, wl_resource*) {
    FakeParent& parent = parent_of(resource);
    wl_resource* made = make(client, zwp_linux_dmabuf_feedback_v1_interface, wl_resource_get_version(resource), id,
                             &dmabuf_feedback, &parent);
    struct Entry {
      std::uint32_t format, pad;
      std::uint64_t modifier;
    };
    const std::size_t bytes = parent.offer_.formats.size() * sizeof(Entry);
    const UniqueFd table(::memfd_create("formats", MFD_CLOEXEC));
    wl_array indices, device;
    wl_array_init(&indices);
    wl_array_init(&device);
    *static_cast<dev_t*>(wl_array_add(&device, sizeof(dev_t))) = makedev(226, 128);
    for (std::size_t i = 0; i < parent.offer_.formats.size(); ++i) {
      const Entry entry{parent.offer_.formats[i].fourcc, 0, parent.offer_.formats[i].modifier};
      if (::write(table.get(), &entry, sizeof entry) != sizeof entry)
        throw std::runtime_error("a memfd cannot be written");
      *static_cast<std::uint16_t*>(wl_array_add(&indices, 2)) = static_cast<std::uint16_t>(i);
    }
    zwp_linux_dmabuf_feedback_v1_send_format_table(made, table.get(), static_cast<std::uint32_t>(bytes));
    zwp_linux_dmabuf_feedback_v1_send_main_device(made, &device);
    zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(made, &device);
    zwp_linux_dmabuf_feedback_v1_send_tranche_flags(made, 0);
    zwp_linux_dmabuf_feedback_v1_send_tranche_formats(made, &indices);
    zwp_linux_dmabuf_feedback_v1_send_tranche_done(made);
    zwp_linux_dmabuf_feedback_v1_send_done(made);
    wl_array_release(&indices);
    wl_array_release(&device);
  }
};

#define SLOTS(TYPE, NAME, ...)                                                                                         \
  const struct TYPE FakeParent::Requests::NAME = [] {                                                                  \
    struct TYPE slots {};                                                                                              \
    __VA_ARGS__;                                                                                                       \
    return slots;                                                                                                      \
  }()

SLOTS(wl_buffer_interface, buffer, slots.destroy = destroy);
SLOTS(wl_region_interface, region, slots.destroy = destroy, slots.add = Ignore::request,
      slots.subtract = Ignore::request);
SLOTS(wl_surface_interface, surface, slots.destroy = destroy, slots.attach = attach, slots.damage = damage,
      slots.frame = frame, slots.set_opaque_region = Ignore::request, slots.set_input_region = Ignore::request,
      slots.commit = FakeParent::Requests::commit, slots.damage_buffer = damage);
SLOTS(wl_compositor_interface, compositor, slots.create_surface = create_surface, slots.create_region = create_region);
SLOTS(wl_subsurface_interface, subsurface, slots.destroy = destroy, slots.set_position = set_position);
SLOTS(wl_subcompositor_interface, subcompositor, slots.destroy = destroy, slots.get_subsurface = get_subsurface);
SLOTS(xdg_toplevel_interface, toplevel, slots.destroy = destroy, slots.set_title = set_title,
      slots.set_app_id = Ignore::request, slots.set_fullscreen = set_fullscreen, slots.set_min_size = Ignore::request);
SLOTS(xdg_surface_interface, xdg_surface, slots.destroy = destroy, slots.get_toplevel = get_toplevel,
      slots.ack_configure = ack);
SLOTS(xdg_wm_base_interface, wm_base, slots.destroy = destroy, slots.get_xdg_surface = get_xdg_surface,
      slots.pong = Ignore::request);
SLOTS(wp_presentation_interface, presentation, slots.destroy = destroy, slots.feedback = presentation_feedback);
SLOTS(wl_pointer_interface, pointer, slots.release = destroy, slots.set_cursor = set_cursor);
SLOTS(wl_keyboard_interface, keyboard, slots.release = destroy);
SLOTS(wl_touch_interface, touch, slots.release = destroy);
SLOTS(wl_seat_interface, seat, slots.release = destroy, slots.get_pointer = get_pointer,
      slots.get_keyboard = get_keyboard, slots.get_touch = get_touch);
SLOTS(wl_output_interface, output, slots.release = destroy);
SLOTS(zwp_linux_buffer_params_v1_interface, params, slots.destroy = destroy, slots.add = add, slots.create = create);
SLOTS(zwp_linux_dmabuf_feedback_v1_interface, dmabuf_feedback, slots.destroy = destroy);
SLOTS(zwp_linux_dmabuf_v1_interface, dmabuf, slots.destroy = destroy, slots.create_params = create_params,
      slots.get_surface_feedback = get_surface_feedback);
#undef SLOTS

FakeParent::FakeParent(const Offer& offer) : offer_(offer), display_(wl_display_create()) {
  using R = Requests;
  wl_display_init_shm(display_);
  wl_global_create(display_, &wl_compositor_interface, 4, this, R::bind<wl_compositor_interface, R::compositor>);
  if (offer.subsurfaces)
    wl_global_create(display_, &wl_subcompositor_interface, 1, this,
                     R::bind<wl_subcompositor_interface, R::subcompositor>);
  if (offer.shell)
    wl_global_create(display_, &xdg_wm_base_interface, 3, this, R::bind<xdg_wm_base_interface, R::wm_base>);
  wl_global_create(display_, &wl_output_interface, 3, this,
                   [](wl_client* client, void* parent, std::uint32_t version, std::uint32_t id) {
                     wl_resource* made =
                         R::make(client, wl_output_interface, static_cast<int>(version), id, &R::output, parent);
                     wl_output_send_mode(made, WL_OUTPUT_MODE_CURRENT, 1920, 1080,
                                         static_cast<FakeParent*>(parent)->offer_.output_millihertz);
                     wl_output_send_done(made);
                   });
  if (offer.presentation)
    wl_global_create(display_, &wp_presentation_interface, 1, this,
                     [](wl_client* client, void* parent, std::uint32_t, std::uint32_t id) {
                       wp_presentation_send_clock_id(
                           R::make(client, wp_presentation_interface, 1, id, &R::presentation, parent),
                           static_cast<FakeParent*>(parent)->offer_.clock);
                     });
  if (offer.seat)
    wl_global_create(display_, &wl_seat_interface, 9, this,
                     [](wl_client* client, void* data, std::uint32_t version, std::uint32_t id) {
                       auto* parent = static_cast<FakeParent*>(data);
                       parent->seat_ = R::make(client, wl_seat_interface, static_cast<int>(version), id, &R::seat,
                                               parent, [](wl_resource* gone) { parent_of(gone).seat_ = nullptr; });
                       wl_seat_send_capabilities(parent->seat_, parent->capabilities_);
                     });
  if (!offer.formats.empty())
    wl_global_create(display_, &zwp_linux_dmabuf_v1_interface, 4, this,
                     R::bind<zwp_linux_dmabuf_v1_interface, R::dmabuf>);
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::runtime_error("no socket pair");
  client_ = wl_client_create(display_, ends[0]);
  client_gone_ = {.listener = {.link = {},
                               .notify =
                                   [](wl_listener* listener, void*) {
                                     ClientGone* gone = wl_container_of(listener, gone, listener);
                                     gone->parent->client_ = nullptr;
                                   }},
                  .parent = this};
  wl_client_add_destroy_listener(client_, &client_gone_.listener);
  client_end_ = UniqueFd(ends[1]);
}

FakeParent::~FakeParent() {
  die();
  wl_display_destroy(display_);
}

void FakeParent::serve_during(const std::function<void()>& work) {
  // libwayland takes the descriptor over.
  ::setenv("WAYLAND_SOCKET", std::to_string(client_end_.release()).c_str(), 1);
  std::atomic<bool> over = false;
  std::thread server([this, &over] {
    while (!over) {
      wl_display_flush_clients(display_);
      wl_event_loop_dispatch(wl_display_get_event_loop(display_), 5);
    }
  });
  work();
  over = true;
  server.join();
  ::unsetenv("WAYLAND_SOCKET");
}

void FakeParent::dispatch() {
  wl_event_loop_dispatch(wl_display_get_event_loop(display_), 0);
  wl_display_flush_clients(display_);
}

void FakeParent::die() {
  if (client_ != nullptr)
    wl_client_destroy(client_);
}

void FakeParent::throw_out() {
  wl_resource_post_error(wm_base_, XDG_WM_BASE_ERROR_UNRESPONSIVE, "out");
  wl_display_flush_clients(display_);
}

FakeParent::Sub* FakeParent::sub_of(wl_resource* surface) {
  for (Sub& sub : subsurfaces)
    if (sub.surface == surface)
      return &sub;
  return nullptr;
}

void FakeParent::commit(wl_resource* surface) {
  if (surface != window_)
    return;
  for (Sub& sub : subsurfaces) {
    if (sub.pending != nullptr && sub.pending != sub.buffer)
      held.push_back(sub.pending);
    sub.buffer = sub.pending;
  }
  Pending done = std::exchange(pending_, {});
  callbacks_.insert(callbacks_.end(), done.callbacks.begin(), done.callbacks.end());
  feedback_.insert(feedback_.end(), done.feedback.begin(), done.feedback.end());
  if (!std::exchange(configured_, true)) {
    (void)configure(offer_.first_size);
    return;
  }
  Commit made{.attached = done.attached, .size = {}, .pixels = {}, .dmabuf = {}, .damage = done.damage};
  if (done.buffer != nullptr) {
    held.push_back(done.buffer);
    if (wl_shm_buffer* shm = wl_shm_buffer_get(done.buffer)) {
      made.size = {wl_shm_buffer_get_width(shm), wl_shm_buffer_get_height(shm)};
      wl_shm_buffer_begin_access(shm);
      const auto* pixels = static_cast<const std::uint32_t*>(wl_shm_buffer_get_data(shm));
      made.pixels.assign(pixels, pixels + static_cast<std::ptrdiff_t>(made.size.width) * made.size.height);
      wl_shm_buffer_end_access(shm);
    } else {
      const auto& described = *static_cast<const Described*>(wl_resource_get_user_data(done.buffer));
      made.size = described.size;
      made.dmabuf = described.format;
    }
  }
  commits.push_back(std::move(made));
}

std::uint32_t FakeParent::configure(Size size) {
  wl_array states;
  wl_array_init(&states);
  xdg_toplevel_send_configure(toplevel_, size.width, size.height, &states);
  wl_array_release(&states);
  const std::uint32_t serial = next_serial(xdg_surface_);
  xdg_surface_send_configure(xdg_surface_, serial);
  return serial;
}

void FakeParent::close_window() {
  xdg_toplevel_send_close(toplevel_);
}

void FakeParent::release(wl_resource* buffer) {
  std::erase(held, buffer);
  wl_buffer_send_release(buffer);
}

void FakeParent::frame_done() {
  wl_resource* callback = callbacks_.front();
  wl_callback_send_done(callback, 0);
  wl_resource_destroy(callback);
}

void FakeParent::presented(std::int64_t ns, std::uint32_t refresh_ns, std::uint32_t flags) {
  wl_resource* feedback = feedback_.front();
  const std::int64_t seconds = ns / 1'000'000'000;
  wp_presentation_feedback_send_presented(feedback, static_cast<std::uint32_t>(seconds >> 32),
                                          static_cast<std::uint32_t>(seconds),
                                          static_cast<std::uint32_t>(ns % 1'000'000'000), refresh_ns, 0, 77, flags);
  wl_resource_destroy(feedback);
}

void FakeParent::discarded() {
  wl_resource* feedback = feedback_.front();
  wp_presentation_feedback_send_discarded(feedback);
  wl_resource_destroy(feedback);
}

void FakeParent::set_capabilities(std::uint32_t capabilities) {
  capabilities_ = capabilities;
  if (seat_ != nullptr)
    wl_seat_send_capabilities(seat_, capabilities);
}

void FakeParent::answer(wl_resource* params) {
  const auto& described = *static_cast<const Described*>(wl_resource_get_user_data(params));
  if (refuse_dmabufs) {
    zwp_linux_buffer_params_v1_send_failed(params);
    return;
  }
  auto copy = std::make_unique<Described>(described);
  wl_resource* buffer =
      Requests::make(wl_resource_get_client(params), wl_buffer_interface, 1, 0, &Requests::buffer, copy.release(),
                     [](wl_resource* gone) {
                       const std::unique_ptr<Described> end(static_cast<Described*>(wl_resource_get_user_data(gone)));
                       std::erase(end->parent->held, gone);
                       --end->parent->live_dmabufs;
                     });
  ++live_dmabufs;
  zwp_linux_buffer_params_v1_send_created(params, buffer);
}

void FakeParent::answer_all() {
  for (wl_resource* params : std::exchange(unanswered_, {}))
    answer(params);
}

} // namespace fenceline::test
