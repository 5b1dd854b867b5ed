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
  void clicked(SurfaceId surface) override;

  void pointer_moved(TimePoint time, double x, double y) override;
  void grab_ended() override;

 private:
  [[nodiscard]] PointerGrab* take_frame(const PointerPress& press, const Desktop::FrameHit& hit);

  Desktop& desktop_;
  std::optional<Desktop::FrameHit> button_; ///< Of a window's frame, that is held.
  double x_ = 0, y_ = 0;                    ///< Of the pointer, while it is.
};

} // namespace fenceline
