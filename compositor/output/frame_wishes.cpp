#include "compositor/output/frame_wishes.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace fenceline {

const Layer* covering_layer(const SceneSnapshot& snapshot, const FramePlan& plan) {
  const Rect screen{0, 0, snapshot.size.width, snapshot.size.height};
  for (std::size_t i = snapshot.layers.size(); i-- > 0;) {
    const Layer& layer = snapshot.layers[i];
    if (layer.role == LayerRole::Content && !plan.layers[i].hidden && layer.dest.intersected(screen) == screen)
      return &layer;
  }
  return nullptr;
}

bool FrameWishes::choose(bool tearing, RefreshChoice refresh) {
  const bool same = tearing == tearing_ && refresh == refresh_;
  tearing_ = tearing;
  refresh_ = refresh;
  return !same;
}

void FrameWishes::take_rest(Rest& rest, const OutputState& state) {
  rest.planes.clear();
  for (const PlaneState& plane : state.planes)
    rest.planes.push_back({.plane = plane.plane,
                           .buffer = {},
                           .source = plane.source,
                           .dest = plane.dest,
                           .in_fence = {},
                           .transform = plane.transform,
                           .alpha = plane.alpha,
                           .yuv = plane.yuv,
                           .depth = plane.depth});
  rest.background = state.background;
  rest.variable_refresh = state.variable_refresh;
  rest.content = state.content;
}

bool FrameWishes::same_but_buffers(const Rest& a, const Rest& b) {
  const auto same = [](const PlaneState& p, const PlaneState& q) {
    return p.plane == q.plane && p.source == q.source && p.dest == q.dest && p.transform == q.transform &&
           p.alpha == q.alpha && p.yuv == q.yuv && p.depth == q.depth;
  };
  return a.background == b.background && a.variable_refresh == b.variable_refresh && a.content == b.content &&
         std::equal(a.planes.begin(), a.planes.end(), b.planes.begin(), b.planes.end(), same);
}

bool FrameWishes::wants_variable(const Layer* covering) const {
  if (!output_.variable || refresh_ == RefreshChoice::Off)
    return false;
  return refresh_ == RefreshChoice::On ||
         (covering != nullptr &&
          (covering->content == ContentType::Game || covering->content == ContentType::Video || covering->may_tear));
}

void FrameWishes::put(OutputState& state, const SceneSnapshot& snapshot, const FramePlan& plan) {
  const Layer* covering = covering_layer(snapshot, plan);
  hints_refused_ = hints_refused_ && !state.modeset;
  state.variable_refresh = wants_variable(covering);
  if (output_.content_types && covering != nullptr)
    state.content = covering->content;
  if (hints_refused_ && known_) {
    state.variable_refresh = last_.variable_refresh;
    state.content = last_.content;
  }
  without_hints_ = next_refused_ = false;
  paused_ -= std::min(paused_, 1U);
  // Another plane than the primary one may be all that covers it, but flips at once on few displays.
  const auto primary = std::find_if(output_.planes.begin(), output_.planes.end(),
                                    [](const PlaneInfo& plane) { return plane.type == PlaneType::Primary; });
  next_tearable_ = tearing_ && output_.async_flips && covering != nullptr && covering->may_tear &&
                   state.planes.size() == 1 && primary != output_.planes.end() &&
                   state.planes[0].plane == primary->id && state.planes[0].buffer == covering->buffer;
  take_rest(next_, state);
  asked_ = true;
  state.tears = next_.tears =
      next_tearable_ && !state.modeset && paused_ == 0 && known_ && same_but_buffers(last_, next_);
}

bool FrameWishes::soften(OutputState& state, const Error& error) {
  // What has nothing to do with what is asked for.
  if (!asked_ || error.code == EACCES || error.code == EBUSY || error.code == ENOENT)
    return false;
  if (std::exchange(state.tears, false)) {
    next_.tears = false;
    next_refused_ = true;
    paused_ = pause;
    if (!std::exchange(said_tearing_, true))
      log_.info(
          "{}: a window asks to be shown at once, and the display does not flip so just now ({}): its frames wait "
          "for the blank",
          output_.name, error.text());
    return true;
  }
  if (state.modeset || !known_ || (state.variable_refresh == last_.variable_refresh && state.content == last_.content))
    return false;
  state.variable_refresh = next_.variable_refresh = last_.variable_refresh;
  state.content = next_.content = last_.content;
  without_hints_ = true;
  return true;
}

void FrameWishes::accepted() {
  if (std::exchange(without_hints_, false)) {
    hints_refused_ = true;
    if (!std::exchange(said_hints_, true))
      log_.info("{}: the display would have to be set anew to vary its refresh or to be told what it shows: they stay "
                "as they are",
                output_.name);
  }
  known_ = std::exchange(asked_, false);
  std::swap(last_, next_);
  last_tearable_ = next_tearable_;
  last_refused_ = next_refused_;
}

void FrameWishes::forget() {
  known_ = asked_ = false;
}

} // namespace fenceline
