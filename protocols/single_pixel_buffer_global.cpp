#include "protocols/single_pixel_buffer_global.h"

#include <drm_fourcc.h>

#include <cstdint>
#include <memory>

#include "compositor/wl/thunk.h"
#include "protocols/client_buffer.h"
#include "single-pixel-buffer-v1-server-protocol.h"

namespace fenceline {

namespace {

float channel(std::uint32_t value) {
  return static_cast<float>(static_cast<double>(value) / UINT32_MAX);
}

class SinglePixelBufferManager final : public wl::Resource<SinglePixelBufferManager> {
 public:
  SinglePixelBufferManager(wl_client* client, std::uint32_t version, wl::NewId id, IdSource<BufferId>& ids)
      : Resource(client, version, id), ids_(ids) {}
  static const wl_interface& interface() { return wp_single_pixel_buffer_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void create_u32_rgba_buffer(wl::NewId id, std::uint32_t red, std::uint32_t green, std::uint32_t blue,
                              std::uint32_t alpha) {
    // The format says whether the colour hides what is below, as for every other buffer.
    const std::uint32_t fourcc = alpha == UINT32_MAX ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_ARGB8888;
    const Color color{channel(red), channel(green), channel(blue), channel(alpha)};
    new BufferResource(client(), 1, id,
                       std::make_shared<ClientBuffer>(ids_.next(), BufferKind::Solid, Size{1, 1},
                                                      FormatModifier{fourcc, DRM_FORMAT_MOD_LINEAR}, nullptr, color));
  }

  static const struct wp_single_pixel_buffer_manager_v1_interface requests;
  IdSource<BufferId>& ids_;
};

const struct wp_single_pixel_buffer_manager_v1_interface SinglePixelBufferManager::requests = {
    .destroy = wl::destroy,
    .create_u32_rgba_buffer = wl::thunk<&SinglePixelBufferManager::create_u32_rgba_buffer>,
};

} // namespace

SinglePixelBufferGlobal::SinglePixelBufferGlobal(wl::Display& display, IdSource<BufferId>& ids)
    : global_(display, wp_single_pixel_buffer_manager_v1_interface, 1, wl::binds<SinglePixelBufferManager>(ids)) {}

} // namespace fenceline
