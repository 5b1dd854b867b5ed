#pragma once
#include "compositor/frame/yuv.h"
#include "compositor/frame/yuv_formats.h"

namespace fenceline {

/// How shaders/yuv.frag gets a colour out of the three channels as they are sampled, 0 to 1 each: red is
/// luma + base[0] + red_cr * Cr, and so on. The range is in all of them.
struct YuvConstants {
  float luma = 0;                                            ///< What Y is multiplied by.
  float base[3] = {};                                        ///< Red, green, blue where the channels are 0.
  float red_cr = 0, green_cb = 0, green_cr = 0, blue_cb = 0; ///< What Cb and Cr are multiplied by.
  float scale[2] = {};                                       ///< Texels of Y to texels of Cb and Cr,
  float shift[2] = {};                                       ///< and what is added.
};

[[nodiscard]] YuvConstants yuv_constants(const YuvFormat& format, const YuvEncoding& encoding, const ChromaSite& site);

} // namespace fenceline
