#include "compositor/shell/window_stack.h"

#include <algorithm>
#include <utility>

namespace fenceline {

Window& WindowStack::add(Window window) {
  window.id = ids_.next();
  windows_.push_back(std::make_unique<Window>(std::move(window)));
  Window& added = *windows_.back();
  by_id_[added.id] = &added;
  by_surface_[added.surface] = &added;
  return added;
}

void WindowStack::remove(WindowId id) {
  const Window* w = find(id);
  if (!w)
    return;
  by_surface_.erase(w->surface);
  by_id_.erase(id);
  std::erase_if(windows_, [id](const auto& other) { return other->id == id; });
}

Window* WindowStack::find(WindowId id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : it->second;
}

Window* WindowStack::find_by_surface(SurfaceId surface) const {
  const auto it = by_surface_.find(surface);
  return it == by_surface_.end() ? nullptr : it->second;
}

bool WindowStack::raise(WindowId id) {
  const auto it = std::find_if(windows_.begin(), windows_.end(), [id](const auto& w) { return w->id == id; });
  if (it == windows_.end() || std::next(it) == windows_.end())
    return false;
  std::rotate(it, std::next(it), windows_.end());
  return true;
}

Window* WindowStack::topmost_mapped() const {
  const auto it = std::find_if(windows_.rbegin(), windows_.rend(), [](const auto& w) { return w->mapped; });
  return it == windows_.rend() ? nullptr : it->get();
}

} // namespace fenceline
