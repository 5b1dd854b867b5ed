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
  for (const auto& other : windows_)
    if (other->parent == w)
      other->parent = w->parent;
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

template <class Number>
bool WindowStack::sort_by(Number&& number) {
  const auto before = [&number](const auto& a, const auto& b) { return number(*a) < number(*b); };
  if (std::is_sorted(windows_.begin(), windows_.end(), before))
    return false;
  std::stable_sort(windows_.begin(), windows_.end(), before);
  return true;
}

bool WindowStack::raise(WindowId id) {
  // Each window of the family gets the number of the last of the raised one's line of ancestors that it stands on, and
  // goes there. Parents lie below their children: one look at each window is enough.
  std::vector<const Window*> line;
  for (const Window* w = find(id); w; w = w->parent)
    line.push_back(w);
  std::unordered_map<const Window*, std::size_t> numbers;
  for (std::size_t i = 0; i < line.size(); ++i)
    numbers[line[i]] = line.size() - i;
  for (const auto& w : windows_)
    if (const auto parent = numbers.find(w->parent); parent != numbers.end())
      numbers.emplace(w.get(), parent->second);
  return sort_by([&numbers](const Window& w) {
    const auto it = numbers.find(&w);
    return it == numbers.end() ? std::size_t{0} : it->second;
  });
}

bool WindowStack::set_parent(Window& window, Window* parent) {
  for (const Window* p = parent; p; p = p->parent)
    if (p == &window)
      return false;
  window.parent = parent;
  if (!parent)
    return true;
  const auto place_of = [this](const Window* w) {
    return std::find_if(windows_.begin(), windows_.end(), [w](const auto& other) { return other.get() == w; });
  };
  if (place_of(parent) < place_of(&window))
    return true;
  // What stands on it comes along, right above the parent.
  std::unordered_map<const Window*, bool> moving{{&window, true}};
  for (const auto& w : windows_)
    if (moving.contains(w->parent))
      moving.emplace(w.get(), true);
  bool above = false;
  std::unordered_map<const Window*, int> numbers;
  for (const auto& w : windows_) {
    numbers[w.get()] = moving.contains(w.get()) ? 1 : above ? 2 : 0;
    above = above || w.get() == parent;
  }
  sort_by([&numbers](const Window& w) { return numbers.at(&w); });
  return true;
}

bool WindowStack::update_hidden() {
  bool changed = false;
  for (const auto& w : windows_) {
    const bool hidden = w->minimized || (w->parent && w->parent->hidden);
    changed |= std::exchange(w->hidden, hidden) != hidden && w->mapped;
  }
  return changed;
}

Window* WindowStack::topmost_visible() const {
  const auto it = std::find_if(windows_.rbegin(), windows_.rend(), [](const auto& w) { return w->visible(); });
  return it == windows_.rend() ? nullptr : it->get();
}

std::vector<WindowId> WindowStack::order() const {
  std::vector<WindowId> ids;
  for (const auto& w : windows_)
    ids.push_back(w->id);
  return ids;
}

void WindowStack::restore(std::span<const WindowId> order) {
  std::unordered_map<WindowId, std::size_t> numbers;
  for (std::size_t i = 0; i < order.size(); ++i)
    numbers[order[i]] = i;
  sort_by([&numbers, last = order.size()](const Window& w) {
    const auto it = numbers.find(w.id);
    return it == numbers.end() ? last : it->second;
  });
}

} // namespace fenceline
