// wl_pointer.set_cursor.
#include <limits>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class CursorTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    window = &a->window("a");
    pointer = &a->pointer();
    pump();
    input.move(300, 230);
    pump();
    arrow = cursor();
    ASSERT_NE(arrow, SurfaceId{});
  }
  /// Of a client, with content.
  static wl_surface* image(SeatClient& client, std::int32_t edge = 16) {
    wl_surface* surface = client.surface();
    TestClient::show(surface, client.shm_buffer(edge, edge));
    return surface;
  }
  void set(wl_surface* surface, std::int32_t x = 0, std::int32_t y = 0) const {
    wl_pointer_set_cursor(pointer->proxy, pointer->enter_serial, surface, x, y);
    pump();
  }
  /// What is shown as the cursor; 0: none.
  [[nodiscard]] Layer layer() const {
    const std::vector<Layer> layers = server.layers();
    return layers.empty() || layers.back().role != LayerRole::Cursor ? Layer{} : layers.back();
  }
  [[nodiscard]] SurfaceId cursor() const { return layer().surface; }
  [[nodiscard]] SurfaceId id(wl_surface* surface) const { return a->resource(surface)->surface_id(); }

  ShownWindow* window = nullptr;
  PointerObject* pointer = nullptr;
  SurfaceId arrow{};
};

// wl_pointer.error role (0).

TEST_F(CursorTest, AToplevelIsNoCursor) {
  wl_pointer_set_cursor(pointer->proxy, pointer->enter_serial, window->surface, 0, 0);
  expect_error("wl_pointer 0");
}

TEST_F(CursorTest, ASubsurfaceIsNoCursor) {
  wl_surface* child = a->surface();
  a->own(wl_subcompositor_get_subsurface(a->subcompositor, child, window->surface));
  wl_pointer_set_cursor(pointer->proxy, pointer->enter_serial, child, 0, 0);
  expect_error("wl_pointer 0");
}

TEST_F(CursorTest, ASurfaceOfAnotherRoleIsAnErrorAlsoWithAStaleSerial) {
  wl_pointer_set_cursor(pointer->proxy, pointer->enter_serial - 1, window->surface, 0, 0);
  expect_error("wl_pointer 0");
}

TEST_F(CursorTest, ACursorIsNothingElse) {
  wl_surface* surface = a->surface();
  set(surface);
  a->own(wl_subcompositor_get_subsurface(a->subcompositor, surface, window->surface));
  expect_error("wl_subcompositor 0");
}

// What is shown.

TEST_F(CursorTest, ACursorLiesWithItsHotspotUnderThePointer) {
  wl_surface* surface = image(*a);
  set(surface, 3, 4);
  EXPECT_EQ(cursor(), id(surface));
  EXPECT_EQ(layer().dest, (Rect{297, 226, 16, 16}));
  input.move(310, 240);
  EXPECT_EQ(layer().dest.origin(), (Point{307, 236}));
  set(surface, 0, 0);
  EXPECT_EQ(layer().dest.origin(), (Point{310, 240})) << "the same surface with another hotspot";
}

TEST_F(CursorTest, AnOffsetMovesThePictureUnderThePointer) {
  wl_surface* surface = image(*a);
  set(surface, 3, 4);
  wl_surface_offset(surface, 2, 1);
  pump();
  EXPECT_EQ(layer().dest.origin(), (Point{297, 226})) << "with the commit";
  wl_surface_commit(surface);
  pump();
  EXPECT_EQ(layer().dest.origin(), (Point{299, 227}));
}

TEST_F(CursorTest, NullHidesTheCursorForThisClientOnly) {
  b->window("b");
  b->pointer();
  set(nullptr);
  EXPECT_EQ(cursor(), SurfaceId{});
  input.move(380, 290);
  EXPECT_EQ(cursor(), arrow) << "the other client has set none";
}

TEST_F(CursorTest, ASurfaceWithoutContentShowsNothingUntilItHasSome) {
  wl_surface* surface = a->surface();
  set(surface);
  EXPECT_EQ(cursor(), SurfaceId{});
  TestClient::show(surface, a->shm_buffer(16, 16));
  pump();
  EXPECT_EQ(cursor(), id(surface));
  wl_surface_attach(surface, nullptr, 0, 0);
  wl_surface_commit(surface);
  pump();
  EXPECT_EQ(cursor(), SurfaceId{});
}

TEST_F(CursorTest, ASecondCursorTakesTheFirstOnesPlace) {
  wl_surface* first = image(*a);
  wl_surface* second = image(*a);
  set(first);
  set(second);
  EXPECT_EQ(cursor(), id(second));
  // A surface whose use as a cursor has ended is unmapped (wl_pointer.set_cursor): it needs content again.
  TestClient::show(first, a->shm_buffer(16, 16));
  set(first);
  EXPECT_EQ(cursor(), id(first)) << "and back";
}

TEST_F(CursorTest, ACursorDestroyedWhileItIsShownIsTheArrowAgain) {
  wl_surface* surface = image(*a);
  set(surface);
  server.latch();
  server.flip();
  a->destroy(surface);
  pump();
  EXPECT_EQ(cursor(), arrow);
  expect_alive();
}

TEST_F(CursorTest, ACursorOfAClientThatDiesIsTheArrowAgain) {
  set(image(*a));
  a.reset();
  pump();
  EXPECT_EQ(cursor(), arrow);
}

TEST_F(CursorTest, ThePointersClientThatLeavesTakesItsCursorAlong) {
  wl_surface* surface = image(*a);
  set(surface);
  input.move(1, 1);
  EXPECT_EQ(cursor(), arrow);
  input.move(300, 230);
  pump();
  EXPECT_EQ(cursor(), arrow) << "undefined until the client says (wl_pointer.enter)";
  set(surface);
  EXPECT_EQ(cursor(), id(surface));
}

TEST_F(CursorTest, ItStaysBetweenWindowsOfOneClient) {
  a->window("second");
  wl_surface* surface = image(*a);
  set(surface);
  input.move(380, 290);
  EXPECT_EQ(cursor(), id(surface));
}

TEST_F(CursorTest, HotspotsAtTheLimitsAreOutOfSight) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(),
                         most = std::numeric_limits<std::int32_t>::max();
  wl_surface* surface = image(*a);
  for (const Point hotspot : {Point{least, least}, Point{most, most}, Point{least, most}}) {
    set(surface, hotspot.x, hotspot.y);
    EXPECT_EQ(cursor(), SurfaceId{});
    wl_surface_offset(surface, most, least);
    wl_surface_commit(surface);
  }
  expect_alive();
}

// What is ignored.

TEST_F(CursorTest, AnOlderEntersSerialIsIgnored) {
  const std::uint32_t stale = pointer->enter_serial;
  input.move(1, 1);
  input.move(300, 230);
  pump();
  wl_pointer_set_cursor(pointer->proxy, stale, nullptr, 0, 0);
  pump();
  EXPECT_EQ(cursor(), arrow);
  set(nullptr);
  EXPECT_EQ(cursor(), SurfaceId{});
  expect_alive();
}

TEST_F(CursorTest, ASerialOfAnotherEventIsIgnored) {
  click();
  pump();
  wl_pointer_set_cursor(pointer->proxy, pointer->button_serial, nullptr, 0, 0);
  wl_pointer_set_cursor(pointer->proxy, pointer->enter_serial + 1000, nullptr, 0, 0);
  expect_alive();
  EXPECT_EQ(cursor(), arrow);
}

TEST_F(CursorTest, AClientWithoutThePointerIsIgnored) {
  PointerObject& other = b->pointer();
  pump();
  wl_pointer_set_cursor(other.proxy, pointer->enter_serial, nullptr, 0, 0);
  pump();
  EXPECT_EQ(cursor(), arrow);
  input.move(1, 1);
  set(nullptr);
  EXPECT_EQ(cursor(), arrow) << "nobody's turn";
  expect_alive();
}

TEST_F(CursorTest, WithoutAPointerNothingIsShown) {
  set(image(*a));
  input.unplug_pointer();
  EXPECT_EQ(cursor(), SurfaceId{});
  set(nullptr);
  input.plug_pointer();
  pump();
  EXPECT_EQ(cursor(), arrow) << "the new pointer begins anew";
  expect_alive();
}

} // namespace
} // namespace fenceline::test
