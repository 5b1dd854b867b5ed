#include "compositor/input/libinput_devices.h"

#include <cerrno>

namespace fenceline {
namespace {

int open_restricted(const char* path, int, void* data) {
  const Result<int> fd = static_cast<DeviceOpener*>(data)->open_device(path);
  return fd ? *fd : -(fd.error().code != 0 ? fd.error().code : EACCES);
}

void close_restricted(int fd, void* data) {
  static_cast<DeviceOpener*>(data)->close_device(fd);
}

constexpr libinput_interface access{.open_restricted = open_restricted, .close_restricted = close_restricted};

TimePoint event_time(std::uint64_t usec) {
  return {static_cast<std::int64_t>(usec) * 1000};
}

} // namespace

Result<std::unique_ptr<LibinputDevices>> LibinputDevices::create(EventLoop& loop, Log& log, DeviceOpener& opener,
                                                                 Seat& seat, const char* seat_name) {
  std::unique_ptr<LibinputDevices> devices(new LibinputDevices(log, seat));
  devices->udev_.reset(udev_new());
  if (!devices->udev_)
    return Error{"cannot talk to udev", 0};
  devices->context_.reset(libinput_udev_create_context(&access, &opener, devices->udev_.get()));
  if (!devices->context_)
    return Error{"cannot create a libinput context", 0};
  if (libinput_udev_assign_seat(devices->context_.get(), seat_name) != 0)
    return Error{std::string("libinput cannot take the devices of ") + seat_name, 0};
  auto source = loop.watch(libinput_get_fd(devices->context_.get()), IoEvents::Readable,
                           [raw = devices.get()](IoEvents) { raw->dispatch(); });
  if (!source)
    return source.error();
  devices->source_ = std::move(*source);
  devices->dispatch();
  return devices;
}

LibinputDevices::~LibinputDevices() = default;

void LibinputDevices::suspend() {
  libinput_suspend(context_.get());
  // It has queued the releases of what was held, and nobody else will come to look: its descriptor is silent now.
  dispatch();
}

Result<void> LibinputDevices::resume() {
  if (libinput_resume(context_.get()) != 0)
    return Error{"libinput cannot take its devices back", 0};
  dispatch();
  return {};
}

void LibinputDevices::dispatch() {
  libinput_dispatch(context_.get());
  while (libinput_event* event = libinput_get_event(context_.get())) {
    handle(*event);
    libinput_event_destroy(event);
  }
}

void LibinputDevices::device_changed(libinput_device& device, bool added) {
  log_.debug("input device {}: {}", added ? "added" : "removed", libinput_device_get_name(&device));
  if (libinput_device_has_capability(&device, LIBINPUT_DEVICE_CAP_POINTER))
    added ? seat_.pointer_added() : seat_.pointer_removed();
  if (libinput_device_has_capability(&device, LIBINPUT_DEVICE_CAP_KEYBOARD))
    added ? seat_.keyboard_added() : seat_.keyboard_removed();
}

void LibinputDevices::handle(libinput_event& event) {
  const libinput_event_type type = libinput_event_get_type(&event);
  switch (type) {
  case LIBINPUT_EVENT_DEVICE_ADDED:
  case LIBINPUT_EVENT_DEVICE_REMOVED:
    device_changed(*libinput_event_get_device(&event), type == LIBINPUT_EVENT_DEVICE_ADDED);
    break;
  case LIBINPUT_EVENT_KEYBOARD_KEY: {
    libinput_event_keyboard* key = libinput_event_get_keyboard_event(&event);
    seat_.key(event_time(libinput_event_keyboard_get_time_usec(key)), libinput_event_keyboard_get_key(key),
              libinput_event_keyboard_get_key_state(key) == LIBINPUT_KEY_STATE_PRESSED);
    break;
  }
  case LIBINPUT_EVENT_POINTER_MOTION:
  case LIBINPUT_EVENT_POINTER_MOTION_ABSOLUTE:
  case LIBINPUT_EVENT_POINTER_BUTTON:
  case LIBINPUT_EVENT_POINTER_SCROLL_WHEEL:
  case LIBINPUT_EVENT_POINTER_SCROLL_FINGER:
  case LIBINPUT_EVENT_POINTER_SCROLL_CONTINUOUS:
    handle_pointer(type, *libinput_event_get_pointer_event(&event));
    break;
  default:
    break; // touch, tablets and gestures come with their protocols
  }
}

void LibinputDevices::handle_pointer(libinput_event_type type, libinput_event_pointer& event) {
  const TimePoint time = event_time(libinput_event_pointer_get_time_usec(&event));
  if (type == LIBINPUT_EVENT_POINTER_MOTION)
    return seat_.move_by(time, libinput_event_pointer_get_dx(&event), libinput_event_pointer_get_dy(&event));
  if (type == LIBINPUT_EVENT_POINTER_MOTION_ABSOLUTE) {
    // Asking for a range of 2^16 and dividing keeps fractions: the function's answer is a double.
    constexpr std::uint32_t range = 1U << 16;
    return seat_.move_to_fraction(time, libinput_event_pointer_get_absolute_x_transformed(&event, range) / range,
                                  libinput_event_pointer_get_absolute_y_transformed(&event, range) / range);
  }
  if (type == LIBINPUT_EVENT_POINTER_BUTTON)
    return seat_.button(time, libinput_event_pointer_get_button(&event),
                        libinput_event_pointer_get_button_state(&event) == LIBINPUT_BUTTON_STATE_PRESSED);
  ScrollEvent scroll;
  const bool wheel = type == LIBINPUT_EVENT_POINTER_SCROLL_WHEEL;
  const bool finger = type == LIBINPUT_EVENT_POINTER_SCROLL_FINGER;
  scroll.source = wheel ? AxisSource::Wheel : finger ? AxisSource::Finger : AxisSource::Continuous;
  const auto read = [&](libinput_pointer_axis axis, double& value, int& steps, bool& stop) {
    if (!libinput_event_pointer_has_axis(&event, axis))
      return;
    value = libinput_event_pointer_get_scroll_value(&event, axis);
    if (wheel)
      steps = static_cast<int>(libinput_event_pointer_get_scroll_value_v120(&event, axis));
    // Lifting the finger is told as a scroll of nothing (libinput's documentation of scroll sources).
    stop = !wheel && value == 0;
  };
  read(LIBINPUT_POINTER_AXIS_SCROLL_HORIZONTAL, scroll.horizontal, scroll.horizontal_120, scroll.stop_horizontal);
  read(LIBINPUT_POINTER_AXIS_SCROLL_VERTICAL, scroll.vertical, scroll.vertical_120, scroll.stop_vertical);
  seat_.scroll(time, scroll);
}

} // namespace fenceline
