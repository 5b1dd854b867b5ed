#include "compositor/wl/traffic.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

#include "tests/unit/wl/traffic_fixture.h"

namespace fenceline::test {
namespace {

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

/// What libwayland has written to its log.
class WaylandLog {
 public:
  WaylandLog() {
    lines() = 0;
    wl_log_set_handler_server([](const char*, va_list) { ++lines(); });
  }
  WaylandLog(const WaylandLog&) = delete;
  WaylandLog& operator=(const WaylandLog&) = delete;
  ~WaylandLog() {
    wl_log_set_handler_server([](const char* text, va_list values) { std::vfprintf(stderr, text, values); });
  }
  // Its handler is a function without an object.
  static int& lines() {
    static int written = 0;
    return written;
  }
};

// libwayland says so in the log where a part of a message has come that is larger than its buffers are to be.
TEST_F(TrafficTest, OneLongMessageAfterAnotherFillsNoLog) {
  Client client(*session.display);
  client.ask(1);
  loop->dispatch(0);
  const WaylandLog log;
  // wl_display.sync with 8000 bytes more than it has: taken, by its length, as a message.
  std::vector<std::uint32_t> message(2000, 0);
  message[0] = 1;
  message[1] = 8000U << 16U;
  const int fd = wl_display_get_fd(client.connection);
  const auto send = [&](const std::vector<char>& bytes) {
    ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    for (int turn = 0; turn < 4; ++turn) {
      loop->dispatch(0);
      session.display->flush();
    }
  };
  constexpr std::ptrdiff_t first = 6000;
  std::vector<char> bytes(8000), end;
  for (std::uint32_t i = 0; i < 10; ++i) {
    message[2] = 4 + i;
    std::memcpy(bytes.data(), message.data(), bytes.size());
    // The end of one and the beginning of the next in one turn.
    std::vector<char> both = end;
    both.insert(both.end(), bytes.begin(), bytes.begin() + first);
    send(both);
    end.assign(bytes.begin() + first, bytes.end());
  }
  ASSERT_EQ(session.display->client_count(), 1U);
  EXPECT_EQ(WaylandLog::lines(), 0);
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

} // namespace
} // namespace fenceline::test
