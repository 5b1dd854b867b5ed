#pragma once
#include <optional>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/output/carried_updates.h"
#include "compositor/output/frame_times.h"
#include "compositor/output/plane_planner.h"

namespace fenceline {

/// One pass of the line, from its latch until its commit is sent or given up.
struct FramePass {
  FrameId frame{};
  LatchedFrame latched;
  CarriedUpdates::Callbacks callbacks; ///< Of carried updates that will never be shown.
  PlanMode mode = PlanMode::Planes;
  PlannedFrame planned;
  bool reduced = false;             ///< Layers that only a composer could show were left out.
  bool uploaded = false;            ///< Textures have changed in this pass: of any layer,
  bool uploaded_lower = false;      ///< of those in the image on the primary plane,
  bool uploaded_upper = false;      ///< of those in the image above.
  std::vector<SurfaceId> not_shown; ///< Layers that cannot be drawn.
  unsigned undrawn = 0;             ///< Images whose composition was started and has not answered.
  unsigned unready = 0;             ///< Images that the commit waits for.
  bool fence_pending = false;       ///< A composition has answered with a fence.
  UniqueFd in_fence;                ///< Of the composed image on the primary plane.
  UniqueFd upper_fence;             ///< Of the one above.
  FrameTimes times;
  std::optional<TimePoint> aimed; ///< The blank of this try, where that is known.

  /// As a new one is; the lists keep their memory.
  void clear() {
    latched.clear();
    callbacks.clear();
    planned.clear();
    not_shown.clear();
    frame = {};
    mode = PlanMode::Planes;
    reduced = uploaded = uploaded_lower = uploaded_upper = fence_pending = false;
    undrawn = unready = 0;
    in_fence.reset();
    upper_fence.reset();
    times = {};
    aimed.reset();
  }
};

} // namespace fenceline
