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

/// Of encoded values, 0 to 1: the upper one covers so much of the lower one (IEC 61966-2-1).
double in_light(double above, double below, double cover) {
  const auto light = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  const double sum = light(std::min(above, 1.0)) * cover + light(below) * (1 - cover);
  return sum <= 0.0031308 ? sum * 12.92 : 1.055 * std::pow(sum, 1 / 2.4) - 0.055;
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
    if (pixels_.yuv)
      return converted(
          std::clamp(px, std::min(s.x + 0.5, s.x + s.width / 2), std::max(s.x + s.width - 0.5, s.x + s.width / 2)),
          std::clamp(py, std::min(s.y + 0.5, s.y + s.height / 2), std::max(s.y + s.height - 0.5, s.y + s.height / 2)));
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

  /// One channel between its samples. `low` and `high`: the samples that may be looked at.
  static double channel(const std::vector<std::uint16_t>& samples, Size size, double px, double py, Place low,
                        Place high) {
    const double fx = std::floor(px - 0.5), fy = std::floor(py - 0.5);
    const double ax = px - 0.5 - fx, ay = py - 0.5 - fy;
    const auto sample = [&](double x, double y) {
      const auto column =
          static_cast<std::size_t>(std::clamp(std::clamp(x, low.x, high.x), 0.0, static_cast<double>(size.width - 1)));
      const auto row =
          static_cast<std::size_t>(std::clamp(std::clamp(y, low.y, high.y), 0.0, static_cast<double>(size.height - 1)));
      return static_cast<double>(samples[row * static_cast<std::size_t>(size.width) + column]);
    };
    return (sample(fx, fy) * (1 - ax) + sample(fx + 1, fy) * ax) * (1 - ay) +
           (sample(fx, fy + 1) * (1 - ax) + sample(fx + 1, fy + 1) * ax) * ay;
  }

  [[nodiscard]] Colour converted(double px, double py) const {
    const ReferenceYuv& yuv = *pixels_.yuv;
    const bool half_x = yuv.chroma_size.width != pixels_.size.width;
    const bool half_y = yuv.chroma_size.height != pixels_.size.height;
    const Place all{1e9, 1e9};
    const double y = channel(yuv.luma, pixels_.size, px, py, {-1e9, -1e9}, all);
    // Where a halved channel's sample lies in the picture, from the upper left corner of its two by two.
    const double site_x = layer_.chroma.x == ChromaSite::X::Left ? 0.5 : 1.0;
    const double site_y = layer_.chroma.y == ChromaSite::Y::Top      ? 0.5
                          : layer_.chroma.y == ChromaSite::Y::Middle ? 1.0
                                                                     : 1.5;
    const double cx = half_x ? (px - site_x) / 2 + 0.5 : px, cy = half_y ? (py - site_y) / 2 + 0.5 : py;
    // Only of pixels that are shown.
    const FRect& s = layer_.source;
    const double dx = half_x ? 2 : 1, dy = half_y ? 2 : 1;
    const Place low{std::floor(s.x / dx), std::floor(s.y / dy)};
    const Place high{std::ceil((s.x + s.width) / dx) - 1, std::ceil((s.y + s.height) / dy) - 1};
    const double cb = channel(yuv.blue, yuv.chroma_size, cx, cy, low, high);
    const double cr = channel(yuv.red, yuv.chroma_size, cx, cy, low, high);

    const double scale = std::ldexp(1.0, yuv.bits - 8), top = std::ldexp(1.0, yuv.bits) - 1;
    const bool full = layer_.yuv.range == YuvRange::Full;
    const double luma = full ? y / top : (y / scale - 16) / 219;
    const double blue = full ? (cb - 128 * scale) / top : (cb / scale - 128) / 224;
    const double red = full ? (cr - 128 * scale) / top : (cr / scale - 128) / 224;
    const double kr = layer_.yuv.matrix == YuvMatrix::Bt601   ? 0.299
                      : layer_.yuv.matrix == YuvMatrix::Bt709 ? 0.2126
                                                              : 0.2627;
    const double kb = layer_.yuv.matrix == YuvMatrix::Bt601   ? 0.114
                      : layer_.yuv.matrix == YuvMatrix::Bt709 ? 0.0722
                                                              : 0.0593;
    // The definitions, solved for the colours: blue = (B - Y) / (2 - 2 kb), red alike, Y = kr R + kg G + kb B.
    const double r = luma + red * (2 - 2 * kr), b = luma + blue * (2 - 2 * kb);
    const double g = (luma - kr * r - kb * b) / (1 - kr - kb);
    return {std::clamp(b, 0.0, 1.0) * 255, std::clamp(g, 0.0, 1.0) * 255, std::clamp(r, 0.0, 1.0) * 255, 255};
  }

  const Layer& layer_;
  const ReferencePixels& pixels_;
  bool alpha_;
  bool exact_ = false;
};

} // namespace

std::vector<std::uint32_t> reference_compose(const SceneSnapshot& snapshot, const ReferenceLookup& lookup,
                                             ReferenceBlend blend) {
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
        const double cover = above[3] / 255 * alpha;
        Colour blended;
        for (unsigned i = 0; i < 4; ++i)
          blended[i] = blend == ReferenceBlend::Encoded || i == 3
                           ? above[i] * alpha + below[i] * (1 - cover)
                           : in_light(above[3] > 0 ? above[i] / above[3] : 0, below[i] / 255, cover) * 255;
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
