#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "compositor/backends/nested/parent_area.h"
#include "compositor/backends/nested/parent_ptr.h"
#include "compositor/input/seat.h"

namespace fenceline {

/// The parent's pointer over our window, as the seat's pointer.
class ParentPointer {
 public:
  ParentPointer(wl_seat* parent, Seat& seat, const Clock& clock, const ParentArea& area);
  ParentPointer(const ParentPointer&) = delete;
  ParentPointer& operator=(const ParentPointer&) = delete;
  ~ParentPointer();

  [[nodiscard]] wl_pointer* get() const { return pointer_.get(); }
  /// The serial of its last enter; none: it is not over the window.
  [[nodiscard]] std::optional<std::uint32_t> inside() const { return inside_; }
  /// Called when it has come into the window: its cursor is to be set then.
  void on_enter(std::function<void()> callback) { on_enter_ = std::move(callback); }

 private:
  /// One axis of the scroll that is being told, until its frame.
  struct Axis {
    double value = 0;
    int steps_120 = 0;
    bool stop = false;
  };
  void enter(std::uint32_t serial, wl_surface* surface, wl_fixed_t x, wl_fixed_t y);
  void leave(std::uint32_t serial, wl_surface* surface);
  void motion(std::uint32_t time, wl_fixed_t x, wl_fixed_t y);
  void button(std::uint32_t serial, std::uint32_t time, std::uint32_t button, std::uint32_t state);
  void axis(std::uint32_t time, std::uint32_t axis, wl_fixed_t value);
  void axis_source(std::uint32_t source) { source_ = source; }
  void axis_stop(std::uint32_t time, std::uint32_t axis);
  void axis_discrete(std::uint32_t axis, std::int32_t clicks);
  void axis_value120(std::uint32_t axis, std::int32_t value);
  void axis_relative_direction(std::uint32_t axis, std::uint32_t direction);
  void frame();
  Axis& along(std::uint32_t axis);

  Seat& seat_;
  const Clock& clock_;
  const ParentArea& area_;
  ParentPtr<wl_pointer> pointer_;
  std::optional<std::uint32_t> inside_;
  std::vector<std::uint32_t> pressed_;
  std::array<Axis, 2> axes_; ///< Vertical, horizontal: the protocol's numbers.
  std::optional<std::uint32_t> source_;
  TimePoint scroll_time_;
  bool scrolls_ = false, inverted_ = false;
  std::function<void()> on_enter_;
};

} // namespace fenceline
