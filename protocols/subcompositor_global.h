#pragma once
#include "compositor/scene/scene.h"
#include "compositor/wl/display.h"

namespace fenceline {

/// wl_subcompositor 1.
class SubcompositorGlobal {
 public:
  SubcompositorGlobal(wl::Display& display, Scene& scene);

 private:
  Scene& scene_;
  wl::Global global_;
};

} // namespace fenceline
