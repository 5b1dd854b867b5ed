#pragma once

// The number of a frame, written into its own picture: pixel i of the top row is white when bit i of the number is set
// and black when it is not (i = 0..31). Whoever captures a picture of either demo can tell which frame it is, and
// from the number compute what the rest of the picture must be. Integers only, no dependencies.

#include <cstdint>

namespace fenceline::demos {

inline constexpr std::uint32_t frame_code_width = 32;
inline constexpr std::uint32_t frame_code_height = 1;

constexpr bool in_frame_code(std::uint32_t x, std::uint32_t y) {
  return x < frame_code_width && y < frame_code_height;
}

/// XRGB8888 with X = 0.
constexpr std::uint32_t frame_code_pixel(std::uint32_t x, std::uint32_t frame) {
  return ((frame >> x) & 1u) != 0 ? 0x00ffffffu : 0x00000000u;
}

/// Reads the number back. `pixel(x)` gives pixel x of the top row; the top byte (X or alpha) is ignored.
template <typename PixelAt>
constexpr std::uint32_t decode_frame_code(PixelAt&& pixel) {
  std::uint32_t frame = 0;
  for (std::uint32_t x = 0; x < frame_code_width; ++x)
    if ((pixel(x) & 0x0000ff00u) >= 0x00008000u)
      frame |= 1u << x;
  return frame;
}

} // namespace fenceline::demos
