#include "compositor/output/plane_stack.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace fenceline {
namespace {

/// Whether all of them can be in any order, each at least `lowest` and at most `highest`.
bool any_order(const std::vector<const PlaneInfo*>& planes, std::uint64_t lowest, std::uint64_t highest) {
  for (const PlaneInfo* plane : planes) {
    if (!plane->depths)
      return false;
    lowest = std::max(lowest, plane->depths->lowest);
    highest = std::min(highest, plane->depths->highest);
  }
  return planes.size() > 1 && lowest <= highest && highest - lowest >= planes.size() - 1;
}

} // namespace

PlaneStack::PlaneStack(const OutputInfo& output) : output_(output) {
  const auto primary = std::find_if(output.planes.begin(), output.planes.end(),
                                    [](const PlaneInfo& plane) { return plane.type == PlaneType::Primary; });
  if (primary != output.planes.end())
    primary_ = &*primary;
  const PlaneDepths* middle = primary_ != nullptr && primary_->depths ? &*primary_->depths : nullptr;
  for (const PlaneInfo& plane : output.planes) {
    if (plane.type != PlaneType::Overlay)
      continue;
    if (middle == nullptr || !plane.depths || plane.depths->highest > middle->lowest)
      over_.planes.push_back(&plane);
    if (middle != nullptr && plane.depths && plane.depths->lowest < middle->highest)
      under_.planes.push_back(&plane);
  }
  if (middle == nullptr)
    return;
  over_.free_order = any_order(over_.planes, middle->lowest + 1, std::numeric_limits<std::uint64_t>::max());
  under_.free_order = middle->highest > 0 && any_order(under_.planes, 0, middle->highest - 1);
}

const PlaneInfo* PlaneStack::find(PlaneId id) const {
  const auto found = std::find_if(output_.planes.begin(), output_.planes.end(),
                                  [id](const PlaneInfo& plane) { return plane.id == id; });
  return found != output_.planes.end() ? &*found : nullptr;
}

void PlaneStack::raise(PlaneId plane) {
  if (!over_.free_order)
    return;
  const auto found = std::find_if(over_.planes.begin(), over_.planes.end(),
                                  [plane](const PlaneInfo* info) { return info->id == plane; });
  if (found != over_.planes.end())
    std::rotate(found, found + 1, over_.planes.end());
}

// Each as low as those below it allow: if there is any way to lay them so, this is one.
bool PlaneStack::lay(std::span<PlaneState> planes) const {
  const PlaneDepths* below = nullptr;
  std::uint64_t depth = 0;
  bool possible = true;
  for (PlaneState& plane : planes) {
    const PlaneInfo* info = find(plane.plane);
    if (info == nullptr || !info->depths)
      continue;
    const PlaneDepths& own = *info->depths;
    const std::uint64_t next = std::clamp(below == nullptr ? 0 : depth + 1, own.lowest, own.highest);
    // Those that a driver has fixed at one depth lie in the order in which it lists them.
    const bool tied = below != nullptr && next == depth && !own.movable() && !below->movable();
    possible = possible && (below == nullptr || next > depth || tied);
    if (own.movable())
      plane.depth = next;
    depth = next;
    below = &own;
  }
  return possible;
}

} // namespace fenceline
