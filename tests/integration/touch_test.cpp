#include <fmt/format.h>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

/// Window a is at 270,200, b at 302,232; both 100x80.
class TouchProtocolTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    input.plug_touch();
    pump();
    touch_a = &a->touch();
    touch_b = &b->touch();
    window_a = &a->window("a");
    window_b = &b->window("b");
    pump();
  }
  TouchObject* touch_a = nullptr;
  TouchObject* touch_b = nullptr;
  ShownWindow* window_a = nullptr;
  ShownWindow* window_b = nullptr;
};

TEST_F(TouchProtocolTest, DownMotionUpWithFramesGoToTheSurfaceOfTheDown) {
  input.touch_down(0, 280, 210);
  pump();
  EXPECT_EQ(touch_a->take(), "down 0 a 10,10; frame; ");
  EXPECT_EQ(touch_a->time, input.milliseconds());
  input.touch_motion(0, 390, 300.5);
  input.touch_up(0);
  pump();
  EXPECT_EQ(touch_a->take(), "motion 0 120,100.5; frame; up 0; frame; ") << "over b by then, but a's";
  EXPECT_NE(touch_a->up_serial, touch_a->down_serial);
  EXPECT_EQ(touch_b->take(), "");
}

TEST_F(TouchProtocolTest, FramesGoOnlyToThoseWhoHaveSomethingInThem) {
  input.touch_down(0, 280, 210);
  input.touch_down(1, 390, 300);
  input.touch_motion(1, 391, 300);
  pump();
  EXPECT_EQ(touch_a->take(), "down 0 a 10,10; frame; ");
  EXPECT_EQ(touch_b->take(), "down 1 b 88,68; frame; motion 1 89,68; frame; ");
}

TEST_F(TouchProtocolTest, CancelTakesAllContactsOfThoseWhoHaveSome) {
  input.touch_down(0, 280, 210);
  input.touch_down(1, 285, 210);
  pump();
  touch_a->take();
  server.seat.touch_cancel();
  input.touch_up(0);
  pump();
  EXPECT_EQ(touch_a->take(), "cancel; ");
  EXPECT_EQ(touch_b->take(), "");
}

TEST_F(TouchProtocolTest, AScreenThatGoesCancelsAndTakesTheCapability) {
  SeatObject& seat = a->bind_seat();
  pump();
  EXPECT_EQ(seat.take(), "name seat0; caps 4; ");
  input.touch_down(0, 280, 210);
  pump();
  touch_a->take();
  input.unplug_touch();
  pump();
  EXPECT_EQ(touch_a->take(), "cancel; ");
  EXPECT_EQ(seat.take(), "caps 0; ");
  // What is left over from before hears nothing of the next one; a new object does.
  TouchObject& late = a->touch();
  pump();
  input.plug_touch();
  TouchObject& fresh = a->touch();
  pump();
  input.touch_down(0, 280, 210);
  pump();
  EXPECT_EQ(touch_a->take() + late.take(), "");
  EXPECT_EQ(fresh.take(), "down 0 a 10,10; frame; ");
  expect_alive();
}

TEST_F(TouchProtocolTest, AnObjectThatComesLateHearsOfNewContactsOnly) {
  input.touch_down(0, 280, 210);
  TouchObject& late = a->touch(1);
  pump();
  input.touch_motion(0, 281, 210);
  input.touch_up(0);
  pump();
  EXPECT_EQ(late.take(), "");
  input.touch_down(0, 280, 210);
  pump();
  EXPECT_EQ(late.take(), "down 0 a 10,10; frame; ");
}

TEST_F(TouchProtocolTest, ASurfaceThatGoesUnderTheFingerFreesTheId) {
  input.touch_down(0, 280, 210);
  pump();
  touch_a->take();
  a->destroy(*window_a);
  pump();
  input.touch_motion(0, 281, 210);
  input.touch_up(0);
  pump();
  EXPECT_EQ(touch_a->take(), "up 0; frame; ");
  expect_alive();
}

TEST_F(TouchProtocolTest, AClientThatDiesUnderTheFingerHurtsNobody) {
  input.touch_down(0, 280, 210);
  input.touch_down(1, 390, 300);
  pump();
  touch_b->take();
  a->disconnect();
  a.reset();
  input.touch_motion(0, 285, 210);
  input.touch_up(0);
  input.touch_up(1);
  pump();
  EXPECT_EQ(touch_b->take(), "up 1; frame; ");
}

TEST_F(TouchProtocolTest, ATouchGivesTheKeyboardToItsWindowAndRaisesIt) {
  input.plug_keyboard();
  KeyboardObject& keyboard = a->keyboard();
  pump();
  keyboard.take();
  input.touch_down(0, 280, 210);
  pump();
  EXPECT_NE(keyboard.take().find("enter a"), std::string::npos);
  EXPECT_EQ(server.layers().back().surface, a->resource(window_a->surface)->surface_id());
}

TEST_F(TouchProtocolTest, TheDownsSerialIsTheGrabsUntilTheFingerIsUp) {
  input.touch_down(4, 280, 210);
  pump();
  const auto grab = server.seats.grab_of(a->client, touch_a->down_serial);
  ASSERT_TRUE(grab);
  EXPECT_EQ(grab->touch, 4);
  EXPECT_EQ(grab->surface, a->resource(window_a->surface)->surface_id());
  EXPECT_FALSE(server.seats.grab_of(b->client, touch_a->down_serial)) << "another's";
  EXPECT_FALSE(server.seats.grab_of(a->client, touch_a->down_serial - 1));
  EXPECT_TRUE(server.seats.permits(a->client, touch_a->down_serial));
  input.touch_up(4);
  pump();
  EXPECT_FALSE(server.seats.grab_of(a->client, touch_a->down_serial));
  EXPECT_TRUE(server.seats.permits(a->client, touch_a->up_serial)) << "a menu may open when the finger is lifted";
  input.touch_down(4, 390, 300);
  pump();
  EXPECT_FALSE(server.seats.permits(a->client, touch_a->up_serial)) << "the user is elsewhere";
}

TEST_F(TouchProtocolTest, AButtonsSerialIsAGrabsWhileItIsHeld) {
  input.plug_pointer();
  PointerObject& pointer = a->pointer();
  pump();
  input.move(280, 210);
  input.button(BTN_LEFT, true);
  pump();
  const std::uint32_t serial = pointer.button_serial;
  const auto grab = server.seats.grab_of(a->client, serial);
  ASSERT_TRUE(grab);
  EXPECT_EQ(grab->touch, std::nullopt);
  EXPECT_FALSE(server.seats.grab_of(b->client, serial));
  EXPECT_FALSE(server.seats.grab_of(a->client, pointer.enter_serial));
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_FALSE(server.seats.grab_of(a->client, serial));
  // A surface that goes under a held button ends the grab.
  input.button(BTN_LEFT, true);
  pump();
  const std::uint32_t second = pointer.button_serial;
  a->destroy(*window_a);
  pump();
  EXPECT_FALSE(server.seats.grab_of(a->client, second));
}

TEST_F(SeatProtocolTest, ATouchThatTheSeatNeverHadIsAnError) {
  (void)a->touch();
  expect_error("wl_seat 0");
}

} // namespace
} // namespace fenceline::test
