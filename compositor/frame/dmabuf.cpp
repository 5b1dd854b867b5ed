#include "compositor/frame/dmabuf.h"

#include <drm_fourcc.h>

namespace fenceline {

DmabufAttributes DmabufAttributes::duplicate() const {
  DmabufAttributes copy;
  copy.size = size;
  copy.format = format;
  copy.plane_count = plane_count;
  for (std::size_t i = 0; i < plane_count; ++i)
    copy.planes[i] = {planes[i].fd.duplicate(), planes[i].offset, planes[i].stride};
  return copy;
}

namespace {

struct FormatFacts {
  std::uint32_t fourcc;
  std::uint32_t opaque;
  std::uint32_t bytes;
};

constexpr FormatFacts facts[] = {
    {DRM_FORMAT_ARGB8888, DRM_FORMAT_XRGB8888, 4},
    {DRM_FORMAT_XRGB8888, DRM_FORMAT_XRGB8888, 4},
    {DRM_FORMAT_ABGR8888, DRM_FORMAT_XBGR8888, 4},
    {DRM_FORMAT_XBGR8888, DRM_FORMAT_XBGR8888, 4},
    {DRM_FORMAT_RGBA8888, DRM_FORMAT_RGBX8888, 4},
    {DRM_FORMAT_RGBX8888, DRM_FORMAT_RGBX8888, 4},
    {DRM_FORMAT_BGRA8888, DRM_FORMAT_BGRX8888, 4},
    {DRM_FORMAT_BGRX8888, DRM_FORMAT_BGRX8888, 4},
    {DRM_FORMAT_ARGB2101010, DRM_FORMAT_XRGB2101010, 4},
    {DRM_FORMAT_XRGB2101010, DRM_FORMAT_XRGB2101010, 4},
    {DRM_FORMAT_ABGR2101010, DRM_FORMAT_XBGR2101010, 4},
    {DRM_FORMAT_XBGR2101010, DRM_FORMAT_XBGR2101010, 4},
    {DRM_FORMAT_ABGR16161616F, DRM_FORMAT_XBGR16161616F, 8},
    {DRM_FORMAT_XBGR16161616F, DRM_FORMAT_XBGR16161616F, 8},
    {DRM_FORMAT_RGB565, DRM_FORMAT_RGB565, 2},
};

const FormatFacts* find(std::uint32_t fourcc) {
  for (const FormatFacts& f : facts)
    if (f.fourcc == fourcc)
      return &f;
  return nullptr;
}

} // namespace

bool has_alpha(std::uint32_t fourcc) {
  return without_alpha(fourcc) != fourcc;
}

std::uint32_t without_alpha(std::uint32_t fourcc) {
  const FormatFacts* f = find(fourcc);
  return f ? f->opaque : fourcc;
}

std::uint32_t bytes_per_pixel(std::uint32_t fourcc) {
  const FormatFacts* f = find(fourcc);
  return f ? f->bytes : 0;
}

} // namespace fenceline
