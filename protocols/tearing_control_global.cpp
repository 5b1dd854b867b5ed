#include "protocols/tearing_control_global.h"

#include <cstdint>
#include <memory>
#include <vector>

#include "compositor/wl/thunk.h"
#include "protocols/surface_resource.h"
#include "tearing-control-v1-server-protocol.h"

namespace fenceline {

namespace {

/// wp_tearing_control_v1. Without its surface it does nothing, which is no error.
class TearingControl final : public wl::Resource<TearingControl>, public CommitExtension {
 public:
  TearingControl(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface)
      : Resource(client, version, id), surface_(&surface) {
    surface.add_extension(*this);
  }
  ~TearingControl() override {
    if (!surface_)
      return;
    surface_->remove_extension(*this);
    surface_->surface().pending().may_tear = false;
  }
  static const wl_interface& interface() { return wp_tearing_control_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override { surface_ = nullptr; }

 private:
  /// A hint that a later version may know is none of ours.
  void set_presentation_hint(std::uint32_t hint) {
    if (surface_)
      surface_->surface().pending().may_tear = hint == WP_TEARING_CONTROL_V1_PRESENTATION_HINT_ASYNC;
  }

  static const struct wp_tearing_control_v1_interface requests;
  SurfaceResource* surface_;
};

const struct wp_tearing_control_v1_interface TearingControl::requests = {
    .set_presentation_hint = wl::thunk<&TearingControl::set_presentation_hint>,
    .destroy = wl::destroy,
};

class TearingControlManager final : public wl::Resource<TearingControlManager> {
 public:
  TearingControlManager(wl_client* client, std::uint32_t version, wl::NewId id) : Resource(client, version, id) {}
  static const wl_interface& interface() { return wp_tearing_control_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void get_tearing_control(wl::NewId id, SurfaceResource* surface) {
    if (surface->find_extension<TearingControl>())
      return post_error(WP_TEARING_CONTROL_MANAGER_V1_ERROR_TEARING_CONTROL_EXISTS,
                        "wl_surface {} has a tearing control already", surface->object_id());
    new TearingControl(client(), version(), id, *surface);
  }
  static const struct wp_tearing_control_manager_v1_interface requests;
};

const struct wp_tearing_control_manager_v1_interface TearingControlManager::requests = {
    .destroy = wl::destroy,
    .get_tearing_control = wl::thunk<&TearingControlManager::get_tearing_control>,
};

} // namespace

TearingControlGlobal::TearingControlGlobal(wl::Display& display)
    : global_(display, wp_tearing_control_manager_v1_interface, 1, wl::binds<TearingControlManager>()) {}

} // namespace fenceline
