#include "protocols/relative_pointer_global.h"

#include "compositor/wl/thunk.h"
#include "relative-pointer-v1-server-protocol.h"

namespace fenceline {

/// zwp_relative_pointer_v1: it has the focus of the wl_pointers of its client.
class RelativePointerGlobal::RelativePointer final : public wl::Resource<RelativePointer> {
 public:
  RelativePointer(wl_client* client, std::uint32_t version, wl::NewId id, RelativePointerGlobal& global)
      : Resource(client, version, id), global_(global) {
    global_.pointers_.push_back(this);
  }
  ~RelativePointer() override { std::erase(global_.pointers_, this); }
  static const wl_interface& interface() { return zwp_relative_pointer_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_relative_pointer_v1_interface requests { .destroy = wl::destroy, };
    return &requests;
  }

 private:
  RelativePointerGlobal& global_;
};

class RelativePointerGlobal::Manager final : public wl::Resource<Manager> {
 public:
  Manager(wl_client* client, std::uint32_t version, wl::NewId id, RelativePointerGlobal& global)
      : Resource(client, version, id), global_(global) {}
  static const wl_interface& interface() { return zwp_relative_pointer_manager_v1_interface; }
  static const void* implementation() {
    static constexpr struct zwp_relative_pointer_manager_v1_interface requests {
      .destroy = wl::destroy, .get_relative_pointer = wl::thunk<&Manager::get_relative_pointer>,
    };
    return &requests;
  }

 private:
  void get_relative_pointer(wl::NewId id, wl_resource*) { new RelativePointer(client(), version(), id, global_); }
  RelativePointerGlobal& global_;
};

RelativePointerGlobal::RelativePointerGlobal(wl::Display& display, SeatGlobal& seat)
    : global_(display, zwp_relative_pointer_manager_v1_interface, 1, wl::binds<Manager>(*this)) {
  seat.on_pointer_moved_by(
      [this](wl_client* client, TimePoint time, const RelativeMotion& motion) { return moved(client, time, motion); });
}

bool RelativePointerGlobal::moved(wl_client* client, TimePoint time, const RelativeMotion& motion) const {
  const auto microseconds = static_cast<std::uint64_t>(time.ns / 1000);
  bool any = false;
  for (const RelativePointer* pointer : pointers_)
    if (pointer->client() == client) {
      any = true;
      zwp_relative_pointer_v1_send_relative_motion(
          pointer->resource(), static_cast<std::uint32_t>(microseconds >> 32U),
          static_cast<std::uint32_t>(microseconds), wl_fixed_from_double(motion.dx), wl_fixed_from_double(motion.dy),
          wl_fixed_from_double(motion.raw_dx), wl_fixed_from_double(motion.raw_dy));
    }
  return any;
}

} // namespace fenceline
