#pragma once
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
  bool uploaded = false;            ///< Textures have changed in this pass.
  std::vector<SurfaceId> not_shown; ///< Layers that cannot be drawn.
  UniqueFd in_fence;                ///< Of the composed image.
  FrameTimes times;
};

} // namespace fenceline
