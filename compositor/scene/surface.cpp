#include "compositor/scene/surface.h"

#include <utility>

namespace fenceline {

Surface::Surface(SurfaceId id, ClientId client) : id_(id), client_(client) {
  current_.children.push_back({id, {}});
}

bool Surface::give_role(SurfaceRole role) {
  if (role_ != SurfaceRole::None && role_ != role)
    return false;
  role_ = role;
  return true;
}

const std::vector<ChildPlacement>& Surface::pending_children() const {
  if (pending_.children)
    return *pending_.children;
  for (auto it = queue_.rbegin(); it != queue_.rend(); ++it)
    if ((*it)->patch.children)
      return *(*it)->patch.children;
  return current_.children;
}

Point Surface::take_offset() {
  return std::exchange(current_.offset, {});
}

} // namespace fenceline
