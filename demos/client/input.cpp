#include "demos/client/input.h"

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <drm_fourcc.h>
#include <functional>
#include <linux/input-event-codes.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "demos/client/failure.h"
#include "demos/client/linear_memory.h"
#include "demos/cursor_pattern.h"

namespace fenceline::demos {

void Input::report(const char* format, ...) const {
  if (!verbose_)
    return;
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
}

Input::Input(Connection& connection, Window& window, CursorChoice cursor, bool verbose)
    : window_(window), cursor_(cursor), verbose_(verbose), seat_(connection.bind_seat()) {
  if (!seat_)
    return;
  draw_cursor(connection);
  if (cursor_buffer_ != nullptr)
    cursor_surface_.reset(wl_compositor_create_surface(connection.compositor()));
  static constexpr wl_seat_listener listener = {
      .capabilities = [](void* self, wl_seat*,
                         std::uint32_t capabilities) { static_cast<Input*>(self)->on_capabilities(capabilities); },
      .name = [](void*, wl_seat*, const char*) {},
  };
  wl_seat_add_listener(seat_.get(), &listener, this);
}

Input::~Input() = default;

void Input::draw_cursor(Connection& connection) {
  const auto draw = [](const std::function<std::uint32_t*(std::uint32_t)>& row) {
    for (std::uint32_t y = 0; y < cursor_size; ++y)
      for (std::uint32_t x = 0; x < cursor_size; ++x)
        row(y)[x] = cursor_pixel(x, y);
  };
  if (cursor_ == CursorChoice::own && connection.shm() != nullptr) {
    cursor_memory_.emplace(connection.shm(), Size{cursor_size, cursor_size}, WL_SHM_FORMAT_ARGB8888);
    draw([this](std::uint32_t y) { return cursor_memory_->row(static_cast<int>(y)); });
    cursor_buffer_ = cursor_memory_->buffer();
  } else if (cursor_ == CursorChoice::own_dmabuf) {
    if (connection.dmabuf() == nullptr)
      throw Failure("a cursor in a dma-buf cannot be shown: the compositor takes no dma-bufs");
    const std::size_t stride = std::size_t{cursor_size} * 4, bytes = stride * cursor_size;
    LinearMemory memory = allocate_linear(bytes);
    void* mapped = memory.dmabuf.valid()
                       ? mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.dmabuf.get(), 0)
                       : MAP_FAILED;
    if (mapped == MAP_FAILED)
      throw Failure("no dma-buf for the cursor can be made: /dev/udmabuf: " +
                    std::generic_category().message(memory.without_udmabuf != 0 ? memory.without_udmabuf : errno));
    draw([mapped](std::uint32_t y) { return static_cast<std::uint32_t*>(mapped) + std::size_t{y} * cursor_size; });
    munmap(mapped, bytes);
    const Proxy<zwp_linux_buffer_params_v1> params(zwp_linux_dmabuf_v1_create_params(connection.dmabuf()));
    zwp_linux_buffer_params_v1_add(params.get(), memory.dmabuf.get(), 0, 0, static_cast<std::uint32_t>(stride),
                                   static_cast<std::uint32_t>(DRM_FORMAT_MOD_LINEAR >> 32U),
                                   static_cast<std::uint32_t>(DRM_FORMAT_MOD_LINEAR & 0xffffffffU));
    cursor_dmabuf_.reset(
        zwp_linux_buffer_params_v1_create_immed(params.get(), cursor_size, cursor_size, DRM_FORMAT_ARGB8888, 0));
    cursor_dmabuf_memory_ = std::move(memory.dmabuf);
    cursor_buffer_ = cursor_dmabuf_.get();
  }
}

void Input::on_capabilities(std::uint32_t capabilities) {
  if ((capabilities & WL_SEAT_CAPABILITY_POINTER) == 0)
    pointer_.reset();
  else if (!pointer_)
    add_pointer();
  if ((capabilities & WL_SEAT_CAPABILITY_KEYBOARD) == 0)
    keyboard_.reset();
  else if (!keyboard_)
    add_keyboard();
}

void Input::add_pointer() {
  static constexpr wl_pointer_listener listener = {
      .enter =
          [](void* self, wl_pointer*, std::uint32_t serial, wl_surface*, wl_fixed_t x, wl_fixed_t y) {
            static_cast<Input*>(self)->report("pointer enters at %.2f,%.2f\n", wl_fixed_to_double(x),
                                              wl_fixed_to_double(y));
            static_cast<Input*>(self)->on_enter(serial);
          },
      .leave = [](void* self, wl_pointer*, std::uint32_t,
                  wl_surface*) { static_cast<Input*>(self)->report("pointer leaves\n"); },
      .motion =
          [](void* self, wl_pointer*, std::uint32_t, wl_fixed_t x, wl_fixed_t y) {
            static_cast<Input*>(self)->report("pointer moves to %.2f,%.2f\n", wl_fixed_to_double(x),
                                              wl_fixed_to_double(y));
          },
      .button =
          [](void* self, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button, std::uint32_t state) {
            static_cast<Input*>(self)->report("button %u %s\n", button,
                                              state == WL_POINTER_BUTTON_STATE_PRESSED ? "pressed" : "released");
          },
      .axis =
          [](void* self, wl_pointer*, std::uint32_t, std::uint32_t axis, wl_fixed_t value) {
            static_cast<Input*>(self)->report("axis %u by %.2f\n", axis, wl_fixed_to_double(value));
          },
      .frame = [](void*, wl_pointer*) {},
      .axis_source = [](void*, wl_pointer*, std::uint32_t) {},
      .axis_stop = [](void*, wl_pointer*, std::uint32_t, std::uint32_t) {},
      .axis_discrete = [](void*, wl_pointer*, std::uint32_t, std::int32_t) {},
      .axis_value120 = [](void*, wl_pointer*, std::uint32_t, std::int32_t) {},
      .axis_relative_direction = [](void*, wl_pointer*, std::uint32_t, std::uint32_t) {},
  };
  pointer_.reset(wl_seat_get_pointer(seat_.get()));
  wl_pointer_add_listener(pointer_.get(), &listener, this);
}

void Input::on_enter(std::uint32_t serial) {
  if (cursor_ == CursorChoice::hidden) {
    wl_pointer_set_cursor(pointer_.get(), serial, nullptr, 0, 0);
  } else if (cursor_surface_) {
    wl_pointer_set_cursor(pointer_.get(), serial, cursor_surface_.get(), cursor_hotspot, cursor_hotspot);
    wl_surface_attach(cursor_surface_.get(), cursor_buffer_, 0, 0);
    wl_surface_damage(cursor_surface_.get(), 0, 0, cursor_size, cursor_size);
    wl_surface_commit(cursor_surface_.get());
  }
}

void Input::add_keyboard() {
  static constexpr wl_keyboard_listener listener = {
      // The keys that the demos know are told by their place, so the keymap is not read.
      .keymap = [](void*, wl_keyboard*, std::uint32_t, std::int32_t fd, std::uint32_t) { ::close(fd); },
      .enter = [](void* self, wl_keyboard*, std::uint32_t, wl_surface*,
                  wl_array*) { static_cast<Input*>(self)->report("keyboard enters\n"); },
      .leave = [](void* self, wl_keyboard*, std::uint32_t,
                  wl_surface*) { static_cast<Input*>(self)->report("keyboard leaves\n"); },
      .key =
          [](void* self, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key, std::uint32_t state) {
            static_cast<Input*>(self)->on_key(key, state == WL_KEYBOARD_KEY_STATE_PRESSED);
          },
      .modifiers = [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                      std::uint32_t) {},
      .repeat_info = [](void*, wl_keyboard*, std::int32_t, std::int32_t) {},
  };
  keyboard_.reset(wl_seat_get_keyboard(seat_.get()));
  wl_keyboard_add_listener(keyboard_.get(), &listener, this);
}

void Input::on_key(std::uint32_t key, bool pressed) {
  report("key %u %s\n", key, pressed ? "pressed" : "released");
  if (!pressed)
    return;
  if (key == KEY_ESC || key == KEY_Q)
    window_.close();
  else if (key == KEY_F)
    window_.ask_fullscreen(!window_.fullscreen());
}

} // namespace fenceline::demos
