#pragma once
#include <memory>
#include <vector>

#include "compositor/frame/frame_source.h"
#include "compositor/frame/ids.h"

namespace fenceline {

/// Decides when clients are told to draw (wl_surface.frame). Main thread.
class DrawCues {
 public:
  virtual ~DrawCues() = default;
  /// A surface's update was shown by the output at `flip`; its callbacks are to be called once each. `seen`: false where
  /// other content covers all of it.
  virtual void shown(OutputId output, SurfaceId surface, bool seen,
                     std::vector<std::unique_ptr<FrameCallback>> callbacks, TimePoint flip) = 0;
};

} // namespace fenceline
