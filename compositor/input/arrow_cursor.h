#pragma once
#include <cstdint>
#include <vector>

#include "compositor/base/geometry.h"
#include "compositor/frame/frame_source.h"

namespace fenceline {

/// The built-in cursor: a white arrow with a black outline, drawn by computing which side of its edges a pixel lies on.
class ArrowCursor final : public PixelSource {
 public:
  static constexpr std::int32_t edge = 24; ///< px, both ways.
  static constexpr Point hotspot{2, 2};

  ArrowCursor();
  [[nodiscard]] Size size() const override { return {edge, edge}; }
  [[nodiscard]] std::uint32_t fourcc() const override;
  [[nodiscard]] std::uint32_t stride() const override { return edge * 4; }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override;

 private:
  std::vector<std::uint32_t> pixels_; ///< ARGB8888 premultiplied.
};

} // namespace fenceline
