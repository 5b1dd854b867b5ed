#pragma once
#include <optional>

#include "compositor/input/seat.h"
#include "compositor/shell/desktop.h"

namespace fenceline {

/// The seat asks the desktop, and the desktop gets the pointer to move and resize windows with.
class DesktopPolicy final : public SeatPolicy, public PointerGrab {
 public:
  explicit DesktopPolicy(Desktop& desktop) : desktop_(desktop) {}
  /// The seat that asks; it outlives the desktop's last request.
  void attach(Seat& seat);

  [[nodiscard]] SurfaceHit hit_test(double x, double y) const override;
  [[nodiscard]] bool origin_of(SurfaceId surface, double& x, double& y) const override;
  [[nodiscard]] SurfaceId keyboard_focus() const override;
  [[nodiscard]] PointerGrab* take_press(const PointerPress& press) override;
  [[nodiscard]] CursorShape cursor_at(double x, double y) const override;
  void clicked(SurfaceId surface) override;

  void pointer_moved(TimePoint time, double x, double y) override;
  void released(TimePoint time) override;
  void grab_ended() override;
  [[nodiscard]] CursorShape cursor() const override;

 private:
  /// One window at a time is dragged, by one button or finger.
  [[nodiscard]] bool busy() const { return button_ || desktop_.dragged(); }
  void start(Seat& seat, const Desktop::GrabWish& wish);
  /// `this` when the drag has begun.
  [[nodiscard]] PointerGrab* drag(WindowId window, WindowEdges edges, const PointerPress& press);
  [[nodiscard]] PointerGrab* take_frame(const PointerPress& press, const Desktop::FrameHit& hit);

  Desktop& desktop_;
  std::optional<Desktop::FrameHit> button_; ///< Of a window's frame, that is held.
  WindowEdges edges_ = window_edge::none;   ///< That are dragged, while a window is.
  double x_ = 0, y_ = 0;                    ///< Of the pointer or the finger, while one of these is.
};

} // namespace fenceline
