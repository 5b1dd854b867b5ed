#pragma once
#include <span>
#include <vector>

#include "compositor/frame/output_state.h"

namespace fenceline {

/// How the planes of an output lie over each other, and where that can be changed.
///
/// Displays that say nothing (no zpos) have their overlays over the primary plane, in the order in which they are
/// listed. Where zpos is fixed, an overlay is over the primary plane or below it for good. Where it can be set, it may
/// be both, in one frame or another; and when each of a group can be at each of its places, their order is free.
class PlaneStack {
 public:
  /// Overlays on one side of the primary plane.
  struct Group {
    std::vector<const PlaneInfo*> planes; ///< Bottom to top, unless their order is free.
    bool free_order = false;
  };

  /// The output's planes outlive the stack.
  explicit PlaneStack(const OutputInfo& output);

  [[nodiscard]] const PlaneInfo* primary() const { return primary_; } ///< Null: there is none.
  [[nodiscard]] const Group& over() const { return over_; }
  [[nodiscard]] const Group& under() const { return under_; } ///< Below the primary plane.
  /// That plane is to be the uppermost of those over the primary plane, where their order is free.
  void raise(PlaneId plane);
  /// Sets the depths of planes of which some can be moved. `planes` is bottom to top. False: they cannot be laid so. A
  /// display would not refuse it, but show them in another order.
  [[nodiscard]] bool lay(std::span<PlaneState> planes) const;

 private:
  [[nodiscard]] const PlaneInfo* find(PlaneId id) const;

  const OutputInfo& output_;
  const PlaneInfo* primary_ = nullptr;
  Group over_, under_;
};

} // namespace fenceline
