#pragma once
#include <cstdint>
#include <string_view>

#include "compositor/frame/plan.h"

namespace fenceline {

/// Whose picture the layer is, as far as that is known.
enum class PictureKind : std::uint8_t {
  Unknown,
  Dmabuf,     ///< A client's own.
  Shm,        ///< wl_shm that is copied, in a session that can do nothing else.
  ShmCopied,  ///< wl_shm that is copied, where planes could read it in place (docs/shm.md).
  ShmInPlace, ///< wl_shm that devices read in place.
  Colour,     ///< One colour, no memory.
};

/// What would have to change for the layer to be on a plane, in a few words for a person; empty: nothing is known.
[[nodiscard]] std::string_view what_would_help(Refusal refusal, PictureKind kind = PictureKind::Unknown);

} // namespace fenceline
