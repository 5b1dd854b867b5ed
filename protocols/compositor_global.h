#pragma once
#include <span>
#include <unordered_map>
#include <vector>

#include "compositor/scene/scene.h"
#include "compositor/wl/display.h"
#include "protocols/output_global.h"
#include "protocols/surface_resource.h"

namespace fenceline {

/// wl_compositor 6, and where the wl_surface of a surface is found.
class CompositorGlobal {
 public:
  CompositorGlobal(wl::Display& display, Scene& scene, OutputGlobals& outputs);
  CompositorGlobal(const CompositorGlobal&) = delete;
  CompositorGlobal& operator=(const CompositorGlobal&) = delete;

  /// Null when its client has destroyed it.
  [[nodiscard]] SurfaceResource* find(SurfaceId surface) const;
  /// What an output shows now: sends enter and leave. Call it after each latch; an unchanged list costs a comparison.
  void shown(OutputId output, std::span<const SurfaceId> surfaces);

  [[nodiscard]] wl::Display& display() const { return display_; }
  [[nodiscard]] Scene& scene() const { return scene_; }
  [[nodiscard]] OutputGlobals& outputs() const { return outputs_; }

 private:
  friend class SurfaceResource;
  wl::Display& display_;
  Scene& scene_;
  OutputGlobals& outputs_;
  wl::Global global_;
  std::unordered_map<SurfaceId, SurfaceResource*> surfaces_;
  std::unordered_map<OutputId, std::vector<SurfaceId>> shown_; ///< Sorted.
};

} // namespace fenceline
