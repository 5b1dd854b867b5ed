#include "protocols/idle_inhibit_global.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "compositor/wl/thunk.h"
#include "idle-inhibit-unstable-v1-server-protocol.h"
#include "protocols/surface_resource.h"

namespace fenceline {

/// zwp_idle_inhibitor_v1. There is no rule of one a surface: each counts until it goes, or the surface does.
class IdleInhibitor final : public wl::Resource<IdleInhibitor>, public CommitExtension {
 public:
  IdleInhibitor(wl_client* client, std::uint32_t version, wl::NewId id, IdleInhibitGlobal& inhibit,
                SurfaceResource& surface)
      : Resource(client, version, id), inhibit_(inhibit), surface_(&surface), surface_id_(surface.surface_id()) {
    surface.add_extension(*this);
    ++inhibit_.surfaces_[surface_id_];
    if (inhibit_.added_)
      inhibit_.added_();
  }
  ~IdleInhibitor() override {
    if (!surface_)
      return;
    surface_->remove_extension(*this);
    forget();
  }
  static const wl_interface& interface() { return zwp_idle_inhibitor_v1_interface; }
  static const void* implementation() { return &requests; }

  [[nodiscard]] bool before_commit(SurfaceResource&, SurfacePatch&,
                                   std::vector<std::unique_ptr<CommitConstraint>>&) override {
    return true;
  }
  void surface_gone() override {
    surface_ = nullptr;
    forget();
  }

 private:
  void forget() {
    const auto found = inhibit_.surfaces_.find(surface_id_);
    if (--found->second == 0)
      inhibit_.surfaces_.erase(found);
  }
  static const struct zwp_idle_inhibitor_v1_interface requests;
  IdleInhibitGlobal& inhibit_;
  SurfaceResource* surface_;
  SurfaceId surface_id_;
};

const struct zwp_idle_inhibitor_v1_interface IdleInhibitor::requests = {.destroy = wl::destroy};

namespace {

class IdleInhibitManager final : public wl::Resource<IdleInhibitManager> {
 public:
  /// Each is asked at each commit of its surface: a client that wants a million pays for them itself.
  static constexpr std::size_t max_inhibitors = 64;

  IdleInhibitManager(wl_client* client, std::uint32_t version, wl::NewId id, IdleInhibitGlobal& inhibit)
      : Resource(client, version, id), inhibit_(inhibit) {}
  static const wl_interface& interface() { return zwp_idle_inhibit_manager_v1_interface; }
  static const void* implementation() { return &requests; }

 private:
  void create_inhibitor(wl::NewId id, SurfaceResource* surface) {
    if (surface->count_extensions<IdleInhibitor>() >= max_inhibitors)
      return post_no_memory();
    new IdleInhibitor(client(), version(), id, inhibit_, *surface);
  }
  static const struct zwp_idle_inhibit_manager_v1_interface requests;
  IdleInhibitGlobal& inhibit_;
};

const struct zwp_idle_inhibit_manager_v1_interface IdleInhibitManager::requests = {
    .destroy = wl::destroy,
    .create_inhibitor = wl::thunk<&IdleInhibitManager::create_inhibitor>,
};

} // namespace

IdleInhibitGlobal::IdleInhibitGlobal(wl::Display& display)
    : global_(display, zwp_idle_inhibit_manager_v1_interface, 1, wl::binds<IdleInhibitManager>(*this)) {}

bool IdleInhibitGlobal::any(const std::function<bool(SurfaceId)>& visible) const {
  return std::any_of(surfaces_.begin(), surfaces_.end(), [&](const auto& entry) { return visible(entry.first); });
}

} // namespace fenceline
