#pragma once
#include "compositor/base/fd.h"
#include "compositor/base/result.h"
#include "tests/fuzz/input_step.h"

#include <array>

namespace fenceline::fuzz {

/// A mouse and a keyboard of our own, through /dev/uinput, udev and libinput. The mouse goes where it is told, as a
/// virtual machine's does.
class InputDevices {
 public:
  /// Returns when udev has seen both: a server that starts later has them from the start.
  [[nodiscard]] static Result<InputDevices> create();

  /// What a device that is pulled out is to do is left out.
  void perform(const InputStep& step);

 private:
  InputDevices() = default;
  [[nodiscard]] Result<void> plug(std::size_t device);
  void event(std::size_t device, int type, int code, int value) const;

  std::array<UniqueFd, 2> devices_; ///< invalid: pulled out
};

} // namespace fenceline::fuzz
