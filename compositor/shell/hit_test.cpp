#include "compositor/shell/hit_test.h"

namespace fenceline {
namespace {

std::optional<SurfaceHit> hit_tree(const Scene& scene, const Surface& surface, double x, double y) {
  const SurfaceState& state = surface.current();
  if (!state.mapped())
    return std::nullopt;
  for (auto it = state.children.rbegin(); it != state.children.rend(); ++it) {
    if (it->surface != surface.id()) {
      const Surface* child = scene.find(it->surface);
      if (!child)
        continue;
      if (const auto hit = hit_tree(scene, *child, x - it->offset.x, y - it->offset.y))
        return hit;
      continue;
    }
    const Size size = state.size();
    if (x < 0 || y < 0 || x >= size.width || y >= size.height)
      continue;
    if (!state.input || state.input->contains({static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)}))
      return SurfaceHit{surface.id(), x, y};
  }
  return std::nullopt;
}

} // namespace

std::optional<SurfaceHit> hit_test(const Scene& scene, std::span<const RootPlacement> roots, double x, double y) {
  for (auto it = roots.rbegin(); it != roots.rend(); ++it)
    if (const Surface* surface = scene.find(it->root))
      if (const auto hit = hit_tree(scene, *surface, x - it->position.x, y - it->position.y))
        return hit;
  return std::nullopt;
}

} // namespace fenceline
