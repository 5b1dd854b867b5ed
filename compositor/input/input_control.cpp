#include "compositor/input/input_control.h"

#include <utility>

#include "compositor/input/cursor_theme.h"
#include "compositor/input/libinput_devices.h"
#include "compositor/input/seat.h"

namespace fenceline {

void InputControl::set_devices(LibinputDevices* devices) {
  devices_ = devices;
  if (devices_ && applied_)
    devices_->apply(applied_->devices);
}

Result<void> InputControl::apply(const InputSettings& settings) {
  const std::optional<InputSettings> before = std::exchange(applied_, settings);
  if (!before || before->cursor != settings.cursor)
    if (const Result<void> moves = seat_.set_cursor_theme(
            [cursor = settings.cursor, &log = log_] { return CursorTheme::load(cursor, log); }, loop_);
        !moves)
      log_.warn("cursors stand still: {}", moves.error().text());
  if (devices_ && (!before || before->devices != settings.devices))
    devices_->apply(settings.devices);
  return seat_.apply(settings.keyboard);
}

} // namespace fenceline
