#include "compositor/input/arrow_cursor.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace fenceline {
namespace {

struct Vertex {
  double x, y;
};

/// The outline of the arrow, clockwise, tip first.
constexpr std::array<Vertex, 7> outline{{{2, 2}, {2, 18}, {6, 14.5}, {9, 21}, {12, 19.5}, {9.2, 13.5}, {14, 13.5}}};

bool inside(double x, double y) {
  bool in = false;
  for (std::size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++)
    if ((outline[i].y > y) != (outline[j].y > y) &&
        x < (outline[j].x - outline[i].x) * (y - outline[i].y) / (outline[j].y - outline[i].y) + outline[i].x)
      in = !in;
  return in;
}

/// Distance to the nearest edge, px.
double distance(double x, double y) {
  double best = 1e9;
  for (std::size_t i = 0, j = outline.size() - 1; i < outline.size(); j = i++) {
    const double dx = outline[i].x - outline[j].x, dy = outline[i].y - outline[j].y;
    const double t = std::clamp(((x - outline[j].x) * dx + (y - outline[j].y) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    best = std::min(best, std::hypot(x - outline[j].x - t * dx, y - outline[j].y - t * dy));
  }
  return best;
}

} // namespace

ArrowCursor::ArrowCursor() : pixels_(std::size_t{edge} * edge) {
  for (std::int32_t py = 0; py < edge; ++py)
    for (std::int32_t px = 0; px < edge; ++px) {
      const double x = px + 0.5, y = py + 0.5;
      const double depth = inside(x, y) ? distance(x, y) : -distance(x, y);
      const double alpha = std::clamp(depth + 1.2, 0.0, 1.0); // the outline reaches 0.7 px outwards
      const double white = std::clamp(depth - 0.4, 0.0, 1.0);
      const auto a = static_cast<std::uint32_t>(std::lround(alpha * 255));
      const auto c = static_cast<std::uint32_t>(std::lround(alpha * white * 255));
      pixels_[static_cast<std::size_t>(py * edge + px)] = a << 24 | c << 16 | c << 8 | c;
    }
}

std::uint32_t ArrowCursor::fourcc() const {
  return DRM_FORMAT_ARGB8888;
}

bool ArrowCursor::read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const {
  const std::size_t wanted = std::min(std::size_t{count} * stride(), out.size());
  if (std::size_t{first} + count > std::size_t{edge}) {
    std::fill_n(out.data(), wanted, std::byte{});
    return false;
  }
  std::memcpy(out.data(), pixels_.data() + std::size_t{first} * edge, wanted);
  return true;
}

} // namespace fenceline
