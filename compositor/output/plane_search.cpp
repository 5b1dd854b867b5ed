// The planner's search: which layers are on overlays, and where what is left is composed. PlanePlanner's comment says
// in words what is tried, and in which order.
#include <algorithm>
#include <utility>

#include "compositor/output/plane_draft.h"

namespace fenceline {

namespace {

std::uint64_t area(Rect rect) {
  return static_cast<std::uint64_t>(rect.width) * static_cast<std::uint64_t>(rect.height);
}

/// What a composed image costs a frame on average, in pixels times LayerActivity's units.
class ImageCost {
 public:
  void add(Rect seen, std::uint32_t rate) {
    pixels_ += area(seen);
    rate_ = std::min(rate_ + rate, LayerActivity::most);
  }
  /// Of an image of that size, cleared first. Something for the display that reads it, too, however seldom it changes.
  [[nodiscard]] std::uint64_t of(Rect image) const {
    return pixels_ == 0 ? 0 : (pixels_ + area(image)) * (rate_ + LayerActivity::most / 16);
  }

 private:
  std::uint64_t pixels_ = 0;
  std::uint32_t rate_ = 0;
};

/// The image's part of the output that holds them: in few sizes, so that what grows and shrinks a little is no new plan
/// each time, and inside the output.
Rect upper_box(Rect content, Rect screen) {
  constexpr std::int32_t step = 64;
  const auto rounded = [](std::int32_t length, std::int32_t most) {
    return std::min((length + step - 1) / step * step, most);
  };
  const std::int32_t width = rounded(content.width, screen.width), height = rounded(content.height, screen.height);
  return {std::min(content.x, screen.width - width), std::min(content.y, screen.height - height), width, height};
}

OverlaySeats seats(const PlaneStack::Group& group) {
  return {group.planes.size(), group.free_order};
}

} // namespace

void PlanePlanner::look(Draft& draft, Search& search) {
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i) {
    if (draft.plan_of(i).hidden || i == draft.out.cursor)
      continue;
    const Layer& layer = draft.snapshot.layers[i];
    OverlayWish wish{.seen = layer.dest.intersected(draft.screen())};
    std::uint64_t under = 0;
    const std::uint32_t rate = activity_.of(layer.surface);
    const Refusal own = refuse_overlay(draft.snapshot, layer, wish.planes, under);
    // What of it is below the primary plane's layer cannot be seen.
    if (search.layers.empty() && refuse_direct(draft.snapshot, layer) == Refusal::None) {
      search.covering = true;
      wish.planes = 0;
    } else if (search.layers.empty() && background_paused_ == 0 && is_background(draft.snapshot, layer)) {
      search.solid = true;
      wish.planes = 0;
    } else {
      if (i != draft.cursor)
        draft.plan_of(i).refusal = own;
      wish.worth = area(wish.seen) * (LayerActivity::most / 16 + rate);
      // Who has a plane gives it up only for what is worth clearly more: else two of a kind would change places for
      // ever.
      if (std::find(on_overlays_.begin(), on_overlays_.end(), layer.surface) != on_overlays_.end())
        wish.worth += wish.worth / 4;
    }
    search.layers.push_back(i);
    search.wishes.push_back(wish);
    search.under.push_back({wish.seen, under, wish.worth});
    search.rates.push_back(rate);
  }
  search.black = output_.background && background_paused_ == 0 && !search.covering && !search.solid;
}

/// The lowest on the primary plane or the background, all others on overlays.
PlanePlanner::Attempt PlanePlanner::scanned_only(const Search& search) {
  const std::size_t lowest = search.black ? 0 : 1;
  Attempt attempt{.kind = PlanArrangement::ScannedOnly,
                  .places = std::pmr::vector<LayerPlace>(lowest, scratch_.memory())};
  for (const auto& overlay :
       choose_overlays(std::span(search.wishes).subspan(lowest), seats(stack_.over()), scratch_.memory())) {
    attempt.places.push_back({.overlay = overlay});
    attempt.complete = attempt.complete && overlay;
  }
  return attempt;
}

/// With an upper image; none where that would be empty, or cannot be had.
std::optional<PlanePlanner::Attempt> PlanePlanner::around(const Draft& draft, const Search& search, bool covered) {
  const auto& overlays = stack_.over().planes;
  const auto plane = std::find_if(overlays.begin(), overlays.end(),
                                  [this](const PlaneInfo* info) { return info->id == upper_.plane; });
  if (upper_.images == nullptr || upper_paused_ > 0 || plane == overlays.end())
    return std::nullopt;
  const OverlaySeats below{static_cast<std::size_t>(plane - overlays.begin()), stack_.over().free_order};
  Attempt attempt{.kind = covered ? PlanArrangement::Covered : PlanArrangement::Mixed,
                  .places = choose_around(search.wishes, below, covered ? LowerPart::FirstLayer : LowerPart::Image,
                                          scratch_.memory())};
  ImageCost lower, upper;
  std::pmr::vector<Rect> above(scratch_.memory());
  for (std::size_t i = 0; i < search.layers.size(); ++i) {
    const Rect seen = search.wishes[i].seen;
    if (attempt.places[i].above) {
      upper.add(seen, search.rates[i]);
      above.push_back(seen);
    } else if (!attempt.places[i].overlay && !(covered && i == 0)) {
      lower.add(seen, search.rates[i]);
    }
  }
  if (above.empty())
    return std::nullopt;
  attempt.cost = lower.of(draft.screen()) + upper.of(upper_box(fenceline::around(above), draft.screen()));
  // The display has a plane more to read and to blend: that has to be worth it.
  attempt.cost += attempt.cost / 8;
  return attempt;
}

/// What is composed is over the planes, on the primary one; none where nothing is below it.
std::optional<PlanePlanner::Attempt> PlanePlanner::under(const Draft& draft, const Search& search) {
  if (primary_upper_ == nullptr || upper_paused_ > 0)
    return std::nullopt;
  Attempt attempt{.kind = PlanArrangement::Under,
                  .places = choose_around(search.under, seats(stack_.under()), LowerPart::Nothing, scratch_.memory())};
  ImageCost image;
  bool scans = false;
  for (std::size_t i = 0; i < search.layers.size(); ++i) {
    scans = scans || !attempt.places[i].above;
    if (attempt.places[i].above)
      image.add(search.wishes[i].seen, search.rates[i]);
  }
  if (!scans)
    return std::nullopt;
  attempt.cost = image.of(draft.screen());
  // As with an upper image: all of the screen is blended.
  attempt.cost += attempt.cost / 8;
  return attempt;
}

/// Overlays for those of the allowed layers that fit, over one composed image.
PlanePlanner::Attempt PlanePlanner::below(const Draft& draft, const Search& search,
                                          const std::pmr::vector<bool>& allowed) {
  std::pmr::vector<OverlayWish> wishes(search.wishes, scratch_.memory());
  for (std::size_t i = 0; i < wishes.size(); ++i)
    if (!allowed[i])
      wishes[i].planes = 0;
  Attempt attempt{.places = std::pmr::vector<LayerPlace>(scratch_.memory())};
  ImageCost lower;
  for (const auto& overlay : choose_overlays(wishes, seats(stack_.over()), scratch_.memory())) {
    if (const std::size_t i = attempt.places.size(); !overlay)
      lower.add(search.wishes[i].seen, search.rates[i]);
    attempt.places.push_back({.overlay = overlay});
  }
  attempt.cost = lower.of(draft.screen());
  return attempt;
}

/// Asks for it. The draft has what was taken; when it is refused, what it had before.
Refusal PlanePlanner::attempt(Draft& draft, const Search& search, const Attempt& wanted) {
  if (!wanted.complete)
    return Refusal::SomethingAbove;
  PlannedFrame& out = draft.out;
  const bool is_under = wanted.kind == PlanArrangement::Under;
  const auto& planes = (is_under ? stack_.under() : stack_.over()).planes;
  // The frame's own, kept for the next attempt.
  std::vector<ScannedLayer>& overlays = spare_overlays_;
  overlays.clear();
  std::vector<std::size_t>& upper_drawn = spare_drawn_;
  upper_drawn.clear();
  std::optional<UpperLayers> upper;
  // The primary plane shows nothing of its own then: its image is there, and empty, also when nothing is composed.
  if (is_under)
    upper = UpperLayers{.at = draft.screen(), .image = {}, .plane = primary_->id, .on_primary = true};
  std::pmr::vector<Rect> above(scratch_.memory());
  for (std::size_t i = 0; i < wanted.places.size(); ++i) {
    if (wanted.places[i].overlay)
      overlays.push_back({search.layers[i], planes[*wanted.places[i].overlay]->id});
    if (!wanted.places[i].above)
      continue;
    if (!upper)
      upper.emplace();
    upper_drawn.push_back(search.layers[i]);
    above.push_back(search.wishes[i].seen);
  }
  if (upper) {
    auto image = (is_under ? primary_upper_ : upper_.images)->acquire();
    if (!image)
      return Refusal::NoPlane;
    upper->image = std::move(*image);
    if (!is_under) {
      upper->at = upper_box(fenceline::around(above), draft.screen());
      upper->plane = upper_.plane;
    }
  }
  if (wanted.has_lower()) {
    take_target(draft);
    if (!out.target)
      return Refusal::NoPlane;
  }
  std::swap(out.overlays, overlays);
  std::swap(out.upper, upper);
  std::swap(out.upper_drawn, upper_drawn);
  auto target = wanted.has_lower() ? std::nullopt : std::exchange(out.target, std::nullopt);
  if (wanted.covered() && search.covering) {
    out.direct = search.layers.front();
  } else if (wanted.covered()) {
    out.background_layer = search.solid ? std::optional(search.layers.front()) : std::nullopt;
    out.background = search.solid ? draft.snapshot.layers[search.layers.front()].color : black;
  }
  // A composed image alone needs no test.
  const bool scans = out.direct || out.background || out.upper || !out.overlays.empty();
  const Refusal refusal = scans ? test(draft) : Refusal::None;
  if (refusal != Refusal::None) {
    std::swap(out.overlays, overlays);
    std::swap(out.upper, upper);
    std::swap(out.upper_drawn, upper_drawn);
    out.direct.reset();
    out.background.reset();
    out.background_layer.reset();
    if (target)
      out.target = std::move(target);
  }
  return refusal;
}

/// True when no lower image is needed. Else the overlays that were found stay, and the rest is the caller's.
bool PlanePlanner::place_overlays(Draft& draft) {
  Search search(scratch_.memory());
  look(draft, search);
  if (search.covering || search.solid || search.black) {
    const Refusal refusal = attempt(draft, search, scanned_only(search));
    if (search.covering || search.solid)
      draft.plan_of(search.layers.front()).refusal = refusal;
    if (refusal == Refusal::None) {
      last_ = PlanArrangement::ScannedOnly;
      return true;
    }
  }
  if (search.layers.empty())
    return false;
  std::pmr::vector<Attempt> attempts(scratch_.memory());
  attempts.reserve(4);
  attempts.push_back(below(draft, search, std::pmr::vector<bool>(search.layers.size(), true, scratch_.memory())));
  for (const bool covered : {true, false})
    if (auto with_upper = covered && !search.covering && !search.solid ? std::nullopt : around(draft, search, covered))
      attempts.push_back(std::move(*with_upper));
  if (auto with_primary = under(draft, search))
    attempts.push_back(std::move(*with_primary));
  for (Attempt& wanted : attempts)
    if (wanted.kind == last_)
      wanted.cost -= wanted.cost / 4;
  // Stable, as std::stable_sort is, which allocates.
  for (auto next = attempts.begin(); next != attempts.end(); ++next)
    std::rotate(std::upper_bound(attempts.begin(), next, *next,
                                 [](const Attempt& a, const Attempt& b) { return a.cost < b.cost; }),
                next, std::next(next));
  const auto taken = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& wanted) {
    return attempt(draft, search, wanted) == Refusal::None;
  });
  if (taken == attempts.end() && draft.out.target)
    add_one_by_one(draft, search);
  last_ = taken == attempts.end() ? PlanArrangement::Below : taken->kind;
  draft.out.plan.composes = draft.out.upper.has_value();
  explain(draft, search);
  return !draft.out.has_lower();
}

/// After all at once was refused: which of them the display takes.
void PlanePlanner::add_one_by_one(Draft& draft, const Search& search) {
  std::pmr::vector<std::size_t> order(scratch_.memory());
  for (std::size_t i = 0; i < search.wishes.size(); ++i)
    if (search.wishes[i].planes != 0)
      order.push_back(i);
  std::sort(order.begin(), order.end(), [&search](std::size_t a, std::size_t b) {
    return search.wishes[a].worth != search.wishes[b].worth ? search.wishes[a].worth > search.wishes[b].worth : a < b;
  });
  // Of thousands only some have a chance.
  order.resize(std::min(order.size(), stack_.over().planes.size() + 2 * std::size_t{default_tests}));
  std::pmr::vector<bool> kept(search.layers.size(), false, scratch_.memory());
  for (const std::size_t i : order) {
    const std::size_t before = draft.out.overlays.size();
    kept[i] = true;
    const Refusal refusal = attempt(draft, search, below(draft, search, kept));
    if (refusal == Refusal::None && draft.out.overlays.size() > before)
      continue;
    kept[i] = false;
    if (refusal == Refusal::NotTried) {
      // Nor are the rest, this time.
      for (const std::size_t other : order)
        if (Refusal& own = draft.plan_of(search.layers[other]).refusal; own == Refusal::None && !kept[other])
          own = Refusal::NotTried;
      return;
    }
    if (refusal != Refusal::None)
      draft.plan_of(search.layers[i]).refusal = refusal;
  }
}

/// Gives a reason to those that had none of their own.
void PlanePlanner::explain(Draft& draft, const Search& search) {
  std::pmr::vector<Rect> composed(scratch_.memory());
  for (std::size_t i = search.layers.size(); i-- > 0;) {
    const std::size_t layer = search.layers[i];
    if (layer == draft.out.direct || layer == draft.out.background_layer ||
        std::any_of(draft.out.overlays.begin(), draft.out.overlays.end(),
                    [layer](const ScannedLayer& overlay) { return overlay.layer == layer; }))
      continue;
    Refusal& refusal = draft.plan_of(layer).refusal;
    const Rect seen = draft.snapshot.layers[layer].dest;
    if (refusal == Refusal::None)
      refusal = std::any_of(composed.begin(), composed.end(),
                            [&seen](const Rect& above) { return !above.intersected(seen).empty(); })
                    ? Refusal::SomethingAbove
                    : Refusal::NoPlane;
    composed.push_back(seen);
  }
}

} // namespace fenceline
