#pragma once

// The picture of `paint --pattern`: square tiles, of which one in 64 is repainted in each frame, so that the damage of
// a frame is a known small part of the surface, and a compositor that uploads too little of it shows a tile that is out
// of date. Unsigned integers of 32 bits only.

#include "demos/pattern.h"

namespace fenceline::demos {

inline constexpr std::uint32_t paint_tile_size = 32;   // px
inline constexpr std::uint32_t paint_tile_period = 64; // frames between two repaints of the same tile

/// The frames k in which a tile is repainted have k % paint_tile_period == this.
constexpr std::uint32_t paint_tile_phase(std::uint32_t tile_x, std::uint32_t tile_y) {
  return (tile_x * 19u + tile_y * 29u) % paint_tile_period;
}

/// How often the tile has been repainted in frames 0..frame.
constexpr std::uint32_t paint_tile_generation(std::uint32_t tile_x, std::uint32_t tile_y, std::uint32_t frame) {
  const std::uint32_t phase = paint_tile_phase(tile_x, tile_y);
  return frame < phase ? 0u : (frame - phase) / paint_tile_period + 1u;
}

constexpr std::uint32_t paint_hash(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  std::uint32_t h = a * 0x9e3779b1u ^ b * 0x85ebca77u ^ c * 0xc2b2ae3du;
  h ^= h >> 15;
  h *= 0x2c1b3c6du;
  h ^= h >> 12;
  h *= 0x297a2d39u;
  return h ^ h >> 15;
}

/// XRGB8888 with X = 0. x and y in px from the top left corner.
constexpr std::uint32_t paint_pixel(std::uint32_t x, std::uint32_t y, std::uint32_t frame) {
  if (in_frame_code(x, y))
    return frame_code_pixel(x, frame);
  const std::uint32_t tile_x = x / paint_tile_size;
  const std::uint32_t tile_y = y / paint_tile_size;
  const std::uint32_t colour = paint_hash(tile_x, tile_y, paint_tile_generation(tile_x, tile_y, frame));
  const std::uint32_t shade = 4u * (x % paint_tile_size + y % paint_tile_size) / 2u; // 0..124, a slope inside the tile
  const std::uint32_t red = ((colour & 127u) + shade) & 255u;
  const std::uint32_t green = ((colour >> 8 & 127u) + (x % paint_tile_size) * 4u) & 255u;
  const std::uint32_t blue = ((colour >> 16 & 127u) + (y % paint_tile_size) * 4u) & 255u;
  return red << 16 | green << 8 | blue;
}

/// Alpha of `paint --pattern --alpha`; it changes with the tile, so the damage stays the same.
constexpr std::uint32_t paint_alpha(std::uint32_t x, std::uint32_t y, std::uint32_t frame) {
  if (in_frame_code(x, y))
    return 255u;
  const std::uint32_t tile_x = x / paint_tile_size;
  const std::uint32_t tile_y = y / paint_tile_size;
  return 64u + (paint_hash(tile_y, tile_x, paint_tile_generation(tile_x, tile_y, frame)) & 127u);
}

/// ARGB8888, premultiplied: the picture of `paint --pattern --alpha`.
constexpr std::uint32_t paint_pixel_argb(std::uint32_t x, std::uint32_t y, std::uint32_t frame) {
  return premultiply_argb(paint_pixel(x, y, frame), paint_alpha(x, y, frame));
}

} // namespace fenceline::demos
