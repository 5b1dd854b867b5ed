#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace fenceline {

/// Who made a display, as its EDID tells.
struct DisplayIdentity {
  std::string make, model, serial; ///< Empty where the EDID says nothing.
};

/// Reads an EDID. What cannot be parsed gives an empty identity: displays with a broken one still show pictures.
[[nodiscard]] DisplayIdentity parse_edid(std::span<const std::byte> edid);

} // namespace fenceline
