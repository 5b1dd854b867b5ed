#include "compositor/output/overlay_choice.h"

#include <algorithm>

namespace fenceline {
namespace {

using Choice = std::vector<std::optional<std::size_t>>;

/// The highest overlay below `above` that takes the layer.
std::optional<std::size_t> highest(std::uint64_t planes, std::size_t above) {
  for (std::size_t i = above; i-- > 0;)
    if ((planes >> i & 1U) != 0)
      return i;
  return std::nullopt;
}

} // namespace

Choice choose_overlays(std::span<const OverlayWish> layers, std::size_t overlays) {
  overlays = std::min<std::size_t>(overlays, 64);
  std::vector<bool> allowed;
  allowed.reserve(layers.size());
  for (const OverlayWish& layer : layers)
    allowed.push_back(layer.planes != 0);
  for (;;) {
    Choice choice(layers.size());
    std::vector<Rect> composed;
    std::optional<std::size_t> left_over;
    std::size_t free = overlays;
    for (std::size_t i = layers.size(); i-- > 0 && !left_over;) {
      const bool below_composed = std::any_of(composed.begin(), composed.end(), [&](const Rect& above) {
        return !above.intersected(layers[i].seen).empty();
      });
      if (!allowed[i] || below_composed) {
        composed.push_back(layers[i].seen);
        continue;
      }
      choice[i] = highest(layers[i].planes, free);
      if (choice[i])
        free = *choice[i];
      else
        left_over = i;
    }
    if (!left_over)
      return choice;
    // Of those that want the same planes the one that costs least; the lowest of equals, which blocks nobody below.
    std::size_t least = *left_over;
    for (std::size_t i = *left_over + 1; i < layers.size(); ++i)
      if (choice[i] && layers[i].worth < layers[least].worth)
        least = i;
    allowed[least] = false;
  }
}

} // namespace fenceline
