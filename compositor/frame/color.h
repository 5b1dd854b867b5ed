#pragma once

namespace fenceline {

/// Premultiplied; each 0 to 1, more than alpha where a client says so.
struct Color {
  float red = 0, green = 0, blue = 0, alpha = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

constexpr Color black{0, 0, 0, 1};

} // namespace fenceline
