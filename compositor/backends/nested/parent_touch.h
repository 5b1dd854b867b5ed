#pragma once
#include <cstdint>

#include "compositor/backends/nested/parent_area.h"
#include "compositor/backends/nested/parent_ptr.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// The parent's touch screen, as far as fingers come down on our window.
class ParentTouch {
 public:
  ParentTouch(wl_seat* parent, Seat& seat, const Clock& clock, const ParentArea& area);
  ParentTouch(const ParentTouch&) = delete;
  ParentTouch& operator=(const ParentTouch&) = delete;
  ~ParentTouch();

 private:
  void down(std::uint32_t serial, std::uint32_t time, wl_surface* surface, std::int32_t id, wl_fixed_t x, wl_fixed_t y);
  void up(std::uint32_t serial, std::uint32_t time, std::int32_t id);
  void motion(std::uint32_t time, std::int32_t id, wl_fixed_t x, wl_fixed_t y);
  void frame() { seat_.touch_frame(); }
  void cancel() { seat_.touch_cancel(); }

  Seat& seat_;
  const Clock& clock_;
  const ParentArea& area_;
  ParentPtr<wl_touch> touch_;
};

} // namespace fenceline
