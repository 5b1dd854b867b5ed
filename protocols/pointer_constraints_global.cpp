#include "protocols/pointer_constraints_global.h"

#include "compositor/wl/thunk.h"
#include "pointer-constraints-v1-server-protocol.h"
#include "protocols/held_pointer.h"
#include "protocols/region_resource.h"

namespace fenceline {
namespace {

/// zwp_locked_pointer_v1.
class LockedPointer final : public wl::Resource<LockedPointer>, public HeldPointer {
 public:
  LockedPointer(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface,
                const RegionResource* region, bool persistent, Scene& scene, Seat& seat)
      : Resource(client, version, id), HeldPointer(surface, region, persistent, scene, seat) {}
  static const wl_interface& interface() { return zwp_locked_pointer_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_locked_pointer_v1_interface requests {
      .destroy = wl::destroy, .set_cursor_position_hint = wl::thunk<&LockedPointer::set_hint>,
      .set_region = wl::thunk<&LockedPointer::change_region>,
    };
    return &requests;
  }
  [[nodiscard]] bool locks() const override { return true; }

 private:
  void set_hint(double x, double y) { set_position_hint({x, y}); }
  void change_region(RegionResource* region) { set_region(region); }
  void refuse() override { post_no_memory(); }
  void tell(bool active) override {
    if (resource())
      active ? zwp_locked_pointer_v1_send_locked(resource()) : zwp_locked_pointer_v1_send_unlocked(resource());
  }
};

/// zwp_confined_pointer_v1.
class ConfinedPointer final : public wl::Resource<ConfinedPointer>, public HeldPointer {
 public:
  ConfinedPointer(wl_client* client, std::uint32_t version, wl::NewId id, SurfaceResource& surface,
                  const RegionResource* region, bool persistent, Scene& scene, Seat& seat)
      : Resource(client, version, id), HeldPointer(surface, region, persistent, scene, seat) {}
  static const wl_interface& interface() { return zwp_confined_pointer_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_confined_pointer_v1_interface requests {
      .destroy = wl::destroy, .set_region = wl::thunk<&ConfinedPointer::change_region>,
    };
    return &requests;
  }
  [[nodiscard]] bool locks() const override { return false; }

 private:
  void change_region(RegionResource* region) { set_region(region); }
  void refuse() override { post_no_memory(); }
  void tell(bool active) override {
    if (resource())
      active ? zwp_confined_pointer_v1_send_confined(resource()) : zwp_confined_pointer_v1_send_unconfined(resource());
  }
};

} // namespace

class PointerConstraintsGlobal::Manager final : public wl::Resource<Manager> {
 public:
  Manager(wl_client* client, std::uint32_t version, wl::NewId id, PointerConstraintsGlobal& global)
      : Resource(client, version, id), global_(global) {}
  static const wl_interface& interface() { return zwp_pointer_constraints_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_pointer_constraints_v1_interface requests {
      .destroy = wl::destroy, .lock_pointer = wl::thunk<&Manager::hold<LockedPointer>>,
      .confine_pointer = wl::thunk<&Manager::hold<ConfinedPointer>>,
    };
    return &requests;
  }

 private:
  template <class Held>
  void hold(wl::NewId id, SurfaceResource* surface, wl_resource* pointer, RegionResource* region,
            std::uint32_t lifetime) {
    (void)pointer; // There is one seat.
    if (surface->find_extension<HeldPointer>())
      return post_error(ZWP_POINTER_CONSTRAINTS_V1_ERROR_ALREADY_CONSTRAINED,
                        "wl_surface#{} has a lock or a confinement already", surface->object_id());
    const bool persistent = lifetime == ZWP_POINTER_CONSTRAINTS_V1_LIFETIME_PERSISTENT;
    auto* held = new Held(client(), version(), id, *surface, region, persistent, global_.scene_, global_.seat_);
    global_.seat_.add_constraint(*held);
  }
  PointerConstraintsGlobal& global_;
};

PointerConstraintsGlobal::PointerConstraintsGlobal(wl::Display& display, Scene& scene, Seat& seat)
    : scene_(scene), seat_(seat), global_(display, zwp_pointer_constraints_v1_interface, 1, wl::binds<Manager>(*this)) {
}

} // namespace fenceline
