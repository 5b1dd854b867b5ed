#include "compositor/frame/yuv_formats.h"

#include <drm_fourcc.h>

namespace fenceline {

namespace {

constexpr YuvPlane y8{DRM_FORMAT_R8, 1, 0, 0}, y16{DRM_FORMAT_R16, 2, 0, 0};

constexpr YuvPlane pair8(std::uint8_t halved_x, std::uint8_t halved_y) {
  return {DRM_FORMAT_GR88, 2, halved_x, halved_y};
}

constexpr YuvPlane pair16(std::uint8_t halved_x, std::uint8_t halved_y) {
  return {DRM_FORMAT_GR1616, 4, halved_x, halved_y};
}

constexpr YuvPlane one8(std::uint8_t halved_x, std::uint8_t halved_y) {
  return {DRM_FORMAT_R8, 1, halved_x, halved_y};
}

constexpr YuvFormat formats[] = {
    {DRM_FORMAT_NV12, 2, {y8, pair8(1, 1)}},
    {DRM_FORMAT_P010, 2, {y16, pair16(1, 1)}, false, 10},
    {DRM_FORMAT_YUV420, 3, {y8, one8(1, 1), one8(1, 1)}},
    {DRM_FORMAT_YVU420, 3, {y8, one8(1, 1), one8(1, 1)}, true},
    {DRM_FORMAT_NV21, 2, {y8, pair8(1, 1)}, true},
    {DRM_FORMAT_NV16, 2, {y8, pair8(1, 0)}},
    {DRM_FORMAT_NV61, 2, {y8, pair8(1, 0)}, true},
    {DRM_FORMAT_NV24, 2, {y8, pair8(0, 0)}},
    {DRM_FORMAT_NV42, 2, {y8, pair8(0, 0)}, true},
    {DRM_FORMAT_YUV422, 3, {y8, one8(1, 0), one8(1, 0)}},
    {DRM_FORMAT_YVU422, 3, {y8, one8(1, 0), one8(1, 0)}, true},
    {DRM_FORMAT_YUV444, 3, {y8, one8(0, 0), one8(0, 0)}},
    {DRM_FORMAT_YVU444, 3, {y8, one8(0, 0), one8(0, 0)}, true},
    {DRM_FORMAT_P012, 2, {y16, pair16(1, 1)}, false, 12},
    {DRM_FORMAT_P016, 2, {y16, pair16(1, 1)}, false, 16},
    {DRM_FORMAT_P210, 2, {y16, pair16(1, 0)}, false, 10},
};

std::int32_t half_up(std::int32_t count, std::uint8_t halved) {
  return halved != 0 ? count / 2 + count % 2 : count;
}

} // namespace

Size YuvFormat::plane_size(std::size_t plane, Size image) const {
  return {half_up(image.width, planes[plane].halved_x), half_up(image.height, planes[plane].halved_y)};
}

const YuvFormat* find_yuv_format(std::uint32_t fourcc) {
  for (const YuvFormat& f : formats)
    if (f.fourcc == fourcc)
      return &f;
  return nullptr;
}

std::span<const YuvFormat> yuv_formats() {
  return formats;
}

} // namespace fenceline
