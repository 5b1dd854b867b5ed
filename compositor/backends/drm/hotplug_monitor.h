#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "compositor/base/event_loop.h"
#include "compositor/base/result.h"

struct udev;
struct udev_monitor;

namespace fenceline {

/// Tells of what udev says of one card: cables, links, and its end.
class HotplugMonitor {
 public:
  struct Listener {
    /// Connectors have changed; the id of the one, where the kernel names it.
    std::function<void(std::optional<std::uint32_t>)> changed;
    /// The card is gone.
    std::function<void()> removed;
  };
  /// `device`: the card's device number (its node's st_rdev).
  [[nodiscard]] static Result<std::unique_ptr<HotplugMonitor>> create(EventLoop& loop, dev_t device, Listener listener);
  HotplugMonitor(const HotplugMonitor&) = delete;
  HotplugMonitor& operator=(const HotplugMonitor&) = delete;
  ~HotplugMonitor();

 private:
  HotplugMonitor(dev_t device, Listener listener);
  void read();

  dev_t device_;
  Listener listener_;
  udev* context_ = nullptr;
  udev_monitor* monitor_ = nullptr;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline
