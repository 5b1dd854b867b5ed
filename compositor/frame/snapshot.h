#pragma once
#include <cstdint>
#include <vector>

#include "compositor/base/region.h"
#include "compositor/frame/color.h"
#include "compositor/frame/content_type.h"
#include "compositor/frame/dmabuf.h"
#include "compositor/frame/ids.h"
#include "compositor/frame/yuv.h"

namespace fenceline {

enum class BufferKind : std::uint8_t {
  Dmabuf, ///< Memory that devices read: may go on a plane as it is.
  Shm,    ///< wl_shm: CPU memory, uploaded before it can be composed.
  Solid,  ///< One colour, no memory at all: nothing to upload, nothing to hold.
};

enum class LayerRole : std::uint8_t { Content, Cursor };

/// One surface's picture on one output.
struct Layer {
  SurfaceId surface{};
  ClientId client{};
  CommitId commit{};
  BufferId buffer{};
  BufferKind kind = BufferKind::Shm;
  LayerRole role = LayerRole::Content;
  FormatModifier format;
  Size buffer_size; ///< In buffer pixels.
  FRect source; ///< The part shown, in buffer pixels as they lie in memory (before the transform). Inside the buffer.
  Transform transform = Transform::Normal; ///< How the buffer's content was turned (wl_surface.set_buffer_transform).
  Rect dest;                               ///< Where it goes, in output pixels. May reach beyond the output.
  Region opaque;       ///< Output pixels that hide what is below; for a format without alpha all of dest.
  float alpha = 1.0F;  ///< 0 to 1, on top of the buffer's own premultiplied alpha.
  Color color{};       ///< BufferKind::Solid only.
  YuvEncoding yuv{};   ///< For formats of YCbCr.
  ChromaSite chroma{}; ///< The same. Planes do not say where they take it to be, so it is the composition's alone.
  ContentType content = ContentType::None;
  bool may_tear = false; ///< Shown as early as can be is worth more to it than whole (wp_tearing_control_v1).
};

/// Everything that one output shows at one latch. Ids and values: it can go to any thread and outlive the scene.
struct SceneSnapshot {
  OutputId output{};
  FrameId frame{};
  Size size;                 ///< Of the output, in its pixels.
  std::vector<Layer> layers; ///< Bottom to top. What they leave free is black.

  /// As a new one is; the list keeps its memory.
  void clear() {
    output = {};
    frame = {};
    size = {};
    layers.clear();
  }
};

} // namespace fenceline
