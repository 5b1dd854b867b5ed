#include "compositor/wl/traffic.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client.h>
#include <wayland-server-protocol.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "compositor/base/epoll_loop.h"
#include "compositor/wl/display.h"
#include "compositor/wl/thunk.h"
#include "tests/support/virtual_loop.h"

namespace fenceline {
namespace {

using namespace std::chrono_literals;

TEST(RequestBudgetTest, ABurstIsFreeAndThenAQuarterOfTheTime) {
  wl::RequestBudget budget;
  const TimePoint start{1'000'000'000};
  budget.spend(39ms, start, 1);
  EXPECT_FALSE(budget.rests_until(start));
  budget.spend(2ms, start, 1);
  // 41 ms at a quarter are paid for after 164; it goes on when 2 ms are there to spend.
  EXPECT_EQ(*budget.rests_until(start), start + 12ms);
  budget.spend(2ms, start + 12ms, 1);
  EXPECT_FALSE(budget.rests_until(start + 12ms)) << "2 ms each 8";
  budget.spend(1ms, start + 12ms, 1);
  EXPECT_EQ(*budget.rests_until(start + 12ms), start + 24ms);
}

TEST(RequestBudgetTest, WhoHasBeenCalmHasTheBurstAgain) {
  wl::RequestBudget budget;
  budget.spend(50ms, TimePoint{0}, 1);
  EXPECT_TRUE(budget.rests_until(TimePoint{0}));
  const TimePoint later = TimePoint{0} + 80ms;
  budget.spend(10ms, later, 1);
  EXPECT_FALSE(budget.rests_until(later));
}

TEST(RequestBudgetTest, ThoseWhoAreOverTheirBudgetsShareTheTime) {
  wl::RequestBudget alone, shared;
  for (wl::RequestBudget* budget : {&alone, &shared}) {
    budget->spend(39ms, TimePoint{0}, 3);
    EXPECT_FALSE(budget->rests_until(TimePoint{0})) << "its burst is its own, whoever rests";
  }
  alone.spend(3ms, TimePoint{0}, 1);
  shared.spend(3ms, TimePoint{0}, 3);
  EXPECT_LT(*alone.rests_until(TimePoint{0}), *shared.rests_until(TimePoint{0}));
}

TEST(RequestBudgetTest, NobodyRestsForLongerThanASecondAtOnce) {
  wl::RequestBudget budget;
  budget.spend(30s, TimePoint{0}, 50);
  EXPECT_LE(*budget.rests_until(TimePoint{0}), TimePoint{0} + 2s);
}

/// wl_output stands for any object.
class Thing final : public wl::Resource<Thing> {
 public:
  static constexpr std::uint32_t most = 4000;
  Thing(wl_client* client, std::uint32_t version, wl::NewId id, const std::function<void(wl_client*)>* gone = nullptr)
      : Resource(client, version, id), gone_(gone) {}
  ~Thing() override {
    if (gone_ != nullptr && *gone_)
      (*gone_)(client());
  }
  static const wl_interface& interface() { return wl_output_interface; }
  static const void* implementation() { return &requests; }
  static const struct wl_output_interface requests;
  const std::function<void(wl_client*)>* gone_;
};
const struct wl_output_interface Thing::requests = {.release = wl::destroy};

class Client {
 public:
  explicit Client(wl::Display& display) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
      std::abort();
    client = *display.add_client(UniqueFd(pair[1]));
    connection = wl_display_connect_to_fd(pair[0]);
    registry = wl_display_get_registry(connection);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    for (wl_proxy* thing : things)
      wl_proxy_destroy(thing);
    wl_registry_destroy(registry);
    wl_display_disconnect(connection);
  }
  /// Sends `count` requests, of which the session hears nothing before its turn.
  void ask(int count) {
    for (int i = 0; i < count; ++i)
      things.push_back(static_cast<wl_proxy*>(wl_registry_bind(registry, 1, &wl_output_interface, 4)));
    wl_display_flush(connection);
  }
  /// Destroys what it has asked for.
  void give_back() {
    for (wl_proxy* thing : std::exchange(things, {}))
      wl_output_release(reinterpret_cast<wl_output*>(thing));
    wl_display_flush(connection);
  }
  /// All that has come is read.
  void read() {
    char byte = 0;
    while (wl_display_get_error(connection) == 0 &&
           ::recv(wl_display_get_fd(connection), &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 &&
           wl_display_prepare_read(connection) == 0) {
      wl_display_read_events(connection);
      wl_display_dispatch_pending(connection);
    }
  }
  wl_client* client = nullptr;
  wl_display* connection = nullptr;
  wl_registry* registry = nullptr;
  std::vector<wl_proxy*> things;
};

/// Sessions in which each request may take its time.
template <class Loop>
class Session {
 public:
  explicit Session(Loop& loop) : display(std::move(*wl::Display::create(loop))) {
    global = std::make_unique<wl::Global>(*display, wl_output_interface, 4,
                                          [this](wl_client* client, std::uint32_t version, wl::NewId id) {
                                            ++(client == watched ? of_watched : of_others);
                                            if (on_request)
                                              on_request();
                                            last = (new Thing(client, version, id, &on_gone))->resource();
                                          });
  }
  std::unique_ptr<wl::Display> display;
  std::unique_ptr<wl::Global> global;
  wl_client* watched = nullptr;
  int of_watched = 0, of_others = 0;
  wl_resource* last = nullptr;
  std::function<void()> on_request;
  std::function<void(wl_client*)> on_gone;
};

/// The real loop, for which no time passes: nobody is over a budget, however slow the machine.
class StillLoop final : public EventLoop {
 public:
  [[nodiscard]] std::unique_ptr<Watch> make_watch(IoCallback callback) override {
    return loop_->make_watch(std::move(callback));
  }
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_timer(std::function<void()> callback) override {
    return loop_->make_timer(std::move(callback));
  }
  [[nodiscard]] Result<std::unique_ptr<Timer>> make_urgent_timer(std::function<void()> callback) override {
    return loop_->make_urgent_timer(std::move(callback));
  }
  bool look() override { return loop_->look(); }
  void defer(std::function<void()> work) override { loop_->defer(std::move(work)); }
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  void dispatch(int timeout_ms) { loop_->dispatch(timeout_ms); }

 private:
  std::unique_ptr<EpollLoop> loop_ = std::move(*EpollLoop::create());
  test::VirtualClock clock_;
};

class TrafficTest : public testing::Test {
 protected:
  std::unique_ptr<StillLoop> loop = std::make_unique<StillLoop>();
  Session<StillLoop> session{*loop};
};

TEST_F(TrafficTest, OneTurnHasAFewHundredRequestsOfAClientAndThoseOfTheNext) {
  Client flood(*session.display), other(*session.display);
  session.watched = other.client;
  flood.ask(3000);
  other.ask(1);
  loop->dispatch(0);
  EXPECT_EQ(session.of_watched, 1);
  EXPECT_GT(session.of_others, 50);
  EXPECT_LT(session.of_others, 500);
  for (int i = 0; i < 100; ++i)
    loop->dispatch(0);
  EXPECT_EQ(session.of_others, 3000) << "all of it in the end";
}

TEST_F(TrafficTest, TellsWhoseRequestsAreCarriedOut) {
  std::vector<std::uint32_t> served;
  session.display->on_serving([&](std::uint32_t number) { served.push_back(number); });
  Client one(*session.display), two(*session.display);
  one.ask(3);
  two.ask(3);
  loop->dispatch(0);
  EXPECT_EQ(served, (std::vector<std::uint32_t>{1, 2, 0}));
  loop->dispatch(0);
  EXPECT_EQ(served.size(), 3U) << "nobody has asked for anything";
}

TEST_F(TrafficTest, WhatIsUrgentIsToldOfBetweenTwoRequests) {
  const UniqueFd flip(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), patient(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  std::string order;
  const auto display = std::move(*loop->watch(flip.get(), IoEvents::Readable | IoEvents::Urgent, [&](IoEvents) {
    std::uint64_t value = 0;
    ASSERT_EQ(::read(flip.get(), &value, sizeof value), 8);
    order += "flip after " + std::to_string(session.of_others) + " ";
  }));
  const auto latch = std::move(*loop->make_urgent_timer([&] { order += "latch "; }));
  Client client(*session.display);
  client.ask(100);
  session.on_request = [&] {
    if (session.of_others != 40)
      return;
    const std::uint64_t one = 1;
    ASSERT_EQ(::write(flip.get(), &one, sizeof one), 8);
    latch->arm(loop->clock().now());
  };
  loop->dispatch(0);
  EXPECT_EQ(session.of_others, 100);
  // The first message made the registry: the 64th is the 63rd of these.
  EXPECT_EQ(order, "latch flip after 62 ");
  loop->dispatch(0);
  EXPECT_EQ(order, "latch flip after 62 ") << "once, though the loop sees them too";
}

TEST_F(TrafficTest, AClientThatReadsLateGetsAllOfItAndIsReadAFewRequestsAtATimeAgain) {
  Client client(*session.display);
  client.ask(1);
  loop->dispatch(0);
  session.display->flush();
  ASSERT_NE(session.last, nullptr);
  // More than a socket holds.
  for (int i = 0; i < 40'000; ++i)
    wl_output_send_scale(session.last, i);
  session.display->flush();
  for (int i = 0; i < 20; ++i) {
    client.read();
    loop->dispatch(0);
    session.display->flush();
  }
  EXPECT_EQ(wl_display_get_error(client.connection), 0);
  for (int i = 0; i < 200; ++i)
    wl_output_send_scale(session.last, i);
  session.display->flush();
  client.read();
  session.of_others = 0;
  client.ask(2000);
  loop->dispatch(0);
  EXPECT_GT(session.of_others, 0);
  EXPECT_LT(session.of_others, 500);
}

TEST_F(TrafficTest, AnEventThatIsLargerThanTheBuffersReachesItsClient) {
  Client client(*session.display);
  client.ask(1);
  loop->dispatch(0);
  wl_output_send_name(session.last, std::string(10'000, 'x').c_str());
  session.display->flush();
  client.read();
  EXPECT_EQ(wl_display_get_error(client.connection), 0);
  EXPECT_EQ(session.display->client_count(), 1U);
}

TEST_F(TrafficTest, ARequestThatIsLargerThanTheBuffersIsRead) {
  Client client(*session.display);
  client.ask(1);
  loop->dispatch(0);
  // wl_registry.bind with a name of 8000 bytes, by hand: libwayland's clients cannot have such an interface.
  constexpr std::uint32_t text = 8000, size = 8 + 4 + 4 + text + 4 + 4;
  std::vector<std::uint32_t> words(size / 4, 0);
  words[0] = 2; // The registry.
  words[1] = size << 16U;
  words[2] = 1;
  words[3] = text;
  std::fill_n(reinterpret_cast<char*>(&words[4]), text - 1, 'x');
  words[size / 4 - 2] = 1;
  words[size / 4 - 1] = 100;
  ASSERT_EQ(::write(wl_display_get_fd(client.connection), words.data(), size), static_cast<ssize_t>(size));
  for (int i = 0; i < 10; ++i)
    loop->dispatch(0);
  EXPECT_EQ(session.display->client_count(), 0U) << "read, and refused: there is no such interface";
}

TEST_F(TrafficTest, OneObjectTooManyEndsItsClientAlone) {
  Client greedy(*session.display), other(*session.display);
  other.ask(1);
  greedy.ask(4000);
  for (int i = 0; i < 100; ++i)
    loop->dispatch(0);
  EXPECT_EQ(session.display->client_count(), 2U);
  greedy.ask(1);
  loop->dispatch(0);
  EXPECT_EQ(session.display->client_count(), 1U);
  greedy.read();
  EXPECT_EQ(wl_display_get_error(greedy.connection), ENOMEM);
  EXPECT_EQ(session.of_others, 4002);
}

// As a window's end gives the focus to another one of its client, with the offers that come with it.
TEST_F(TrafficTest, AClientThatEndsMayHaveTheSessionMakeMoreThanItMayHave) {
  int made = 0;
  {
    Client greedy(*session.display);
    greedy.ask(4000);
    for (int i = 0; i < 100; ++i)
      loop->dispatch(0);
    session.on_gone = [&](wl_client* client) {
      for (int i = 0; i < 2 && made < 20; ++i, ++made)
        new Thing(client, 4, wl::NewId{0});
    };
  }
  loop->dispatch(0);
  EXPECT_EQ(made, 20);
  EXPECT_EQ(session.display->client_count(), 0U);
}

TEST_F(TrafficTest, RegistriesAreObjectsThatNobodyCanDestroy) {
  Client greedy(*session.display), other(*session.display);
  std::vector<wl_registry*> registries;
  const auto ask = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i)
      registries.push_back(wl_display_get_registry(greedy.connection));
    wl_display_flush(greedy.connection);
    for (int i = 0; i < 10; ++i)
      loop->dispatch(0);
  };
  ask(wl::Traffic::most_registries - 1);
  EXPECT_EQ(session.display->client_count(), 2U);
  ask(1);
  EXPECT_EQ(session.display->client_count(), 1U);
  greedy.read();
  EXPECT_EQ(wl_display_get_error(greedy.connection), ENOMEM);
  for (wl_registry* registry : registries)
    wl_registry_destroy(registry);
}

TEST_F(TrafficTest, WhoIsEndedHearsWhyThoughThereIsMoreToRead) {
  Client client(*session.display);
  client.ask(1);
  auto* wrong = static_cast<wl_proxy*>(wl_registry_bind(client.registry, 4711, &wl_output_interface, 4));
  client.ask(2000);
  loop->dispatch(0);
  EXPECT_EQ(session.display->client_count(), 0U);
  client.ask(1);
  client.read();
  EXPECT_EQ(wl_display_get_error(client.connection), EPROTO);
  wl_proxy_destroy(wrong);
}

TEST_F(TrafficTest, ObjectsThatAreGoneAreNotCounted) {
  Client client(*session.display);
  for (int round = 0; round < 3; ++round) {
    client.ask(3000);
    client.give_back();
    for (int i = 0; i < 100; ++i)
      loop->dispatch(0);
    session.display->flush();
    client.read();
  }
  EXPECT_EQ(session.of_others, 9000);
  EXPECT_EQ(session.display->client_count(), 1U);
}

/// A session in virtual time: each request takes 100 us.
class RestTest : public testing::Test {
 protected:
  RestTest() {
    session.on_request = [this] { loop.clock().spend(100us); };
    session.display->on_client_rests([this](const wl::ClientInfo& info) { rested.push_back(info.number); });
  }
  std::vector<std::uint32_t> rested; ///< By number.
  int counted = 0;
  test::VirtualLoop loop;
  Session<test::VirtualLoop> session{loop};
};

TEST_F(RestTest, WhoAsksForTooMuchIsNotReadForAWhileAndTheOthersAre) {
  Client flood(*session.display), other(*session.display);
  session.watched = other.client;
  flood.ask(3000);
  loop.run_ready();
  EXPECT_EQ(session.display->resting_clients(), 1);
  const int by_then = session.of_others;
  EXPECT_LT(by_then, 700);
  other.ask(3);
  loop.run_ready();
  EXPECT_EQ(session.of_watched, 3);
  EXPECT_EQ(session.of_others, by_then);
  // A quarter of a second of the thread's time in one second, and the first burst.
  const TimePoint start = loop.now();
  loop.run_until(start + 250ms);
  EXPECT_LT(session.of_others - by_then, 1200);
  EXPECT_GT(session.of_others - by_then, 400);
  loop.run_until(start + 5s);
  EXPECT_EQ(session.of_others, 3000);
  EXPECT_EQ(session.display->resting_clients(), 0);
  EXPECT_EQ(rested, std::vector<std::uint32_t>{1}) << "told once";
}

TEST_F(RestTest, WhoAsksForTooMuchWaitsForTheFrameThatIsDue) {
  // A display with 16 ms between blanks: a frame is due for the last 4 ms of each.
  const auto within = [](TimePoint now) { return now.ns % 16'000'000; };
  session.display->on_quiet([&](TimePoint now) {
    return within(now) >= 12'000'000 ? std::optional(now + Nanoseconds(16'000'000 - within(now))) : std::nullopt;
  });
  Client flood(*session.display), other(*session.display);
  session.watched = other.client;
  int while_due = 0;
  bool counts = false;
  session.on_request = [&] {
    // What is read at once is 4 KiB, 2 ms of these: that may have begun before.
    while_due += counts && within(loop.now()) >= 14'500'000 ? 1 : 0;
    loop.clock().spend(20us);
  };
  flood.ask(2200);
  loop.run_until(loop.now() + 50ms); // The burst is over.
  counts = true;
  const int asked = session.of_others;
  for (int i = 0; i < 10; ++i) {
    flood.ask(1100); // 22 ms of them, more than its quarter all the time.
    flood.give_back();
    loop.run_until(loop.now() + 50ms);
    session.display->flush();
    flood.read();
  }
  EXPECT_EQ(while_due, 0);
  EXPECT_GT(session.of_others - asked, 2000) << "it is read all the same";
  counts = false;
  other.ask(40);
  loop.run_ready();
  EXPECT_EQ(session.of_watched, 40) << "others are read at any time";
}

TEST_F(RestTest, WhoWaitsForFramesThatAreAlwaysDueIsReadAfterAll) {
  session.display->on_quiet([](TimePoint now) { return std::optional(now + 3ms); });
  Client flood(*session.display);
  flood.ask(2000);
  loop.run_until(loop.now() + 3s);
  EXPECT_EQ(session.of_others, 2000);
}

TEST_F(RestTest, WhoIsNotTheLastOfATurnPaysToo) {
  Client busy(*session.display), other(*session.display);
  for (int frame = 0; frame < 100; ++frame) {
    busy.ask(60);
    other.ask(1);
    loop.advance(16ms);
  }
  EXPECT_EQ(rested, std::vector<std::uint32_t>{1}) << "6 ms of 16";
}

// However few they are: a request may be dear.
TEST_F(RestTest, EachPaysForItsOwnRequests) {
  Client dear(*session.display), many(*session.display);
  session.watched = dear.client;
  session.on_request = [&] {
    // Of the two the first is the one that takes the time.
    loop.clock().spend(session.of_watched > counted ? 2ms : 1us);
    counted = session.of_watched;
  };
  for (int frame = 0; frame < 100; ++frame) {
    dear.ask(4);
    many.ask(60);
    loop.advance(16ms);
  }
  EXPECT_EQ(rested, std::vector<std::uint32_t>{1});
}

// libwayland asks for room in its socket after each flush, and would read it again with that.
TEST_F(RestTest, WhoDoesNotReadItsEventsRestsAllTheSame) {
  Client deaf(*session.display);
  deaf.ask(1);
  loop.run_ready();
  for (int i = 0; i < 40'000; ++i)
    wl_output_send_scale(session.last, i);
  session.display->flush();
  deaf.ask(2000);
  loop.run_ready();
  ASSERT_EQ(session.display->resting_clients(), 1);
  const int by_then = session.of_others;
  for (int turn = 0; turn < 10; ++turn) {
    deaf.ask(10);
    wl_output_send_scale(session.last, turn);
    session.display->flush();
    loop.run_ready();
  }
  EXPECT_EQ(session.of_others, by_then);
  EXPECT_EQ(session.display->client_count(), 1U);
  loop.advance(2s);
  EXPECT_EQ(session.of_others, by_then + 100) << "but not for ever, whatever it has taken";
}

TEST_F(RestTest, WhoEndsWhileItRestsIsGone) {
  {
    Client flood(*session.display);
    flood.ask(3000);
    loop.run_ready();
    ASSERT_EQ(session.display->resting_clients(), 1);
  }
  loop.run_ready();
  EXPECT_EQ(session.display->client_count(), 0U);
  EXPECT_EQ(session.display->resting_clients(), 0);
  loop.advance(1s);
}

TEST_F(RestTest, WhoIsWithinItsQuarterIsNotHeldUpByThoseWhoAreNot) {
  Client one(*session.display), two(*session.display), calm(*session.display);
  session.watched = calm.client;
  int resting = 0;
  for (int frame = 0; frame < 30; ++frame) {
    one.ask(100);
    two.ask(100);
    calm.ask(30);
    loop.run_ready();
    EXPECT_EQ(session.of_watched, 30 * (frame + 1)) << "3 ms of 27";
    resting = std::max(resting, session.display->resting_clients());
    loop.advance(4ms);
  }
  EXPECT_EQ(resting, 2);
}

} // namespace
} // namespace fenceline
