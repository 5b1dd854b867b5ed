#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "compositor/base/geometry.h"

namespace fenceline {

/// What lies in one memory plane of a linear YCbCr image: Y alone, Cb and Cr side by side, or one of the two.
struct YuvPlane {
  std::uint32_t fourcc = 0;  ///< The one or two channels as a format of their own: R8, GR88, R16, GR1616.
  std::uint32_t bytes = 0;   ///< A place: one sample, or one of Cb and one of Cr.
  std::uint8_t halved_x = 0; ///< 1: half as many columns as there are pixels, rounded up; else 0.
  std::uint8_t halved_y = 0; ///< The same for rows.
};

/// A YCbCr format with its channels in several memory planes (drm_fourcc.h). Packed ones such as YUYV are not among
/// them.
struct YuvFormat {
  std::uint32_t fourcc = 0;
  std::size_t plane_count = 0; ///< 2: Y, CbCr; 3: Y and two of one channel each.
  std::array<YuvPlane, 3> planes;
  bool cr_first = false; ///< Cr comes before Cb.
  std::uint8_t bits = 8; ///< Of a sample. More than 8: in 16 bits, the low ones unused.

  /// Places of a memory plane of an image with so many pixels.
  [[nodiscard]] Size plane_size(std::size_t plane, Size image) const;
};

/// Null for every other format.
[[nodiscard]] const YuvFormat* find_yuv_format(std::uint32_t fourcc);
/// All that are known, the usual ones first.
[[nodiscard]] std::span<const YuvFormat> yuv_formats();

} // namespace fenceline
