#include "protocols/alpha_modifier_global.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "alpha-modifier-v1-server-protocol.h"
#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"

namespace fenceline {

namespace {

/// wp_alpha_modifier_surface_v1.
class AlphaModifierSurface final : public wl::Resource<AlphaModifierSurface>, public CommitExtension {
 public:
  AlphaModifierSurface(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
  }
  ~AlphaModifierSurface() override {
    if (!surface_)
      return;
    surface_->remove_extension(*this);
    surface_->surface().pending().alpha = 1.0F;
  }
  static const wl_interface& interface() { return wp_alpha_modifier_surface_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  void set_multiplier(std::uint32_t factor) {
    if (!surface_)
      return post_error(WP_ALPHA_MODIFIER_SURFACE_V1_ERROR_NO_SURFACE, "the wl_surface is gone");
    surface_->surface().pending().alpha = static_cast<float>(static_cast<double>(factor) / UINT32_MAX);
  }

  static const struct wp_alpha_modifier_surface_v1_interface requests;
  SurfaceResource* surface_;
};

const struct wp_alpha_modifier_surface_v1_interface AlphaModifierSurface::requests = {
    .destroy = wl::destroy,
    .set_multiplier = wl::thunk<&AlphaModifierSurface::set_multiplier>,
};

class AlphaModifier final : public wl::Resource<AlphaModifier> {
 public:
  AlphaModifier(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wp_alpha_modifier_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_surface(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<AlphaModifierSurface>())
      return post_error(WP_ALPHA_MODIFIER_V1_ERROR_ALREADY_CONSTRUCTED, "wl_surface {} has an alpha modifier already",
                        surface->object_id());
    new AlphaModifierSurface(client(), version(), id, *surface);
  }
  static const struct wp_alpha_modifier_v1_interface requests;
};

const struct wp_alpha_modifier_v1_interface AlphaModifier::requests = {
    .destroy = wl::destroy,
    .get_surface = wl::thunk<&AlphaModifier::get_surface>,
};

} // namespace

AlphaModifierGlobal::AlphaModifierGlobal(wl::Display& display)
    : global_(display, wp_alpha_modifier_v1_interface, 1, wl::binds<AlphaModifier>()) {}

} // namespace fenceline
