#pragma once
#include <cstdint>
#include <span>

#include "compositor/frame/ids.h"

namespace fenceline {

/// What buffers of another format or modifier would change for a surface on one output.
enum class FormatChance : std::uint8_t {
  Unknown, ///< It is on a plane already, or hidden, or has no dma-buf; or the display said no without saying why.
  None,    ///< Nothing: it is something else that keeps it off the planes.
  Overlay, ///< It would be on an overlay plane.
  Any,     ///< It would be on the primary plane, or on an overlay.
};

struct SurfaceChance {
  SurfaceId surface{};
  FormatChance chance = FormatChance::Unknown;
  friend bool operator==(const SurfaceChance&, const SurfaceChance&) = default;
};

/// Told of them with each frame that is sent to an output: each surface in its picture, once or more.
class FormatChanceListener {
 public:
  virtual ~FormatChanceListener() = default;
  virtual void planned(OutputId output, std::span<const SurfaceChance> chances) = 0;
};

} // namespace fenceline
