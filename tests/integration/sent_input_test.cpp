// What the trace is told of input: what a client was sent, when it was sent.

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

class SentInputTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    a->window("a");
    pump();
    input.move(300, 220); // It enters: that is no event with a time.
    pump();
    server.observer.clear();
  }
  [[nodiscard]] std::vector<FrameEvent> told() const { return server.observer.all(FrameEventKind::Input); }
  [[nodiscard]] std::int64_t now_ns() const { return std::int64_t{input.milliseconds()} * 1'000'000; }
};

TEST_F(SentInputTest, EventsOfOneFlushAreOneRecordWithTheNewestTime) {
  a->pointer();
  pump();
  server.observer.clear();
  input.move(301, 220);
  input.move(302, 220);
  EXPECT_TRUE(told().empty()) << "nothing has been sent yet";
  pump();
  ASSERT_EQ(told().size(), 1u);
  const FrameEvent event = told().front();
  EXPECT_EQ(event.value, 2u);
  EXPECT_EQ(event.time.ns, now_ns());
  EXPECT_EQ(event.detail, static_cast<std::uint8_t>(InputKind::Pointer));
  EXPECT_EQ(event.surface, server.seat.pointer_focus());
  EXPECT_EQ(event.client, server.scene.find(event.surface)->client());
  pump();
  EXPECT_EQ(told().size(), 1u) << "and once";
}

TEST_F(SentInputTest, WhatNobodyListensToIsNotSent) {
  input.move(301, 220);
  input.key(KEY_A, true);
  pump();
  EXPECT_TRUE(told().empty());
}

TEST_F(SentInputTest, KeysGoToTheSurfaceThatHasThem) {
  a->keyboard();
  pump();
  server.observer.clear();
  input.key(KEY_A, true);
  pump();
  ASSERT_EQ(told().size(), 1u);
  EXPECT_EQ(told().front().detail, static_cast<std::uint8_t>(InputKind::Keyboard));
  EXPECT_EQ(told().front().surface, server.seat.keyboard_focus());
  EXPECT_EQ(told().front().time.ns, now_ns());
}

// A window that comes up or moves under the pointer: a motion, but nobody has moved anything.
TEST_F(SentInputTest, AMotionThatHappensByItselfIsNone) {
  PointerObject& pointer = a->pointer();
  pump();
  input.move(305, 225);
  pump();
  pointer.take();
  server.observer.clear();
  ASSERT_TRUE(server.desktop.place(server.desktop.windows().all().back()->id, {260, 190}));
  server.seat.refresh_focus();
  pump();
  EXPECT_NE(pointer.take(), "") << "its client is told where the pointer is now";
  EXPECT_TRUE(told().empty());
}

} // namespace
} // namespace fenceline::test
