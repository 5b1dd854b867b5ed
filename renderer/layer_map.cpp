#include "renderer/layer_map.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace fenceline {

namespace {

/// Where a place of the shown picture, both axes 0 to 1, lies in the buffer: x = a * u + b * v + c, y = d * u + e * v +
/// f.
struct Turn {
  double a, b, c, d, e, f;
};

// wl_surface.set_buffer_transform tells what the client did to its picture: first a flip around the vertical axis, then
// turns counter-clockwise. A turn by 90 degrees takes the right edge to the top.
constexpr Turn turns[] = {
    {1, 0, 0, 0, 1, 0},   // Normal
    {0, 1, 0, -1, 0, 1},  // R90
    {-1, 0, 1, 0, -1, 1}, // R180
    {0, -1, 1, 1, 0, 0},  // R270
    {-1, 0, 1, 0, 1, 0},  // Flipped
    {0, 1, 0, 1, 0, 0},   // Flipped90
    {1, 0, 0, 0, -1, 1},  // Flipped180
    {0, -1, 1, -1, 0, 1}, // Flipped270
};

bool whole(double n) {
  return n == std::floor(n);
}

// An opaque region in more pieces than these is the client's art, not worth the arithmetic.
constexpr std::size_t max_pieces = 32;

} // namespace

std::optional<LayerMap> map_layer(const Layer& layer, Size texture) {
  const FRect& s = layer.source;
  const double w = texture.width, h = texture.height;
  if (!std::isfinite(s.x) || !std::isfinite(s.y) || !std::isfinite(s.width) || !std::isfinite(s.height) ||
      !(s.width > 0) || !(s.height > 0) || s.x >= w || s.y >= h || s.x + s.width <= 0 || s.y + s.height <= 0 ||
      layer.dest.empty() || texture.empty() || !(layer.alpha > 0))
    return std::nullopt;

  const Turn& t = turns[static_cast<std::size_t>(layer.transform) & 7U];
  const double dw = layer.dest.width, dh = layer.dest.height;
  LayerMap map;
  LayerConstants& c = map.constants;
  const double m00 = s.width * t.a / dw, m01 = s.width * t.b / dh;
  const double m10 = s.height * t.d / dw, m11 = s.height * t.e / dh;
  c.matrix[0] = static_cast<float>(m00);
  c.matrix[1] = static_cast<float>(m01);
  c.matrix[2] = static_cast<float>(m10);
  c.matrix[3] = static_cast<float>(m11);
  c.offset[0] = static_cast<float>(s.x + s.width * t.c - m00 * layer.dest.x - m01 * layer.dest.y);
  c.offset[1] = static_cast<float>(s.y + s.height * t.f - m10 * layer.dest.x - m11 * layer.dest.y);
  c.texel[0] = static_cast<float>(1.0 / w);
  c.texel[1] = static_cast<float>(1.0 / h);
  // Filtering reads half a texel around the place. A source of less than a texel has but its middle.
  const auto limit = [](double from, double size, double end, float& low, float& high) {
    const double middle = from + size / 2;
    low = static_cast<float>(std::clamp(std::min(from + 0.5, middle), 0.5, end - 0.5));
    high = static_cast<float>(std::clamp(std::max(from + size - 0.5, middle), 0.5, end - 0.5));
  };
  limit(s.x, s.width, w, c.bounds[0], c.bounds[2]);
  limit(s.y, s.height, h, c.bounds[1], c.bounds[3]);
  const float alpha = std::min(layer.alpha, 1.0F);
  std::fill(std::begin(c.color), std::end(c.color), alpha);
  if (layer.kind == BufferKind::Solid) {
    const Color& color = layer.color;
    const float channels[] = {color.red, color.green, color.blue, color.alpha};
    std::transform(std::begin(channels), std::end(channels), std::begin(c.color), [&](float x) { return x * alpha; });
  }
  const bool same_size =
      swaps_axes(layer.transform) ? s.width == dh && s.height == dw : s.width == dw && s.height == dh;
  map.nearest = same_size && whole(s.x) && whole(s.y);
  return map;
}

void decode_color(LayerConstants& constants) {
  const float alpha = constants.color[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const float plain = alpha > 0 ? std::clamp(constants.color[i] / alpha, 0.0F, 1.0F) : 0.0F;
    constants.color[i] = alpha * (plain <= 0.04045F ? plain / 12.92F : std::pow((plain + 0.055F) / 1.055F, 2.4F));
  }
}

void set_rect(LayerConstants& constants, Rect rect, Size target) {
  const auto clip = [](double at, std::int32_t size) { return static_cast<float>(at * 2.0 / size - 1.0); };
  constants.rect[0] = clip(rect.x, target.width);
  constants.rect[1] = clip(rect.y, target.height);
  constants.rect[2] = clip(static_cast<double>(rect.x) + rect.width, target.width);
  constants.rect[3] = clip(static_cast<double>(rect.y) + rect.height, target.height);
}

void VisibleParts::find(const std::vector<Layer>& layers, Size target) {
  const Rect all{0, 0, target.width, target.height};
  rects_.clear();
  ranges_.assign(layers.size(), {});
  Region hidden;
  for (std::size_t i = layers.size(); i-- > 0;) {
    const Layer& layer = layers[i];
    const Rect shown = layer.dest.intersected(all);
    if (shown.empty())
      continue;
    Region visible(shown);
    visible.subtract(hidden);
    const std::size_t first = rects_.size(), pieces = visible.count();
    if (pieces > max_pieces) {
      rects_.push_back(shown); // Drawn beneath the others all the same, as painters do.
    } else if (pieces == 1) {
      rects_.push_back(visible.bounds());
    } else if (pieces > 1) {
      const std::vector<Rect> rects = visible.rects();
      rects_.insert(rects_.end(), rects.begin(), rects.end());
    }
    ranges_[i] = {first, rects_.size() - first};
    if (layer.alpha >= 1.0F && !layer.opaque.empty()) {
      Region opaque = layer.opaque;
      opaque.intersect(shown);
      if (opaque.count() <= max_pieces)
        hidden.add(opaque);
    }
  }
}

} // namespace fenceline
