#include "compositor/output/deny_list.h"

#include <algorithm>

namespace fenceline {

void DenyList::deny(const Layer& layer) {
  forget(layer.surface);
  entries_.push_back({layer.surface, layer.format, layer.buffer_size, frames_});
}

bool DenyList::denies(const Layer& layer) {
  const auto entry =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.surface == layer.surface; });
  if (entry == entries_.end())
    return false;
  if (entry->format == layer.format && entry->size == layer.buffer_size)
    return true;
  entries_.erase(entry);
  return false;
}

void DenyList::age() {
  std::erase_if(entries_, [](Entry& entry) { return --entry.frames_left == 0; });
}

void DenyList::forget(SurfaceId surface) {
  std::erase_if(entries_, [surface](const Entry& entry) { return entry.surface == surface; });
}

} // namespace fenceline
