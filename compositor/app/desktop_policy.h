#pragma once
#include "compositor/input/seat_sink.h"
#include "compositor/shell/desktop.h"

namespace fenceline {

/// The seat asks the desktop.
class DesktopPolicy final : public SeatPolicy {
 public:
  explicit DesktopPolicy(Desktop& desktop) : desktop_(desktop) {}
  [[nodiscard]] SurfaceHit hit_test(double x, double y) const override;
  [[nodiscard]] bool origin_of(SurfaceId surface, double& x, double& y) const override;
  [[nodiscard]] SurfaceId keyboard_focus() const override;
  void clicked(SurfaceId surface) override;

 private:
  Desktop& desktop_;
};

} // namespace fenceline
