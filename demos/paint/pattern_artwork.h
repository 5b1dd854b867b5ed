#pragma once

#include <optional>

#include "demos/paint/artwork.h"

namespace fenceline::demos {

/// The exact test picture of demos/paint_pattern.h.
class PatternArtwork final : public Artwork {
 public:
  explicit PatternArtwork(bool alpha) : alpha_(alpha) {}

  void resize(Size size) override;
  std::vector<Rect> advance(std::uint32_t frame) override;
  void draw_row(int y, int x0, int x1, std::uint32_t* out) const override;

 private:
  bool alpha_;
  Size size_;
  std::optional<std::uint32_t> frame_;
};

} // namespace fenceline::demos
