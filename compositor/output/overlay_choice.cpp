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

/// So many more layers than there are planes are looked at: a client may have thousands.
constexpr std::size_t runners_up = 8;

/// Those that some overlay takes, at most so many.
std::vector<std::size_t> most_worth(std::span<const OverlayWish> layers, std::size_t count) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].planes != 0)
      found.push_back(i);
  if (found.size() <= count)
    return found;
  // Of equals the upper, which nobody is above.
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), found.end(),
                    [&layers](std::size_t a, std::size_t b) {
                      return layers[a].worth != layers[b].worth ? layers[a].worth > layers[b].worth : a > b;
                    });
  found.resize(count);
  return found;
}

} // namespace

Choice choose_overlays(std::span<const OverlayWish> layers, std::size_t overlays) {
  overlays = std::min<std::size_t>(overlays, 64);
  std::vector<bool> allowed(layers.size(), false);
  for (const std::size_t i : most_worth(layers, overlays + runners_up))
    allowed[i] = true;
  for (;;) {
    Choice choice(layers.size());
    std::vector<Rect> composed;
    std::optional<std::size_t> left_over;
    std::size_t free = overlays;
    for (std::size_t i = layers.size(); i-- > 0 && !left_over;) {
      const auto covers_some = [&](const Rect& above) { return !above.intersected(layers[i].seen).empty(); };
      if (!allowed[i] || std::any_of(composed.begin(), composed.end(), covers_some)) {
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
