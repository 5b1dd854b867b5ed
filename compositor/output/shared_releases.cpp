#include "compositor/output/shared_releases.h"

#include <algorithm>
#include <utility>

namespace fenceline {

ReleaseFencePtr SharedReleases::replaced(OutputId output, const BufferLeasePtr& lease, const ReleaseFencePtr& fence) {
  Entry& entry = entries_[lease.get()];
  std::erase_if(entry.outputs, [output](const Replaced& known) { return known.output == output; });
  entry.outputs.push_back({output, fence});
  if (entry.promised || static_cast<std::size_t>(lease.use_count()) != entry.outputs.size())
    return {};
  ReleaseFencePtr all = entry.outputs.front().fence;
  for (std::size_t i = 1; i < entry.outputs.size(); ++i) {
    Result<UniqueFd> merged = merge_(all->sync_file(), entry.outputs[i].fence->sync_file());
    if (!merged || !merged->valid())
      return {};
    all = std::make_shared<ReleaseFence>(std::move(*merged));
  }
  entry.promised = true;
  return all;
}

void SharedReleases::forget(OutputId output) {
  for (auto& [lease, entry] : entries_)
    std::erase_if(entry.outputs, [output](const Replaced& known) { return known.output == output; });
  std::erase_if(entries_, [](const auto& item) { return item.second.outputs.empty(); });
}

bool SharedReleases::promised(const BufferLease* lease) const {
  const auto found = entries_.find(lease);
  return found != entries_.end() && found->second.promised;
}

} // namespace fenceline
