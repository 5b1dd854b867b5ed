#pragma once

// The picture of `video`, as a function of position and frame number in integers, so that another program can compute
// what must be on a screen. Values are those of 8-bit samples; the frame's number is at the top left (frame_code.h),
// without colour.

#include "demos/frame_code.h"

namespace fenceline::demos {

/// Two more pixels than the number has, and two rows: chroma that is halved and filtered leaves the number grey.
constexpr bool in_video_code(std::uint32_t x, std::uint32_t y) {
  return x < frame_code_width + 2 && y < 2;
}

/// Y of a pixel: 16 to 235 with the limited range, 0 to 255 with the full one.
constexpr std::uint32_t video_luma(std::uint32_t x, std::uint32_t y, std::uint32_t frame, bool full) {
  std::uint32_t level = 0;
  if (in_video_code(x, y))
    level = x < frame_code_width && frame_code_pixel(x, frame) != 0 ? 255u : 0u;
  else
    level = (x + 3u * frame + (((y + 2u * frame) & 64u) != 0 ? 64u : 0u)) & 255u;
  return full ? level : 16u + (level * 219u + 127u) / 255u;
}

/// Cb of a chroma sample, 16 to 240. x and y count samples; a sample is `columns` by `rows` pixels.
constexpr std::uint32_t video_blue(std::uint32_t x, std::uint32_t y, std::uint32_t frame, std::uint32_t columns,
                                   std::uint32_t rows) {
  if (in_video_code(x * columns, y * rows))
    return 128u;
  return 16u + (x * columns / 2u + frame) % 225u;
}

/// Cr, the same.
constexpr std::uint32_t video_red(std::uint32_t x, std::uint32_t y, std::uint32_t frame, std::uint32_t columns,
                                  std::uint32_t rows) {
  if (in_video_code(x * columns, y * rows))
    return 128u;
  return 16u + (y * rows / 2u + 2u * frame) % 225u;
}

} // namespace fenceline::demos
