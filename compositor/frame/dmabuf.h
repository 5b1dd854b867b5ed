#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "compositor/base/fd.h"
#include "compositor/base/geometry.h"

namespace fenceline {

/// A pixel format (DRM fourcc) with the layout of its memory (DRM format modifier).
struct FormatModifier {
  std::uint32_t fourcc = 0;
  std::uint64_t modifier = 0;
  friend constexpr auto operator<=>(const FormatModifier&, const FormatModifier&) = default;
};

/// One memory plane of a dma-buf image: bytes from the start of its descriptor, bytes a row.
struct DmabufPlane {
  UniqueFd fd;
  std::uint32_t offset = 0;
  std::uint32_t stride = 0;
};

/// An image in dma-bufs, as zwp_linux_buffer_params_v1 and ADDFB2 describe it.
struct DmabufAttributes {
  static constexpr std::size_t max_planes = 4;
  Size size;
  FormatModifier format;
  std::size_t plane_count = 0;
  std::array<DmabufPlane, max_planes> planes;

  /// The same image with descriptors of its own. A plane's descriptor is not valid when the table of descriptors is
  /// full.
  [[nodiscard]] DmabufAttributes duplicate() const;
};

/// Whether the format has an alpha channel that blending must respect. X formats have none: alpha is 1 there.
[[nodiscard]] bool has_alpha(std::uint32_t fourcc);
/// The format of the same layout without alpha (ARGB8888 -> XRGB8888); the format itself when there is none.
[[nodiscard]] std::uint32_t without_alpha(std::uint32_t fourcc);
/// Bytes a pixel of a packed format with one memory plane; 0 for formats that are not packed or not known here.
[[nodiscard]] std::uint32_t bytes_per_pixel(std::uint32_t fourcc);

} // namespace fenceline
