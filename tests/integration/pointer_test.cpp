#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class PointerTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
  }
};

TEST_F(PointerTest, EnterMotionButtonsAndLeaveComeInFrames) {
  a->window("a");
  PointerObject& pointer = a->pointer();
  PointerObject& other = b->pointer();
  pump();
  input.move(280.5, 210.25);
  input.move(290, 220);
  pump();
  EXPECT_EQ(pointer.take(), "enter a 10.5,10.25; frame; motion 20,20; frame; ");
  EXPECT_EQ(pointer.time, input.milliseconds());
  input.button(BTN_RIGHT, true);
  input.button(BTN_RIGHT, false);
  pump();
  EXPECT_EQ(pointer.take(), "press 0x111; frame; release 0x111; frame; ");
  EXPECT_EQ(pointer.time, input.milliseconds());
  input.move(1, 1);
  pump();
  EXPECT_EQ(pointer.take(), "leave a; frame; ");
  EXPECT_EQ(other.take(), "") << "none of the other's business";
}

TEST_F(PointerTest, EachEnterLeaveAndButtonHasANewSerial) {
  a->window("a");
  PointerObject& pointer = a->pointer();
  pump();
  input.move(280, 210);
  input.button(BTN_LEFT, true);
  pump();
  EXPECT_GT(pointer.button_serial, pointer.enter_serial);
  const std::uint32_t pressed = pointer.button_serial;
  input.button(BTN_LEFT, false);
  input.move(1, 1);
  pump();
  EXPECT_GT(pointer.button_serial, pressed);
  EXPECT_GT(pointer.leave_serial, pointer.button_serial);
}

TEST_F(PointerTest, APointerMadeOverAWindowIsOnItWithTheSerialOfTheEnter) {
  a->window("a");
  PointerObject& first = a->pointer();
  pump();
  input.move(280, 210);
  input.move(285, 215);
  pump();
  PointerObject& second = a->pointer();
  PointerObject& old = a->pointer(4);
  pump();
  EXPECT_EQ(second.take(), "enter a 15,15; frame; ");
  EXPECT_EQ(second.enter_serial, first.enter_serial) << "one visit, one serial";
  EXPECT_EQ(old.take(), "enter a 15,15; ");
}

TEST_F(PointerTest, BetweenClientsEachGetsItsOwnFrame) {
  a->window("a");
  b->window("b");
  PointerObject& left = a->pointer();
  PointerObject& right = b->pointer();
  pump();
  input.move(280, 210);
  input.move(380, 290);
  pump();
  EXPECT_EQ(left.take(), "enter a 10,10; frame; leave a; frame; ");
  EXPECT_EQ(right.take(), "enter b 78,58; frame; ");
}

TEST_F(PointerTest, BetweenSurfacesOfOneClientTheLeaveComesFirst) {
  a->window("first");
  a->window("second");
  PointerObject& pointer = a->pointer();
  pump();
  input.move(280, 210);
  input.move(380, 290);
  pump();
  EXPECT_EQ(pointer.take(), "enter first 10,10; frame; leave first; frame; enter second 78,58; frame; ");
}

/// What a wheel, a fine wheel and a finger look like in each version of wl_seat.
struct ScrollCase {
  std::uint32_t version;
  const char* wheel;
  const char* finger;
  const char* lifted;
};
void PrintTo(const ScrollCase& test, std::ostream* out) {
  *out << "version " << test.version;
}
class ScrollTest : public PointerTest, public testing::WithParamInterface<ScrollCase> {
 protected:
  void SetUp() override {
    PointerTest::SetUp();
    a->window("a");
    input.move(280, 210);
  }
};

constexpr const char* wheel5 = "source 0; discrete v 2; axis v 30; discrete h -1; axis h -15; frame; ";
constexpr const char* finger5 = "source 1; axis v 2.5; frame; ";
INSTANTIATE_TEST_SUITE_P(
    Versions, ScrollTest,
    testing::Values(
        ScrollCase{1, "axis v 30; axis h -15; ", "axis v 2.5; ", ""},
        ScrollCase{2, "axis v 30; axis h -15; ", "axis v 2.5; ", ""},
        ScrollCase{3, "axis v 30; axis h -15; ", "axis v 2.5; ", ""},
        ScrollCase{4, "axis v 30; axis h -15; ", "axis v 2.5; ", ""},
        ScrollCase{5, wheel5, finger5, "source 1; stop v; frame; "},
        ScrollCase{6, wheel5, finger5, "source 1; stop v; frame; "},
        ScrollCase{7, wheel5, finger5, "source 1; stop v; frame; "},
        ScrollCase{8, "source 0; value120 v 240; axis v 30; value120 h -120; axis h -15; frame; ", finger5,
                   "source 1; stop v; frame; "},
        ScrollCase{9,
                   "source 0; direction v 0; value120 v 240; axis v 30; direction h 0; value120 h -120; axis h -15; "
                   "frame; ",
                   "source 1; direction v 0; axis v 2.5; frame; ", "source 1; stop v; frame; "}));

TEST_P(ScrollTest, ScrollsAreToldAsTheVersionAllows) {
  PointerObject& pointer = a->pointer(GetParam().version);
  pump();
  pointer.take();
  input.scroll(
      {.source = AxisSource::Wheel, .horizontal = -15, .vertical = 30, .horizontal_120 = -120, .vertical_120 = 240});
  pump();
  EXPECT_EQ(pointer.take(), GetParam().wheel);
  EXPECT_EQ(pointer.time, input.milliseconds());
  input.scroll({.source = AxisSource::Finger, .vertical = 2.5});
  pump();
  EXPECT_EQ(pointer.take(), GetParam().finger);
  input.scroll({.source = AxisSource::Finger, .stop_vertical = true});
  pump();
  EXPECT_EQ(pointer.take(), GetParam().lifted);
}

TEST_P(ScrollTest, EnterLeaveMotionAndButtonsHaveFramesFromVersion5On) {
  PointerObject& pointer = a->pointer(GetParam().version);
  pump();
  input.move(281, 211);
  click();
  input.move(1, 1);
  pump();
  const std::string frame = GetParam().version >= 5 ? "frame; " : "";
  EXPECT_EQ(pointer.take(), "enter a 10,10; " + frame + "motion 11,11; " + frame + "press 0x110; " + frame +
                                "release 0x110; " + frame + "leave a; " + frame);
}

TEST_F(PointerTest, AFineWheelClicksForOldClientsOnceItsPartsAreAWhole) {
  a->window("a");
  input.move(280, 210);
  PointerObject& old = a->pointer(7);
  PointerObject& fine = a->pointer(8);
  pump();
  old.take();
  fine.take();
  const auto turn = [&](int part) {
    input.scroll({.source = AxisSource::Wheel, .vertical = part / 8.0, .vertical_120 = part});
    pump();
    return old.take();
  };
  EXPECT_EQ(turn(40), "source 0; axis v 5; frame; ");
  EXPECT_EQ(turn(40), "source 0; axis v 5; frame; ");
  EXPECT_EQ(turn(40), "source 0; discrete v 1; axis v 5; frame; ");
  EXPECT_EQ(turn(80), "source 0; axis v 10; frame; ");
  EXPECT_EQ(turn(-80), "source 0; axis v -10; frame; ") << "turning back begins anew";
  EXPECT_EQ(turn(-40), "source 0; discrete v -1; axis v -5; frame; ");
  EXPECT_EQ(fine.take().substr(0, 56), "source 0; value120 v 40; axis v 5; frame; source 0; valu");
}

TEST_F(PointerTest, NaturalScrollingSaysThatItIsInverted) {
  a->window("a");
  PointerObject& pointer = a->pointer();
  PointerObject& old = a->pointer(8);
  input.move(280, 210);
  pump();
  pointer.take();
  old.take();
  input.scroll({.source = AxisSource::Finger, .vertical = 4, .inverted = true});
  pump();
  EXPECT_EQ(pointer.take(), "source 1; direction v 1; axis v 4; frame; ");
  EXPECT_EQ(old.take(), "source 1; axis v 4; frame; ");
}

TEST_F(PointerTest, AWindowThatMovesUnderThePointerIsToldWhereItIs) {
  const ShownWindow& window = a->window("a");
  PointerObject& pointer = a->pointer();
  pump();
  input.move(300, 230);
  pump();
  pointer.take();
  xdg_toplevel_set_fullscreen(window.toplevel, nullptr);
  pump();
  EXPECT_EQ(pointer.take(), "") << "it has not answered yet";
  TestClient::show(window.surface, a->shm_buffer(640, 480));
  pump();
  EXPECT_EQ(pointer.take(), "motion 300,230; frame; ");
  EXPECT_EQ(pointer.time, input.milliseconds()) << "no time of its own";
}

// Grabs, and surfaces that go.

TEST_F(PointerTest, AHeldButtonKeepsThePointerUntilItIsReleased) {
  a->window("a");
  b->window("b");
  PointerObject& left = a->pointer();
  PointerObject& right = b->pointer();
  pump();
  input.move(280, 210);
  input.button(BTN_LEFT, true);
  input.button(BTN_RIGHT, true);
  input.move(600, 400);
  input.button(BTN_LEFT, false);
  input.move(380, 290);
  pump();
  EXPECT_EQ(left.take(), "enter a 10,10; frame; press 0x110; frame; press 0x111; frame; motion 330,200; frame; "
                         "release 0x110; frame; motion 110,90; frame; ");
  EXPECT_EQ(right.take(), "");
  input.button(BTN_RIGHT, false);
  pump();
  EXPECT_EQ(left.take(), "release 0x111; frame; leave a; frame; ");
  EXPECT_EQ(right.take(), "enter b 78,58; frame; ");
}

TEST_F(PointerTest, AGrabOnASubsurfaceHearsItsMotionToo) {
  const ShownWindow& window = a->window("a");
  wl_surface* child = a->surface();
  a->name(child, "child");
  wl_subsurface* subsurface = a->own(wl_subcompositor_get_subsurface(a->subcompositor, child, window.surface));
  wl_subsurface_set_position(subsurface, 10, 10);
  TestClient::show(child, a->shm_buffer(20, 20));
  wl_surface_commit(window.surface);
  PointerObject& pointer = a->pointer();
  pump();
  input.move(285, 215);
  input.button(BTN_LEFT, true);
  input.move(400, 215);
  pump();
  EXPECT_EQ(pointer.take(), "enter child 5,5; frame; press 0x110; frame; motion 120,5; frame; ");
}

TEST_F(PointerTest, AWindowDestroyedWithAButtonHeldGivesThePointerToTheOneBelow) {
  b->window("b", {400, 300});
  ShownWindow& top = a->window("a");
  PointerObject& upper = a->pointer();
  PointerObject& lower = b->pointer();
  pump();
  input.move(320, 240);
  input.button(BTN_LEFT, true);
  pump();
  upper.take();
  lower.take();
  a->destroy(top);
  pump();
  EXPECT_EQ(upper.take(), "") << "a leave could not name it";
  EXPECT_EQ(lower.take(), "enter b 200,150; frame; ");
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(lower.take(), "") << "the press was not its";
  click();
  pump();
  EXPECT_EQ(lower.take(), "press 0x110; frame; release 0x110; frame; ");
  expect_alive();
}

TEST_F(PointerTest, AClientThatDiesWithAButtonHeldGivesThePointerToTheOneBelow) {
  b->window("b", {400, 300});
  a->window("a");
  a->pointer();
  PointerObject& lower = b->pointer();
  pump();
  input.move(320, 240);
  input.button(BTN_LEFT, true);
  lower.take();
  a.reset();
  pump();
  EXPECT_EQ(lower.take(), "enter b 200,150; frame; ");
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(lower.take(), "");
}

TEST_F(PointerTest, AnUnmappedWindowKeepsTheButtonItHasButNotThePointer) {
  b->window("b", {400, 300});
  const ShownWindow& top = a->window("a");
  PointerObject& upper = a->pointer();
  PointerObject& lower = b->pointer();
  pump();
  input.move(320, 240);
  input.button(BTN_LEFT, true);
  pump();
  upper.take();
  wl_surface_attach(top.surface, nullptr, 0, 0);
  wl_surface_commit(top.surface);
  pump();
  input.move(330, 240);
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(upper.take(), "release 0x110; frame; leave a; frame; ") << "nobody knows where on it a motion would be";
  EXPECT_EQ(lower.take(), "enter b 210,150; frame; ");
}

TEST_F(PointerTest, AClickFocusesBeforeTheButtonIsTold) {
  a->window("a");
  b->window("b");
  a->pointer();
  a->keyboard();
  input.move(280, 210);
  pump();
  a->journal.clear();
  input.button(BTN_LEFT, true);
  pump();
  EXPECT_EQ(a->journal, "enter a []; mods 0,0,0,0; press 0x110; frame; ");
}

} // namespace
} // namespace fenceline::test
