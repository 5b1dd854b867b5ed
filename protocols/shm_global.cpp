#include "protocols/shm_global.h"

#include <drm_fourcc.h>
#include <wayland-server-protocol.h>

#include <algorithm>

#include "compositor/frame/dmabuf.h"
#include "compositor/wl/thunk.h"
#include "protocols/client_id.h"
#include "protocols/shm_buffer.h"

namespace fenceline {

namespace {

/// wl_shm numbers its two first formats by itself, all others are DRM's (wl_shm.format in wayland.xml).
std::uint32_t to_wire(std::uint32_t fourcc) {
  if (fourcc == DRM_FORMAT_ARGB8888)
    return WL_SHM_FORMAT_ARGB8888;
  if (fourcc == DRM_FORMAT_XRGB8888)
    return WL_SHM_FORMAT_XRGB8888;
  return fourcc;
}

class PoolResource final : public wl::Resource<PoolResource> {
 public:
  PoolResource(wl_client* client, std::uint32_t version, wl::NewId id, const ShmGlobal& shm, UniqueFd fd,
               std::int32_t size)
      : Resource(client, version, id), shm_(shm), file_(std::make_shared<PoolFile>(std::move(fd), wl::Held(held(client), {.pools = 1}))),
        size_(size) {}
  static const wl_interface& interface() { return wl_shm_pool_interface; }
  static const void* implementation() { return &requests; }

  /// What the client has of pools' files, by now.
  [[nodiscard]] static const std::shared_ptr<wl::Holdings>& held(wl_client* client) {
    return wl::ClientState::of(client)->holdings;
  }

 private:
  void create_buffer(wl::NewId id, std::int32_t offset, std::int32_t width, std::int32_t height, std::int32_t stride,
                     std::uint32_t format);
  void resize(std::int32_t size);

  static const struct wl_shm_pool_interface requests;
  const ShmGlobal& shm_;
  std::shared_ptr<PoolFile> file_;
  std::int32_t size_;
};

const struct wl_shm_pool_interface PoolResource::requests = {
    .create_buffer = wl::thunk<&PoolResource::create_buffer>,
    .destroy = wl::destroy,
    .resize = wl::thunk<&PoolResource::resize>,
};

void PoolResource::create_buffer(wl::NewId id, std::int32_t offset, std::int32_t width, std::int32_t height,
                                 std::int32_t stride, std::uint32_t format) {
  const std::uint32_t fourcc = shm_.from_wire(format);
  if (fourcc == 0)
    return post_error(WL_SHM_ERROR_INVALID_FORMAT, "the format {:#x} is not on offer", format);
  const std::int64_t row = std::int64_t{width} * bytes_per_pixel(fourcc);
  // 64 bits hold every product of two 32-bit values.
  if (offset < 0 || width <= 0 || height <= 0 || stride < row ||
      offset + std::int64_t{stride} * height > std::int64_t{size_})
    return post_error(WL_SHM_ERROR_INVALID_STRIDE,
                      "{}x{} pixels at {} with {} bytes a row do not fit into a pool of {} bytes", width, height,
                      offset, stride, size_);
  auto pixels =
      std::make_shared<ShmPixels>(file_, offset, Size{width, height}, static_cast<std::uint32_t>(stride), fourcc);
  new BufferResource(client(), 1, id,
                     std::make_shared<ShmBuffer>(shm_.ids().next(), client_id(shm_.display(), client()),
                                                 std::move(pixels), shm_.sharing()));
}

void PoolResource::resize(std::int32_t size) {
  if (size < size_)
    return post_error(WL_SHM_ERROR_INVALID_FD, "a pool of {} bytes can't shrink to {}", size_, size);
  size_ = size;
}

class ShmResource final : public wl::Resource<ShmResource> {
 public:
  /// Each has its file open, as long as a buffer of it is in use.
  static constexpr std::uint32_t most_pools = 1024;

  ShmResource(wl_client* client, std::uint32_t version, wl::NewId id, const ShmGlobal& shm)
      : Resource(client, version, id), shm_(shm) {
    for (const std::uint32_t fourcc : shm_.formats())
      wl_shm_send_format(resource(), to_wire(fourcc));
  }
  static const wl_interface& interface() { return wl_shm_interface; }
  static const void* implementation() { return &requests; }

 private:
  void create_pool(wl::NewId id, UniqueFd fd, std::int32_t size) {
    const char* fault = shm_.files().fault(fd.get());
    if (fault != nullptr)
      close_refused(std::move(fd));
    if (size <= 0)
      return post_error(WL_SHM_ERROR_INVALID_STRIDE, "a pool of {} bytes", size);
    if (fault != nullptr)
      return post_error(WL_SHM_ERROR_INVALID_FD, "the pool's file can't be used: {}", fault);
    if (PoolResource::held(client())->pools >= most_pools)
      return wl_resource_post_error(wl_client_get_object(client(), 1), WL_DISPLAY_ERROR_NO_MEMORY,
                                    "more than %u pools whose files are in use", most_pools);
    new PoolResource(client(), version(), id, shm_, std::move(fd), size);
  }

  static const struct wl_shm_interface requests;
  const ShmGlobal& shm_;
};

const struct wl_shm_interface ShmResource::requests = {
    .create_pool = wl::thunk<&ShmResource::create_pool>,
    .release = wl::destroy,
};

std::vector<std::uint32_t> offered(std::span<const std::uint32_t> formats) {
  std::vector<std::uint32_t> all{DRM_FORMAT_ARGB8888, DRM_FORMAT_XRGB8888};
  for (const std::uint32_t fourcc : formats)
    if (bytes_per_pixel(fourcc) != 0 && std::find(all.begin(), all.end(), fourcc) == all.end())
      all.push_back(fourcc);
  return all;
}

} // namespace

ShmGlobal::ShmGlobal(wl::Display& display, IdSource<BufferId>& ids, std::span<const std::uint32_t> formats,
                     LocalFiles files, ShmSharing* sharing)
    : display_(display), ids_(ids), formats_(offered(formats)), files_(std::move(files)), sharing_(sharing),
      global_(display, wl_shm_interface, 2, [this](wl_client* client, std::uint32_t version, wl::NewId id) {
        new ShmResource(client, version, id, *this);
      }) {}

std::uint32_t ShmGlobal::from_wire(std::uint32_t format) const {
  const auto found = std::find_if(formats_.begin(), formats_.end(),
                                  [format](std::uint32_t fourcc) { return to_wire(fourcc) == format; });
  return found == formats_.end() ? 0 : *found;
}

} // namespace fenceline
