#include "tests/fuzz/link.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace fenceline::fuzz {
namespace {

constexpr Nanoseconds kLimit = std::chrono::seconds(10);

struct LinkTest : testing::Test {
  DescriptorShop shop{{}};
  UniqueFd server;
  std::unique_ptr<Link> link;

  void SetUp() override {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    server.reset(ends[0]);
    link = std::make_unique<Link>(UniqueFd(ends[1]), shop);
  }

  static Action message(std::uint32_t object, std::uint32_t argument) {
    Encoder encoder(object, 4);
    encoder.put_uint(argument);
    Action action;
    action.bytes = std::move(encoder).finish();
    return action;
  }
  void server_says(std::uint32_t object, std::uint16_t opcode, std::initializer_list<std::uint32_t> arguments) {
    Encoder encoder(object, opcode);
    for (const auto argument : arguments)
      encoder.put_uint(argument);
    const auto bytes = std::move(encoder).finish();
    ASSERT_EQ(write(server.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  Bytes server_reads() {
    Bytes bytes(65536);
    const auto got = read(server.get(), bytes.data(), bytes.size());
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
};

TEST_F(LinkTest, FillsInTheSerialOfTheLastEvent) {
  server_says(9, 0, {4711});
  server_says(3, 0, {0});
  EXPECT_EQ(link->wait(3, {}, kLimit, {}), WaitOutcome::Answered);
  auto action = message(9, 0);
  action.patches = {{.offset = 8, .source = 9}};
  link->perform(action, kLimit);
  link->flush(kLimit);
  EXPECT_EQ(word_at(server_reads(), 8), 4711u);
}

// A pointer's motion begins with a time, its enter with the serial that set_cursor needs.
TEST_F(LinkTest, FillsInTheSerialOfTheEventThatIsAskedFor) {
  server_says(9, 0, {4711});
  server_says(9, 2, {12'345});
  server_says(3, 0, {0});
  EXPECT_EQ(link->wait(3, {}, kLimit, {}), WaitOutcome::Answered);
  auto action = message(9, 99);
  for (const auto& [event, word] : {std::pair(0, 4711u), {2, 12'345u}, {-1, 12'345u}, {1, 99u}, {7, 99u}}) {
    action.patches = {{.offset = 8, .source = 9, .event = event}};
    link->perform(action, kLimit);
    link->flush(kLimit);
    EXPECT_EQ(word_at(server_reads(), 8), word) << event;
  }
}

TEST_F(LinkTest, LeavesOutWhatNeedsAnObjectThatTheServerNeverMade) {
  auto action = message(kServerIds, 0);
  action.needs = kServerIds;
  link->perform(action, kLimit);
  link->flush(kLimit);
  EXPECT_TRUE(server_reads().empty());
  server_says(5, 0, {kServerIds}); // wl_data_device.data_offer
  server_says(3, 0, {0});
  EXPECT_EQ(link->wait(3, {}, kLimit, {}), WaitOutcome::Answered);
  link->perform(action, kLimit);
  link->flush(kLimit);
  EXPECT_EQ(server_reads(), action.bytes);
}

TEST_F(LinkTest, WaitsForWhatIsToldBesides) {
  server_says(3, 0, {0});
  server_says(7, 1, {1, 2});
  server_says(1, 1, {7}); // It is the object's last word.
  const Awaited waits{.objects = {7}, .grace = std::chrono::seconds(10)};
  int calls = 0;
  EXPECT_EQ(link->wait(3, waits, kLimit, [&](std::span<const std::uint8_t>) { ++calls; }), WaitOutcome::Answered);
  EXPECT_EQ(calls, 3);
}

TEST_F(LinkTest, AnswersEachEventOnce) {
  server_says(9, 0, {4711});
  server_says(3, 0, {0});
  ASSERT_EQ(link->wait(3, {}, kLimit, {}), WaitOutcome::Answered);
  auto answer = message(9, 0);
  answer.patches = {{.offset = 8, .source = 9, .answer = true}};
  link->perform(answer, kLimit);
  link->perform(answer, kLimit);
  link->flush(kLimit);
  EXPECT_EQ(server_reads().size(), answer.bytes.size());
  EXPECT_EQ(link->messages_sent(), 1u);
}

TEST_F(LinkTest, ACallbackIsAnsweredEvenWhenItsIdIsFreedAtOnce) {
  server_says(3, 0, {0});
  server_says(1, 1, {3}); // wl_display.delete_id
  EXPECT_EQ(link->wait(3, {}, kLimit, {}), WaitOutcome::Answered);
}

TEST_F(LinkTest, KeepsTheErrorThatEndedIt) {
  Encoder encoder(1, 0);
  encoder.put_uint(5);
  encoder.put_uint(2);
  encoder.put_string("no");
  const auto bytes = std::move(encoder).finish();
  ASSERT_EQ(write(server.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  server.reset();
  EXPECT_EQ(link->wait(3, {}, kLimit, {}), WaitOutcome::Dead);
  ASSERT_TRUE(link->error());
  EXPECT_EQ(link->error()->object, 5u);
  EXPECT_EQ(link->error()->code, 2u);
  EXPECT_EQ(link->error()->text, "no");
}

TEST_F(LinkTest, SendsAPartAndThenNothingMore) {
  auto part = message(9, 1);
  part.verb = Verb::SendPart;
  part.size = 5;
  link->perform(part, kLimit);
  Action close;
  close.verb = Verb::Close;
  link->perform(close, kLimit);
  link->perform(message(9, 2), kLimit);
  EXPECT_EQ(server_reads().size(), 5u);
  EXPECT_TRUE(link->dead());
}

TEST_F(LinkTest, PassesDescriptorsWithTheirMessage) {
  auto action = message(9, 1);
  action.fds = {{.kind = FdKind::DevNull}, {.kind = FdKind::Memfd, .size = 4096}};
  link->perform(action, kLimit);
  link->flush(kLimit);
  std::array<char, 64> data;
  iovec part{.iov_base = data.data(), .iov_len = data.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 4)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ASSERT_EQ(recvmsg(server.get(), &header, 0), 12);
  const auto* rights = CMSG_FIRSTHDR(&header);
  ASSERT_NE(rights, nullptr);
  EXPECT_EQ(rights->cmsg_len, CMSG_LEN(2 * sizeof(int)));
  std::array<int, 2> fds;
  std::copy_n(CMSG_DATA(rights), sizeof fds, reinterpret_cast<unsigned char*>(fds.data()));
  for (const int fd : fds)
    close(fd);
}

TEST_F(LinkTest, ADeafClientLeavesEventsUnread) {
  Action deaf;
  deaf.verb = Verb::Deaf;
  link->perform(deaf, kLimit);
  server_says(3, 0, {0});
  int calls = 0;
  EXPECT_EQ(link->wait_for_hangup(kLimit, [&](std::span<const std::uint8_t>) { ++calls; }), WaitOutcome::TimedOut);
  EXPECT_EQ(calls, 0);
}

} // namespace
} // namespace fenceline::fuzz
