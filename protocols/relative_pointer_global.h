#pragma once
#include <vector>

#include "protocols/seat_global.h"

namespace fenceline {

/// relative-pointer-v1: how far the mouse has moved, to the client that has the pointer, whether the pointer moved with
/// it or not.
class RelativePointerGlobal {
 public:
  RelativePointerGlobal(wl::Display& display, SeatGlobal& seat);
  RelativePointerGlobal(const RelativePointerGlobal&) = delete;
  RelativePointerGlobal& operator=(const RelativePointerGlobal&) = delete;

 private:
  class Manager;
  class RelativePointer;
  bool moved(wl_client* client, TimePoint time, const RelativeMotion& motion) const;

  wl::Global global_;
  std::vector<RelativePointer*> pointers_;
};

} // namespace fenceline
