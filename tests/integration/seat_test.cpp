// wl_seat and what its capabilities mean for the objects made from it. wl_keyboard and wl_touch have no errors of their
// own in wayland.xml; wl_pointer's is in pointer_test.cpp.
#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class SeatTest : public SeatProtocolTest {};

TEST_F(SeatTest, CapabilitiesFollowTheDevices) {
  SeatObject& seat = a->bind_seat();
  pump();
  EXPECT_EQ(seat.take(), "name seat0; caps 0; ");
  input.plug_pointer();
  pump();
  EXPECT_EQ(seat.take(), "caps 1; ");
  input.plug_keyboard();
  pump();
  EXPECT_EQ(seat.take(), "caps 3; ");
  input.plug_pointer();
  input.unplug_pointer();
  pump();
  EXPECT_EQ(seat.take(), "") << "another mouse changes nothing";
  input.unplug_pointer();
  pump();
  EXPECT_EQ(seat.take(), "caps 2; ");
  input.unplug_keyboard();
  pump();
  EXPECT_EQ(seat.take(), "caps 0; ");
}

TEST_F(SeatTest, TheNameCameWithVersion2) {
  SeatObject& first = a->bind_seat(1);
  SeatObject& second = a->bind_seat(2);
  pump();
  EXPECT_EQ(first.take(), "caps 0; ");
  EXPECT_EQ(second.take(), "name seat0; caps 0; ");
}

TEST_F(SeatTest, EverySeatObjectHearsOfDevicesUntilItIsReleased) {
  SeatObject& kept = a->bind_seat();
  SeatObject& released = a->bind_seat();
  pump();
  kept.take();
  released.take();
  a->drop(released.proxy, wl_seat_release);
  pump();
  input.plug_pointer();
  pump();
  EXPECT_EQ(kept.take(), "caps 1; ");
  EXPECT_EQ(released.take(), "");
  expect_alive();
}

// wl_seat.error missing_capability (0).

TEST_F(SeatTest, APointerOfASeatThatNeverHadOneIsMissingCapability) {
  input.plug_keyboard();
  a->pointer();
  expect_error("wl_seat 0");
}

TEST_F(SeatTest, AKeyboardOfASeatThatNeverHadOneIsMissingCapability) {
  input.plug_pointer();
  a->keyboard();
  expect_error("wl_seat 0");
}

TEST_F(SeatTest, ATouchScreenIsMissingCapabilityAlways) {
  // There is no touch yet: no wl_touch object can exist, so this is all of wl_touch that a client can reach.
  plug_both();
  a->own(wl_seat_get_touch(a->seat));
  expect_error("wl_seat 0");
}

TEST_F(SeatTest, MissingCapabilityHoldsForEveryVersion) {
  for (std::uint32_t version = 1; version <= 9; ++version) {
    SeatClient client(server);
    client.pointer(version);
    client.pump();
    EXPECT_EQ("wl_seat 0", client.error()) << version;
  }
  expect_alive();
}

/// The objects of one version: what is said of version 5 is done for all (wl_seat.capabilities allows it).
class SeatVersionTest : public SeatTest, public testing::WithParamInterface<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Versions, SeatVersionTest, testing::Values(1, 4, 5, 9));

TEST_P(SeatVersionTest, WhatWasMadeBeforeTheCapabilityWentStaysSilentWhenItIsBack) {
  plug_both();
  a->window("a");
  PointerObject& pointer = a->pointer(GetParam());
  KeyboardObject& keyboard = a->keyboard(GetParam());
  input.move(280, 210);
  input.key(KEY_A, true);
  pump();
  EXPECT_NE(pointer.take(), "");
  EXPECT_NE(keyboard.take(), "");
  const bool frames = GetParam() >= 5;
  input.unplug_pointer();
  input.unplug_keyboard();
  pump();
  EXPECT_EQ(pointer.take(), frames ? "leave a; frame; " : "leave a; ");
  EXPECT_EQ(keyboard.take(), "-30; leave a; ") << "what was held is let go first";

  plug_both();
  PointerObject& new_pointer = a->pointer(GetParam());
  KeyboardObject& new_keyboard = a->keyboard(GetParam());
  pump();
  input.move(281, 211);
  click();
  input.key(KEY_B, true);
  pump();
  EXPECT_EQ(pointer.take(), "");
  EXPECT_EQ(keyboard.take(), "");
  EXPECT_NE(new_pointer.take(), "");
  EXPECT_NE(new_keyboard.take(), "");
  // The old ones can still be asked, and be put away.
  wl_pointer_set_cursor(pointer.proxy, pointer.enter_serial, nullptr, 0, 0);
  if (GetParam() >= 3) {
    a->drop(pointer.proxy, wl_pointer_release);
    a->drop(keyboard.proxy, wl_keyboard_release);
  }
  expect_alive();
}

TEST_P(SeatVersionTest, WhatIsMadeWhileTheCapabilityIsGoneIsInert) {
  plug_both();
  input.unplug_pointer();
  input.unplug_keyboard();
  a->window("a");
  PointerObject& pointer = a->pointer(GetParam());
  KeyboardObject& keyboard = a->keyboard(GetParam());
  expect_alive();
  EXPECT_EQ(keyboard.take(), "") << "not even a keymap";
  plug_both();
  input.move(280, 210);
  input.key(KEY_A, true);
  pump();
  EXPECT_EQ(pointer.take(), "");
  EXPECT_EQ(keyboard.take(), "");
}

TEST_F(SeatTest, TheSeatsEventsOfACapabilityEndBeforeItsGoing) {
  plug_both();
  SeatObject& seat = a->bind_seat();
  a->window("a");
  a->pointer();
  a->keyboard();
  input.move(280, 210);
  pump();
  seat.take();
  a->journal.clear();
  input.unplug_pointer();
  pump();
  EXPECT_EQ(a->journal, "leave a; frame; caps 2; ");
  a->journal.clear();
  input.unplug_keyboard();
  pump();
  EXPECT_EQ(a->journal, "leave a; caps 0; ");
}

TEST_F(SeatTest, ReleasedObjectsHearNothingAndTheOthersGoOn) {
  plug_both();
  a->window("a");
  PointerObject& pointer = a->pointer();
  PointerObject& other = a->pointer();
  KeyboardObject& keyboard = a->keyboard();
  pump();
  a->drop(pointer.proxy, wl_pointer_release);
  a->drop(keyboard.proxy, wl_keyboard_release);
  a->drop(a->seat, wl_seat_release);
  pump();
  pointer.take();
  keyboard.take();
  input.move(280, 210);
  input.key(KEY_A, true);
  pump();
  EXPECT_EQ(pointer.take() + keyboard.take(), "");
  EXPECT_EQ(other.take(), "enter a 10,10; frame; ") << "also after its wl_seat";
  expect_alive();
}

} // namespace
} // namespace fenceline::test
