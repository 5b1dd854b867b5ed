#pragma once
#include <libinput.h>
#include <libudev.h>

#include <memory>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/input/device_opener.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// The machine's keyboards and pointers (libinput over udev). None at start is fine: they come and go.
class LibinputDevices {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LibinputDevices>> create(EventLoop& loop, Log& log, DeviceOpener& opener,
                                                                       Seat& seat, const char* seat_name);
  ~LibinputDevices();
  LibinputDevices(const LibinputDevices&) = delete;
  LibinputDevices& operator=(const LibinputDevices&) = delete;

  /// Closes the devices. Keys and buttons that are held are released.
  void suspend();
  /// Opens them again, those that have come meanwhile too.
  [[nodiscard]] Result<void> resume();

 private:
  LibinputDevices(Log& log, Seat& seat) : log_(log), seat_(seat) {}
  void dispatch();
  void handle(libinput_event& event);
  void handle_pointer(libinput_event_type type, libinput_event_pointer& event);
  void device_changed(libinput_device& device, bool added);

  struct Unref {
    void operator()(udev* context) const { udev_unref(context); }
    void operator()(libinput* context) const { libinput_unref(context); }
  };
  Log& log_;
  Seat& seat_;
  std::unique_ptr<udev, Unref> udev_;
  std::unique_ptr<libinput, Unref> context_;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline
