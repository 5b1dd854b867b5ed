#pragma once
#include <memory>
#include <optional>

#include "compositor/backends/nested/nested_device.h"
#include "compositor/backends/nested/parent_area.h"
#include "compositor/backends/nested/parent_keyboard.h"
#include "compositor/backends/nested/parent_pointer.h"
#include "compositor/backends/nested/parent_touch.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// The devices of the parent's first seat are ours while our window has them.
class NestedInput {
 public:
  /// All of it outlives the input.
  NestedInput(NestedDevice& device, Seat& seat, const Clock& clock);
  NestedInput(const NestedInput&) = delete;
  NestedInput& operator=(const NestedInput&) = delete;
  ~NestedInput();

 private:
  void follow();

  NestedDevice& device_;
  Seat& seat_;
  const Clock& clock_;
  ParentArea area_;
  std::optional<ParentPointer> pointer_;
  std::optional<ParentKeyboard> keyboard_;
  std::optional<ParentTouch> touch_;
};

} // namespace fenceline
