#pragma once
#include <optional>
#include <span>

#include "compositor/scene/scene.h"
#include "compositor/scene/snapshot_builder.h"
#include "compositor/scene/surface_hit.h"

namespace fenceline {

/// The topmost surface of these trees (bottom to top) that takes input at a point of the global coordinates. Parents of
/// surfaces that are not mapped hide them, and input regions let the pointer through.
[[nodiscard]] std::optional<SurfaceHit> hit_test(const Scene& scene, std::span<const RootPlacement> roots, double x,
                                                 double y);

} // namespace fenceline
