#pragma once
#include "compositor/shell/window.h"

namespace fenceline {

/// One window that the pointer moves, or an edge of which it drags: where the pointer's way leads.
class WindowGrab {
 public:
  /// px; sizes beyond it make no sense on any output.
  static constexpr std::int32_t largest = 1 << 15;

  /// `edges` none: it is moved. `frame`: the window geometry when it begins, global. `x`, `y`: of the pointer.
  WindowGrab(WindowId window, WindowEdges edges, Rect frame, double x, double y)
      : window_(window), edges_(edges), frame_(frame), x_(x), y_(y) {}

  [[nodiscard]] WindowId window() const { return window_; }
  [[nodiscard]] bool moves() const { return edges_ == window_edge::none; }
  /// The place that goes with the pointer.
  [[nodiscard]] Point place_at(double x, double y) const;
  /// The size that goes with the pointer, within the window's limits and at least `least`.
  [[nodiscard]] Size size_at(double x, double y, const Window& window, Size least) const;

 private:
  WindowId window_;
  WindowEdges edges_;
  Rect frame_;
  double x_, y_;
};

/// The place of a window geometry of that size whose lower right or upper left corner, by the edges that are dragged,
/// stays where it is.
[[nodiscard]] Point anchored(const Window& window, Size size);
/// The edges to drag for a pointer there in a window: those of the corner that is next to it.
[[nodiscard]] WindowEdges edges_near(Rect frame, double x, double y);

} // namespace fenceline
