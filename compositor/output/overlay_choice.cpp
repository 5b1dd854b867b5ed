#include "compositor/output/overlay_choice.h"

#include <algorithm>

namespace fenceline {
namespace {

using Choice = std::pmr::vector<std::optional<std::size_t>>;

/// The planes that layers have got, from the uppermost layer down.
class Seating {
 public:
  Seating(std::span<const OverlayWish> layers, OverlaySeats seats, std::pmr::memory_resource* memory)
      : layers_(layers), free_order_(seats.free_order), left_(seats.count), sitting_(seats.count, memory) {}

  /// False where none is left for it. Others may have changed places.
  [[nodiscard]] bool seat(std::size_t layer) {
    if (free_order_) {
      asked_ = 0;
      return make_room(layer);
    }
    while (left_ > 0)
      if (takes(layer, --left_)) {
        sitting_[left_] = layer;
        return true;
      }
    return false;
  }
  [[nodiscard]] std::optional<std::size_t> seat_of(std::size_t layer) const {
    const auto found = std::find(sitting_.begin(), sitting_.end(), layer);
    return found == sitting_.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - sitting_.begin()));
  }
  /// Of the layer that got none and those that it competes with, the one that is worth least; the lowest of equals,
  /// which blocks nobody below.
  [[nodiscard]] std::size_t least(std::size_t left_over) const {
    std::size_t least = left_over;
    for (std::size_t plane = 0; plane < sitting_.size(); ++plane)
      if (const auto layer = sitting_[plane]; layer && (!free_order_ || (asked_ >> plane & 1U) != 0))
        if (layers_[*layer].worth < layers_[least].worth ||
            (layers_[*layer].worth == layers_[least].worth && *layer < least))
          least = *layer;
    return least;
  }

 private:
  [[nodiscard]] bool takes(std::size_t layer, std::size_t plane) const {
    return (layers_[layer].planes >> plane & 1U) != 0;
  }
  [[nodiscard]] bool make_room(std::size_t layer) {
    for (std::size_t plane = sitting_.size(); plane-- > 0;) {
      if (!takes(layer, plane) || (asked_ >> plane & 1U) != 0)
        continue;
      asked_ |= std::uint64_t{1} << plane;
      if (!sitting_[plane] || make_room(*sitting_[plane])) {
        sitting_[plane] = layer;
        return true;
      }
    }
    return false;
  }

  std::span<const OverlayWish> layers_;
  bool free_order_;
  std::size_t left_;                                     ///< In a fixed order: all below that one are.
  std::pmr::vector<std::optional<std::size_t>> sitting_; ///< By plane, the layer.
  std::uint64_t asked_ = 0;                              ///< Of the last that was seated: which planes were thought of.
};

/// So many more layers than there are planes are looked at: a client may have thousands.
constexpr std::size_t runners_up = 8;

/// Those that some overlay takes, at most so many.
std::pmr::vector<std::size_t> most_worth(std::span<const OverlayWish> layers, std::size_t count,
                                         std::pmr::memory_resource* memory) {
  std::pmr::vector<std::size_t> found(memory);
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
  explicit Pile(std::pmr::memory_resource* memory) : rects_(memory) {}
  void add(Rect rect) {
    rects_.push_back(rect);
    if (rects_.size() > most)
      rects_.assign(1, around(rects_));
  }
  [[nodiscard]] bool meets(Rect other) const {
    return std::any_of(rects_.begin(), rects_.end(),
                       [&other](const Rect& rect) { return !rect.intersected(other).empty(); });
  }

 private:
  static constexpr std::size_t most = 64 + runners_up + 1; // As many as can be on planes.
  std::pmr::vector<Rect> rects_;
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

Choice choose_overlays(std::span<const OverlayWish> layers, OverlaySeats overlays, std::pmr::memory_resource* memory) {
  overlays.count = std::min<std::size_t>(overlays.count, 64);
  std::pmr::vector<bool> allowed(layers.size(), false, memory);
  for (const std::size_t i : most_worth(layers, overlays.count + runners_up, memory))
    allowed[i] = true;
  for (;;) {
    Seating seating(layers, overlays, memory);
    std::pmr::vector<Rect> composed(memory);
    std::pmr::vector<std::size_t> seated(memory);
    std::optional<std::size_t> left_over;
    for (std::size_t i = layers.size(); i-- > 0 && !left_over;) {
      const auto covers_some = [&](const Rect& above) { return !above.intersected(layers[i].seen).empty(); };
      if (!allowed[i] || std::any_of(composed.begin(), composed.end(), covers_some))
        composed.push_back(layers[i].seen);
      else if (seating.seat(i))
        seated.push_back(i);
      else
        left_over = i;
    }
    if (left_over) {
      allowed[seating.least(*left_over)] = false;
      continue;
    }
    Choice choice(layers.size(), memory);
    for (const std::size_t i : seated)
      choice[i] = seating.seat_of(i);
    return choice;
  }
}

std::pmr::vector<LayerPlace> choose_around(std::span<const OverlayWish> layers, OverlaySeats overlays, LowerPart lower,
                                           std::pmr::memory_resource* memory) {
  overlays.count = std::min<std::size_t>(overlays.count, 64);
  std::pmr::vector<bool> allowed(layers.size(), false, memory);
  for (const std::size_t i : most_worth(layers, overlays.count + runners_up, memory))
    allowed[i] = true;
  for (;;) {
    std::pmr::vector<LayerPlace> places(layers.size(), memory);
    std::pmr::vector<std::size_t> wanting(memory);
    Pile scanned(memory), above(memory);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const Rect& seen = layers[i].seen;
      const bool on_primary = lower == LowerPart::FirstLayer && i == 0;
      if (on_primary || (allowed[i] && !above.meets(seen))) {
        scanned.add(seen);
        if (!on_primary)
          wanting.push_back(i);
      } else if (lower == LowerPart::Nothing || above.meets(seen) || scanned.meets(seen)) {
        places[i].above = true;
        above.add(seen);
      }
    }
    Seating seating(layers, overlays, memory);
    const auto left_over =
        std::find_if(wanting.rbegin(), wanting.rend(), [&](std::size_t i) { return !seating.seat(i); });
    if (left_over != wanting.rend()) {
      allowed[seating.least(*left_over)] = false;
      continue;
    }
    for (const std::size_t i : wanting)
      places[i].overlay = seating.seat_of(i);
    return places;
  }
}

} // namespace fenceline
