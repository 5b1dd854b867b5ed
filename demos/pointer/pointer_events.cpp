#include "demos/pointer/pointer_events.h"

#include <cmath>
#include <utility>

#include "demos/client/failure.h"
#include "demos/pointer/event_time.h"

namespace fenceline::demos {

PointerEvents::PointerEvents(Connection& connection, std::function<std::int64_t()> now,
                             std::function<void(const Group&)> done)
    : seat_(connection.bind_seat()), relative_pointers_(static_cast<zwp_relative_pointer_manager_v1*>(
                                         connection.bind_extra(zwp_relative_pointer_manager_v1_interface, 1))),
      now_(std::move(now)), done_(std::move(done)) {
  if (!seat_)
    throw Failure("the compositor does not offer wl_seat: there is no pointer to follow");
  static constexpr wl_seat_listener listener = {
      .capabilities = [](void* self, wl_seat*,
                         std::uint32_t is) { static_cast<PointerEvents*>(self)->on_capabilities(is); },
      .name = [](void*, wl_seat*, const char*) {},
  };
  wl_seat_add_listener(seat_.get(), &listener, this);
}

PointerEvents::~PointerEvents() = default;

void PointerEvents::on_capabilities(std::uint32_t capabilities) {
  if ((capabilities & WL_SEAT_CAPABILITY_POINTER) == 0) {
    relative_.reset();
    pointer_.reset();
    return;
  }
  if (pointer_)
    return;
  static constexpr wl_pointer_listener listener = {
      .enter = [](void* self, wl_pointer*, std::uint32_t, wl_surface*, wl_fixed_t x,
                  wl_fixed_t y) { static_cast<PointerEvents*>(self)->on_place(x, y); },
      .leave = [](void*, wl_pointer*, std::uint32_t, wl_surface*) {},
      .motion =
          [](void* data, wl_pointer*, std::uint32_t time, wl_fixed_t x, wl_fixed_t y) {
            auto& self = *static_cast<PointerEvents*>(data);
            self.on_place(x, y);
            if (!self.group_.exact)
              self.group_.time = event_time(time, self.now_());
          },
      .button = [](void*, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t) {},
      .axis = [](void*, wl_pointer*, std::uint32_t, std::uint32_t, wl_fixed_t) {},
      .frame = [](void* self, wl_pointer*) { static_cast<PointerEvents*>(self)->on_frame(); },
      .axis_source = [](void*, wl_pointer*, std::uint32_t) {},
      .axis_stop = [](void*, wl_pointer*, std::uint32_t, std::uint32_t) {},
      .axis_discrete = [](void*, wl_pointer*, std::uint32_t, std::int32_t) {},
      .axis_value120 = [](void*, wl_pointer*, std::uint32_t, std::int32_t) {},
      .axis_relative_direction = [](void*, wl_pointer*, std::uint32_t, std::uint32_t) {},
  };
  pointer_.reset(wl_seat_get_pointer(seat_.get()));
  wl_pointer_add_listener(pointer_.get(), &listener, this);
  if (wl_pointer_get_version(pointer_.get()) < WL_POINTER_FRAME_SINCE_VERSION)
    throw Failure("the compositor's wl_seat is older than version 5: it does not say which events belong together");
  if (!relative_pointers_)
    return;
  static constexpr zwp_relative_pointer_v1_listener moved = {
      .relative_motion =
          [](void* data, zwp_relative_pointer_v1*, std::uint32_t high, std::uint32_t low, wl_fixed_t, wl_fixed_t,
             wl_fixed_t, wl_fixed_t) {
            auto& self = *static_cast<PointerEvents*>(data);
            self.group_.time = exact_event_time(high, low);
            self.group_.exact = true;
          },
  };
  relative_.reset(zwp_relative_pointer_manager_v1_get_relative_pointer(relative_pointers_.get(), pointer_.get()));
  zwp_relative_pointer_v1_add_listener(relative_.get(), &moved, this);
}

void PointerEvents::on_place(wl_fixed_t x, wl_fixed_t y) {
  group_.x = static_cast<int>(std::floor(wl_fixed_to_double(x)));
  group_.y = static_cast<int>(std::floor(wl_fixed_to_double(y)));
  placed_ = true;
}

void PointerEvents::on_frame() {
  const Group group = std::exchange(group_, {});
  if (std::exchange(placed_, false))
    done_(group);
}

} // namespace fenceline::demos
