#include "compositor/app/window_actions.h"

namespace fenceline {

void WindowActions::maximize(WindowId window, bool maximized) {
  desktop_.request_maximized(window, maximized);
  desktop_.reconfigure(window);
}

void WindowActions::toggle_fullscreen(WindowId window) {
  if (desktop_.find(window)->wants_fullscreen)
    desktop_.leave_fullscreen(window);
  else
    desktop_.request_fullscreen(window, std::nullopt);
  desktop_.reconfigure(window);
}

void WindowActions::restore(WindowId window) {
  const Window& w = *desktop_.find(window);
  if (w.wants_fullscreen)
    toggle_fullscreen(window);
  else if (w.wants_maximized)
    maximize(window, false);
  else
    desktop_.set_minimized(window, true);
}

bool WindowActions::run(const KeyBinding& binding) {
  const std::optional<WindowId> focused = desktop_.focused();
  switch (binding.action) {
  case KeyAction::CloseWindow:
    desktop_.close_focused();
    return true;
  case KeyAction::CycleWindows:
  case KeyAction::CycleWindowsBack:
    desktop_.cycle(binding.action == KeyAction::CycleWindows);
    return true;
  case KeyAction::Maximize:
    if (focused)
      maximize(*focused, true);
    return true;
  case KeyAction::Restore:
    if (focused)
      restore(*focused);
    return true;
  case KeyAction::Fullscreen:
    if (focused)
      toggle_fullscreen(*focused);
    return true;
  case KeyAction::MoveToOutputLeft:
  case KeyAction::MoveToOutputRight:
    if (focused)
      desktop_.move_to_neighbour(*focused, binding.action == KeyAction::MoveToOutputRight);
    return true;
  case KeyAction::Quit:
  case KeyAction::SwitchVt:
  case KeyAction::Screenshot:
  case KeyAction::Spawn:
    return false;
  }
  return false;
}

} // namespace fenceline
