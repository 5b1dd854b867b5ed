#pragma once
#include <cstdint>

namespace fenceline {

/// The coefficients between YCbCr and RGB: ITU-R BT.601, BT.709, BT.2020 (constant luminance is none of these).
enum class YuvMatrix : std::uint8_t { Bt601, Bt709, Bt2020 };

/// Limited: Y 16 to 235, Cb and Cr 16 to 240 of 255 (and in proportion with more bits). Full: all values.
enum class YuvRange : std::uint8_t { Limited, Full };

/// How the values of a YCbCr picture are to be read (wp_color_representation_surface_v1). RGB pictures have no use for
/// it.
struct YuvEncoding {
  YuvMatrix matrix = YuvMatrix::Bt709;
  YuvRange range = YuvRange::Limited;
  friend constexpr bool operator==(const YuvEncoding&, const YuvEncoding&) = default;
};

} // namespace fenceline
