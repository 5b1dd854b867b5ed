#pragma once
#include <string>

#include "compositor/base/result.h"

namespace fenceline {

/// Opens input devices for libinput: through the session (libseat), which may take them away again.
class DeviceOpener {
 public:
  virtual ~DeviceOpener() = default;
  /// The descriptor stays the opener's: it is given back by close_device.
  [[nodiscard]] virtual Result<int> open_device(const std::string& path) = 0;
  virtual void close_device(int fd) = 0;
};

} // namespace fenceline
