#pragma once
#include <optional>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/input/input_settings.h"

namespace fenceline {

class LibinputDevices;
class Seat;

/// Brings the configuration's settings to the seat and to its devices: at the start, and each time that they change.
class InputControl {
 public:
  InputControl(Seat& seat, EventLoop& loop, Log& log) : seat_(seat), loop_(loop), log_(log) {}
  InputControl(const InputControl&) = delete;
  InputControl& operator=(const InputControl&) = delete;

  /// Null: there are none. What was applied before is applied to them.
  void set_devices(LibinputDevices* devices);
  /// A cursor theme is read from the disk when it is first seen. The error is the keyboard layout's, which stays the
  /// one before; everything else is applied.
  [[nodiscard]] Result<void> apply(const InputSettings& settings);

 private:
  Seat& seat_;
  EventLoop& loop_;
  Log& log_;
  LibinputDevices* devices_ = nullptr;
  std::optional<InputSettings> applied_;
};

} // namespace fenceline
