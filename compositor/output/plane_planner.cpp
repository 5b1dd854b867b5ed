#include "compositor/output/plane_planner.h"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "compositor/output/overlay_choice.h"

namespace fenceline {

namespace {

Rect output_rect(const SceneSnapshot& snapshot) {
  return {0, 0, snapshot.size.width, snapshot.size.height};
}

const PlaneInfo* find_plane(const OutputInfo& output, PlaneType type) {
  const auto plane = std::find_if(output.planes.begin(), output.planes.end(),
                                  [type](const PlaneInfo& info) { return info.type == type; });
  return plane == output.planes.end() ? nullptr : &*plane;
}

FRect whole(Size size) {
  return {0, 0, static_cast<double>(size.width), static_cast<double>(size.height)};
}

} // namespace

/// What could be on planes, of one frame.
struct PlanePlanner::OverlaySearch {
  std::vector<std::size_t> layers; ///< That can be seen and are not on the cursor plane, bottom to top.
  std::vector<OverlayWish> wishes; ///< Of the same.
  bool covering = false;           ///< The first can be on the primary plane.
};

/// A plan being made.
struct PlanePlanner::Draft {
  const SceneSnapshot& snapshot;
  bool modeset;
  PlannedFrame out;
  std::optional<std::size_t> top;    ///< The topmost layer that can be seen, cursors aside.
  std::optional<std::size_t> cursor; ///< The topmost visible cursor above it.
  bool other_cursors = false;        ///< Whether more cursors are visible above `top`.
  unsigned tests = 0;                ///< That were asked.

  LayerPlan& plan_of(std::size_t layer) { return out.plan.layers[layer]; }
};

PlanePlanner::PlanePlanner(const ScanoutDevice& device, const OutputInfo& output, OutputImages* images,
                           CursorImages& cursor_images, CursorStore& cursors, FrameObserver& observer)
    : device_(device), output_(output), images_(images), cursor_images_(cursor_images), cursors_(cursors),
      observer_(observer), primary_(find_plane(output, PlaneType::Primary)),
      cursor_plane_(find_plane(output, PlaneType::Cursor)) {
  for (const PlaneInfo& plane : output.planes)
    if (plane.type == PlaneType::Overlay)
      overlays_.push_back(&plane);
}

PlannedFrame PlanePlanner::plan(const SceneSnapshot& snapshot, PlanMode mode, bool modeset) {
  if (mode == PlanMode::Planes) {
    denied_.age();
    cache_.age();
    if (!overlays_.empty())
      activity_.look(snapshot);
  }
  Draft draft{.snapshot = snapshot, .modeset = modeset, .out = {}, .top = {}, .cursor = {}};
  const std::vector<bool> hidden = hidden_layers(snapshot);
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i) {
    draft.out.plan.layers.push_back({.surface = snapshot.layers[i].surface, .plane = {}, .hidden = hidden[i]});
    if (hidden[i])
      continue;
    if (snapshot.layers[i].role == LayerRole::Content) {
      draft.top = i;
      // A cursor with a window above it is a layer like any other.
      draft.cursor.reset();
      draft.other_cursors = false;
    } else {
      draft.other_cursors = draft.cursor.has_value();
      draft.cursor = i;
    }
  }
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i)
    if (!hidden[i])
      draft.plan_of(i).refusal = refuse_below(snapshot, snapshot.layers[i], mode);

  place_cursor(draft, mode);
  const bool overlays = !overlays_.empty() && images_ != nullptr;
  const bool done = !overlays ? place_direct(draft, mode) : mode == PlanMode::Planes && place_overlays(draft);
  if (!done)
    compose_rest(draft);
  draft.out.key = key(snapshot, draft.out, modeset);
  for (std::size_t i = 0; i < snapshot.layers.size(); ++i) {
    LayerPlan& layer = draft.plan_of(i);
    const auto overlay = std::find_if(draft.out.overlays.begin(), draft.out.overlays.end(),
                                      [i](const ScannedLayer& scanned) { return scanned.layer == i; });
    if (i == draft.out.direct)
      layer.plane = primary_->id;
    else if (i == draft.out.cursor)
      layer.plane = cursor_plane_->id;
    else if (overlay != draft.out.overlays.end())
      layer.plane = overlay->plane;
    if (layer.plane) {
      layer.refusal = Refusal::None;
    } else if (!layer.hidden && images_ == nullptr) {
      layer.refusal = Refusal::NoComposer;
    }
  }
  on_overlays_.clear();
  for (const ScannedLayer& overlay : draft.out.overlays)
    on_overlays_.push_back(snapshot.layers[overlay.layer].surface);
  return std::move(draft.out);
}

void PlanePlanner::place_cursor(Draft& draft, PlanMode mode) {
  if (!draft.cursor)
    return;
  const Layer& layer = draft.snapshot.layers[*draft.cursor];
  Refusal& refusal = draft.plan_of(*draft.cursor).refusal;
  refusal = refuse_cursor(layer, mode);
  if (refusal != Refusal::None)
    return;
  auto image = cursor_images_.show(*cursors_.find(layer.surface));
  if (!image) {
    refusal = Refusal::NoFramebuffer;
    return;
  }
  if (image->copied > 0)
    observer_.record({.kind = FrameEventKind::Copy,
                      .detail = static_cast<std::uint8_t>(CopyKind::CursorUpload),
                      .client = layer.client,
                      .surface = layer.surface,
                      .output = output_.id,
                      .commit = layer.commit,
                      .frame = draft.snapshot.frame,
                      .value = image->copied,
                      .time = {}});
  draft.out.cursor = draft.cursor;
  draft.out.cursor_image = *image;
}

bool PlanePlanner::place_direct(Draft& draft, PlanMode mode) {
  if (!draft.top)
    return false;
  Refusal& refusal = draft.plan_of(*draft.top).refusal;
  refusal = refuse_direct(draft.snapshot, draft.snapshot.layers[*draft.top]);
  if (refusal != Refusal::None)
    return false;
  if (mode == PlanMode::ComposeAll && images_ != nullptr) {
    refusal = Refusal::SubmitRejected;
    return false;
  }
  const bool cursor_composed = draft.other_cursors || (draft.cursor && !draft.out.cursor);
  if (cursor_composed && images_ != nullptr) {
    refusal = Refusal::SomethingAbove;
    return false;
  }
  draft.out.direct = draft.top;
  refusal = test(draft);
  if (refusal != Refusal::None && images_ == nullptr && draft.out.cursor) {
    // Nothing could be composed: the picture without its cursor is better than none.
    draft.out.cursor.reset();
    refusal = test(draft);
  }
  if (refusal != Refusal::None)
    draft.out.direct.reset();
  return draft.out.direct.has_value();
}

void PlanePlanner::compose_rest(Draft& draft) {
  if (images_ == nullptr) {
    draft.out.cursor.reset();
    return;
  }
  draft.out.plan.composes = true;
  take_target(draft);
  // With overlays the whole was tested already.
  if (draft.out.cursor && draft.out.target && draft.out.overlays.empty()) {
    Refusal& refusal = draft.plan_of(*draft.out.cursor).refusal;
    refusal = test(draft);
    if (refusal != Refusal::None)
      draft.out.cursor.reset();
  }
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i) {
    const bool scanned = std::any_of(draft.out.overlays.begin(), draft.out.overlays.end(),
                                     [i](const ScannedLayer& overlay) { return overlay.layer == i; });
    if (!draft.plan_of(i).hidden && i != draft.out.cursor && !scanned)
      draft.out.drawn.push_back(i);
  }
}

void PlanePlanner::take_target(Draft& draft) {
  if (draft.out.target)
    return;
  if (auto image = images_->acquire())
    draft.out.target = *image;
  else
    draft.out.target_error = image.error().text();
}

/// True when nothing is left to compose. Else the overlays that were found stay, and the rest is the caller's.
bool PlanePlanner::place_overlays(Draft& draft) {
  OverlaySearch search;
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i) {
    if (draft.plan_of(i).hidden || i == draft.out.cursor)
      continue;
    const Layer& layer = draft.snapshot.layers[i];
    // What of it is below the primary plane's layer cannot be seen.
    if (search.layers.empty() && refuse_direct(draft.snapshot, layer) == Refusal::None) {
      search.covering = true;
      search.layers.push_back(i);
      search.wishes.emplace_back();
      continue;
    }
    OverlayWish wish{.seen = layer.dest.intersected(output_rect(draft.snapshot))};
    Refusal& refusal = draft.plan_of(i).refusal;
    if (const Refusal own = refuse_overlay(draft.snapshot, layer, wish.planes); i != draft.cursor)
      refusal = own;
    wish.worth = static_cast<std::uint64_t>(wish.seen.width) * static_cast<std::uint64_t>(wish.seen.height) *
                 (LayerActivity::most / 16 + activity_.of(layer.surface));
    // Who has a plane gives it up only for what is worth clearly more: else two of a kind would change places for ever.
    if (std::find(on_overlays_.begin(), on_overlays_.end(), layer.surface) != on_overlays_.end())
      wish.worth += wish.worth / 4;
    search.layers.push_back(i);
    search.wishes.push_back(wish);
  }
  if (search.layers.empty())
    return false;
  std::vector<bool> all(search.layers.size(), true);
  if (search.covering) {
    Refusal& refusal = draft.plan_of(search.layers.front()).refusal;
    refusal = try_overlays(draft, search, all, true);
    if (refusal == Refusal::None)
      return true;
  }
  take_target(draft);
  if (draft.out.target && try_overlays(draft, search, all, false) != Refusal::None)
    add_one_by_one(draft, search);
  explain(draft, search);
  return false;
}

/// Asks for all of the allowed layers that fit, above the covering one (`direct`) or above a composed image. The draft
/// has what was taken. With `direct` everything has to fit.
Refusal PlanePlanner::try_overlays(Draft& draft, const OverlaySearch& search, const std::vector<bool>& allowed,
                                   bool direct) {
  std::vector<OverlayWish> wishes = search.wishes;
  for (std::size_t i = 0; i < wishes.size(); ++i)
    if (!allowed[i] || (search.covering && i == 0))
      wishes[i].planes = 0;
  const std::size_t first = direct ? 1 : 0;
  const auto choice = choose_overlays(std::span(wishes).subspan(first), overlays_.size());
  const std::vector<ScannedLayer> before = std::exchange(draft.out.overlays, {});
  Refusal refusal = Refusal::None;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    if (choice[i])
      draft.out.overlays.push_back({search.layers[first + i], overlays_[*choice[i]]->id});
    else if (direct)
      refusal = Refusal::SomethingAbove;
  }
  if (direct && refusal == Refusal::None)
    draft.out.direct = search.layers.front();
  // Without `direct` what does not fit is composed, and that alone needs no test.
  if ((!direct && !draft.out.overlays.empty()) || draft.out.direct)
    refusal = test(draft);
  if (refusal == Refusal::None)
    return refusal;
  draft.out.overlays = before;
  draft.out.direct.reset();
  return refusal;
}

/// After all at once was refused: which of them the display takes.
void PlanePlanner::add_one_by_one(Draft& draft, const OverlaySearch& search) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < search.wishes.size(); ++i)
    if (search.wishes[i].planes != 0)
      order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&search](std::size_t a, std::size_t b) { return search.wishes[a].worth > search.wishes[b].worth; });
  // Of thousands only some have a chance.
  order.resize(std::min(order.size(), overlays_.size() + 2 * std::size_t{most_tests}));
  std::vector<bool> kept(search.layers.size(), false);
  for (const std::size_t i : order) {
    const std::size_t before = draft.out.overlays.size();
    kept[i] = true;
    const Refusal refusal = try_overlays(draft, search, kept, false);
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
void PlanePlanner::explain(Draft& draft, const OverlaySearch& search) {
  std::vector<Rect> composed;
  for (std::size_t i = search.layers.size(); i-- > 0;) {
    const std::size_t layer = search.layers[i];
    if (std::any_of(draft.out.overlays.begin(), draft.out.overlays.end(),
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

Refusal PlanePlanner::test(Draft& draft) {
  const PlanKey plan_key = key(draft.snapshot, draft.out, draft.modeset);
  if (const auto known = cache_.find(plan_key))
    return *known ? Refusal::None : Refusal::TestRejected;
  // The cursor alone is asked for in any case: composed, it would cost a composition each time it moves.
  const bool has_content = draft.out.direct || !draft.out.overlays.empty();
  if (has_content && ++draft.tests > most_tests)
    return Refusal::NotTried;
  const auto answer = device_.accepts(state(draft.snapshot, draft.out, draft.modeset));
  const int code = answer ? 0 : answer.error().code;
  observer_.record({.kind = FrameEventKind::TestCommit,
                    .output = output_.id,
                    .frame = draft.snapshot.frame,
                    .value = static_cast<std::uint64_t>(code),
                    .time = {}});
  // These say nothing about the plan, only about this moment or this buffer.
  const bool passing = code == EBUSY || code == EACCES || code == ENOMEM || code == ENOENT || code == EINTR;
  if (!passing)
    cache_.remember(plan_key, static_cast<bool>(answer));
  if (answer)
    return Refusal::None;
  return code == ENOENT ? Refusal::NoFramebuffer : Refusal::TestRejected;
}

void PlanePlanner::rejected(const SceneSnapshot& snapshot, const PlannedFrame& planned) {
  // Without a composer there is nothing to fall back to: what was rejected is tried again.
  if (images_ == nullptr)
    return;
  if (planned.direct)
    denied_.deny(snapshot.layers[*planned.direct]);
  if (planned.cursor)
    denied_.deny(snapshot.layers[*planned.cursor]);
  for (const ScannedLayer& overlay : planned.overlays)
    denied_.deny(snapshot.layers[overlay.layer]);
  // Others with the same kind of plan are asked for anew, not refused unheard.
  cache_.forget(planned.key);
}

OutputState PlanePlanner::state(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset) const {
  OutputState state;
  state.output = output_.id;
  state.frame = snapshot.frame;
  state.mode = output_.mode;
  state.modeset = modeset;
  const Rect output = output_rect(snapshot);
  // A headless output may have no plane in the list; its one picture still has to be named.
  const PlaneId primary = primary_ != nullptr ? primary_->id : PlaneId{};
  const auto add_layer = [&](PlaneId plane, const Layer& layer) {
    state.planes.push_back({.plane = plane,
                            .buffer = layer.buffer,
                            .source = layer.source,
                            .dest = layer.dest,
                            .in_fence = {},
                            .transform = layer.transform,
                            .alpha = layer.alpha,
                            .yuv = layer.yuv});
  };
  if (planned.direct)
    add_layer(primary, snapshot.layers[*planned.direct]);
  else if (planned.target)
    state.planes.push_back({primary, planned.target->buffer, whole(planned.target->size), output, {}});
  for (const ScannedLayer& overlay : planned.overlays)
    add_layer(overlay.plane, snapshot.layers[overlay.layer]);
  if (planned.cursor) {
    const Size size = planned.cursor_image.size;
    const Rect at = snapshot.layers[*planned.cursor].dest;
    state.planes.push_back(
        {cursor_plane_->id, planned.cursor_image.buffer, whole(size), {at.x, at.y, size.width, size.height}, {}});
  }
  return state;
}

PlanKey PlanePlanner::key(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset) const {
  PlanKey key;
  key.mode = output_.mode.size;
  key.modeset = modeset;
  const Rect output = output_rect(snapshot);
  const auto odd = [](double at) { return std::fmod(at, 2.0); };
  const auto add_layer = [&](PlaneId plane, const Layer& layer) {
    const Rect visible = layer.dest.intersected(output);
    key.planes.push_back(
        {.plane = plane,
         .format = layer.format,
         .buffer_size = layer.buffer_size,
         .source = {odd(layer.source.x), odd(layer.source.y), layer.source.width, layer.source.height},
         .dest = layer.dest.size(),
         .visible = {visible.x - layer.dest.x, visible.y - layer.dest.y, visible.width, visible.height},
         .transform = layer.transform,
         .faded = layer.alpha < 1.0F,
         .yuv = layer.yuv});
  };
  if (planned.direct)
    add_layer(primary_->id, snapshot.layers[*planned.direct]);
  else if (planned.target)
    key.planes.push_back({.plane = primary_ != nullptr ? primary_->id : PlaneId{},
                          .format = planned.target->format,
                          .buffer_size = planned.target->size,
                          .source = whole(planned.target->size),
                          .dest = output.size(),
                          .visible = output});
  for (const ScannedLayer& overlay : planned.overlays)
    add_layer(overlay.plane, snapshot.layers[overlay.layer]);
  if (planned.cursor) {
    const Size size = planned.cursor_image.size;
    const Rect at = snapshot.layers[*planned.cursor].dest;
    const Rect dest{at.x, at.y, size.width, size.height};
    key.planes.push_back({.plane = cursor_plane_->id,
                          .format = {},
                          .buffer_size = size,
                          .source = {},
                          .dest = size,
                          .visible = dest.intersected(output) == dest ? Rect{0, 0, size.width, size.height} : Rect{}});
  }
  return key;
}

} // namespace fenceline
