// Which layers would be on planes if their clients had other formats or modifiers: the planner's search once more, as
// if every plane took them all, with what is refused for other reasons refused as before.
#include <algorithm>
#include <utility>

#include "compositor/output/plane_draft.h"

namespace fenceline {

namespace {

/// Whether other buffers may be taken.
bool is_about_the_buffer(Refusal refusal) {
  return refusal == Refusal::FormatRefused || refusal == Refusal::NoFramebuffer;
}

/// Where a layer is composed for this reason, and no other buffers are known to help: what that says of others.
FormatChance without_help(Refusal refusal) {
  switch (refusal) {
  case Refusal::None:
  case Refusal::NotDmabuf:
  case Refusal::TestRejected:
  case Refusal::SubmitRejected:
  case Refusal::NotTried:
  case Refusal::NoComposer:
  case Refusal::Encoding:
    return FormatChance::Unknown;
  default:
    return FormatChance::None;
  }
}

} // namespace

/// The overlays that take the layer, or would if they took its buffer. `help`: that is the one thing in the way.
std::uint64_t PlanePlanner::overlays_but_for_format(const SceneSnapshot& snapshot, const Layer& layer,
                                                    std::span<const PlaneInfo* const> overlays, bool& help) {
  std::uint64_t planes = 0;
  if (overlays.empty() || !is_about_the_buffer(refuse_overlay(snapshot, layer, overlays, planes)))
    return planes;
  help = true;
  // As the rules have it, see refuse_overlay.
  for (std::size_t i = 0; i < std::min<std::size_t>(overlays.size(), 64); ++i)
    if ((layer.alpha >= 1.0F || overlays[i]->alpha) && overlays[i]->takes(layer.transform))
      planes |= std::uint64_t{1} << i;
  return planes;
}

void PlanePlanner::find_chances(Draft& draft, PlanMode mode) {
  std::vector<SurfaceChance>& chances = draft.out.chances;
  const bool planned = mode == PlanMode::Planes && images_ != nullptr;
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i) {
    const Layer& layer = draft.snapshot.layers[i];
    const LayerPlan& plan = draft.plan_of(i);
    const bool composed = planned && !plan.plane && !plan.hidden && layer.role == LayerRole::Content;
    chances.push_back({layer.surface, composed ? without_help(plan.refusal) : FormatChance::Unknown});
  }
  if (!planned)
    return;
  if (has_overlays())
    return find_overlay_chances(draft);
  // Only the topmost is ever asked for, and only with nothing composed above it.
  if (draft.top && is_about_the_buffer(draft.plan_of(*draft.top).refusal) && !draft.other_cursors &&
      (!draft.cursor || draft.out.cursor))
    chances[*draft.top].chance = FormatChance::Any;
}

void PlanePlanner::find_overlay_chances(Draft& draft) {
  Search search(scratch_.memory());
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i) {
    const Layer& layer = draft.snapshot.layers[i];
    if (draft.plan_of(i).hidden || i == draft.out.cursor)
      continue;
    OverlayWish wish{.seen = layer.dest.intersected(draft.screen())};
    bool help = false;
    const std::uint64_t under = overlays_but_for_format(draft.snapshot, layer, stack_.under().planes, help);
    const Refusal direct = search.layers.empty() ? refuse_direct(draft.snapshot, layer) : Refusal::NotCovering;
    if (direct == Refusal::None || is_about_the_buffer(direct)) {
      search.covering = true;
      help = is_about_the_buffer(direct);
    } else {
      wish.planes = overlays_but_for_format(draft.snapshot, layer, stack_.over().planes, help);
    }
    const std::uint32_t rate = activity_.of(layer.surface);
    wish.worth = static_cast<std::uint64_t>(wish.seen.width) * static_cast<std::uint64_t>(wish.seen.height) *
                 (LayerActivity::most / 16 + rate);
    search.layers.push_back(i);
    search.wishes.push_back(wish);
    search.under.push_back({wish.seen, under, wish.worth});
    search.rates.push_back(rate);
    search.helped.push_back(help && !draft.plan_of(i).plane);
  }
  if (std::find(search.helped.begin(), search.helped.end(), true) == search.helped.end())
    return;

  Attempt best = below(draft, search, std::pmr::vector<bool>(search.layers.size(), true, scratch_.memory()));
  for (const bool covered : {true, false})
    if (auto with_upper = covered && !search.covering ? std::nullopt : around(draft, search, covered);
        with_upper && with_upper->cost < best.cost)
      best = std::move(*with_upper);
  if (auto with_primary = under(draft, search); with_primary && with_primary->cost < best.cost)
    best = std::move(*with_primary);
  if (search.covering)
    if (Attempt all = scanned_only(search); all.complete)
      best = std::move(all);
  for (std::size_t k = 0; k < search.layers.size(); ++k) {
    if (!search.helped[k])
      continue;
    FormatChance& chance = draft.out.chances[search.layers[k]].chance;
    if (k == 0 && best.covered())
      chance = FormatChance::Any;
    else
      chance = best.places[k].overlay ? FormatChance::Overlay : FormatChance::None;
  }
}

} // namespace fenceline
