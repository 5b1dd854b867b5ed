#include "compositor/scene/output_grid.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace fenceline {

namespace {

/// One axis of OutputGrid::inside: from, to within a surface of `size` that is shown on `shown` pixels.
struct Span {
  std::int64_t from = 0, to = 0;
};
Span inner(std::int32_t at, std::int32_t length, std::int32_t size, std::int32_t shown) {
  const double ratio = static_cast<double>(shown) / size;
  // Where it is scaled, filtering mixes in half a texel of what lies beside the region; not beside the surface.
  const std::int64_t blurred = shown == size ? 0 : static_cast<std::int64_t>(std::ceil(ratio / 2));
  const std::int64_t end = std::int64_t{at} + length;
  return {.from = at <= 0 ? 0 : static_cast<std::int64_t>(std::ceil(at * ratio)) + blurred,
          .to =
              end >= size ? shown : static_cast<std::int64_t>(std::floor(static_cast<double>(end) * ratio)) - blurred};
}

} // namespace

OutputGrid::OutputGrid(Rect area, double scale, Size pixels, Transform transform)
    : area_(area), scale_(scale), transform_(transform), upright_(turned(inverse(transform), pixels)) {
  if (upright_.empty())
    upright_ = {saturated(std::llround(area.width * scale)), saturated(std::llround(area.height * scale))};
  plain_ = scale == 1.0 && upright_ == area.size();
}

std::int64_t OutputGrid::rounded(std::int64_t logical) const {
  // Half a pixel goes away from zero (wp_fractional_scale_manager_v1).
  return std::llround(static_cast<double>(logical) * scale_);
}

Rect OutputGrid::place(Rect rect, Point root) const {
  if (plain_)
    return rect.moved(Point{} - area_.origin());
  const auto edge = [this](std::int64_t at, std::int64_t origin, std::int64_t from, std::int64_t length,
                           std::int64_t pixels) {
    if (at == from)
      return std::int64_t{0};
    if (at == from + length)
      return pixels;
    return rounded(origin - from) + rounded(at - origin);
  };
  const std::int64_t right = std::int64_t{rect.x} + rect.width, bottom = std::int64_t{rect.y} + rect.height;
  const std::int64_t left_px = edge(rect.x, root.x, area_.x, area_.width, upright_.width);
  const std::int64_t top_px = edge(rect.y, root.y, area_.y, area_.height, upright_.height);
  const std::int64_t right_px = edge(right, root.x, area_.x, area_.width, upright_.width);
  const std::int64_t bottom_px = edge(bottom, root.y, area_.y, area_.height, upright_.height);
  return {saturated(left_px), saturated(top_px), saturated(std::max<std::int64_t>(0, right_px - left_px)),
          saturated(std::max<std::int64_t>(0, bottom_px - top_px))};
}

Region OutputGrid::inside(const Region& region, Size size, Rect dest) const {
  Region cut = region;
  cut.intersect(Rect{0, 0, size.width, size.height});
  if (plain_) {
    cut.translate(dest.origin());
    return cut;
  }
  Region out;
  for (const Rect& r : cut.rects()) {
    const Span x = inner(r.x, r.width, size.width, dest.width), y = inner(r.y, r.height, size.height, dest.height);
    if (x.to > x.from && y.to > y.from)
      out.add(Rect{saturated(dest.x + x.from), saturated(dest.y + y.from), saturated(x.to - x.from),
                   saturated(y.to - y.from)});
  }
  return out;
}

Region OutputGrid::onto_output(Region region) const {
  if (transform_ == Transform::Normal)
    return region;
  Region out;
  for (const Rect& rect : region.rects())
    out.add(onto_output(rect));
  return out;
}

} // namespace fenceline
