#include "compositor/output/layer_activity.h"

namespace fenceline {

void LayerActivity::look(const SceneSnapshot& snapshot) {
  for (const Layer& layer : snapshot.layers) {
    Seen& seen = seen_[layer.surface];
    const bool changed = seen.commit != layer.commit;
    seen.commit = layer.commit;
    seen.score = seen.score - seen.score / 8 + (changed ? most / 8 : 0);
    seen.score = seen.score > most ? most : seen.score;
  }
}

std::uint32_t LayerActivity::of(SurfaceId surface) const {
  const auto found = seen_.find(surface);
  return found == seen_.end() ? 0 : found->second.score;
}

} // namespace fenceline
