#pragma once
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
  Desktop& desktop_;
};

} // namespace fenceline
