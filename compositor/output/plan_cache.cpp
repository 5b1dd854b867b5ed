#include "compositor/output/plan_cache.h"

#include <algorithm>

namespace fenceline {

std::optional<bool> PlanCache::find(const PlanKey& key) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&key](const Entry& entry) { return entry.key == key; });
  if (found == entries_.end())
    return std::nullopt;
  std::rotate(found, found + 1, entries_.end());
  return entries_.back().accepted;
}

void PlanCache::remember(const PlanKey& key, bool accepted) {
  forget(key);
  if (entries_.size() == max_entries)
    entries_.erase(entries_.begin());
  entries_.push_back({key, accepted, frames_});
}

void PlanCache::forget(const PlanKey& key) {
  std::erase_if(entries_, [&key](const Entry& entry) { return entry.key == key; });
}

void PlanCache::age() {
  std::erase_if(entries_, [](Entry& entry) { return !entry.accepted && --entry.frames_left == 0; });
}

} // namespace fenceline
