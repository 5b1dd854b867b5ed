#include "compositor/shell/popup_stack.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fenceline {

Result<void> PopupStack::add(Popup popup, bool on_window) {
  const Popup* parent = find(popup.parent);
  if (find(popup.surface) || (!parent && !on_window))
    return Error{"a popup stands on what is not there", EINVAL};
  popup.base = parent ? parent->base : popup.parent;
  popup.depth = parent ? parent->depth + 1 : 1;
  if (popup.depth > max_depth)
    return Error{"too many popups stand on each other", ENOMEM};
  popups_.push_back(std::make_unique<Popup>(popup));
  by_surface_[popup.surface] = popups_.back().get();
  return {};
}

Popup* PopupStack::find(SurfaceId surface) const {
  const auto it = by_surface_.find(surface);
  return it == by_surface_.end() ? nullptr : it->second;
}

bool PopupStack::has_child(SurfaceId surface) const {
  return std::any_of(popups_.begin(), popups_.end(), [surface](const auto& p) { return p->parent == surface; });
}

PopupStack::Popups PopupStack::take(std::unordered_set<SurfaceId> going) {
  Popups taken;
  // One look at each is enough: parents come first.
  for (auto& p : popups_) {
    if (!going.contains(p->surface) && !going.contains(p->parent))
      continue;
    going.insert(p->surface);
    by_surface_.erase(p->surface);
    taken.push_back(std::move(p));
  }
  std::erase(popups_, nullptr);
  std::reverse(taken.begin(), taken.end());
  return taken;
}

} // namespace fenceline
