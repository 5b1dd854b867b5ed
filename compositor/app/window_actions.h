#pragma once
#include "compositor/input/key_bindings.h"
#include "compositor/shell/desktop.h"

namespace fenceline {

/// What keys do to windows: to the one that has the focus.
class WindowActions {
 public:
  explicit WindowActions(Desktop& desktop) : desktop_(desktop) {}
  /// False: it is about something else.
  bool run(const KeyBinding& binding);
  /// The binding's modifiers are let go.
  void released() { desktop_.settle_cycle(); }

 private:
  void maximize(WindowId window, bool maximized);
  void toggle_fullscreen(WindowId window);
  void restore(WindowId window);

  Desktop& desktop_;
};

} // namespace fenceline
