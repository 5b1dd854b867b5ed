#pragma once
#include "compositor/base/result.h"
#include "compositor/frame/yuv_formats.h"
#include "tests/support/cpu_reference.h"

namespace fenceline {

/// A YCbCr picture for the reference in which every sample differs from its neighbours. `seed` varies it.
[[nodiscard]] ReferencePixels yuv_noise(const YuvFormat& format, Size size, std::uint32_t seed);

/// How a picture lies in dma-bufs.
struct YuvMemory {
  std::uint32_t padding = 0;    ///< Bytes at the end of each row.
  std::uint32_t offset = 0;     ///< Of the first plane.
  bool several_dmabufs = false; ///< One for each memory plane; else all planes are in one.
};

/// The picture in udmabufs (/dev/udmabuf), linear, as the format lays it out.
[[nodiscard]] Result<DmabufAttributes> store_yuv(const YuvFormat& format, const ReferencePixels& picture,
                                                 const YuvMemory& memory = {});

} // namespace fenceline
