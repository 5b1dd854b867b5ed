#pragma once
#include <libinput.h>
#include <libudev.h>

#include <memory>
#include <optional>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/input/device_opener.h"
#include "compositor/input/input_settings.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// The machine's keyboards, pointers and touch screens (libinput over udev). None at start is fine: they come and go.
class LibinputDevices {
 public:
  [[nodiscard]] static Result<std::unique_ptr<LibinputDevices>> create(EventLoop& loop, Log& log, DeviceOpener& opener,
                                                                       Seat& seat, const char* seat_name,
                                                                       std::vector<DeviceRule> rules = {});
  ~LibinputDevices();
  LibinputDevices(const LibinputDevices&) = delete;
  LibinputDevices& operator=(const LibinputDevices&) = delete;

  /// Sets all devices anew, and those that come.
  void apply(std::vector<DeviceRule> rules);
  /// Closes the devices. Keys and buttons that are held are released, touches cancelled.
  void suspend();
  /// Opens them again, those that have come meanwhile too.
  [[nodiscard]] Result<void> resume();

 private:
  struct Unref {
    void operator()(udev* context) const { udev_unref(context); }
    void operator()(libinput* context) const { libinput_unref(context); }
    void operator()(libinput_device* device) const { libinput_device_unref(device); }
  };
  struct Device {
    std::unique_ptr<libinput_device, Unref> handle;
    DeviceSettings settings;
    bool counted = false; ///< The seat knows of it.
  };

  LibinputDevices(Log& log, Seat& seat) : log_(log), seat_(seat) {}
  void dispatch();
  void handle(libinput_event& event);
  void handle_pointer(libinput_event_type type, libinput_event_pointer& event);
  void handle_touch(libinput_event_type type, libinput_event_touch& event);
  void add(libinput_device& device);
  void remove(libinput_device& device);
  void configure(Device& device);
  void count(Device& device, bool present);
  /// The output that the device lies over, by its settings or udev's WL_OUTPUT; none when nobody says so.
  [[nodiscard]] std::optional<DeviceArea> area_of(libinput_device& device) const;

  Log& log_;
  Seat& seat_;
  std::unique_ptr<udev, Unref> udev_;
  std::unique_ptr<libinput, Unref> context_;
  std::unique_ptr<EventSource> source_;
  std::vector<DeviceRule> rules_;
  std::vector<Device> devices_; ///< Before the context in the order of their end.
};

} // namespace fenceline
