#include "protocols/fractional_scale_global.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/wl/thunk.h"
#include "fractional-scale-v1-server-protocol.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

/// wp_fractional_scale_v1. Says at once what is known, so that the first picture of a window can have the right scale.
class FractionalScale final : public wl::Resource<FractionalScale>, public CommitExtension {
 public:
  FractionalScale(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
    if (const std::optional<double> scale = surface.preferred_scale())
      scale_preferred(*scale);
  }
  ~FractionalScale() override {
    if (surface_)
      surface_->remove_extension(*this);
  }
  static const wl_interface& interface() { return wp_fractional_scale_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void scale_preferred(double scale) override {
    const auto parts = static_cast<std::uint32_t>(std::max(1L, std::lround(scale * 120)));
    if (parts == sent_)
      return;
    sent_ = parts;
    wp_fractional_scale_v1_send_preferred_scale(resource(), parts);
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  static const struct wp_fractional_scale_v1_interface requests;
  SurfaceResource* surface_;
  std::uint32_t sent_ = 0; ///< In 120ths.
};

const struct wp_fractional_scale_v1_interface FractionalScale::requests = {.destroy = wl::destroy};

class FractionalScaleManager final : public wl::Resource<FractionalScaleManager> {
 public:
  FractionalScaleManager(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wp_fractional_scale_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_fractional_scale(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<FractionalScale>())
      return post_error(WP_FRACTIONAL_SCALE_MANAGER_V1_ERROR_FRACTIONAL_SCALE_EXISTS,
                        "wl_surface {} has a fractional scale already", surface->object_id());
    new FractionalScale(client(), version(), id, *surface);
  }
  static const struct wp_fractional_scale_manager_v1_interface requests;
};

const struct wp_fractional_scale_manager_v1_interface FractionalScaleManager::requests = {
    .destroy = wl::destroy,
    .get_fractional_scale = wl::thunk<&FractionalScaleManager::get_fractional_scale>,
};

} // namespace

FractionalScaleGlobal::FractionalScaleGlobal(wl::Display& display)
    : global_(display, wp_fractional_scale_manager_v1_interface, 1, wl::binds<FractionalScaleManager>()) {}

} // namespace fenceline
