#include "compositor/output/shared_releases.h"

#include <algorithm>
#include <utility>

namespace fenceline {

UniqueFd SharedReleases::replaced(OutputId output, const BufferLeasePtr& lease, const UniqueFd& fence) {
  Entry& entry = entries_[lease.get()];
  std::erase_if(entry.outputs, [output](const Replaced& known) { return known.output == output; });
  entry.outputs.push_back({output, fence.duplicate()});
  if (entry.promised || static_cast<std::size_t>(lease.use_count()) != entry.outputs.size())
    return {};
  UniqueFd all;
  for (const Replaced& one : entry.outputs) {
    if (!one.fence.valid())
      return {};
    Result<UniqueFd> merged = all.valid() ? merge_(all, one.fence) : Result<UniqueFd>(one.fence.duplicate());
    if (!merged || !merged->valid())
      return {};
    all = std::move(*merged);
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
