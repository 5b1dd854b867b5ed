#pragma once
#include "protocols/seat_global.h"

namespace fenceline {

/// pointer-constraints-v1: clients that hold the pointer where it is, or within a region of a surface.
class PointerConstraintsGlobal {
 public:
  PointerConstraintsGlobal(wl::Display& display, Scene& scene, Seat& seat);
  PointerConstraintsGlobal(const PointerConstraintsGlobal&) = delete;
  PointerConstraintsGlobal& operator=(const PointerConstraintsGlobal&) = delete;

 private:
  class Manager;
  Scene& scene_;
  Seat& seat_;
  wl::Global global_;
};

} // namespace fenceline
