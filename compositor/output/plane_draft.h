#pragma once
// What the parts of PlanePlanner share of a plan being made.
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <vector>

#include "compositor/output/overlay_choice.h"
#include "compositor/output/plane_planner.h"

namespace fenceline {

/// What could be on planes, of one frame.
struct PlanePlanner::Search {
  explicit Search(std::pmr::memory_resource* memory)
      : layers(memory), wishes(memory), under(memory), rates(memory), helped(memory) {}

  std::pmr::vector<std::size_t> layers;  ///< That can be seen and are not on the cursor plane, bottom to top.
  std::pmr::vector<OverlayWish> wishes;  ///< Of the same, of overlays over the primary plane.
  std::pmr::vector<OverlayWish> under;   ///< Of those below it.
  std::pmr::vector<std::uint32_t> rates; ///< How often they change, LayerActivity.
  std::pmr::vector<bool> helped;         ///< Other buffers would be taken; only where that is looked for.
  bool covering = false;                 ///< The first can be on the primary plane.
  bool solid = false;                    ///< The first can be the display's background.
  bool black = false;                    ///< The background can be black, below them all.
};

/// One way to show a frame.
struct PlanePlanner::Attempt {
  PlanArrangement kind = PlanArrangement::Below;
  std::pmr::vector<LayerPlace> places; ///< Of the search's layers.
  std::uint64_t cost = 0;
  bool complete = true; ///< Every layer that has to be on a plane for it has one.

  /// Whether nothing composed is below all that is on overlays.
  [[nodiscard]] bool covered() const {
    return kind == PlanArrangement::ScannedOnly || kind == PlanArrangement::Covered;
  }
  /// Whether there is an image below all that is on overlays.
  [[nodiscard]] bool has_lower() const { return kind == PlanArrangement::Mixed || kind == PlanArrangement::Below; }
};

/// A plan being made.
struct PlanePlanner::Draft {
  const SceneSnapshot& snapshot;
  bool modeset;
  PlannedFrame& out;
  std::optional<std::size_t> top;    ///< The topmost layer that can be seen, cursors aside.
  std::optional<std::size_t> cursor; ///< The topmost visible cursor above it.
  bool other_cursors = false;        ///< Whether more cursors are visible above `top`.
  unsigned tests = 0;                ///< That were asked.

  LayerPlan& plan_of(std::size_t layer) { return out.plan.layers[layer]; }
  [[nodiscard]] Rect screen() const { return {0, 0, snapshot.size.width, snapshot.size.height}; }
};

} // namespace fenceline
