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

/// Rectangles to be asked whether something lies over one of them. Many become the one around them all.
class Pile {
 public:
  void add(Rect rect) {
    rects_.push_back(rect);
    if (rects_.size() > most)
      rects_ = {around(rects_)};
  }
  [[nodiscard]] bool meets(Rect other) const {
    return std::any_of(rects_.begin(), rects_.end(),
                       [&other](const Rect& rect) { return !rect.intersected(other).empty(); });
  }

 private:
  static constexpr std::size_t most = 64 + runners_up + 1; // As many as can be on planes.
  std::vector<Rect> rects_;
};

} // namespace

Rect around(std::span<const Rect> rects) {
  Rect all;
  for (const Rect& rect : rects) {
    if (all.empty()) {
      all = rect;
      continue;
    }
    const std::int32_t left = std::min(all.x, rect.x), top = std::min(all.y, rect.y);
    all = {left, top, std::max(all.x + all.width, rect.x + rect.width) - left,
           std::max(all.y + all.height, rect.y + rect.height) - top};
  }
  return all;
}

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

std::vector<LayerPlace> choose_around(std::span<const OverlayWish> layers, std::size_t overlays, bool covered) {
  overlays = std::min<std::size_t>(overlays, 64);
  std::vector<bool> allowed(layers.size(), false);
  for (const std::size_t i : most_worth(layers, overlays + runners_up))
    allowed[i] = true;
  for (;;) {
    std::vector<LayerPlace> places(layers.size());
    std::vector<std::size_t> wanting;
    Pile scanned, above;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Rect& seen = layers[i].seen;
      const bool on_primary = covered && i == 0;
      if (on_primary || (allowed[i] && !above.meets(seen))) {
        scanned.add(seen);
        if (!on_primary)
          wanting.push_back(i);
      } else if (above.meets(seen) || scanned.meets(seen)) {
        places[i].above = true;
        above.add(seen);
      }
    }
    std::optional<std::size_t> left_over;
    std::size_t free = overlays;
    for (auto i = wanting.rbegin(); i != wanting.rend() && !left_over; ++i) {
      places[*i].overlay = highest(layers[*i].planes, free);
      if (places[*i].overlay)
        free = *places[*i].overlay;
      else
        left_over = *i;
    }
    if (!left_over)
      return places;
    std::size_t least = *left_over;
    for (const std::size_t i : wanting)
      if (i > *left_over && layers[i].worth < layers[least].worth)
        least = i;
    allowed[least] = false;
  }
}

} // namespace fenceline
