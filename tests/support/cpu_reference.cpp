#include "tests/support/cpu_reference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

namespace fenceline {

namespace {

using Colour = std::array<double, 4>; // Blue, green, red, alpha; 0 to 255.

Colour split(std::uint32_t word, bool alpha) {
  Colour c;
  for (unsigned i = 0; i < 4; ++i)
    c[i] = static_cast<double>((word >> (8 * i)) & 0xffU);
  if (!alpha)
    c[3] = 255;
  return c;
}

std::uint32_t join(const Colour& c) {
  std::uint32_t word = 0;
  for (unsigned i = 0; i < 4; ++i)
    word |= static_cast<std::uint32_t>(std::lround(std::clamp(c[i], 0.0, 255.0))) << (8 * i);
  return word;
}

struct Place {
  double x, y;
};

/// From the shown picture (axes 0 to 1) to the buffer, as wl_output.transform's words say: the client flipped its
/// picture around the vertical axis, then turned it counter-clockwise by a quarter, as often as needed.
Place into_buffer(Transform transform, Place p) {
  const auto t = static_cast<unsigned>(transform);
  if ((t & 4U) != 0)
    p.x = 1 - p.x;
  for (unsigned turn = 0; turn < (t & 3U); ++turn)
    p = {p.y, 1 - p.x}; // The right edge becomes the top one.
  return p;
}

class Sampler {
 public:
  Sampler(const Layer& layer, const ReferencePixels& pixels)
      : layer_(layer), pixels_(pixels), alpha_(has_alpha(layer.format.fourcc)) {
    const FRect& s = layer.source;
    const bool turned = swaps_axes(layer.transform);
    exact_ = s.width == (turned ? layer.dest.height : layer.dest.width) &&
             s.height == (turned ? layer.dest.width : layer.dest.height) && s.x == std::floor(s.x) &&
             s.y == std::floor(s.y);
  }

  [[nodiscard]] Colour at(std::int32_t x, std::int32_t y) const {
    const FRect& s = layer_.source;
    const Place in = into_buffer(layer_.transform, {(x - layer_.dest.x + 0.5) / layer_.dest.width,
                                                    (y - layer_.dest.y + 0.5) / layer_.dest.height});
    const double px = s.x + in.x * s.width, py = s.y + in.y * s.height;
    if (exact_)
      return texel(static_cast<std::int32_t>(std::floor(px)), static_cast<std::int32_t>(std::floor(py)));
    return filtered(
        std::clamp(px, std::min(s.x + 0.5, s.x + s.width / 2), std::max(s.x + s.width - 0.5, s.x + s.width / 2)),
        std::clamp(py, std::min(s.y + 0.5, s.y + s.height / 2), std::max(s.y + s.height - 0.5, s.y + s.height / 2)));
  }

 private:
  [[nodiscard]] Colour texel(std::int32_t x, std::int32_t y) const {
    const auto column = static_cast<std::size_t>(std::clamp(x, 0, pixels_.size.width - 1));
    const auto row = static_cast<std::size_t>(std::clamp(y, 0, pixels_.size.height - 1));
    return split(pixels_.words[row * static_cast<std::size_t>(pixels_.size.width) + column], alpha_);
  }

  [[nodiscard]] Colour filtered(double px, double py) const {
    const double fx = px - 0.5, fy = py - 0.5;
    const auto x = static_cast<std::int32_t>(std::floor(fx)), y = static_cast<std::int32_t>(std::floor(fy));
    const double ax = fx - x, ay = fy - y;
    const Colour a = texel(x, y), b = texel(x + 1, y), c = texel(x, y + 1), d = texel(x + 1, y + 1);
    Colour out;
    for (unsigned i = 0; i < 4; ++i)
      out[i] = (a[i] * (1 - ax) + b[i] * ax) * (1 - ay) + (c[i] * (1 - ax) + d[i] * ax) * ay;
    return out;
  }

  const Layer& layer_;
  const ReferencePixels& pixels_;
  bool alpha_;
  bool exact_ = false;
};

} // namespace

std::vector<std::uint32_t> reference_compose(const SceneSnapshot& snapshot, const ReferenceLookup& lookup) {
  const auto width = static_cast<std::size_t>(snapshot.size.width);
  std::vector<std::uint32_t> out(width * static_cast<std::size_t>(snapshot.size.height), 0xff000000U);
  const Rect all{0, 0, snapshot.size.width, snapshot.size.height};
  for (const Layer& layer : snapshot.layers) {
    const ReferencePixels* pixels = lookup(layer);
    const Rect dest = layer.dest.intersected(all);
    if (!pixels || dest.empty() || layer.source.width <= 0 || layer.source.height <= 0)
      continue;
    const Sampler sampler(layer, *pixels);
    const auto alpha = static_cast<double>(std::clamp(layer.alpha, 0.0F, 1.0F));
    for (std::int32_t y = dest.y; y < dest.y + dest.height; ++y) {
      for (std::int32_t x = dest.x; x < dest.x + dest.width; ++x) {
        std::uint32_t& word = out[static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x)];
        const Colour above = sampler.at(x, y);
        const Colour below = split(word, true);
        Colour blended;
        for (unsigned i = 0; i < 4; ++i)
          blended[i] = above[i] * alpha + below[i] * (1 - above[3] / 255 * alpha);
        word = join(blended);
      }
    }
  }
  return out;
}

int largest_difference(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  if (a.size() != b.size())
    return 256;
  int largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (unsigned shift = 0; shift < 32; shift += 8)
      largest = std::max(
          largest, std::abs(static_cast<int>((a[i] >> shift) & 0xffU) - static_cast<int>((b[i] >> shift) & 0xffU)));
  return largest;
}

} // namespace fenceline
