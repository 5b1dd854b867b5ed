#include "demos/video/cadence.h"

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

constexpr std::int64_t refresh = 16'666'667;

std::vector<PresentedFrame> at_blanks(const std::vector<std::int64_t>& blanks) {
  std::vector<PresentedFrame> frames;
  for (const std::int64_t blank : blanks)
    frames.push_back({.frame = static_cast<std::uint32_t>(frames.size()),
                      .committed = 0,
                      .presented = blank * refresh,
                      .refresh = refresh});
  return frames;
}

std::optional<std::int64_t> no_time(std::uint32_t) {
  return std::nullopt;
}

TEST(Cadence, CountsHowLongFramesStay) {
  const Cadence cadence = cadence_of(at_blanks({10, 13, 15, 18, 20, 21}), no_time);
  EXPECT_EQ(blanks_text(cadence), "1 blank 1 time, 2 blanks 2 times, 3 blanks 2 times");
  EXPECT_EQ(blanks_json(cadence), R"({"1": 1, "2": 2, "3": 2})");
  EXPECT_EQ(cadence.at_time + cadence.late + cadence.early, 0U);
}

TEST(Cadence, NoiseInTheStampsIsNoBlank) {
  std::vector<PresentedFrame> frames = at_blanks({10, 12, 15});
  frames[1].presented += 3'000'000;
  EXPECT_EQ(blanks_json(cadence_of(frames, no_time)), R"({"2": 1, "3": 1})");
}

TEST(Cadence, AFrameIsAtItsTimeByTheFirstBlankThatIsNotBeforeIt) {
  // Times: 10, 12.5, 15, 17.5, none.
  const auto time = [](std::uint32_t frame) {
    return frame == 4 ? std::nullopt : std::optional(10 * refresh + frame * refresh * 5 / 2);
  };
  const Cadence right = cadence_of(at_blanks({10, 13, 15, 18, 19}), time);
  EXPECT_EQ(right.at_time, 4U);
  const Cadence wrong = cadence_of(at_blanks({10, 12, 17, 19, 20}), time);
  EXPECT_EQ(wrong.at_time, 1U);
  EXPECT_EQ(wrong.early, 1U);
  EXPECT_EQ(wrong.late, 2U);
}

TEST(Cadence, WithoutARefreshThereIsNothingToCount) {
  std::vector<PresentedFrame> frames = at_blanks({10, 12});
  for (PresentedFrame& frame : frames)
    frame.refresh = 0;
  EXPECT_EQ(blanks_json(cadence_of(frames, no_time)), "{}");
}

} // namespace
} // namespace fenceline::demos
