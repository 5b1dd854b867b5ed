#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace fenceline {

/// Who made a display, as its EDID tells.
struct DisplayIdentity {
  std::string make, model, serial; ///< Empty where the EDID says nothing.
};

/// The lowest refresh that an EDID's range limits name, in Hz; none: it does not say.
[[nodiscard]] std::optional<int> least_refresh_hz(std::span<const std::byte> edid);

/// Reads an EDID. What cannot be parsed gives an empty identity: displays with a broken one still show pictures.
[[nodiscard]] DisplayIdentity parse_edid(std::span<const std::byte> edid);

} // namespace fenceline
