#pragma once
#include "protocols/selection.h"

namespace fenceline {

/// primary-selection-unstable-v1: what is marked, pasted with the middle button. As the clipboard (Selection), but
/// without drags.
class PrimarySelectionGlobal {
 public:
  PrimarySelectionGlobal(wl::Display& display, SeatGlobal& seat);
  PrimarySelectionGlobal(const PrimarySelectionGlobal&) = delete;
  PrimarySelectionGlobal& operator=(const PrimarySelectionGlobal&) = delete;

 private:
  class Manager;
  class Source;
  class Offer;
  class Device;
  wl::Global global_;
  Selection selection_;
};

} // namespace fenceline
