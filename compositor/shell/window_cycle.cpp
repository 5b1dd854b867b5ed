#include "compositor/shell/window_cycle.h"

#include <algorithm>

namespace fenceline {

void WindowCycle::used(WindowId window) {
  std::erase(recent_, window);
  recent_.push_back(window);
}

void WindowCycle::gone(WindowId window) {
  std::erase(recent_, window);
  const auto it = std::find(candidates_.begin(), candidates_.end(), window);
  if (it == candidates_.end())
    return;
  const auto index = static_cast<std::size_t>(it - candidates_.begin());
  candidates_.erase(it);
  if (index < at_ || at_ == candidates_.size())
    at_ = at_ == 0 ? 0 : at_ - 1;
}

bool WindowCycle::step(bool forward) {
  if (candidates_.empty()) {
    for (auto it = recent_.rbegin(); it != recent_.rend(); ++it)
      if (const Window* w = windows_.find(*it); w && w->mapped)
        candidates_.push_back(*it);
    order_ = windows_.order();
    at_ = 0;
  }
  if (candidates_.size() < 2) {
    candidates_.clear();
    return false;
  }
  at_ = (at_ + (forward ? 1 : candidates_.size() - 1)) % candidates_.size();
  windows_.restore(order_);
  windows_.raise(candidates_[at_]);
  return true;
}

std::optional<WindowId> WindowCycle::settle() {
  if (candidates_.empty())
    return std::nullopt;
  const WindowId chosen = candidates_[at_];
  candidates_.clear();
  windows_.restore(order_);
  return chosen;
}

} // namespace fenceline
