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

/// Where the samples of a halved chroma lie among those of luma (H.273, Chroma420SampleLocType): x is at the left luma
/// sample of its pair or between the two, y at the top one, between the two or at the bottom one. Formats whose chroma
/// is halved in one direction only use that direction's.
struct ChromaSite {
  enum class X : std::uint8_t { Left, Middle };
  enum class Y : std::uint8_t { Top, Middle, Bottom };
  X x = X::Left; ///< Together with `y` what H.264, H.265 and VP9 mean when they say nothing: type 0.
  Y y = Y::Middle;
  friend constexpr bool operator==(const ChromaSite&, const ChromaSite&) = default;
};

} // namespace fenceline
