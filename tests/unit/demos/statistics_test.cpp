#include "demos/client/statistics.h"

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

constexpr std::int64_t ms = 1'000'000;

TEST(DemoStatistics, PercentilesAreNearestRank) {
  std::vector<std::int64_t> samples;
  for (std::int64_t i = 200; i >= 1; --i)
    samples.push_back(i);
  const Percentiles p = percentiles_of(samples);
  EXPECT_EQ(p.p50, 100);
  EXPECT_EQ(p.p95, 190);
  EXPECT_EQ(p.p99, 198);
  EXPECT_EQ(p.max, 200);
  EXPECT_EQ(percentiles_of({7}).p50, 7);
  EXPECT_EQ(percentiles_of({}).max, 0);
}

TEST(DemoStatistics, SumsUpWhatBecameOfTheFrames) {
  Statistics statistics;
  const auto show = [&](std::uint32_t frame, std::int64_t committed, std::int64_t presented, bool zero_copy) {
    statistics.committed();
    statistics.presented({.frame = frame,
                          .committed = committed,
                          .presented = presented,
                          .refresh = 16 * ms,
                          .zero_copy = zero_copy,
                          .vsync = true});
  };
  show(5, 0, 10 * ms, true);
  show(6, 12 * ms, 26 * ms, true);
  statistics.committed();
  statistics.discarded();
  show(8, 30 * ms, 74 * ms, false); // two blanks later than it could have been
  show(9, 80 * ms, 90 * ms, true);

  const Summary s = statistics.summary();
  EXPECT_EQ(s.committed, 5u);
  EXPECT_EQ(s.presented, 4u);
  EXPECT_EQ(s.discarded, 1u);
  EXPECT_EQ(s.missed_blanks, 2u);
  EXPECT_EQ(s.duration, 80 * ms);
  EXPECT_DOUBLE_EQ(s.frames_per_second, 37.5);
  EXPECT_EQ(s.interval.p50, 16 * ms);
  EXPECT_EQ(s.interval.max, 48 * ms);
  EXPECT_EQ(s.commit_to_present.p50, 10 * ms);
  EXPECT_EQ(s.commit_to_present.max, 44 * ms);
  EXPECT_EQ(s.refresh, 16 * ms);
  EXPECT_EQ(s.last_frame, 9u);
  EXPECT_DOUBLE_EQ(s.zero_copy_share, 0.75);
  EXPECT_DOUBLE_EQ(s.vsync_share, 1.0);
  EXPECT_DOUBLE_EQ(s.hardware_clock_share, 0.0);
}

TEST(DemoStatistics, AnUnknownRefreshMissesNothing) {
  Statistics statistics;
  statistics.presented({.presented = 0});
  statistics.presented({.presented = 500 * ms});
  EXPECT_EQ(statistics.summary().missed_blanks, 0u);
}

TEST(DemoStatistics, ASummaryOfNothingIsAllZero) {
  const Summary s = Statistics().summary();
  EXPECT_EQ(s.presented, 0u);
  EXPECT_FALSE(s.last_frame);
  EXPECT_EQ(to_text(s, "spin"), "spin: 0 frames presented in 0.00 s: 0.00 frames/s; 0 discarded, 0 blanks without a new frame\n");
}

TEST(DemoStatistics, JsonHoldsTheFactsAndEscapesText) {
  Statistics statistics;
  statistics.committed();
  statistics.presented({.frame = 3, .committed = 0, .presented = 1'500'000, .refresh = 16'666'667});
  const std::string json = to_json(statistics.summary(), "paint", {{"device", json_string("a \"b\"\n")}});
  EXPECT_NE(json.find("\"presented\": 1,"), std::string::npos) << json;
  EXPECT_NE(json.find("\"last_frame\": 3,"), std::string::npos) << json;
  EXPECT_NE(json.find("\"refresh_ms\": 16.667,"), std::string::npos) << json;
  EXPECT_NE(json.find("\"commit_to_present_ms\": {\"p50\": 1.500,"), std::string::npos) << json;
  EXPECT_NE(json.find("\"device\": \"a \\\"b\\\"\\u000a\"}"), std::string::npos) << json;
}

} // namespace
} // namespace fenceline::demos
