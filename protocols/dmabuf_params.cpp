#include "protocols/dmabuf_params.h"

#include <drm_fourcc.h>

#include <algorithm>
#include <cstring>

#include "compositor/base/file_kind.h"
#include "compositor/frame/yuv_formats.h"
#include "compositor/wl/thunk.h"
#include "protocols/dmabuf_buffer.h"

namespace fenceline {

const struct zwp_linux_buffer_params_v1_interface DmabufParams::requests = {
    .destroy = wl::destroy,
    .add = wl::thunk<&DmabufParams::add>,
    .create = wl::thunk<&DmabufParams::create>,
    .create_immed = wl::thunk<&DmabufParams::create_immed>,
#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
    .set_sampling_device = wl::thunk<&DmabufParams::set_sampling_device>,
#endif
};

#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
void DmabufParams::set_sampling_device(wl_array* device) {
  dev_t wanted = 0;
  if (device->size != sizeof(wanted))
    return post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_DEV_T_SIZE, "a device number of {} bytes, not {}",
                      device->size, sizeof(wanted));
  std::memcpy(&wanted, device->data, sizeof(wanted));
  sampling_device_ = wanted;
}
#endif

void DmabufParams::add(UniqueFd fd, std::uint32_t plane, std::uint32_t offset, std::uint32_t stride,
                       std::uint32_t modifier_high, std::uint32_t modifier_low) {
  // Before all else: what is no dma-buf may neither be asked anything nor be closed here.
  auto size = factory_.measure(fd.get());
  if (!size)
    close_refused(std::move(fd));
  if (used_)
    return post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED, "the parameters have made a buffer already");
  if (plane >= planes_.size())
    return post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_IDX, "there is no plane {}", plane);
  if (planes_[plane])
    return post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_SET, "plane {} was set already", plane);
  const std::uint64_t modifier = (std::uint64_t{modifier_high} << 32U) | modifier_low;
  // Asked for since version 5, and never meant otherwise: one image has one layout.
  if (modifier_ && *modifier_ != modifier)
    return post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT,
                      "plane {} has the modifier {:#x}, those before {:#x}", plane, modifier, *modifier_);
  modifier_ = modifier;
  planes_[plane] = Plane{{std::move(fd), offset, stride}, std::move(size)};
}

bool DmabufParams::check(std::int32_t width, std::int32_t height, std::uint32_t format) {
  if (used_) {
    post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED, "the parameters have made a buffer already");
    return false;
  }
  used_ = true;
  const auto gap = std::find_if(planes_.begin(), planes_.end(), [](const auto& plane) { return !plane; });
  const auto count = static_cast<std::size_t>(gap - planes_.begin());
  if (count == 0 || std::any_of(gap, planes_.end(), [](const auto& plane) { return plane.has_value(); })) {
    post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INCOMPLETE, "plane {} is missing", count);
    return false;
  }
  // Before version 4 clients could not know the pairs; what they name besides fails at the import.
  const bool offered =
      version() >= 4 ? factory_.feedback.offers(FormatModifier{format, *modifier_}) : factory_.feedback.offers(format);
  if (!offered) {
    post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT,
               "the format {:#x} with the modifier {:#x} is not on offer", format, *modifier_);
    return false;
  }
  // Other layouts may have planes of their own besides (compression data).
  const std::size_t planes = plane_count(format);
  const bool linear = *modifier_ == DRM_FORMAT_MOD_LINEAR || *modifier_ == DRM_FORMAT_MOD_INVALID;
  if (planes != 0 && (count < planes || (linear && count != planes))) {
    post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INCOMPLETE, "the format {:#x} has {} planes, not {}", format, planes,
               count);
    return false;
  }
  if (width <= 0 || height <= 0) {
    post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_DIMENSIONS, "{}x{} pixels", width, height);
    return false;
  }
  for (std::size_t i = 0; i < count; ++i)
    if (!check_plane(i, width, height, format))
      return false;
  return true;
}

bool DmabufParams::check_plane(std::size_t index, std::int32_t width, std::int32_t height, std::uint32_t format) {
  const Plane& plane = *planes_[index];
  const std::uint64_t offset = plane.memory.offset, stride = plane.memory.stride;
  const auto fail = [&](std::uint64_t size) {
    post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS,
               "plane {} with {} bytes a row at {} does not fit into {} bytes", index, stride, offset, size);
    return false;
  };
  // A row in which the pixels have no room. The driver of a CPU device would read past the end.
  const YuvFormat* yuv = find_yuv_format(format);
  const bool of_yuv = yuv != nullptr && index < yuv->plane_count;
  const Size places = of_yuv ? yuv->plane_size(index, {width, height}) : Size{width, height};
  const std::uint64_t bytes = of_yuv ? yuv->planes[index].bytes : index == 0 ? bytes_per_pixel(format) : 0;
  if (*modifier_ == DRM_FORMAT_MOD_LINEAR && stride < static_cast<std::uint64_t>(places.width) * bytes)
    return fail(0);
  if (offset + stride > std::uint64_t{UINT32_MAX})
    return fail(UINT32_MAX);
  // What has no size is not a dma-buf: the import says so.
  if (!plane.size)
    return true;
  const std::uint64_t size = *plane.size;
  // Compression data has its own height, and so have formats that are not known here: at least a row has to be there.
  const auto rows = index == 0 || of_yuv ? static_cast<std::uint64_t>(places.height) : 1U;
  if (offset >= size || offset + stride * rows > size)
    return fail(size);
  return true;
}

Result<std::shared_ptr<ClientBuffer>> DmabufParams::import(std::int32_t width, std::int32_t height,
                                                           std::uint32_t format, std::uint32_t flags) {
  if (flags != 0)
    return Error{"turned or interlaced dma-bufs are not supported", 0};
  if (sampling_device_ && *sampling_device_ != factory_.feedback.main_device())
    return Error{"the buffer is meant for a device that is not this session's", 0};
  DmabufAttributes attributes;
  attributes.size = {width, height};
  attributes.format = {format, *modifier_};
  for (; attributes.plane_count < planes_.size() && planes_[attributes.plane_count]; ++attributes.plane_count) {
    Plane& plane = *planes_[attributes.plane_count];
    if (!plane.size)
      return Error{fmt::format("plane {}: {}", attributes.plane_count, plane.size.error().what),
                   plane.size.error().code};
    attributes.planes[attributes.plane_count] = std::move(plane.memory);
  }
  auto held = hold(attributes);
  if (!held)
    return held.error();
  const BufferId id = factory_.ids.next();
  if (const auto imported = factory_.importer.import_dmabuf(id, attributes); !imported)
    return imported.error();
  return std::shared_ptr<ClientBuffer>(
      std::make_shared<DmabufBuffer>(id, std::move(attributes), factory_.importer, std::move(*held)));
}

Result<wl::Held> DmabufParams::hold(const DmabufAttributes& attributes) const {
  wl::Holdings part{.descriptors = static_cast<std::uint32_t>(attributes.plane_count)};
  for (std::size_t i = 0; i < attributes.plane_count; ++i)
    part.bytes += std::uint64_t{attributes.planes[i].stride} * static_cast<std::uint32_t>(attributes.size.height);
  const std::shared_ptr<wl::Holdings>& all = wl::ClientState::of(client())->holdings;
  if (all->descriptors + part.descriptors > DmabufFactory::most_descriptors)
    return Error{fmt::format("the client's buffers have {} descriptors already", all->descriptors), EMFILE};
  if (all->bytes + part.bytes > factory_.most_bytes)
    return Error{fmt::format("the client's buffers have {} MiB already", all->bytes >> 20U), ENOMEM};
  return wl::Held(all, part);
}

void DmabufParams::create(std::int32_t width, std::int32_t height, std::uint32_t format, std::uint32_t flags) {
  if (!check(width, height, format))
    return;
  auto buffer = import(width, height, format, flags);
  if (!buffer)
    return zwp_linux_buffer_params_v1_send_failed(resource());
  const auto* made = new BufferResource(client(), 1, wl::NewId{0}, std::move(*buffer));
  zwp_linux_buffer_params_v1_send_created(resource(), made->resource());
}

void DmabufParams::create_immed(wl::NewId id, std::int32_t width, std::int32_t height, std::uint32_t format,
                                std::uint32_t flags) {
  if (!check(width, height, format))
    return;
  auto buffer = import(width, height, format, flags);
  // A wl_buffer that stands for nothing would leave the client with an empty window and no reason.
  if (!buffer)
    return post_error(ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, "{}", buffer.error().text());
  new BufferResource(client(), 1, id, std::move(*buffer));
}

} // namespace fenceline
