// Drag and drop between two clients, by the mouse and by a finger.
#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

constexpr std::uint32_t copy = WL_DATA_DEVICE_MANAGER_DND_ACTION_COPY, move = WL_DATA_DEVICE_MANAGER_DND_ACTION_MOVE,
                        ask = WL_DATA_DEVICE_MANAGER_DND_ACTION_ASK;

/// Window a is at 270,200, b at 302,232; both 100x80. a drags.
class DragTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    input.plug_touch();
    window_a = &a->window("a");
    window_b = &b->window("b");
    pointer = &a->pointer();
    other_pointer = &b->pointer();
    from = &a->device();
    to = &b->device();
    pump();
  }
  /// A source with actions, over window a with the button down.
  SourceObject& press_with(std::uint32_t actions) {
    SourceObject& source = a->source();
    wl_data_source_set_actions(source.proxy, actions);
    input.move(280, 210);
    input.button(BTN_LEFT, true);
    pump();
    // With the click it has the keyboard, and heard of the clipboard.
    from->take();
    return source;
  }
  void start(const SourceObject* source, wl_surface* icon = nullptr) {
    wl_data_device_start_drag(from->proxy, source ? source->proxy : nullptr, window_a->surface, icon,
                              pointer->button_serial);
    pump();
  }
  /// Dragged over b, which accepts.
  SourceObject& over_b(std::uint32_t offered, std::uint32_t wanted, std::uint32_t preferred) {
    SourceObject& source = press_with(offered);
    start(&source);
    input.move(390, 300);
    pump();
    wl_data_offer_accept(to->dragged->proxy, to->enter_serial, "text/plain");
    wl_data_offer_set_actions(to->dragged->proxy, wanted, preferred);
    pump();
    return source;
  }
  SourceObject& dropped_on_b(std::uint32_t offered, std::uint32_t wanted, std::uint32_t preferred) {
    SourceObject& source = over_b(offered, wanted, preferred);
    input.button(BTN_LEFT, false);
    pump();
    source.take();
    to->take();
    to->dragged->take();
    return source;
  }
  void expect_b_error(const std::string& wanted) const {
    pump();
    EXPECT_EQ("", a->error());
    EXPECT_EQ(wanted, b->error());
  }

  ShownWindow* window_a = nullptr;
  ShownWindow* window_b = nullptr;
  PointerObject* pointer = nullptr;
  PointerObject* other_pointer = nullptr;
  DeviceObject* from = nullptr;
  DeviceObject* to = nullptr;
};

TEST_F(DragTest, FromWindowToWindowWithACopyOfTheData) {
  SourceObject& source = press_with(copy | move);
  pointer->take();
  start(&source);
  EXPECT_EQ(pointer->take(), "leave a; frame; ") << "the pointer is the drag's";
  EXPECT_EQ(from->take(), "offer; enter a 10,10 [text/plain]; ");
  EXPECT_EQ(from->dragged->take(), "source actions 3; ");
  input.move(285, 212);
  input.move(390, 300);
  pump();
  EXPECT_EQ(from->take(), "motion 15,12; leave; ");
  EXPECT_EQ(to->take(), "offer; enter b 88,68 [text/plain]; ");
  EXPECT_EQ(source.take(), "target none; ");
  wl_data_offer* offer = to->dragged->proxy;
  wl_data_offer_accept(offer, to->enter_serial, "text/plain");
  wl_data_offer_set_actions(offer, copy | ask, copy);
  pump();
  EXPECT_EQ(to->dragged->take(), "source actions 3; action 1; ");
  EXPECT_EQ(source.take(), "target text/plain; action 1; ");
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(to->take(), "drop; ");
  EXPECT_EQ(source.take(), "drop performed; ");
  // The pointer is back with whoever is under it.
  EXPECT_EQ(other_pointer->take(), "enter b 88,68; frame; ");

  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(pipe[0]);
  wl_data_offer_receive(offer, "text/plain", pipe[1]);
  pump();
  ::close(pipe[1]);
  EXPECT_EQ(source.take(), "send text/plain; ");
  ASSERT_EQ(::write(source.sent.get(), "hello", 5), 5);
  source.sent = UniqueFd();
  std::array<char, 8> text{};
  EXPECT_EQ(::read(read_end.get(), text.data(), text.size()), 5);
  wl_data_offer_finish(offer);
  pump();
  EXPECT_EQ(source.take(), "finished; ");
  b->drop(offer, wl_data_offer_destroy);
  pump();
  EXPECT_EQ(source.take(), "");
  expect_alive();
}

TEST_F(DragTest, WhatIsChosenIsWhatBothWantAndTheDestinationPrefers) {
  SourceObject& source = over_b(copy | move | ask, copy | move, move);
  EXPECT_EQ(source.take(), "target none; target text/plain; action 2; ");
  wl_data_offer_set_actions(to->dragged->proxy, copy | move, 0);
  pump();
  EXPECT_EQ(source.take(), "action 1; ") << "the first in the order of the bits";
  wl_data_offer_set_actions(to->dragged->proxy, 0, 0);
  pump();
  EXPECT_EQ(source.take(), "action 0; ");
  EXPECT_EQ(to->dragged->take(), "source actions 7; action 2; action 1; action 0; ");
}

TEST_F(DragTest, HeldModifiersSayWhatTheUserWants) {
  SourceObject& source = over_b(copy | move, copy | move, copy);
  source.take();
  input.key(KEY_LEFTSHIFT, true);
  input.move(391, 300);
  pump();
  EXPECT_EQ(source.take(), "action 2; ");
  input.key(KEY_LEFTSHIFT, false);
  input.key(KEY_LEFTCTRL, true);
  input.move(392, 300);
  pump();
  EXPECT_EQ(source.take(), "action 1; ");
}

TEST_F(DragTest, ADropOnWhoDoesNotAcceptIsCancelled) {
  SourceObject& source = over_b(copy, copy, copy);
  wl_data_offer_accept(to->dragged->proxy, to->enter_serial, nullptr);
  pump();
  source.take();
  to->take();
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(to->take(), "leave; ");
  EXPECT_EQ(source.take(), "target none; action 0; cancelled; ");
  // What is left of it does nothing.
  wl_data_offer_finish(to->dragged->proxy);
  wl_data_offer_accept(to->dragged->proxy, 0, "text/plain");
  wl_data_offer_set_actions(to->dragged->proxy, copy, copy);
  expect_alive();
}

TEST_F(DragTest, ADropWithoutACommonActionIsCancelled) {
  SourceObject& source = over_b(copy, move, move);
  source.take();
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(source.take(), "target none; cancelled; ");
}

TEST_F(DragTest, ADropOnNothingIsCancelled) {
  SourceObject& source = press_with(copy);
  start(&source);
  input.move(5, 5);
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(source.take(), "target none; cancelled; ");
  EXPECT_FALSE(server.data_devices.drag().active());
}

TEST_F(DragTest, WhatIsAskedIsChosenAfterTheDrop) {
  SourceObject& source = dropped_on_b(copy | move | ask, copy | move | ask, ask);
  wl_data_offer_set_actions(to->dragged->proxy, copy | move, move);
  pump();
  EXPECT_EQ(source.take(), "") << "the source hears of it with the end";
  wl_data_offer_finish(to->dragged->proxy);
  pump();
  EXPECT_EQ(source.take(), "action 2; finished; ");
  expect_alive();
}

TEST_F(DragTest, WhatWasAgreedBeforeTheDropStays) {
  SourceObject& source = dropped_on_b(copy | move, copy | move, copy);
  wl_data_offer_set_actions(to->dragged->proxy, move, move);
  wl_data_offer_finish(to->dragged->proxy);
  pump();
  EXPECT_EQ(source.take(), "finished; ") << "copied, as was said";
}

TEST_F(DragTest, AnOfferThatGoesUnfinishedIsCancelled) {
  SourceObject& source = dropped_on_b(copy, copy, copy);
  b->drop(to->dragged->proxy, wl_data_offer_destroy);
  pump();
  EXPECT_EQ(source.take(), "cancelled; ");
}

TEST_F(DragTest, AnOldDestinationTakesWhatItGetsAndIsDoneWithItsOffer) {
  DeviceObject& old = b->device(2);
  b->drop(to->proxy, wl_data_device_release);
  SourceObject& source = press_with(copy);
  start(&source);
  input.move(390, 300);
  pump();
  EXPECT_EQ(old.dragged->take(), "");
  EXPECT_EQ(source.take(), "target none; action 1; ") << "out of a, over b: before version 3 it is copied";
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(old.take(), "offer; enter b 88,68 [text/plain]; drop; ");
  b->drop(old.dragged->proxy, wl_data_offer_destroy);
  pump();
  EXPECT_EQ(source.take(), "drop performed; finished; ");
}

TEST_F(DragTest, WithoutASourceOnlyItsOwnClientHears) {
  press_with(0);
  start(nullptr);
  EXPECT_EQ(from->take(), "enter a 10,10 [-]; ");
  input.move(390, 300);
  pump();
  EXPECT_EQ(from->take(), "leave; ");
  EXPECT_EQ(to->take(), "");
  input.move(281, 210);
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(from->take(), "enter a 11,10 [-]; drop; ");
}

TEST_F(DragTest, TheIconIsCarriedUnderTheCursor) {
  SourceObject& source = press_with(copy);
  wl_surface* icon = a->surface();
  start(&source, icon);
  TestClient::show(icon, a->shm_buffer(16, 16));
  pump();
  const auto placed = [&] {
    const std::vector<Layer> layers = server.layers();
    for (const Layer& layer : layers)
      if (layer.surface == a->resource(icon)->surface_id())
        return layer.dest;
    return Rect{};
  };
  EXPECT_EQ(placed(), (Rect{280, 210, 16, 16}));
  EXPECT_EQ(server.layers().back().role, LayerRole::Cursor) << "above the icon";
  input.move(300, 220);
  wl_surface_offset(icon, -4, 2);
  wl_surface_commit(icon);
  pump();
  EXPECT_EQ(placed(), (Rect{296, 222, 16, 16}));
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(placed(), Rect{}) << "with the drag it is gone";
  expect_alive();
}

TEST_F(DragTest, AnIconThatGoesDoesNotEndTheDrag) {
  SourceObject& source = press_with(copy);
  wl_surface* icon = a->surface();
  start(&source, icon);
  a->destroy(icon);
  input.move(390, 300);
  pump();
  EXPECT_EQ(to->take(), "offer; enter b 88,68 [text/plain]; ");
  expect_alive();
}

TEST_F(DragTest, AFingerDragsToo) {
  TouchObject& touch = a->touch();
  pump();
  input.touch_down(3, 280, 210);
  pump();
  from->take();
  SourceObject& source = a->source();
  wl_data_source_set_actions(source.proxy, copy);
  wl_data_device_start_drag(from->proxy, source.proxy, window_a->surface, nullptr, touch.down_serial);
  pump();
  touch.take();
  EXPECT_EQ(from->take(), "offer; enter a 10,10 [text/plain]; ");
  input.touch_motion(3, 390, 300);
  pump();
  EXPECT_EQ(touch.take(), "");
  wl_data_offer_accept(to->dragged->proxy, to->enter_serial, "text/plain");
  wl_data_offer_set_actions(to->dragged->proxy, copy, copy);
  pump();
  input.touch_up(3);
  pump();
  EXPECT_EQ(touch.take(), "up 3; frame; ") << "its id is free again";
  EXPECT_EQ(to->take(), "offer; enter b 88,68 [text/plain]; drop; ");
  EXPECT_EQ(source.take(), "target none; target text/plain; action 1; drop performed; ");
}

TEST_F(DragTest, WithNothingHeldThereIsNoDrag) {
  input.move(280, 210);
  click();
  pump();
  from->take();
  SourceObject& source = a->source();
  start(&source);
  EXPECT_EQ(source.take(), "cancelled; ");
  EXPECT_EQ(from->take(), "");
  // Nor with what another client's window holds.
  input.move(390, 300);
  input.button(BTN_LEFT, true);
  pump();
  SourceObject& stolen = a->source();
  wl_data_device_start_drag(from->proxy, stolen.proxy, window_a->surface, nullptr, other_pointer->button_serial);
  pump();
  EXPECT_EQ(stolen.take(), "cancelled; ");
  EXPECT_FALSE(server.data_devices.drag().active());
}

TEST_F(DragTest, ThereIsOneDragAtATime) {
  SourceObject& source = press_with(copy);
  start(&source);
  SourceObject& second = a->source();
  start(&second);
  EXPECT_EQ(second.take(), "cancelled; ");
  EXPECT_TRUE(server.data_devices.drag().active());
}

TEST_F(DragTest, ASourceThatGoesEndsTheDrag) {
  SourceObject& source = over_b(copy, copy, copy);
  to->take();
  a->drop(source.proxy, wl_data_source_destroy);
  pump();
  EXPECT_EQ(to->take(), "leave; ");
  EXPECT_FALSE(server.data_devices.drag().active());
  wl_data_offer_finish(to->dragged->proxy);
  input.button(BTN_LEFT, false);
  expect_alive();
}

TEST_F(DragTest, TheDraggingClientMayDie) {
  over_b(copy, copy, copy);
  to->take();
  a->disconnect();
  a.reset();
  input.move(391, 300);
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_NE(to->take().find("leave; "), std::string::npos);
  EXPECT_EQ(b->error(), "");
}

TEST_F(DragTest, TheDestinationMayDieBeforeTheDropAndAfter) {
  SourceObject& source = over_b(copy, copy, copy);
  source.take();
  b->disconnect();
  b.reset();
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_EQ(source.take(), "target none; action 0; cancelled; ");
  EXPECT_EQ(a->error(), "");
}

TEST_F(DragTest, ADestinationThatDiesAfterTheDropHasNotFinished) {
  SourceObject& source = dropped_on_b(copy, copy, copy);
  b->disconnect();
  b.reset();
  pump();
  EXPECT_EQ(source.take(), "cancelled; ");
}

TEST_F(DragTest, AWindowThatGoesUnderTheDragIsLeft) {
  SourceObject& source = over_b(copy, copy, copy);
  to->take();
  b->destroy(*window_b);
  pump();
  EXPECT_EQ(to->take(), "leave; ");
  input.button(BTN_LEFT, false);
  pump();
  EXPECT_NE(source.take().find("cancelled"), std::string::npos);
  expect_alive();
}

TEST_F(DragTest, WhenInputIsTakenAwayNothingIsDropped) {
  SourceObject& source = over_b(copy, copy, copy);
  source.take();
  to->take();
  input.unplug_pointer();
  pump();
  EXPECT_EQ(to->take(), "leave; ");
  EXPECT_EQ(source.take(), "target none; action 0; cancelled; ");
}

TEST_F(DragTest, TheKeyboardStaysWhereItIs) {
  KeyboardObject& keyboard = a->keyboard();
  SourceObject& source = press_with(copy);
  start(&source);
  keyboard.take();
  input.move(390, 300);
  input.key(KEY_LEFTALT, true);
  input.key(KEY_LEFTALT, false);
  pump();
  EXPECT_EQ(keyboard.take(), "+56; mods 8,0,0,0; -56; mods 0,0,0,0; ");
  EXPECT_TRUE(server.data_devices.drag().active());
}

// wl_data_offer's errors.

TEST_F(DragTest, FinishBeforeTheDropIsAnError) {
  over_b(copy, copy, copy);
  wl_data_offer_finish(to->dragged->proxy);
  expect_b_error("wl_data_offer 0");
}

TEST_F(DragTest, FinishTwiceIsAnError) {
  dropped_on_b(copy, copy, copy);
  wl_data_offer_finish(to->dragged->proxy);
  wl_data_offer_finish(to->dragged->proxy);
  expect_b_error("wl_data_offer 0");
}

TEST_F(DragTest, FinishWithoutATypeIsAnError) {
  dropped_on_b(copy, copy, copy);
  wl_data_offer_accept(to->dragged->proxy, 0, nullptr);
  wl_data_offer_finish(to->dragged->proxy);
  expect_b_error("wl_data_offer 0");
}

TEST_F(DragTest, FinishWhileItIsStillAskedIsAnError) {
  dropped_on_b(copy | ask, copy | ask, ask);
  wl_data_offer_finish(to->dragged->proxy);
  expect_b_error("wl_data_offer 0");
}

TEST_F(DragTest, ActionsThatDoNotExistAreAnError) {
  over_b(copy, copy, copy);
  wl_data_offer_set_actions(to->dragged->proxy, 8, 0);
  expect_b_error("wl_data_offer 1");
}

TEST_F(DragTest, APreferredActionOfSeveralIsAnError) {
  over_b(copy, copy, copy);
  wl_data_offer_set_actions(to->dragged->proxy, copy | move, copy | move);
  expect_b_error("wl_data_offer 2");
}

TEST_F(DragTest, APreferredActionThatIsNotSupportedIsAnError) {
  over_b(copy, copy, copy);
  wl_data_offer_set_actions(to->dragged->proxy, copy, move);
  expect_b_error("wl_data_offer 2");
}

TEST_F(DragTest, AnAnswerThatTheSourceDoesNotOfferIsAnError) {
  dropped_on_b(copy | ask, copy | ask, ask);
  wl_data_offer_set_actions(to->dragged->proxy, move, move);
  expect_b_error("wl_data_offer 2");
}

TEST_F(DragTest, ActionsAfterTheEndAreAnError) {
  dropped_on_b(copy, copy, copy);
  wl_data_offer_finish(to->dragged->proxy);
  wl_data_offer_set_actions(to->dragged->proxy, copy, copy);
  expect_b_error("wl_data_offer 3");
}

TEST_F(DragTest, ASourceIsDraggedOnce) {
  SourceObject& source = press_with(copy);
  start(&source);
  start(&source);
  EXPECT_EQ("wl_data_device 1", a->error());
}

TEST_F(DragTest, AnIconWithAnotherRoleIsAnError) {
  press_with(copy);
  start(nullptr, window_a->surface);
  EXPECT_EQ("wl_data_device 0", a->error());
}

} // namespace
} // namespace fenceline::test
