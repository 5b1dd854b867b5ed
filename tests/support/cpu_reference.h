#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "compositor/frame/snapshot.h"

namespace fenceline {

/// The three channels of a YCbCr picture, rows without padding. The layer says how they are to be read.
struct ReferenceYuv {
  int bits = 8;     ///< Of a sample.
  Size chroma_size; ///< Of `blue` and `red`: the picture's, or half of it (rounded up) in one or both directions.
  std::vector<std::uint16_t> luma, blue, red;
};

/// Pixels of a layer's buffer, as 32-bit words of ARGB8888 or XRGB8888 (Layer::format says which), rows without
/// padding.
struct ReferencePixels {
  Size size;
  std::vector<std::uint32_t> words;
  std::optional<ReferenceYuv> yuv{}; ///< Instead of `words`.
};

/// In what the reference blends what is translucent.
enum class ReferenceBlend : std::uint8_t { Encoded, Linear };

/// The pixels behind a layer; null: the layer is left out.
using ReferenceLookup = std::function<const ReferencePixels*(const Layer&)>;

/// What an output must show: the snapshot's layers from bottom to top over opaque black, drawn by the CPU with other
/// arithmetic than the renderer's. ARGB8888 with alpha 255 everywhere, rows without padding. Exact where a layer is
/// opaque and shown 1:1; premultiplied blending in float, rounded to 8 bits for each layer; bilinear where it is
/// scaled. With ReferenceBlend::Linear the layers above others are brought to linear light by the sRGB curve, without
/// the alpha that clients multiply encoded values by; each sum is encoded again. YCbCr is converted in double after
/// filtering, with the places that Layer::chroma gives the halved channels.
[[nodiscard]] std::vector<std::uint32_t> reference_compose(const SceneSnapshot& snapshot, const ReferenceLookup& lookup,
                                                           ReferenceBlend blend = ReferenceBlend::Encoded);

/// Largest difference of any channel of two pictures of the same size; 256 when the sizes differ.
[[nodiscard]] int largest_difference(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b);

} // namespace fenceline
