#include "renderer/dmabuf_check.h"

#include <drm_fourcc.h>
#include <fmt/format.h>

#include "compositor/base/file_kind.h"

namespace fenceline {

Result<void> check_dmabuf(const DmabufAttributes& attributes, const ModifierSupport& support, const PixelFormat& format,
                          Size max) {
  const Size size = attributes.size;
  if (size.empty() || size.width > max.width || size.height > max.height)
    return Error{fmt::format("{}x{} is not between 1x1 and {}x{}", size.width, size.height, max.width, max.height)};
  if (attributes.plane_count != support.planes)
    return Error{fmt::format("{} planes given, the modifier has {}", attributes.plane_count, support.planes)};

  const std::uint64_t row = std::uint64_t{format.bytes} * static_cast<std::uint32_t>(size.width);
  for (std::size_t i = 0; i < attributes.plane_count; ++i) {
    const DmabufPlane& plane = attributes.planes[i];
    const auto bytes = dmabuf_size(plane.fd.get());
    if (!bytes)
      return bytes.error();
    // How many rows a plane of a tiled or compressed image has is the driver's knowledge.
    std::uint64_t need = std::uint64_t{plane.offset} + 1;
    if (attributes.format.modifier == DRM_FORMAT_MOD_LINEAR) {
      if (plane.stride < row)
        return Error{fmt::format("stride {} is less than a row's {} bytes", plane.stride, row)};
      if (plane.stride % format.bytes != 0)
        return Error{fmt::format("stride {} is no whole number of {}-byte pixels", plane.stride, format.bytes)};
      need = plane.offset + std::uint64_t{plane.stride} * (static_cast<std::uint32_t>(size.height) - 1U) + row;
    }
    if (*bytes < need)
      return Error{fmt::format("plane {} needs {} bytes, its dma-buf has {}", i, need, *bytes)};
  }
  return {};
}

} // namespace fenceline
