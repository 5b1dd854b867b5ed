#include "demos/video/clip_format.h"

#include <drm_fourcc.h>

namespace fenceline::demos {

namespace {

constexpr ClipFormat formats[] = {
    {"nv12", DRM_FORMAT_NV12, 2, 2, 2, 8},     {"nv16", DRM_FORMAT_NV16, 2, 2, 1, 8},
    {"nv24", DRM_FORMAT_NV24, 2, 1, 1, 8},     {"p010", DRM_FORMAT_P010, 2, 2, 2, 10},
    {"yuv420", DRM_FORMAT_YUV420, 3, 2, 2, 8}, {"yuv422", DRM_FORMAT_YUV422, 3, 2, 1, 8},
    {"yuv444", DRM_FORMAT_YUV444, 3, 1, 1, 8},
};

} // namespace

std::span<const ClipFormat> clip_formats() {
  return formats;
}

const ClipFormat* find_clip_format(std::string_view name) {
  for (const ClipFormat& format : formats)
    if (format.name == name)
      return &format;
  return nullptr;
}

} // namespace fenceline::demos
