#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "compositor/base/geometry.h"

namespace fenceline {

/// A layer that might go on an overlay plane.
struct OverlayWish {
  Rect seen;                ///< What of it lies on the output.
  std::uint64_t planes = 0; ///< Bit N: overlay N, counted from the bottom, takes it. 0: it has to be composed.
  std::uint64_t worth = 0;  ///< What composing it costs: layers of little worth give way to those of more.
};

/// For each layer, bottom to top, the overlay that it goes on, or none: then it is composed, into an image below all
/// overlays.
///
/// Two rules bind the choice. A layer on an overlay is in front of everything composed, so one that a composed layer
/// lies above, where they overlap, has to be composed too. And the overlays are in a fixed order, so layers get them in
/// theirs, from the top down, each the highest that is left and takes it. Where there are fewer overlays than layers,
/// the layer of the least worth among those that compete is composed, with what that makes impossible below it, and the
/// choice is made anew. Only the few that are worth most are looked at: the time is linear in the number of layers.
[[nodiscard]] std::vector<std::optional<std::size_t>> choose_overlays(std::span<const OverlayWish> layers,
                                                                      std::size_t overlays);

} // namespace fenceline
