#pragma once
#include "protocols/seat_global.h"

namespace fenceline {

/// cursor-shape-v1: clients name a shape of the session's cursor theme instead of drawing one. Version 2 where the
/// installed XML has it.
class CursorShapeGlobal {
 public:
  CursorShapeGlobal(wl::Display& display, SeatGlobal& seat);
  CursorShapeGlobal(const CursorShapeGlobal&) = delete;
  CursorShapeGlobal& operator=(const CursorShapeGlobal&) = delete;

 private:
  wl::Global global_;
};

} // namespace fenceline
