// cursor-shape-v1: cursors by their names.
#include <cursor-shape-v1-client-protocol.h>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class CursorShapeTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window = &a->window("a");
    pointer = &a->pointer();
    device = shape_device(*a, *pointer);
    pump();
    input.move(300, 230);
    pump();
  }
  static wp_cursor_shape_device_v1* shape_device(SeatClient& client, const PointerObject& of,
                                                 std::uint32_t version = 0) {
    auto* manager = client.bind<wp_cursor_shape_manager_v1>(wp_cursor_shape_manager_v1_interface, version);
    return client.own(wp_cursor_shape_manager_v1_get_pointer(manager, of.proxy));
  }

  ShownWindow* window = nullptr;
  PointerObject* pointer = nullptr;
  wp_cursor_shape_device_v1* device = nullptr;
};

TEST_F(CursorShapeTest, AShapeIsShownAndTakesTheSurfacesPlace) {
  wp_cursor_shape_device_v1_set_shape(device, pointer->enter_serial, WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_TEXT);
  pump();
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::Text);
  wl_surface* own = a->surface();
  TestClient::show(own, a->shm_buffer(16, 16));
  wl_pointer_set_cursor(pointer->proxy, pointer->enter_serial, own, 0, 0);
  pump();
  EXPECT_EQ(server.seat.cursor_shape(), std::nullopt);
  EXPECT_EQ(server.layers().back().surface, a->resource(own)->surface_id());
  wp_cursor_shape_device_v1_set_shape(device, pointer->enter_serial, WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_EW_RESIZE);
  pump();
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::EwResize);
  EXPECT_EQ(server.layers().back().role, LayerRole::Cursor);
  EXPECT_EQ(server.layers().back().client, ClientId{}) << "the session's own";
  expect_alive();
}

TEST_F(CursorShapeTest, OnlyWhoHasThePointerAndOnlyForThisVisit) {
  for (const std::uint32_t serial : {pointer->enter_serial - 1, pointer->enter_serial + 1, 0U})
    wp_cursor_shape_device_v1_set_shape(device, serial, WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_WAIT);
  wp_cursor_shape_device_v1* other = shape_device(*b, b->pointer());
  wp_cursor_shape_device_v1_set_shape(other, pointer->enter_serial, WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_WAIT);
  pump();
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::Default);
  expect_alive();
}

TEST_F(CursorShapeTest, AnotherClientsWindowHasTheUsualCursor) {
  wp_cursor_shape_device_v1_set_shape(device, pointer->enter_serial, WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_WAIT);
  pump();
  b->window("b");
  input.move(390, 300);
  pump();
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::Default);
}

TEST_F(CursorShapeTest, WithItsPointerTheDeviceDoesNothingAnyMore) {
  const std::uint32_t serial = pointer->enter_serial;
  a->drop(pointer->proxy, wl_pointer_release);
  wp_cursor_shape_device_v1_set_shape(device, serial, WP_CURSOR_SHAPE_DEVICE_V1_SHAPE_WAIT);
  wp_cursor_shape_device_v1_set_shape(device, serial, 4711);
  pump();
  EXPECT_EQ(server.seat.cursor_shape(), CursorShape::Default);
  a->drop(device, wp_cursor_shape_device_v1_destroy);
  expect_alive();
}

TEST_F(CursorShapeTest, EveryShapeOfTheVersionIsOne) {
  const std::uint32_t version = wl_proxy_get_version(reinterpret_cast<wl_proxy*>(device));
  const std::uint32_t last = version >= 2 ? 36 : 34;
  for (std::uint32_t shape = 1; shape <= last; ++shape) {
    wp_cursor_shape_device_v1_set_shape(device, pointer->enter_serial, shape);
    pump();
    EXPECT_EQ(server.seat.cursor_shape(), static_cast<CursorShape>(shape));
  }
  expect_alive();
  wp_cursor_shape_device_v1_set_shape(device, pointer->enter_serial, last + 1);
  expect_error("wp_cursor_shape_device_v1 1");
}

TEST_F(CursorShapeTest, ShapeZeroIsNone) {
  // Whatever the serial is.
  wp_cursor_shape_device_v1_set_shape(device, 0, 0);
  expect_error("wp_cursor_shape_device_v1 1");
}

TEST_F(CursorShapeTest, AnOldVersionDoesNotKnowTheNewShapes) {
  wp_cursor_shape_device_v1* old = shape_device(*a, *pointer, 1);
  wp_cursor_shape_device_v1_set_shape(old, pointer->enter_serial, 35);
  expect_error("wp_cursor_shape_device_v1 1");
}

} // namespace
} // namespace fenceline::test
