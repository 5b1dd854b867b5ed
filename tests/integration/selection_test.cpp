// The clipboard: who may set it, who is offered it, and how the data goes from one client to the other.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "tests/integration/seat_client.h"

namespace fenceline::test {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
      throw std::runtime_error("no pipe");
    reader = UniqueFd(ends[0]);
    writer = UniqueFd(ends[1]);
  }
  UniqueFd reader, writer;
};

ino_t inode(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 ? facts.st_ino : 0;
}

/// What is in the pipe; "waiting" when somebody may still write.
std::string read_all(int fd) {
  std::array<char, 256> bytes{};
  const ssize_t count = ::read(fd, bytes.data(), bytes.size());
  return count < 0 ? "waiting" : std::string(bytes.data(), static_cast<std::size_t>(count));
}

/// Both clients have a window, b's has the keyboard.
class SelectionTest : public SeatProtocolTest {
 protected:
  void SetUp() override {
    SeatProtocolTest::SetUp();
    plug_both();
    keyboard_a = &a->keyboard();
    keyboard_b = &b->keyboard();
    device_a = &a->device();
    device_b = &b->device();
    window_a = &a->window("a");
    window_b = &b->window("b");
    pump();
    forget();
  }
  void forget() {
    for (Heard* heard : {static_cast<Heard*>(device_a), static_cast<Heard*>(device_b)})
      heard->take();
    a->journal.clear();
    b->journal.clear();
  }
  void focus_a() { focus(*a, *window_a); }
  void focus_b() { focus(*b, *window_b); }
  void focus(const SeatClient& client, const ShownWindow& window) {
    server.desktop.clicked(client.resource(window.surface)->surface_id());
    pump();
  }
  void select_b(const SourceObject* source) { select(*device_b, source, keyboard_b->enter_serial); }
  void select_a(const SourceObject* source) { select(*device_a, source, keyboard_a->enter_serial); }
  void select(const DeviceObject& device, const SourceObject* source, std::uint32_t serial) {
    wl_data_device_set_selection(device.proxy, source ? source->proxy : nullptr, serial);
    pump();
  }

  KeyboardObject *keyboard_a = nullptr, *keyboard_b = nullptr;
  DeviceObject *device_a = nullptr, *device_b = nullptr;
  ShownWindow *window_a = nullptr, *window_b = nullptr;
};

// Who is offered what.

TEST_F(SelectionTest, TheFocusedClientIsOfferedTheSelectionAndNobodyElse) {
  SourceObject& source = b->source({"text/plain", "text/html"});
  select_b(&source);
  EXPECT_EQ(device_b->take(), "offer; selection [text/plain text/html]; ");
  EXPECT_EQ(device_a->take(), "");
  EXPECT_EQ(source.take(), "");
  expect_alive();
}

TEST_F(SelectionTest, TheSelectionComesImmediatelyBeforeTheKeyboard) {
  select_b(&b->source());
  forget();
  focus_a();
  EXPECT_EQ(a->journal, "offer; selection [text/plain]; enter a []; mods 0,0,0,0; ");
  EXPECT_EQ(b->journal, "leave b; ");
}

TEST_F(SelectionTest, AFocusedClientHearsThatThereIsNone) {
  focus_a();
  EXPECT_EQ(device_a->take(), "no selection; ");
}

TEST_F(SelectionTest, EveryDeviceOfTheFocusedClientIsToldWhenItIsMadeAndWhenItChanges) {
  select_b(&b->source());
  DeviceObject& late = b->device();
  pump();
  EXPECT_EQ(late.take(), "offer; selection [text/plain]; ");
  DeviceObject& background = a->device();
  select_b(&b->source({"x/y"}));
  EXPECT_EQ(late.take(), "offer; selection [x/y]; ");
  EXPECT_EQ(device_b->take(), "offer; selection [text/plain]; offer; selection [x/y]; ");
  EXPECT_EQ(background.take(), "");
}

TEST_F(SelectionTest, ANewSelectionCancelsTheOneBefore) {
  SourceObject& first = b->source();
  SourceObject& second = b->source({"x/y"});
  select_b(&first);
  select_b(&second);
  EXPECT_EQ(first.take(), "cancelled; ");
  EXPECT_EQ(second.take(), "");
  focus_a();
  SourceObject& third = a->source();
  select_a(&third);
  EXPECT_EQ(first.take(), "");
  EXPECT_EQ(second.take(), "cancelled; ") << "another client's too";
}

TEST_F(SelectionTest, NoSourceUnsetsTheSelection) {
  SourceObject& source = b->source();
  select_b(&source);
  forget();
  select_b(nullptr);
  EXPECT_EQ(source.take(), "cancelled; ");
  EXPECT_EQ(device_b->take(), "no selection; ");
  select_b(nullptr);
  EXPECT_EQ(device_b->take(), "") << "it is unset already";
}

// Who may set it.

TEST_F(SelectionTest, AClientWithoutTheKeyboardMayNotSetIt) {
  SourceObject& source = b->source();
  select_b(&source);
  SourceObject& refused = a->source();
  select_a(&refused);
  EXPECT_EQ(refused.take(), "cancelled; ");
  select(*device_a, nullptr, server.display->serial());
  EXPECT_EQ(source.take(), "") << "nor unset it";
  expect_alive();
}

TEST_F(SelectionTest, AClientThatThePointerIsOnlyOverMayNotSetIt) {
  const PointerObject& pointer = a->pointer();
  pump();
  input.move(275, 205);
  pump();
  ASSERT_NE(pointer.enter_serial, 0U);
  SourceObject& refused = a->source();
  select(*device_a, &refused, pointer.enter_serial);
  EXPECT_EQ(refused.take(), "cancelled; ");
}

TEST_F(SelectionTest, WithoutAKeyboardAClickGivesTheRight) {
  input.unplug_keyboard();
  PointerObject& pointer = a->pointer();
  pump();
  input.move(275, 205);
  pump();
  SourceObject& refused = a->source();
  select(*device_a, &refused, pointer.enter_serial);
  EXPECT_EQ(refused.take(), "cancelled; ");
  click();
  pump();
  SourceObject& source = a->source();
  select(*device_a, &source, pointer.button_serial);
  EXPECT_EQ(source.take(), "");
  // Another client has had the pointer in between.
  input.move(350, 290);
  input.move(275, 205);
  pump();
  SourceObject& late = a->source();
  select(*device_a, &late, pointer.button_serial);
  EXPECT_EQ(late.take(), "cancelled; ");
}

TEST_F(SelectionTest, ARefusedSourceMayTryAgain) {
  SourceObject& source = a->source();
  select_a(&source);
  EXPECT_EQ(source.take(), "cancelled; ");
  focus_a();
  forget();
  select_a(&source);
  EXPECT_EQ(source.take(), "");
  EXPECT_EQ(device_a->take(), "offer; selection [text/plain]; ");
  expect_alive();
}

// Serials.

TEST_F(SelectionTest, AnOlderEventThanTheLastSelectionsIsStale) {
  const std::uint32_t entered = keyboard_b->enter_serial;
  input.key(KEY_C, true);
  pump();
  SourceObject& current = b->source();
  select(*device_b, &current, keyboard_b->key_serial);
  SourceObject& late = b->source();
  select(*device_b, &late, entered);
  EXPECT_EQ(late.take(), "cancelled; ");
  EXPECT_EQ(current.take(), "");
  SourceObject& again = b->source();
  select(*device_b, &again, keyboard_b->key_serial);
  EXPECT_EQ(again.take(), "") << "one event may do two things";
  EXPECT_EQ(current.take(), "cancelled; ");
}

TEST_F(SelectionTest, AnEventOfAnEarlierVisitIsStale) {
  const std::uint32_t earlier = keyboard_b->enter_serial;
  focus_a();
  focus_b();
  SourceObject& refused = b->source();
  select(*device_b, &refused, earlier);
  EXPECT_EQ(refused.take(), "cancelled; ");
}

TEST_F(SelectionTest, AWindowOfTheSameClientIsNoOtherVisit) {
  const std::uint32_t earlier = keyboard_b->enter_serial;
  b->window("second");
  pump();
  SourceObject& source = b->source();
  select(*device_b, &source, earlier);
  EXPECT_EQ(source.take(), "");
}

TEST_F(SelectionTest, ASerialThatWasNeverSentIsRefused) {
  for (const std::uint32_t serial : {server.display->serial() + 1000, std::uint32_t{0}}) {
    SourceObject& refused = b->source();
    select(*device_b, &refused, serial);
    EXPECT_EQ(refused.take(), "cancelled; ") << serial;
  }
}

// The data.

TEST_F(SelectionTest, TheReadersPipeItselfReachesTheSource) {
  SourceObject& source = b->source({"text/plain", "text/html"});
  select_b(&source);
  focus_a();
  ASSERT_TRUE(device_a->selection);
  Pipe pipe;
  const ino_t wanted = inode(pipe.writer.get());
  wl_data_offer_receive(device_a->selection->proxy, "text/html", pipe.writer.get());
  pipe.writer = {};
  pump();
  EXPECT_EQ(source.take(), "send text/html; ");
  ASSERT_TRUE(source.sent.valid());
  EXPECT_EQ(inode(source.sent.get()), wanted) << "no other pipe in between";
  EXPECT_EQ(::fcntl(source.sent.get(), F_GETFL) & O_ACCMODE, O_WRONLY);
  ASSERT_EQ(::write(source.sent.get(), "hello", 5), 5);
  EXPECT_EQ(read_all(pipe.reader.get()), "hello") << "without the session's doing anything";
  EXPECT_EQ(read_all(pipe.reader.get()), "waiting");
  source.sent = {};
  EXPECT_EQ(read_all(pipe.reader.get()), "") << "the end: the session has kept no copy";
}

TEST_F(SelectionTest, AnyFileWillDo) {
  SourceObject& source = b->source();
  select_b(&source);
  const UniqueFd file = memory_file(16);
  wl_data_offer_receive(device_b->selection->proxy, "text/plain", file.get());
  wl_data_offer_receive(device_b->selection->proxy, "no/such", file.get());
  pump();
  EXPECT_EQ(source.take(), "send text/plain; send no/such; ") << "what it can't write is the source's to say";
  EXPECT_EQ(inode(source.sent.get()), inode(file.get()));
}

TEST_F(SelectionTest, AnOfferIsGoodForAsLongAsItsSourceIsTheSelection) {
  SourceObject& source = b->source();
  select_b(&source);
  focus_a();
  OfferObject* offer = device_a->selection;
  ASSERT_TRUE(offer);
  focus_b();
  Pipe pipe;
  wl_data_offer_receive(offer->proxy, "text/plain", pipe.writer.get());
  pump();
  EXPECT_EQ(source.take(), "send text/plain; ") << "a paste that the next click has overtaken";
  select_b(&b->source());
  EXPECT_EQ(source.take(), "cancelled; ");
  Pipe late;
  wl_data_offer_receive(offer->proxy, "text/plain", late.writer.get());
  late.writer = {};
  pump();
  EXPECT_EQ(source.take(), "") << "a cancelled source is asked for nothing";
  EXPECT_EQ(read_all(late.reader.get()), "") << "and the reader is at the end";
  a->drop(offer->proxy, wl_data_offer_destroy);
  expect_alive();
}

TEST_F(SelectionTest, ASourceDestroyedWhileItsOfferIsOutLeavesAnEmptyOne) {
  SourceObject& source = b->source();
  select_b(&source);
  OfferObject* offer = device_b->selection;
  forget();
  b->drop(source.proxy, wl_data_source_destroy);
  pump();
  EXPECT_EQ(device_b->take(), "no selection; ");
  Pipe pipe;
  wl_data_offer_receive(offer->proxy, "text/plain", pipe.writer.get());
  wl_data_offer_accept(offer->proxy, 0, "text/plain");
  pipe.writer = {};
  pump();
  EXPECT_EQ(read_all(pipe.reader.get()), "");
  b->drop(offer->proxy, wl_data_offer_destroy);
  expect_alive();
}

TEST_F(SelectionTest, ADestroyedSourceThatIsNotTheSelectionChangesNothing) {
  SourceObject& old = b->source();
  select_b(&old);
  select_b(&b->source({"x/y"}));
  forget();
  b->drop(old.proxy, wl_data_source_destroy);
  pump();
  EXPECT_EQ(device_b->take(), "");
  focus_a();
  EXPECT_EQ(device_a->take(), "offer; selection [x/y]; ");
}

// Deaths.

TEST_F(SelectionTest, AClientThatDiesTakesItsSelectionAlong) {
  focus_a();
  select_a(&a->source());
  focus_b();
  OfferObject* offer = device_b->selection;
  ASSERT_TRUE(offer);
  forget();
  Pipe pipe;
  a.reset();
  wl_data_offer_receive(offer->proxy, "text/plain", pipe.writer.get());
  pipe.writer = {};
  pump();
  EXPECT_EQ(device_b->take(), "no selection; ");
  EXPECT_EQ(read_all(pipe.reader.get()), "");
  EXPECT_EQ("", b->error());
}

TEST_F(SelectionTest, ASourceThatDiesWithTheReadersPipeEndsThePipe) {
  focus_a();
  select_a(&a->source());
  focus_b();
  Pipe pipe;
  wl_data_offer_receive(device_b->selection->proxy, "text/plain", pipe.writer.get());
  pipe.writer = {};
  // The event lies in its socket, with the descriptor in it, when it dies.
  b->pump();
  a.reset();
  pump();
  EXPECT_EQ(read_all(pipe.reader.get()), "");
  EXPECT_EQ("", b->error());
}

TEST_F(SelectionTest, AReaderThatDiesLeavesTheSourceAlive) {
  SourceObject& source = b->source();
  select_b(&source);
  focus_a();
  forget();
  Pipe pipe;
  wl_data_offer_receive(device_a->selection->proxy, "text/plain", pipe.writer.get());
  pipe.writer = {};
  a->pump();
  a.reset();
  pump();
  EXPECT_EQ(source.take(), "send text/plain; ") << "it was asked for before";
  EXPECT_EQ(::write(source.sent.get(), "x", 1), 1) << "the pipe is the reader's program's, not its connection's";
  EXPECT_EQ("", b->error());
  EXPECT_EQ(device_b->take(), "offer; selection [text/plain]; ") << "the keyboard has come back to it";
}

TEST_F(SelectionTest, AFocusedClientWithMoreWindowsDiesInPeace) {
  // Its windows go one by one: the keyboard, and with it the selection, is offered to the next of its own.
  select_b(&b->source());
  for (const char* name : {"second", "third", "fourth"})
    a->window(name);
  pump();
  a.reset();
  pump();
  EXPECT_EQ("", b->error());
  EXPECT_EQ(server.desktop.keyboard_focus(), b->resource(window_b->surface)->surface_id());
}

TEST_F(SelectionTest, AClientMayDieAtAnyStepOfACopyAndPaste) {
  for (int last = 0; last < 6; ++last) {
    for (const bool pumped : {true, false}) {
      SeatClient client(server);
      KeyboardObject& keyboard = client.keyboard();
      DeviceObject& device = client.device();
      client.window("dying");
      Pipe pipe;
      SourceObject* source = nullptr;
      for (int step = 0; step <= last; ++step) {
        if (step == 0)
          source = &client.source();
        if (step == 1)
          wl_data_device_set_selection(device.proxy, source->proxy, keyboard.enter_serial);
        if (step == 2)
          focus_b();
        if (step == 3)
          wl_data_offer_receive(device_b->selection->proxy, "text/plain", pipe.writer.get());
        if (step == 4)
          focus_a();
        if (step == 5)
          client.drop(device.proxy, wl_data_device_release);
        if (pumped || step < last)
          client.pump();
      }
    }
    expect_alive();
  }
  EXPECT_EQ(2U, server.display->client_count());
}

} // namespace
} // namespace fenceline::test
