#include "protocols/cursor_shape_global.h"

#include <algorithm>

#include "compositor/wl/thunk.h"
#include "cursor-shape-v1-server-protocol.h"

namespace fenceline {
namespace {

constexpr std::uint32_t newest = 2;

/// The last shape that a version has: version 2 has brought dnd_ask and all_resize.
std::uint32_t last_shape(std::uint32_t version) {
  return static_cast<std::uint32_t>(version >= 2 ? CursorShape::AllResize : CursorShape::ZoomOut);
}

/// wp_cursor_shape_device_v1 of a wl_pointer. Without that it does nothing any more.
class ShapeDevice final : public wl::Resource<ShapeDevice> {
 public:
  ShapeDevice(wl_client* client, std::uint32_t version, wl::NewId id, wl_resource* pointer, SeatGlobal& seat)
      : Resource(client, version, id), seat_(seat), pointer_gone_([this](wl_resource*) { make_inert(); }) {
    pointer_gone_.on_destroy(pointer);
  }
  static const wl_interface& interface() { return wp_cursor_shape_device_v1_interface; }
  static const void* implementation() {
    static constexpr struct wp_cursor_shape_device_v1_interface requests {
      .destroy = wl::destroy, .set_shape = wl::thunk<&ShapeDevice::set_shape>,
    };
    return &requests;
  }

 private:
  void set_shape(std::uint32_t serial, std::uint32_t shape) {
    if (shape < static_cast<std::uint32_t>(CursorShape::Default) || shape > last_shape(version()))
      return post_error(WP_CURSOR_SHAPE_DEVICE_V1_ERROR_INVALID_SHAPE, "there is no shape {}", shape);
    if (seat_.may_set_cursor(client(), serial))
      seat_.seat().set_cursor(static_cast<CursorShape>(shape));
  }
  SeatGlobal& seat_;
  wl::Listener<wl_resource> pointer_gone_;
};

class ShapeManager final : public wl::Resource<ShapeManager> {
 public:
  ShapeManager(wl_client* client, std::uint32_t version, wl::NewId id, SeatGlobal& seat)
      : Resource(client, version, id), seat_(seat) {}
  static const wl_interface& interface() { return wp_cursor_shape_manager_v1_interface; }
  static const void* implementation() {
    static constexpr struct wp_cursor_shape_manager_v1_interface requests {
      .destroy = wl::destroy, .get_pointer = wl::thunk<&ShapeManager::get_pointer>,
      .get_tablet_tool_v2 = wl::thunk<&ShapeManager::get_tablet_tool>,
    };
    return &requests;
  }

 private:
  void get_pointer(wl::NewId id, wl_resource* pointer) { new ShapeDevice(client(), version(), id, pointer, seat_); }
  // No tablets are on offer: no client has a tool to ask for.
  void get_tablet_tool(wl::NewId id, wl_resource*) { wl::create_inert<ShapeDevice>(client(), version(), id); }
  SeatGlobal& seat_;
};

} // namespace

CursorShapeGlobal::CursorShapeGlobal(wl::Display& display, SeatGlobal& seat)
    : global_(display, wp_cursor_shape_manager_v1_interface,
              std::min(newest, static_cast<std::uint32_t>(wp_cursor_shape_manager_v1_interface.version)),
              wl::binds<ShapeManager>(seat)) {}

} // namespace fenceline
