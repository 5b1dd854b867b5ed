#include "compositor/shell/window_grab.h"

#include <algorithm>
#include <cmath>

namespace fenceline {
namespace {

std::int32_t way(double from, double to) {
  return static_cast<std::int32_t>(std::clamp(std::floor(to) - std::floor(from), -1e9, 1e9));
}

std::int32_t limited(std::int64_t length, std::int32_t least, std::int32_t min, std::int32_t max) {
  const std::int64_t lowest = std::max({least, min, 1});
  const std::int64_t highest = max > 0 ? std::int64_t{max} : std::int64_t{WindowGrab::largest};
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(std::max(std::min(length, highest), lowest), 1, WindowGrab::largest));
}

} // namespace

Point WindowGrab::place_at(double x, double y) const {
  return frame_.origin() + Point{way(x_, x), way(y_, y)};
}

Size WindowGrab::size_at(double x, double y, const Window& w, Size least) const {
  std::int64_t width = frame_.width, height = frame_.height;
  if ((edges_ & window_edge::left) != 0)
    width -= way(x_, x);
  else if ((edges_ & window_edge::right) != 0)
    width += way(x_, x);
  if ((edges_ & window_edge::top) != 0)
    height -= way(y_, y);
  else if ((edges_ & window_edge::bottom) != 0)
    height += way(y_, y);
  return {limited(width, least.width, w.min_size.width, w.max_size.width),
          limited(height, least.height, w.min_size.height, w.max_size.height)};
}

Point anchored(const Window& w, Size size) {
  Point place = w.place.value_or(Point{});
  if ((w.dragged & window_edge::left) != 0)
    place.x = saturated(std::int64_t{w.fixed.x} - size.width);
  if ((w.dragged & window_edge::top) != 0)
    place.y = saturated(std::int64_t{w.fixed.y} - size.height);
  return place;
}

WindowEdges edges_near(Rect frame, double x, double y) {
  const bool right = x >= frame.x + frame.width / 2.0, bottom = y >= frame.y + frame.height / 2.0;
  return (right ? window_edge::right : window_edge::left) | (bottom ? window_edge::bottom : window_edge::top);
}

} // namespace fenceline
