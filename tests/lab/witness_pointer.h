#pragma once
// A pointing device of the test's own, through /dev/uinput, udev and libinput.

#include "compositor/base/fd.h"
#include "compositor/base/geometry.h"

namespace fenceline::lab {

/// An absolute one, as virtual machines have: it goes where it is told, to the pixel, with no acceleration in between.
class AbsolutePointer {
 public:
  /// Returns when udev has seen it: a session that starts later has it from the start. `keys`: it has a keyboard's keys
  /// too. Of one device the order of events is kept; of two, nobody knows.
  explicit AbsolutePointer(Size screen, bool keys = false);
  void move_to(Point place) const;
  /// BTN_LEFT, or a key (linux/input-event-codes.h).
  void press(unsigned code, bool down) const;

 private:
  void event(unsigned type, unsigned code, int value) const;
  UniqueFd device_;
};

} // namespace fenceline::lab
