#pragma once
#include <cstddef>
#include <cstdint>
#include <memory_resource>
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

/// The overlays that can be had: so many, at most 64 of them are used.
struct OverlaySeats {
  std::size_t count = 0;
  bool free_order = false; ///< Each can be over or under each other one; else they are counted from the bottom.
};

/// For each layer, bottom to top, the overlay that it goes on, or none: then it is composed, into an image below all
/// overlays.
///
/// Two rules bind the choice. A layer on an overlay is in front of everything composed, so one that a composed layer
/// lies above, where they overlap, has to be composed too. And where the overlays are in a fixed order, layers get them
/// in theirs, from the top down, each the highest that is left and takes it; where their order is free, each gets any
/// that takes it, and others make room for it where they can (a matching by augmenting paths). Where there are fewer
/// overlays than layers, the layer of the least worth among those that compete is composed, with what that makes
/// impossible below it, and the choice is made anew. Only the few that are worth most are looked at: the time is linear
/// in the number of layers.
/// `memory` is for the answer and for what it takes to find it.
[[nodiscard]] std::pmr::vector<std::optional<std::size_t>>
choose_overlays(std::span<const OverlayWish> layers, OverlaySeats overlays,
                std::pmr::memory_resource* memory = std::pmr::get_default_resource());

/// A layer's place where there are two composed images: one below all overlays, and one above them.
struct LayerPlace {
  std::optional<std::size_t> overlay; ///< None: it is composed, or on the primary plane.
  bool above = false;                 ///< Into the upper image.
};

/// What lies below the overlays, where there is an upper image.
enum class LowerPart : std::uint8_t {
  Image,      ///< A composed one.
  FirstLayer, ///< The first layer, on the primary plane.
  Nothing,    ///< What is composed is all in the upper image.
};

/// The same with a second composed image above all of these overlays (on a plane that is not counted among them). Then
/// what has to be composed forces nothing below it to be: it goes into the lower image when it lies over no plane's
/// layer, and into the upper one when it does. Only what lies over a layer in the upper image has to follow it there.
[[nodiscard]] std::pmr::vector<LayerPlace>
choose_around(std::span<const OverlayWish> layers, OverlaySeats overlays, LowerPart lower,
              std::pmr::memory_resource* memory = std::pmr::get_default_resource());

/// The rectangle around them all; of rectangles inside an output.
[[nodiscard]] Rect around(std::span<const Rect> rects);

} // namespace fenceline
