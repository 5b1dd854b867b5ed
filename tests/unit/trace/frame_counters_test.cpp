#include "compositor/trace/frame_counters.h"

#include <gtest/gtest.h>

#include "tests/support/recording_observer.h"

namespace fenceline {
namespace {

using Kind = FrameEventKind;

constexpr OutputId screen{1};
constexpr ClientId spin{4};

class FrameCountersTest : public testing::Test {
 protected:
  void SetUp() override {
    counters.describe(screen, "HDMI-A-1", Nanoseconds(16'000'000));
    counters.describe(spin, "spin", 42);
  }
  void flip(std::uint64_t frame, std::int64_t sent, std::int64_t at) {
    counters.record({.kind = Kind::Submit, .output = screen, .frame = FrameId{frame}, .time = {sent}});
    counters.record({.kind = Kind::Flip, .output = screen, .frame = FrameId{frame}, .time = {at}});
  }

  test::RecordingObserver next;
  FrameCounters counters{next};
};

TEST_F(FrameCountersTest, CountsByOutputAndByClientAndHandsAllOn) {
  counters.record({.kind = Kind::Commit, .client = spin, .value = 7});
  counters.record({.kind = Kind::Commit, .client = spin}); // Without a buffer.
  flip(1, 100, 300);
  counters.record({.kind = Kind::Presented, .flags = 1, .client = spin, .output = screen});
  counters.record({.kind = Kind::Presented, .client = spin, .output = screen});
  counters.record(
      {.kind = Kind::Missed, .detail = static_cast<std::uint8_t>(MissCause::LateWake), .output = screen, .value = 2});
  counters.record({.kind = Kind::SubmitFailed, .output = screen});
  counters.record({.kind = Kind::Input, .client = spin, .value = 3});
  counters.record({.kind = Kind::Copy,
                   .detail = static_cast<std::uint8_t>(CopyKind::CpuUpload),
                   .client = spin,
                   .output = screen,
                   .value = 4096});
  const FrameCounters::Output& output = *counters.find(screen);
  EXPECT_EQ(output.flips, 1u);
  EXPECT_EQ(output.presented, 2u);
  EXPECT_EQ(output.zero_copy, 1u);
  EXPECT_EQ(output.missed.at(static_cast<std::size_t>(MissCause::LateWake)), 1u);
  EXPECT_EQ(output.missed_blanks, 2u);
  EXPECT_EQ(output.submits_failed, 1u);
  EXPECT_EQ(output.copied.at(static_cast<std::size_t>(CopyKind::CpuUpload)), 4096u);
  const FrameCounters::Client& client = *counters.find(spin);
  EXPECT_EQ(client.commits, 1u);
  EXPECT_EQ(client.presented, 2u);
  EXPECT_EQ(client.zero_copy, 1u);
  EXPECT_EQ(client.input_events, 3u);
  EXPECT_EQ(client.copied.at(static_cast<std::size_t>(CopyKind::CpuUpload)), 4096u);
  EXPECT_EQ(next.entries.size(), 10u);
  EXPECT_EQ(next.described.size(), 2u);
}

TEST_F(FrameCountersTest, AFloodOfOneClientIsCountedAndNotWritten) {
  counters.describe(ClientId{5}, "calm", 43);
  const auto commits = [this](ClientId client, int count) {
    for (int i = 0; i < count; ++i)
      counters.record({.kind = Kind::Commit, .client = client, .value = 7});
  };
  flip(1, 100, 300);
  next.entries.clear();
  commits(spin, 10'000);
  EXPECT_EQ(next.count(Kind::Commit), FrameCounters::most_between_flips);
  commits(ClientId{5}, 2);
  EXPECT_EQ(next.count(Kind::Commit), FrameCounters::most_between_flips + 2) << "others are not less for it";
  EXPECT_EQ(counters.find(spin)->commits, 10'000u);
  flip(2, 400, 600);
  commits(spin, 1);
  EXPECT_EQ(next.count(Kind::Commit), FrameCounters::most_between_flips + 3);
  ASSERT_EQ(next.count(Kind::LeftOut), 1u);
  EXPECT_EQ(next.last(Kind::LeftOut).value, 10'000u - FrameCounters::most_between_flips);
  commits(spin, 1000);
  counters.gone(spin);
  EXPECT_EQ(next.count(Kind::LeftOut), 2u) << "also of one that ends";
}

TEST_F(FrameCountersTest, TellsOfTheLastFramesHowLongTheyTookFromCommitToFlip) {
  EXPECT_EQ(counters.find(screen)->submit_to_flip(0.5), Nanoseconds{});
  for (std::int64_t i = 1; i <= 1000; ++i)
    flip(static_cast<std::uint64_t>(i), 1'000'000, 1'000'000 + i);
  const FrameCounters::Output& output = *counters.find(screen);
  EXPECT_EQ(output.recent(), 128u);
  EXPECT_EQ(output.submit_to_flip(0).count(), 873);
  EXPECT_EQ(output.submit_to_flip(0.5).count(), 936);
  EXPECT_EQ(output.submit_to_flip(1).count(), 1000);
}

TEST_F(FrameCountersTest, AFlipOfAnotherFrameTellsNoTime) {
  counters.record({.kind = Kind::Submit, .output = screen, .frame = FrameId{1}, .time = {100}});
  counters.record({.kind = Kind::Flip, .output = screen, .frame = FrameId{2}, .time = {300}});
  EXPECT_EQ(counters.find(screen)->flips, 1u);
  EXPECT_EQ(counters.find(screen)->recent(), 0u);
  flip(3, 500, 400); // The display stamps the blank's own time.
  EXPECT_EQ(counters.find(screen)->submit_to_flip(1), Nanoseconds{});
}

// A client's last pictures are shown when it has gone.
TEST_F(FrameCountersTest, WhatIsGoneIsNotCountedAgain) {
  counters.gone(spin);
  counters.gone(screen);
  counters.record({.kind = Kind::Presented, .client = spin, .output = screen});
  EXPECT_EQ(counters.find(spin), nullptr);
  EXPECT_EQ(counters.find(screen), nullptr);
  ASSERT_NE(counters.find(ClientId{}), nullptr) << "the session itself stays";
  EXPECT_EQ(counters.find(ClientId{})->presented, 0u);
  EXPECT_EQ(next.count(Kind::Presented), 1u);
}

} // namespace
} // namespace fenceline
