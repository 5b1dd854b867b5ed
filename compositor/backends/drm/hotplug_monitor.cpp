#include "compositor/backends/drm/hotplug_monitor.h"

#include <libudev.h>

#include <charconv>
#include <cstring>
#include <string_view>

namespace fenceline {

Result<std::unique_ptr<HotplugMonitor>> HotplugMonitor::create(EventLoop& loop, dev_t device, Listener listener) {
  std::unique_ptr<HotplugMonitor> made(new HotplugMonitor(device, std::move(listener)));
  made->context_ = udev_new();
  if (made->context_ == nullptr)
    return Error::from_errno("no udev");
  made->monitor_ = udev_monitor_new_from_netlink(made->context_, "udev");
  if (made->monitor_ == nullptr ||
      udev_monitor_filter_add_match_subsystem_devtype(made->monitor_, "drm", nullptr) < 0 ||
      udev_monitor_enable_receiving(made->monitor_) < 0)
    return Error::from_errno("udev cannot be listened to");
  auto source = loop.watch(udev_monitor_get_fd(made->monitor_), IoEvents::Readable,
                           [raw = made.get()](IoEvents) { raw->read(); });
  if (!source)
    return source.error();
  made->source_ = std::move(*source);
  return made;
}

HotplugMonitor::HotplugMonitor(dev_t device, Listener listener) : device_(device), listener_(std::move(listener)) {}

HotplugMonitor::~HotplugMonitor() {
  source_.reset();
  if (monitor_ != nullptr)
    udev_monitor_unref(monitor_);
  if (context_ != nullptr)
    udev_unref(context_);
}

void HotplugMonitor::read() {
  udev_device* device = udev_monitor_receive_device(monitor_);
  if (device == nullptr)
    return;
  const auto is = [&](const char* text, std::string_view wanted) { return text != nullptr && text == wanted; };
  const bool ours = udev_device_get_devnum(device) == device_;
  const bool removed = ours && is(udev_device_get_action(device), "remove");
  const bool changed = ours && is(udev_device_get_property_value(device, "HOTPLUG"), "1");
  std::optional<std::uint32_t> connector;
  // With PROPERTY it is that one's value that has changed, such as link-status; the connector is to be read either way.
  if (const char* id = udev_device_get_property_value(device, "CONNECTOR"); id != nullptr) {
    std::uint32_t number = 0;
    if (std::from_chars(id, id + std::strlen(id), number).ec == std::errc())
      connector = number;
  }
  udev_device_unref(device);
  if (removed)
    listener_.removed();
  else if (changed)
    listener_.changed(connector);
}

} // namespace fenceline
