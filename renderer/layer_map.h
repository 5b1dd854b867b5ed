#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "compositor/frame/snapshot.h"
#include "renderer/yuv_conversion.h"

namespace fenceline {

/// What the shaders are told of a layer: shaders/layer.vert and layer.frag have the same block.
struct LayerConstants {
  float rect[4] = {};            ///< Left, top, right, bottom of what is drawn, in clip space.
  float matrix[4] = {};          ///< Target pixels to texels: rows of a 2x2 matrix,
  float offset[2] = {};          ///< and what is added.
  float texel[2] = {};           ///< 1 / size of the texture.
  float bounds[4] = {};          ///< Where may be sampled, texels: left, top, right, bottom.
  float color[4] = {1, 1, 1, 1}; ///< What the texture's colour is multiplied by; where there is none, the colour.
  YuvConstants yuv;              ///< For shaders/yuv.frag alone; the others are not given it.
};
/// All that a device has to have room for (Vulkan 1.3, maxPushConstantsSize).
static_assert(sizeof(LayerConstants) == 128);

/// How a layer's pixels are found.
struct LayerMap {
  LayerConstants constants; ///< All but `rect`.
  bool nearest = false;     ///< One texel is one pixel of the target, and they lie on each other.
};

/// The map of a layer with a texture of that size. Nothing when the layer shows nothing: an empty, infinite or
/// outlying source, an empty destination, alpha 0.
[[nodiscard]] std::optional<LayerMap> map_layer(const Layer& layer, Size texture);

/// A colour that is drawn in linear light: it is decoded, as shaders/layer.frag does with a texture's.
void decode_color(LayerConstants& constants);

/// The rectangle of clip space that is `rect` of a target.
void set_rect(LayerConstants& constants, Rect rect, Size target);

/// For each layer of a picture the parts of the target where it is drawn: its destination, without what opaque layers
/// above hide. Kept from picture to picture for its lists.
class VisibleParts {
 public:
  void find(const std::vector<Layer>& layers, Size target);
  /// Of the layer with that index; good until the next find().
  [[nodiscard]] std::span<const Rect> operator[](std::size_t layer) const {
    return std::span(rects_).subspan(ranges_[layer].first, ranges_[layer].count);
  }

 private:
  struct Range {
    std::size_t first = 0, count = 0;
  };
  std::vector<Rect> rects_;
  std::vector<Range> ranges_;
};

} // namespace fenceline
