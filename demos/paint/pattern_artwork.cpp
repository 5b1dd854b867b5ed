#include "demos/paint/pattern_artwork.h"

#include "demos/paint_pattern.h"

namespace fenceline::demos {

void PatternArtwork::resize(Size size) {
  size_ = size;
  frame_.reset();
}

std::vector<Rect> PatternArtwork::advance(std::uint32_t frame) {
  const bool one_step = frame_ && frame == *frame_ + 1;
  frame_ = frame;
  if (!one_step)
    return {Rect{0, 0, size_.width, size_.height}};
  std::vector<Rect> changes{Rect{0, 0, frame_code_width, frame_code_height}.clipped_to(size_)};
  constexpr int tile = paint_tile_size;
  for (int top = 0; top < size_.height; top += tile)
    for (int left = 0; left < size_.width; left += tile)
      if (paint_tile_phase(static_cast<std::uint32_t>(left / tile), static_cast<std::uint32_t>(top / tile)) ==
          frame % paint_tile_period)
        changes.push_back(Rect{left, top, left + tile, top + tile}.clipped_to(size_));
  return changes;
}

void PatternArtwork::draw_row(int y, int x0, int x1, std::uint32_t* out) const {
  for (int x = x0; x < x1; ++x) {
    const auto ux = static_cast<std::uint32_t>(x);
    const auto uy = static_cast<std::uint32_t>(y);
    *out++ = alpha_ ? paint_pixel_argb(ux, uy, *frame_) : paint_pixel(ux, uy, *frame_);
  }
}

} // namespace fenceline::demos
