#include "compositor/input/libinput_devices.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "compositor/input/device_config.h"

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

/// libinput scales absolute positions to a range that it is asked for, and keeps fractions: its answer is a double.
constexpr std::uint32_t fraction_range = 1U << 16;

/// `holding`: how many devices hold the key or the button now. For the seat it is down while any does.
bool changes_seat(bool pressed, std::uint32_t holding) {
  return holding == (pressed ? 1 : 0);
}

TimePoint event_time(std::uint64_t usec) {
  return {static_cast<std::int64_t>(usec) * 1000};
}

} // namespace

Result<std::unique_ptr<LibinputDevices>> LibinputDevices::create(EventLoop& loop, Log& log, DeviceOpener& opener,
                                                                 Seat& seat, const char* seat_name,
                                                                 std::vector<DeviceRule> rules) {
  std::unique_ptr<LibinputDevices> devices(new LibinputDevices(log, seat));
  devices->rules_ = std::move(rules);
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

void LibinputDevices::apply(std::vector<DeviceRule> rules) {
  rules_ = std::move(rules);
  for (Device& device : devices_)
    configure(device);
  // Devices that were switched off have queued the releases of what was held.
  dispatch();
}

void LibinputDevices::configure(Device& device) {
  libinput_device* handle = device.handle.get();
  device.settings = settings_for(rules_, libinput_device_get_name(handle), type_of(*handle));
  configure_device(*handle, device.settings);
  const bool enabled = device.settings.enabled.value_or(true);
  enable_device(*handle, enabled);
  count(device, enabled);
}

void LibinputDevices::count(Device& device, bool present) {
  if (std::exchange(device.counted, present) == present)
    return;
  libinput_device* handle = device.handle.get();
  if (libinput_device_has_capability(handle, LIBINPUT_DEVICE_CAP_POINTER) != 0)
    present ? seat_.pointer_added() : seat_.pointer_removed();
  if (libinput_device_has_capability(handle, LIBINPUT_DEVICE_CAP_KEYBOARD) != 0)
    present ? seat_.keyboard_added() : seat_.keyboard_removed();
  if (libinput_device_has_capability(handle, LIBINPUT_DEVICE_CAP_TOUCH) != 0)
    present ? seat_.touch_added() : seat_.touch_removed();
}

void LibinputDevices::add(libinput_device& handle) {
  log_.debug("input device added: {}", libinput_device_get_name(&handle));
  Device& device = devices_.emplace_back();
  device.handle.reset(libinput_device_ref(&handle));
  configure(device);
}

void LibinputDevices::remove(libinput_device& handle) {
  log_.debug("input device removed: {}", libinput_device_get_name(&handle));
  const auto found = std::find_if(devices_.begin(), devices_.end(),
                                  [&handle](const Device& device) { return device.handle.get() == &handle; });
  if (found == devices_.end())
    return;
  count(*found, false);
  devices_.erase(found);
}

std::optional<DeviceArea> LibinputDevices::area_of(libinput_device& handle) const {
  const auto found = std::find_if(devices_.begin(), devices_.end(),
                                  [&handle](const Device& device) { return device.handle.get() == &handle; });
  if (found != devices_.end() && found->settings.output)
    if (const std::optional<DeviceArea> area = seat_.area_named(*found->settings.output))
      return area;
  const char* output = libinput_device_get_output_name(&handle);
  return output ? seat_.area_named(output) : std::nullopt;
}

void LibinputDevices::handle(libinput_event& event) {
  const libinput_event_type type = libinput_event_get_type(&event);
  switch (type) {
  case LIBINPUT_EVENT_DEVICE_ADDED:
    add(*libinput_event_get_device(&event));
    break;
  case LIBINPUT_EVENT_DEVICE_REMOVED:
    remove(*libinput_event_get_device(&event));
    break;
  case LIBINPUT_EVENT_KEYBOARD_KEY: {
    libinput_event_keyboard* key = libinput_event_get_keyboard_event(&event);
    const bool pressed = libinput_event_keyboard_get_key_state(key) == LIBINPUT_KEY_STATE_PRESSED;
    if (changes_seat(pressed, libinput_event_keyboard_get_seat_key_count(key)))
      seat_.key(event_time(libinput_event_keyboard_get_time_usec(key)), libinput_event_keyboard_get_key(key), pressed);
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
  case LIBINPUT_EVENT_TOUCH_DOWN:
  case LIBINPUT_EVENT_TOUCH_MOTION:
  case LIBINPUT_EVENT_TOUCH_UP:
  case LIBINPUT_EVENT_TOUCH_CANCEL:
  case LIBINPUT_EVENT_TOUCH_FRAME:
    handle_touch(type, *libinput_event_get_touch_event(&event));
    break;
  default:
    break; // tablets and gestures come with their protocols
  }
}

void LibinputDevices::handle_pointer(libinput_event_type type, libinput_event_pointer& event) {
  const TimePoint time = event_time(libinput_event_pointer_get_time_usec(&event));
  if (type == LIBINPUT_EVENT_POINTER_MOTION)
    return seat_.move_by(time, {.dx = libinput_event_pointer_get_dx(&event),
                                .dy = libinput_event_pointer_get_dy(&event),
                                .raw_dx = libinput_event_pointer_get_dx_unaccelerated(&event),
                                .raw_dy = libinput_event_pointer_get_dy_unaccelerated(&event)});
  if (type == LIBINPUT_EVENT_POINTER_MOTION_ABSOLUTE) {
    const double x = libinput_event_pointer_get_absolute_x_transformed(&event, fraction_range) / fraction_range;
    const double y = libinput_event_pointer_get_absolute_y_transformed(&event, fraction_range) / fraction_range;
    libinput_event* base = libinput_event_pointer_get_base_event(&event);
    if (const std::optional<DeviceArea> area = area_of(*libinput_event_get_device(base))) {
      const SurfacePosition place = area->at(x, y, 1, 1);
      return seat_.move_to(time, place.x, place.y);
    }
    return seat_.move_to_fraction(time, x, y);
  }
  if (type == LIBINPUT_EVENT_POINTER_BUTTON) {
    const bool pressed = libinput_event_pointer_get_button_state(&event) == LIBINPUT_BUTTON_STATE_PRESSED;
    if (changes_seat(pressed, libinput_event_pointer_get_seat_button_count(&event)))
      seat_.button(time, libinput_event_pointer_get_button(&event), pressed);
    return;
  }
  ScrollEvent scroll;
  scroll.inverted = libinput_device_config_scroll_get_natural_scroll_enabled(
                        libinput_event_get_device(libinput_event_pointer_get_base_event(&event))) != 0;
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

void LibinputDevices::handle_touch(libinput_event_type type, libinput_event_touch& event) {
  if (type == LIBINPUT_EVENT_TOUCH_FRAME)
    return seat_.touch_frame();
  // One contact is told of; but to a client a cancel takes all that it has (wl_touch.cancel).
  if (type == LIBINPUT_EVENT_TOUCH_CANCEL)
    return seat_.touch_cancel();
  const TimePoint time = event_time(libinput_event_touch_get_time_usec(&event));
  // Of the seat, not of the device: two screens may both be touched.
  const std::int32_t id = libinput_event_touch_get_seat_slot(&event);
  if (type == LIBINPUT_EVENT_TOUCH_UP)
    return seat_.touch_up(time, id);
  libinput_event* base = libinput_event_touch_get_base_event(&event);
  const DeviceArea area = area_of(*libinput_event_get_device(base)).value_or(seat_.touch_area());
  const SurfacePosition place =
      area.at(libinput_event_touch_get_x_transformed(&event, fraction_range),
              libinput_event_touch_get_y_transformed(&event, fraction_range), fraction_range, fraction_range);
  if (type == LIBINPUT_EVENT_TOUCH_DOWN)
    seat_.touch_down(time, id, place.x, place.y);
  else
    seat_.touch_motion(time, id, place.x, place.y);
}

} // namespace fenceline
