#include "compositor/backends/drm/gbm_allocator.h"

#include <drm_fourcc.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <xf86drm.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace fenceline {
namespace {

struct DestroyImage {
  void operator()(gbm_bo* image) const { gbm_bo_destroy(image); }
};
using Image = std::unique_ptr<gbm_bo, DestroyImage>;

constexpr std::uint32_t usage = GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING;

Result<Image> create(gbm_device* device, Size size, std::uint32_t fourcc, std::span<const std::uint64_t> modifiers) {
  const auto width = static_cast<std::uint32_t>(size.width);
  const auto height = static_cast<std::uint32_t>(size.height);
  std::vector<std::uint64_t> named;
  std::copy_if(modifiers.begin(), modifiers.end(), std::back_inserter(named),
               [](std::uint64_t modifier) { return modifier != DRM_FORMAT_MOD_INVALID; });
  if (!named.empty())
    if (Image image(gbm_bo_create_with_modifiers2(device, width, height, fourcc, named.data(),
                                                  static_cast<unsigned>(named.size()), usage));
        image)
      return image;
  // A driver that knows no modifiers: its own choice where the display takes that, else linear.
  const auto takes = [&](std::uint64_t modifier) {
    return std::find(modifiers.begin(), modifiers.end(), modifier) != modifiers.end();
  };
  if (takes(DRM_FORMAT_MOD_INVALID))
    if (Image image(gbm_bo_create(device, width, height, fourcc, usage)); image)
      return image;
  if (takes(DRM_FORMAT_MOD_LINEAR))
    if (Image image(gbm_bo_create(device, width, height, fourcc, usage | GBM_BO_USE_LINEAR)); image)
      return image;
  return Error::from_errno(fmt::format("GBM makes no {}x{} image", width, height));
}

} // namespace

Result<gbm_device*> GbmAllocator::opened() {
  const std::lock_guard lock(opening_);
  if (!device_)
    device_.reset(gbm_create_device(fd_));
  if (!device_)
    return Error::from_errno("GBM does not work on the display's card");
  return device_.get();
}

Result<DmabufAttributes> GbmAllocator::allocate(Size size, std::span<const FormatModifier> formats) {
  if (size.empty() || formats.empty())
    return Error{"an image without a size or a format", EINVAL};
  if (const auto device = opened(); !device)
    return device.error();
  Error last;
  std::vector<std::uint32_t> tried;
  for (const auto& format : formats) {
    if (std::find(tried.begin(), tried.end(), format.fourcc) != tried.end())
      continue;
    tried.push_back(format.fourcc);
    std::vector<std::uint64_t> modifiers;
    for (const auto& other : formats)
      if (other.fourcc == format.fourcc)
        modifiers.push_back(other.modifier);
    auto made = allocate_format(size, format.fourcc, modifiers);
    if (made)
      return made;
    last = made.error();
  }
  return last;
}

// The image's GEM handles are GBM's, on a descriptor that the framebuffers share: it is destroyed as soon as it is
// exported, so that no handle has two owners. The dma-bufs keep the memory.
Result<DmabufAttributes> GbmAllocator::allocate_format(Size size, std::uint32_t fourcc,
                                                       std::span<const std::uint64_t> modifiers) {
  const auto made = create(device_.get(), size, fourcc, modifiers);
  if (!made)
    return made.error();
  gbm_bo* image = made->get();
  DmabufAttributes attributes;
  attributes.size = size;
  attributes.format = {fourcc, gbm_bo_get_modifier(image)};
  // An image that was asked for as linear, or could only be so, but whose driver has no word for it.
  const auto takes_invalid = std::find(modifiers.begin(), modifiers.end(), DRM_FORMAT_MOD_INVALID) != modifiers.end();
  if (attributes.format.modifier == DRM_FORMAT_MOD_INVALID && !takes_invalid)
    attributes.format.modifier = DRM_FORMAT_MOD_LINEAR;
  const int planes = gbm_bo_get_plane_count(image);
  if (planes < 1 || planes > static_cast<int>(DmabufAttributes::max_planes))
    return Error{fmt::format("GBM made an image with {} planes", planes), EINVAL};
  attributes.plane_count = static_cast<std::size_t>(planes);
  for (int i = 0; i < planes; ++i) {
    // Not gbm_bo_get_fd_for_plane: for dumb buffers that leaves out DRM_RDWR, and a CPU renderer could not map them.
    int fd = -1;
    if (const int got = drmPrimeHandleToFD(fd_, gbm_bo_get_handle_for_plane(image, i).u32, DRM_CLOEXEC | DRM_RDWR, &fd);
        got != 0)
      return Error{"cannot export GBM's image", got < -1 ? -got : errno};
    auto& plane = attributes.planes[static_cast<std::size_t>(i)];
    plane.fd.reset(fd);
    plane.offset = gbm_bo_get_offset(image, i);
    plane.stride = gbm_bo_get_stride_for_plane(image, i);
  }
  return attributes;
}

} // namespace fenceline
