#pragma once
#include <libinput.h>

#include "compositor/input/input_settings.h"

namespace fenceline {

/// The kind of a device that settings name. A touchpad is what taps; a device of several kinds is the first of
/// touchpad, touch screen, mouse, keyboard.
[[nodiscard]] DeviceType type_of(libinput_device& device);

/// Sets what is set, and puts everything else back to the device's default. What the device does not have is passed
/// over. Whether it sends events is not touched: see enable_device.
void configure_device(libinput_device& device, const DeviceSettings& settings);

/// Makes it send events, or not; what it holds is released then (libinput's documentation of send-events modes).
void enable_device(libinput_device& device, bool enabled);

} // namespace fenceline
