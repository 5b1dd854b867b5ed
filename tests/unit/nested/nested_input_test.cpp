#include "compositor/backends/nested/nested_input.h"

#include <linux/input-event-codes.h>
#include <wayland-server-protocol.h>

#include "compositor/backends/nested/parent_time.h"
#include "compositor/input/arrow_cursor.h"
#include "tests/unit/input/seat_fixture.h"
#include "tests/unit/nested/nested_fixture.h"

namespace fenceline::test {
namespace {

class NestedInputTest : public NestedFixture {
 protected:
  NestedInputTest() {
    start({.first_size = {200, 100}});
    Result<Keymap> keymap = Keymap::create();
    if (!keymap || !device)
      throw std::runtime_error("no keymap, or no device");
    seat = std::make_unique<Seat>(scene, log, std::move(*keymap), policy);
    policy.a = scene.create_surface(ClientId{1}).id();
    policy.b = scene.create_surface(ClientId{2}).id();
    policy.focus = policy.a;
    seat->set_areas({{0, 0, 200, 100}});
    seat->set_sink(&sink);
    // Long before any event's time.
    loop.advance(std::chrono::seconds(100));
    input = std::make_unique<NestedInput>(*device, *seat, loop.clock());
    talk();
    sink.take();
  }
  void give(std::uint32_t capabilities) {
    parent->set_capabilities(capabilities);
    talk();
  }
  std::string told() {
    talk();
    return sink.take();
  }
  static wl_fixed_t fixed(double value) { return wl_fixed_from_double(value); }
  [[nodiscard]] std::uint32_t at(std::uint32_t seconds) const { return seconds * 1000; }

  NullObserver observer;
  Scene scene{observer};
  FakePolicy policy;
  LogSink sink;
  std::unique_ptr<Seat> seat;
  std::unique_ptr<NestedInput> input;
};

TEST_F(NestedInputTest, TheParentsDevicesComeAndGo) {
  give(WL_SEAT_CAPABILITY_POINTER | WL_SEAT_CAPABILITY_KEYBOARD | WL_SEAT_CAPABILITY_TOUCH);
  EXPECT_TRUE(seat->has_pointer() && seat->has_keyboard() && seat->has_touch());
  EXPECT_NE(parent->keyboard, nullptr);
  give(WL_SEAT_CAPABILITY_KEYBOARD);
  EXPECT_FALSE(seat->has_pointer() || seat->has_touch());
  EXPECT_EQ(parent->pointer, nullptr) << "released";
  give(0);
  EXPECT_FALSE(seat->has_keyboard());
}

TEST_F(NestedInputTest, ThePointersPlaceIsTheWindows) {
  give(WL_SEAT_CAPABILITY_POINTER);
  told();
  wl_pointer_send_enter(parent->pointer, 7, parent->surface(), fixed(10), fixed(20));
  wl_pointer_send_frame(parent->pointer);
  EXPECT_EQ(told(), "leave 3; enter 2 at 10,20; ");
  ASSERT_EQ(parent->cursors.size(), 1U)
      << "no frame has said yet what the cursor is: the parent's own is not to be seen";
  EXPECT_EQ(parent->cursors[0].serial, 7U);
  EXPECT_FALSE(parent->cursors[0].surface);
  wl_pointer_send_motion(parent->pointer, at(99), fixed(11.5), fixed(20));
  EXPECT_EQ(told(), "move 11.5,20; ");
  EXPECT_EQ(sink.last_time, TimePoint{99'000'000'000});
}

TEST_F(NestedInputTest, TheCursorIsTheParents) {
  give(WL_SEAT_CAPABILITY_POINTER);
  wl_pointer_send_enter(parent->pointer, 7, parent->surface(), fixed(40), fixed(50));
  talk();
  const auto image = device->allocate_cursor(BufferId{9}, OutputId{1});
  ASSERT_TRUE(image);
  EXPECT_EQ(device->outputs().front().cursor_size, image->size);
  const auto with_cursor = [this](std::uint64_t frame) {
    OutputState state = state_of(frame);
    const auto pixels = std::vector<std::uint32_t>(200 * 100);
    EXPECT_TRUE(device->write_pixels(BufferId{frame + 20}, {200, 100}, pixels));
    state.planes.push_back({PlaneId{1}, BufferId{frame + 20}, {0, 0, 200, 100}, {0, 0, 200, 100}, {}});
    state.planes.push_back({PlaneId{2}, BufferId{9}, {0, 0, 128, 128}, {0, 0, 128, 128}, {}});
    return state;
  };
  ASSERT_TRUE(device->submit(with_cursor(1)));
  talk();
  ASSERT_EQ(parent->cursors.size(), 2U);
  EXPECT_EQ(parent->cursors[1].serial, 7U);
  EXPECT_TRUE(parent->cursors[1].surface);
  EXPECT_EQ(parent->cursors[1].hotspot, ArrowCursor::hotspot);
  parent->frame_done();
  talk();
  // The parent moves it: a frame has nothing to say.
  wl_pointer_send_motion(parent->pointer, at(99), fixed(60), fixed(70));
  talk();
  ASSERT_TRUE(device->submit(with_cursor(2)));
  talk();
  EXPECT_EQ(parent->cursors.size(), 2U);
  parent->frame_done();
  talk();
  // Composed, or hidden by its client.
  OutputState without = with_cursor(3);
  without.planes.pop_back();
  ASSERT_TRUE(device->submit(std::move(without)));
  talk();
  ASSERT_EQ(parent->cursors.size(), 3U);
  EXPECT_FALSE(parent->cursors[2].surface);
}

TEST_F(NestedInputTest, AButtonThatIsHeldWhenThePointerIsTakenAwayIsLetGo) {
  give(WL_SEAT_CAPABILITY_POINTER);
  wl_pointer_send_enter(parent->pointer, 7, parent->surface(), fixed(10), fixed(20));
  wl_pointer_send_button(parent->pointer, 8, at(99), BTN_LEFT, WL_POINTER_BUTTON_STATE_PRESSED);
  talk();
  EXPECT_EQ(seat->held_buttons(), 1U);
  wl_pointer_send_leave(parent->pointer, 9, parent->surface());
  talk();
  EXPECT_EQ(seat->held_buttons(), 0U);
}

TEST_F(NestedInputTest, AScrollIsWholeAtItsFrame) {
  give(WL_SEAT_CAPABILITY_POINTER);
  wl_pointer_send_enter(parent->pointer, 7, parent->surface(), fixed(10), fixed(20));
  told();
  wl_pointer_send_axis_source(parent->pointer, WL_POINTER_AXIS_SOURCE_WHEEL);
  wl_pointer_send_axis_value120(parent->pointer, WL_POINTER_AXIS_VERTICAL_SCROLL, 30);
  wl_pointer_send_axis(parent->pointer, at(99), WL_POINTER_AXIS_VERTICAL_SCROLL, fixed(3.75));
  EXPECT_EQ(told(), "");
  wl_pointer_send_frame(parent->pointer);
  EXPECT_EQ(told(), "scroll 3.75; ");
  wl_pointer_send_frame(parent->pointer);
  EXPECT_EQ(told(), "") << "nothing of the one before is left";
}

TEST_F(NestedInputTest, KeysAreEvdevCodesAndEndWithTheFocus) {
  give(WL_SEAT_CAPABILITY_KEYBOARD);
  told();
  wl_array held;
  wl_array_init(&held);
  *static_cast<std::uint32_t*>(wl_array_add(&held, 4)) = KEY_B;
  wl_keyboard_send_enter(parent->keyboard, 1, parent->surface(), &held);
  wl_array_release(&held);
  wl_keyboard_send_key(parent->keyboard, 2, at(98), KEY_A, WL_KEYBOARD_KEY_STATE_PRESSED);
  EXPECT_EQ(told(), "+30; ");
  wl_keyboard_send_key(parent->keyboard, 3, at(98), KEY_B, WL_KEYBOARD_KEY_STATE_RELEASED);
  EXPECT_EQ(told(), "") << "it was pressed elsewhere";
  wl_keyboard_send_leave(parent->keyboard, 4, parent->surface());
  EXPECT_EQ(told(), "-30; ");
}

TEST_F(NestedInputTest, FingersAreTheSeats) {
  give(WL_SEAT_CAPABILITY_TOUCH);
  told();
  wl_touch_send_down(parent->touch, 1, at(99), parent->surface(), 5, fixed(120), fixed(30));
  wl_touch_send_frame(parent->touch);
  EXPECT_EQ(told(), "touch 5 on 3 at 20,30; frame; ");
  wl_touch_send_motion(parent->touch, at(99), 5, fixed(130), fixed(30));
  wl_touch_send_cancel(parent->touch);
  EXPECT_EQ(told(), "touch 5 to 30,30; cancel; ");
}

TEST(InputTime, IsNearNow) {
  const TimePoint now{100'000'000'000};
  EXPECT_EQ(input_time(99'990, now), TimePoint{99'990'000'000});
  EXPECT_EQ(input_time(100'001, now), now) << "from the future";
  EXPECT_EQ(input_time(1000, now), now) << "another clock";
  // Across the end of 32 bits of milliseconds.
  const TimePoint wrapped{(std::int64_t{1} << 32) * 1'000'000 + 3'000'000};
  EXPECT_EQ(input_time(0xffffffffU, wrapped), (TimePoint{((std::int64_t{1} << 32) - 1) * 1'000'000}));
}

TEST_F(NestedInputTest, AWindowWhosePictureIsTurnedHasItsPointerTurned) {
  seat->set_areas({{0, 0, 100, 200}}, {}, {Transform::R90});
  give(WL_SEAT_CAPABILITY_POINTER | WL_SEAT_CAPABILITY_TOUCH);
  told();
  wl_pointer_send_enter(parent->pointer, 7, parent->surface(), fixed(10), fixed(20));
  wl_pointer_send_frame(parent->pointer);
  told();
  EXPECT_EQ(std::pair(seat->x(), seat->y()), std::pair(80.0, 10.0));
  const Point upright = ArrowCursor::hotspot;
  EXPECT_EQ(seat->hotspot(Transform::Normal), upright);
  EXPECT_EQ(seat->hotspot(Transform::R90), (Point{upright.y, ArrowCursor::edge - 1 - upright.x}));
}

} // namespace
} // namespace fenceline::test
