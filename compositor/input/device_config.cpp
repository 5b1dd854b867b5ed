#include "compositor/input/device_config.h"

#include <algorithm>

namespace fenceline {
namespace {

libinput_config_accel_profile profile_of(AccelProfile profile) {
  return profile == AccelProfile::Flat ? LIBINPUT_CONFIG_ACCEL_PROFILE_FLAT : LIBINPUT_CONFIG_ACCEL_PROFILE_ADAPTIVE;
}

libinput_config_scroll_method method_of(ScrollMethod method) {
  switch (method) {
  case ScrollMethod::TwoFinger:
    return LIBINPUT_CONFIG_SCROLL_2FG;
  case ScrollMethod::Edge:
    return LIBINPUT_CONFIG_SCROLL_EDGE;
  case ScrollMethod::OnButton:
    return LIBINPUT_CONFIG_SCROLL_ON_BUTTON_DOWN;
  case ScrollMethod::None:
    break;
  }
  return LIBINPUT_CONFIG_SCROLL_NO_SCROLL;
}

/// The setting as libinput's constants of a switch, which are 0 and 1 for each of them.
template <class Enum>
Enum state_of(const std::optional<bool>& wanted, Enum usual, Enum off, Enum on) {
  return wanted ? (*wanted ? on : off) : usual;
}

void configure_pointer(libinput_device* device, const DeviceSettings& settings) {
  if (libinput_device_config_accel_is_available(device)) {
    libinput_device_config_accel_set_profile(device, settings.accel_profile
                                                         ? profile_of(*settings.accel_profile)
                                                         : libinput_device_config_accel_get_default_profile(device));
    // Written this way a value that is no number is the slowest.
    const double speed = settings.accel_speed.value_or(libinput_device_config_accel_get_default_speed(device));
    libinput_device_config_accel_set_speed(device, speed > -1.0 ? std::min(speed, 1.0) : -1.0);
  }
  libinput_device_config_left_handed_set(
      device, settings.left_handed.value_or(libinput_device_config_left_handed_get_default(device) != 0));
  libinput_device_config_middle_emulation_set_enabled(
      device, state_of(settings.middle_emulation, libinput_device_config_middle_emulation_get_default_enabled(device),
                       LIBINPUT_CONFIG_MIDDLE_EMULATION_DISABLED, LIBINPUT_CONFIG_MIDDLE_EMULATION_ENABLED));
}

void configure_scroll(libinput_device* device, const DeviceSettings& settings) {
  if (libinput_device_config_scroll_has_natural_scroll(device) != 0)
    libinput_device_config_scroll_set_natural_scroll_enabled(
        device, settings.natural_scroll.value_or(
                    libinput_device_config_scroll_get_default_natural_scroll_enabled(device) != 0));
  libinput_device_config_scroll_set_method(device, settings.scroll_method
                                                       ? method_of(*settings.scroll_method)
                                                       : libinput_device_config_scroll_get_default_method(device));
  libinput_device_config_scroll_set_button(
      device, settings.scroll_button.value_or(libinput_device_config_scroll_get_default_button(device)));
}

void configure_touchpad(libinput_device* device, const DeviceSettings& settings) {
  libinput_device_config_tap_set_enabled(device,
                                         state_of(settings.tap, libinput_device_config_tap_get_default_enabled(device),
                                                  LIBINPUT_CONFIG_TAP_DISABLED, LIBINPUT_CONFIG_TAP_ENABLED));
  libinput_device_config_tap_set_drag_enabled(
      device, state_of(settings.tap_drag, libinput_device_config_tap_get_default_drag_enabled(device),
                       LIBINPUT_CONFIG_DRAG_DISABLED, LIBINPUT_CONFIG_DRAG_ENABLED));
  libinput_device_config_dwt_set_enabled(device, state_of(settings.disable_while_typing,
                                                          libinput_device_config_dwt_get_default_enabled(device),
                                                          LIBINPUT_CONFIG_DWT_DISABLED, LIBINPUT_CONFIG_DWT_ENABLED));
}

} // namespace

DeviceType type_of(libinput_device& device) {
  if (libinput_device_config_tap_get_finger_count(&device) > 0)
    return DeviceType::Touchpad;
  if (libinput_device_has_capability(&device, LIBINPUT_DEVICE_CAP_TOUCH) != 0)
    return DeviceType::Touch;
  return libinput_device_has_capability(&device, LIBINPUT_DEVICE_CAP_POINTER) != 0 ? DeviceType::Mouse
                                                                                   : DeviceType::Keyboard;
}

void configure_device(libinput_device& device, const DeviceSettings& settings) {
  // What a device does not have answers "unsupported", and nothing changes.
  configure_pointer(&device, settings);
  configure_scroll(&device, settings);
  configure_touchpad(&device, settings);
}

void enable_device(libinput_device& device, bool enabled) {
  libinput_device_config_send_events_set_mode(&device, enabled ? LIBINPUT_CONFIG_SEND_EVENTS_ENABLED
                                                               : LIBINPUT_CONFIG_SEND_EVENTS_DISABLED);
}

} // namespace fenceline
