#include "renderer/yuv_conversion.h"

namespace fenceline {

namespace {

struct Weights {
  double red, blue;
};

/// What red and blue have of luma: BT.601-7 section 2.5.1, BT.709-6 section 3.2, BT.2020-2 table 4.
Weights weights_of(YuvMatrix matrix) {
  switch (matrix) {
  case YuvMatrix::Bt601:
    return {0.299, 0.114};
  case YuvMatrix::Bt709:
    return {0.2126, 0.0722};
  case YuvMatrix::Bt2020:
    return {0.2627, 0.0593};
  }
  return {0.2126, 0.0722};
}

/// Halved chroma: a sample that lies on the first of its two luma samples is sought a quarter of its own length further
/// than one that lies between them.
float shift_of(bool halved, double towards_start) {
  return halved ? static_cast<float>(0.25 * towards_start) : 0.0F;
}

} // namespace

YuvConstants yuv_constants(const YuvFormat& format, const YuvEncoding& encoding, const ChromaSite& site) {
  // Samples of more than 8 bits lie at the top of 16; what is sampled is a part of 65535.
  const double steps = static_cast<double>((1U << format.bits) - 1U);
  const double sampled = format.bits == 8 ? steps : 65535.0 / static_cast<double>(1U << (16U - format.bits));
  const double unit = static_cast<double>(1U << (format.bits - 8U)); // Of the ranges' numbers for 8 bits.
  const bool full = encoding.range == YuvRange::Full;
  // Y from 0 to 1, Cb and Cr from -0.5 to 0.5: (sample - from) * gain.
  const double luma_from = full ? 0.0 : 16.0 * unit, luma_gain = 1.0 / (full ? steps : 219.0 * unit);
  const double chroma_from = 128.0 * unit, chroma_gain = 1.0 / (full ? steps : 224.0 * unit);

  const Weights w = weights_of(encoding.matrix);
  const double green = 1.0 - w.red - w.blue;
  const double red_cr = 2.0 * (1.0 - w.red), blue_cb = 2.0 * (1.0 - w.blue);
  const double green_cb = -w.blue * blue_cb / green, green_cr = -w.red * red_cr / green;

  YuvConstants c;
  const double chroma = chroma_gain * sampled;
  c.luma = static_cast<float>(luma_gain * sampled);
  c.red_cr = static_cast<float>(red_cr * chroma);
  c.green_cb = static_cast<float>(green_cb * chroma);
  c.green_cr = static_cast<float>(green_cr * chroma);
  c.blue_cb = static_cast<float>(blue_cb * chroma);
  const double black = -luma_from * luma_gain, middle = -chroma_from * chroma_gain;
  c.base[0] = static_cast<float>(black + middle * red_cr);
  c.base[1] = static_cast<float>(black + middle * (green_cb + green_cr));
  c.base[2] = static_cast<float>(black + middle * blue_cb);

  const YuvPlane& plane = format.planes[1];
  c.scale[0] = plane.halved_x != 0 ? 0.5F : 1.0F;
  c.scale[1] = plane.halved_y != 0 ? 0.5F : 1.0F;
  c.shift[0] = shift_of(plane.halved_x != 0, site.x == ChromaSite::X::Left ? 1 : 0);
  c.shift[1] = shift_of(plane.halved_y != 0, site.y == ChromaSite::Y::Top      ? 1
                                             : site.y == ChromaSite::Y::Bottom ? -1
                                                                               : 0);
  return c;
}

} // namespace fenceline
