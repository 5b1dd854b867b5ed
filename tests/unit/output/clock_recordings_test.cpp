// Sessions of the lab, as benchmarks/clock recorded them: the model decides as it did.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/support/clock_recording.h"

namespace fenceline::test {
namespace {

constexpr const char* what_to_do =
    "The model of the latch decides otherwise than it did. If that is not meant, it is a fault. If it is: run "
    "build/benchmarks/clock (meson configure build -Dbenchmarks=true) before and after the change, with and without "
    "these recordings as its arguments, compare the missed blanks and the added latency with each other and with the "
    "other rules', say them in the commit, and take the new decisions over: clock --record NEW.txt OLD.txt";

Result<ClockRecording> recording(const char* name) {
  std::ifstream in(std::string(FENCELINE_RECORDINGS "/") + name);
  return parse_recording(std::string(std::istreambuf_iterator<char>(in), {}));
}

class ClockRecordings : public ::testing::TestWithParam<const char*> {};

TEST_P(ClockRecordings, TheModelDecidesAsItDid) {
  const auto session = recording(GetParam());
  ASSERT_TRUE(session) << session.error().text();
  ASSERT_GE(session->frames.size(), 200U);
  const auto leads = replay_leads(*session);
  for (std::size_t n = 0; n < leads.size(); ++n) {
    ASSERT_TRUE(session->frames[n].lead) << "frame " << n;
    ASSERT_EQ(leads[n], *session->frames[n].lead) << "after frame " << n << " of " << GetParam() << ". " << what_to_do;
  }
}

TEST_P(ClockRecordings, WhatIsWrittenIsReadAgain) {
  const auto session = recording(GetParam());
  ASSERT_TRUE(session) << session.error().text();
  const std::string text = write_recording(*session);
  const auto again = parse_recording(text);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(write_recording(*again), text);
  EXPECT_EQ(again->frames.size(), session->frames.size());
}

INSTANTIATE_TEST_SUITE_P(Sessions, ClockRecordings, ::testing::Values("scanned_out.txt", "composed.txt"),
                         [](const auto& session) {
                           return std::string(session.param, std::string(session.param).find('.'));
                         });

TEST(ClockRecording, WhatIsNoRecordingIsRefusedWithTheLine) {
  EXPECT_FALSE(parse_recording(""));
  const std::string head = "# fenceline clock recording 1\nrefresh 16665600\n";
  EXPECT_FALSE(parse_recording(head)) << "no frame";
  const std::string frame = "s -4000 -3900 - -3700 - 0 1 4000000\n";
  ASSERT_TRUE(parse_recording(head + frame));
  for (const char* wrong :
       {"x -4000 -3900 - -3700 - 0 1 4000000", "s -4000 -3900 - -3700 - 0 1", "s -4000 - - -3700 - 0 1 -",
        "s -4000 -3900 - -3700 - 0 3 4000000", "s -4000 -3900 - -37x - 0 1 4000000"}) {
    const auto parsed = parse_recording(head + frame + wrong + "\n");
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().text(), "line 4 is no frame");
  }
}

} // namespace
} // namespace fenceline::test
