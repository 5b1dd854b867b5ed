#pragma once
#include <optional>

#include "compositor/wl/display.h"
#include "compositor/wl/global.h"

namespace fenceline {

/// wp_color_representation_manager_v1: how the YCbCr values of a surface's buffers are to be read (SurfacePatch::yuv,
/// SurfacePatch::chroma). Not on offer where the build's wayland-protocols is older than 1.44, which has no such file.
class ColorRepresentationGlobal {
 public:
  explicit ColorRepresentationGlobal(wl::Display& display);

 private:
  std::optional<wl::Global> global_;
};

} // namespace fenceline
