#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace fenceline::demos {

/// A YCbCr format with Y in its first memory plane, and Cb and Cr together in a second or alone in a second and third.
struct ClipFormat {
  std::string_view name; // as --format has it
  std::uint32_t fourcc;
  std::size_t planes;
  std::uint32_t columns; // pixels a chroma sample is wide,
  std::uint32_t rows;    // and high
  std::uint32_t bits;    // of a sample; more than 8: at the top of 16
};

[[nodiscard]] std::span<const ClipFormat> clip_formats();
/// Null where there is none of that name.
[[nodiscard]] const ClipFormat* find_clip_format(std::string_view name);

} // namespace fenceline::demos
