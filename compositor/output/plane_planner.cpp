#include "compositor/output/plane_planner.h"

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "compositor/output/plane_draft.h"

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

PlanePlanner::PlanePlanner(const ScanoutDevice& device, const OutputInfo& output, OutputImages* images,
                           UpperPlane upper, OutputImages* primary_upper, CursorImages& cursor_images,
                           CursorStore& cursors, FrameObserver& observer, unsigned most_tests)
    : device_(device), output_(output), images_(images), cursor_images_(cursor_images), cursors_(cursors),
      observer_(observer), upper_(upper), primary_upper_(primary_upper), most_tests_(most_tests), stack_(output),
      primary_(find_plane(output, PlaneType::Primary)), cursor_plane_(find_plane(output, PlaneType::Cursor)) {
  stack_.raise(upper.plane);
}

void PlannedFrame::clear() {
  plan.layers.clear();
  plan.composes = false;
  direct.reset();
  overlays.clear();
  cursor.reset();
  cursor_image = {};
  cursor_direct = false;
  background.reset();
  background_layer.reset();
  drawn.clear();
  target.reset();
  target_error.clear();
  upper.reset();
  upper_drawn.clear();
  modeset = false;
  chances.clear();
}

void PlanePlanner::plan(const SceneSnapshot& snapshot, PlanMode mode, bool modeset, PlannedFrame& out) {
  scratch_.reset();
  out.clear();
  out.modeset = modeset;
  if (mode == PlanMode::Planes) {
    denied_.age();
    cache_.age();
    if (has_overlays())
      activity_.look(snapshot);
    upper_paused_ -= std::min(upper_paused_, 1U);
    background_paused_ -= std::min(background_paused_, 1U);
  }
  Draft draft{.snapshot = snapshot, .modeset = modeset, .out = out, .top = {}, .cursor = {}};
  const std::pmr::vector<bool> hidden = hidden_layers(snapshot, scratch_.memory());
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
  const bool overlays = has_overlays() && images_ != nullptr;
  const bool done = !overlays ? place_direct(draft, mode) || place_background(draft, mode)
                              : mode == PlanMode::Planes && place_overlays(draft);
  if (!done)
    compose_rest(draft);
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
    layer.background = i == draft.out.background_layer;
    if (layer.plane || layer.background) {
      layer.refusal = Refusal::None;
    } else if (!layer.hidden && images_ == nullptr) {
      layer.refusal = Refusal::NoComposer;
    }
  }
  find_chances(draft, mode);
  on_overlays_.clear();
  for (const ScannedLayer& overlay : draft.out.overlays)
    on_overlays_.push_back(snapshot.layers[overlay.layer].surface);
}

void PlanePlanner::place_cursor(Draft& draft, PlanMode mode) {
  if (!draft.cursor)
    return;
  const Layer& layer = draft.snapshot.layers[*draft.cursor];
  Refusal& refusal = draft.plan_of(*draft.cursor).refusal;
  refusal = refuse_cursor(layer, mode);
  if (refusal != Refusal::None)
    return;
  if (layer.kind == BufferKind::Dmabuf) {
    draft.out.cursor = draft.cursor;
    draft.out.cursor_image = {.buffer = layer.buffer, .size = layer.buffer_size, .copied = 0};
    draft.out.cursor_direct = true;
    return;
  }
  auto image = cursor_images_.show(*cursors_.find(layer.surface), layer.transform);
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

/// Without overlays: nothing is shown but the background, and the cursor.
bool PlanePlanner::place_background(Draft& draft, PlanMode mode) {
  const bool cursor_composed = draft.other_cursors || (draft.cursor && !draft.out.cursor);
  if (!output_.background || background_paused_ > 0 || cursor_composed || mode == PlanMode::ComposeAll ||
      (draft.top && !is_background(draft.snapshot, draft.snapshot.layers[*draft.top])))
    return false;
  draft.out.background = draft.top ? draft.snapshot.layers[*draft.top].color : black;
  draft.out.background_layer = draft.top;
  Refusal refusal = test(draft);
  if (refusal != Refusal::None && draft.out.cursor && images_ == nullptr) {
    // As with a picture on the primary plane.
    draft.out.cursor.reset();
    refusal = test(draft);
  }
  if (refusal == Refusal::None)
    return true;
  draft.out.background.reset();
  draft.out.background_layer.reset();
  if (draft.top)
    draft.plan_of(*draft.top).refusal = refusal;
  return false;
}

void PlanePlanner::compose_rest(Draft& draft) {
  if (images_ == nullptr) {
    draft.out.cursor.reset();
    return;
  }
  draft.out.plan.composes = true;
  take_target(draft);
  // With overlays the whole was tested already.
  if (draft.out.cursor && draft.out.target && draft.out.overlays.empty() && !draft.out.upper) {
    Refusal& refusal = draft.plan_of(*draft.out.cursor).refusal;
    refusal = test(draft);
    if (refusal == Refusal::TestRejected && draft.out.cursor_direct) {
      const Layer& cursor = draft.snapshot.layers[*draft.out.cursor];
      if (refused_cursors_.size() == most_refused_cursors)
        refused_cursors_.erase(refused_cursors_.begin());
      refused_cursors_.push_back({cursor.format, cursor.buffer_size});
    }
    if (refusal != Refusal::None)
      draft.out.cursor.reset();
  }
  for (std::size_t i = 0; i < draft.snapshot.layers.size(); ++i) {
    const bool scanned = std::any_of(draft.out.overlays.begin(), draft.out.overlays.end(),
                                     [i](const ScannedLayer& overlay) { return overlay.layer == i; });
    const bool above =
        std::find(draft.out.upper_drawn.begin(), draft.out.upper_drawn.end(), i) != draft.out.upper_drawn.end();
    if (!draft.plan_of(i).hidden && i != draft.out.cursor && !scanned && !above)
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

Refusal PlanePlanner::test(Draft& draft) {
  const PlanKey& plan_key = key(draft.snapshot, draft.out);
  if (const auto known = cache_.find(plan_key))
    return *known ? Refusal::None : Refusal::TestRejected;
  if (most_tests_ == 0)
    return Refusal::NotTried;
  // The cursor alone is asked for in any case: composed, it would cost a composition each time it moves.
  const bool has_content = draft.out.direct || draft.out.background || draft.out.upper || !draft.out.overlays.empty();
  if (has_content && ++draft.tests > most_tests_)
    return Refusal::NotTried;
  OutputState asked;
  state(draft.snapshot, draft.out, draft.modeset, asked);
  // A display would take it, and show another order.
  if (!stack_.lay(asked.planes)) {
    cache_.remember(plan_key, false);
    return Refusal::TestRejected;
  }
  const auto answer = device_.accepts(asked);
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
  if (planned.background)
    background_paused_ = upper_pause;
  // Without a composer there is nothing to fall back to: what was rejected is tried again.
  if (images_ == nullptr)
    return;
  if (planned.direct)
    denied_.deny(snapshot.layers[*planned.direct]);
  if (planned.cursor)
    denied_.deny(snapshot.layers[*planned.cursor]);
  for (const ScannedLayer& overlay : planned.overlays)
    denied_.deny(snapshot.layers[overlay.layer]);
  if (planned.upper)
    upper_paused_ = upper_pause;
  // Others with the same kind of plan are asked for anew, not refused unheard.
  cache_.forget(key(snapshot, planned));
}

void PlanePlanner::state(const SceneSnapshot& snapshot, const PlannedFrame& planned, bool modeset,
                         OutputState& state) const {
  std::vector<PlaneState> planes = std::move(state.planes);
  planes.clear();
  state = {};
  state.planes = std::move(planes);
  state.output = output_.id;
  state.frame = snapshot.frame;
  state.mode = output_.mode;
  state.modeset = modeset;
  state.background = planned.background.value_or(black);
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
  if (planned.upper)
    state.planes.push_back(
        {planned.upper->plane, planned.upper->image.buffer, whole(planned.upper->at.size()), planned.upper->at, {}});
  if (planned.cursor) {
    const Size size = planned.cursor_image.size;
    const Rect at = snapshot.layers[*planned.cursor].dest;
    state.planes.push_back(
        {cursor_plane_->id, planned.cursor_image.buffer, whole(size), {at.x, at.y, size.width, size.height}, {}});
  }
  (void)stack_.lay(state.planes);
}

const PlanKey& PlanePlanner::key(const SceneSnapshot& snapshot, const PlannedFrame& planned) {
  PlanKey& key = key_;
  key.planes.clear();
  key.mode = output_.mode.size;
  key.modeset = planned.modeset;
  key.coloured = planned.background.value_or(black) != black;
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
  if (planned.upper) {
    const Size size = planned.upper->at.size();
    key.planes.push_back({.plane = planned.upper->plane,
                          .format = planned.upper->image.format,
                          .buffer_size = planned.upper->image.size,
                          .source = whole(size),
                          .dest = size,
                          .visible = {0, 0, size.width, size.height}});
  }
  if (planned.cursor) {
    const Size size = planned.cursor_image.size;
    const Rect at = snapshot.layers[*planned.cursor].dest;
    const Rect dest{at.x, at.y, size.width, size.height};
    key.planes.push_back({.plane = cursor_plane_->id,
                          .format = planned.cursor_direct ? snapshot.layers[*planned.cursor].format : FormatModifier{},
                          .buffer_size = size,
                          .source = {},
                          .dest = size,
                          .visible = dest.intersected(output) == dest ? Rect{0, 0, size.width, size.height} : Rect{}});
  }
  return key;
}

} // namespace fenceline
