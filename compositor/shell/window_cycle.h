#pragma once
#include <optional>
#include <vector>

#include "compositor/shell/window_stack.h"

namespace fenceline {

/// The windows in the order of their use, and going through them (Alt+Tab): each step puts one window on top to look
/// at, and settling says which one it is to be. Until then nothing else has changed.
class WindowCycle {
 public:
  explicit WindowCycle(WindowStack& windows) : windows_(windows) {}

  /// It has the focus.
  void used(WindowId window);
  void gone(WindowId window);
  [[nodiscard]] bool under_way() const { return !candidates_.empty(); }
  /// To the next of the mapped windows, most recently used first, or the one before it. False when there is none to go
  /// to.
  bool step(bool forward);
  /// The one that was chosen. The stack is what it was before the first step.
  [[nodiscard]] std::optional<WindowId> settle();

 private:
  WindowStack& windows_;
  std::vector<WindowId> recent_; ///< The last one is the one in use.
  std::vector<WindowId> candidates_;
  std::vector<WindowId> order_; ///< Before the first step.
  std::size_t at_ = 0;
};

} // namespace fenceline
