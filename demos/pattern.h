#pragma once

// The picture of `spin --pattern`, as a function of position and frame number that a CPU and a GPU compute to the same
// bits: unsigned integers of 32 bits, which wrap, and nothing else. shaders/pattern.frag is the GPU's half. A picture
// that is shifted by a pixel, late by a frame or has two channels exchanged differs from it nearly everywhere.

#include "demos/frame_code.h"

namespace fenceline::demos {

/// Rounds c * alpha / 255 to the nearest integer; c and alpha are 0..255.
constexpr std::uint32_t premultiply(std::uint32_t c, std::uint32_t alpha) {
  return (c * alpha + 127u) / 255u;
}

constexpr std::uint32_t premultiply_argb(std::uint32_t rgb, std::uint32_t alpha) {
  return (alpha << 24) | (premultiply((rgb >> 16) & 255u, alpha) << 16) | (premultiply((rgb >> 8) & 255u, alpha) << 8) |
         premultiply(rgb & 255u, alpha);
}

/// XRGB8888 with X = 0. x and y in px from the top left corner.
constexpr std::uint32_t pattern_pixel(std::uint32_t x, std::uint32_t y, std::uint32_t frame) {
  if (in_frame_code(x, y))
    return frame_code_pixel(x, frame);
  const std::uint32_t u = x + 3u * frame;
  const std::uint32_t v = y + 2u * frame;
  const std::uint32_t red = (u ^ v) & 255u;
  const std::uint32_t green = (u * v >> 7) & 255u;
  const std::uint32_t blue = (2u * x + 5u * y + 7u * frame + (red >> 2)) & 255u;
  return red << 16 | green << 8 | blue;
}

/// Alpha of `spin --pattern --alpha`: the frame's number stays opaque.
constexpr std::uint32_t pattern_alpha(std::uint32_t x, std::uint32_t y, std::uint32_t frame) {
  return in_frame_code(x, y) ? 255u : 64u + (((x >> 3) + (y >> 3) + frame) & 127u);
}

/// ARGB8888, premultiplied: the picture of `spin --pattern --alpha`.
constexpr std::uint32_t pattern_pixel_argb(std::uint32_t x, std::uint32_t y, std::uint32_t frame) {
  return premultiply_argb(pattern_pixel(x, y, frame), pattern_alpha(x, y, frame));
}

} // namespace fenceline::demos
