// The model of a display whose refresh varies, in virtual time: 144 Hz at the most (7 ms here), 40 Hz at the least.

#include "compositor/output/variable_blanks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace fenceline {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Nanoseconds shortest = milliseconds(7), longest = milliseconds(25);
constexpr Nanoseconds kept = longest - longest / VariableBlanks::margin;

/// Shows content that comes at given times as an output does, and writes down when what was shown.
class Panel {
 public:
  explicit Panel(Nanoseconds range = longest) : model(shortest, range) { flip(TimePoint{}, true); }

  struct Flip {
    TimePoint at;
    bool fresh = false;
    Nanoseconds waited{}; ///< What is new had to.
  };

  /// Up to `end`, with new content at each of these times.
  void run(const std::vector<TimePoint>& content, TimePoint end) {
    std::size_t next = 0;
    for (;;) {
      std::optional<TimePoint> due = model.repeat();
      if (waiting_)
        due = std::max(*waiting_, *model.earliest());
      if (next < content.size() && (!due || content[next] <= *due)) {
        if (content[next] > end)
          return;
        model.asked(content[next]);
        if (!waiting_)
          waiting_.emplace(content[next]);
        ++next;
        continue;
      }
      if (!due || *due > end)
        return;
      flip(*due, waiting_.has_value());
    }
  }
  /// `count` times after the last content.
  void run_every(Nanoseconds distance, int count) {
    std::vector<TimePoint> content;
    for (int i = 0; i < count; ++i)
      content.push_back(at_ = at_ + distance);
    // The next one comes before a repeat for want of it would be.
    run(content, at_ + Nanoseconds(1));
  }
  [[nodiscard]] std::vector<Nanoseconds> intervals(std::size_t from = 0) const {
    std::vector<Nanoseconds> all;
    for (std::size_t i = std::max<std::size_t>(from, 1); i < flips.size(); ++i)
      all.push_back(flips[i].at - flips[i - 1].at);
    return all;
  }
  [[nodiscard]] std::size_t repeats(std::size_t from) const {
    std::size_t count = 0;
    for (std::size_t i = from; i < flips.size(); ++i)
      count += flips[i].fresh ? 0 : 1;
    return count;
  }

  VariableBlanks model;
  std::vector<Flip> flips;

 private:
  void flip(TimePoint at, bool fresh) {
    flips.push_back({at, fresh, fresh && waiting_ ? at - *waiting_ : Nanoseconds{}});
    if (fresh) {
      model.taken();
      waiting_.reset();
    }
    model.flipped(at);
  }
  std::optional<TimePoint> waiting_;
  TimePoint at_;
};

/// From that flip on, where the display was not left to itself.
void expect_within_bounds(const Panel& panel, std::size_t from = 0) {
  const auto intervals = panel.intervals(from);
  for (std::size_t i = 0; i < intervals.size(); ++i) {
    EXPECT_GE(intervals[i], shortest) << i;
    EXPECT_LE(intervals[i], kept) << i;
    if (i == 0)
      continue;
    const Nanoseconds before = intervals[i - 1], step = before / VariableBlanks::slew;
    EXPECT_LE(intervals[i], before + step) << i;
    EXPECT_GE(intervals[i], std::max(shortest, before - step)) << i;
  }
}

TEST(VariableBlanks, ContentAtAnyPaceWithinTheRangeIsSoonShownAsItComesAndOnce) {
  for (const int us : {7000, 8000, 10000, 13900, 16667, 20000, 23000}) {
    Panel panel;
    panel.run_every(microseconds(us), 40);
    const std::size_t settled = panel.flips.size();
    panel.run_every(microseconds(us), 100);
    EXPECT_EQ(panel.repeats(settled), 0U) << us;
    for (std::size_t i = settled; i < panel.flips.size(); ++i)
      EXPECT_EQ(panel.flips[i].waited, Nanoseconds{}) << us;
    expect_within_bounds(panel);
  }
}

TEST(VariableBlanks, AFilmBelowTheRangeIsShownTwiceEachEvenlyAndNeverWaits) {
  // 24 a second: 41.7 ms, which 25 ms do not hold.
  Panel panel;
  panel.run_every(microseconds(41667), 20);
  const std::size_t settled = panel.flips.size();
  panel.run_every(microseconds(41667), 48);
  EXPECT_EQ(panel.flips.size() - settled, 96U);
  EXPECT_EQ(panel.repeats(settled), 48U);
  for (const Nanoseconds interval : panel.intervals(settled))
    EXPECT_NEAR(static_cast<double>(interval.count()), 20'833'500, 1000);
  for (std::size_t i = settled; i < panel.flips.size(); ++i)
    EXPECT_LE(panel.flips[i].waited, microseconds(1));
  expect_within_bounds(panel);
}

TEST(VariableBlanks, TenASecondAreShownFiveTimesEach) {
  // 100 ms in intervals of at most 23.4.
  Panel panel;
  panel.run_every(milliseconds(100), 20);
  const std::size_t settled = panel.flips.size();
  panel.run_every(milliseconds(100), 10);
  EXPECT_EQ(panel.flips.size() - settled, 50U);
  expect_within_bounds(panel, settled);
}

TEST(VariableBlanks, ContentThatBecomesFasterIsFollowedByAQuarterEach) {
  Panel panel;
  panel.run_every(milliseconds(20), 40);
  const std::size_t before = panel.flips.size();
  panel.run_every(milliseconds(7), 40);
  const auto intervals = panel.intervals(before);
  // 20 ms, then 15, 11.25, 8.44, and 7 from there on.
  ASSERT_GT(intervals.size(), 6U);
  EXPECT_EQ(intervals[0], milliseconds(15));
  EXPECT_EQ(intervals[1], microseconds(11250));
  EXPECT_EQ(intervals[3], shortest);
  expect_within_bounds(panel);
}

TEST(VariableBlanks, AFrameThatIsLateIsNoJump) {
  Panel panel;
  panel.run_every(milliseconds(10), 40);
  const std::size_t before = panel.flips.size();
  panel.run_every(milliseconds(20), 1);
  panel.run_every(milliseconds(10), 40);
  EXPECT_GE(panel.repeats(before), 1U);
  for (std::size_t i = before; i < panel.flips.size(); ++i)
    EXPECT_LE(panel.flips[i].waited, milliseconds(10)) << "less than a frame";
  // And it comes back to what it was.
  for (std::size_t i = panel.flips.size() - 10; i < panel.flips.size(); ++i)
    EXPECT_EQ(panel.flips[i].waited, Nanoseconds{});
  expect_within_bounds(panel);
}

TEST(VariableBlanks, WhenContentEndsTheRefreshFallsAndThenNobodyWakes) {
  Panel panel;
  panel.run_every(milliseconds(7), 40);
  const std::size_t before = panel.flips.size();
  panel.run({}, panel.flips.back().at + std::chrono::seconds(10));
  const std::size_t repeats = panel.repeats(before);
  // 7 ms and a quarter more each: 8.75, 10.9, 13.7, 17.1, 21.4, 23.4.
  EXPECT_EQ(repeats, 6U);
  EXPECT_EQ(panel.model.repeat(), std::nullopt);
  expect_within_bounds(panel);
  // What comes after a pause is shown at once, and the refresh rises step by step.
  const TimePoint later = panel.flips.back().at + std::chrono::seconds(10);
  const std::size_t idle = panel.flips.size();
  panel.run({later, later + milliseconds(7)}, later + milliseconds(20));
  ASSERT_GE(panel.flips.size(), idle + 2);
  EXPECT_EQ(panel.flips[idle].at, later);
  EXPECT_EQ(panel.flips[idle + 1].at - later, kept - kept / VariableBlanks::slew);
}

TEST(VariableBlanks, NoContentAtAllMakesTheRefreshJumpOrLeaveTheRange) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    Panel panel;
    std::vector<TimePoint> content;
    TimePoint at;
    std::int64_t pace = 10'000;
    for (int i = 0; i < 200; ++i) {
      if (random() % 20 == 0)
        pace = 1'000 + static_cast<std::int64_t>(random() % 120'000);
      at = at + microseconds(pace + static_cast<std::int64_t>(random() % 8'000));
      content.push_back(at);
    }
    // The display is left to itself in pauses: the bound is on what is sent without one.
    panel.run(content, at);
    const auto intervals = panel.intervals();
    for (std::size_t i = 1; i < intervals.size(); ++i) {
      ASSERT_GE(intervals[i], shortest) << seed;
      const Nanoseconds before = std::min(intervals[i - 1], kept);
      ASSERT_GE(intervals[i], std::max(shortest, before - before / VariableBlanks::slew)) << seed;
      if (before < kept) {
        ASSERT_LE(intervals[i], before + before / VariableBlanks::slew) << seed;
      }
    }
    for (const Panel::Flip& flip : panel.flips)
      ASSERT_LE(flip.waited, kept) << seed << ": less than the longest frame";
  }
}

TEST(VariableBlanks, WithoutAKnownRangeContentAloneDecides) {
  Panel panel(Nanoseconds{});
  panel.run_every(milliseconds(30), 10);
  panel.run_every(milliseconds(8), 10);
  panel.run_every(milliseconds(3), 10);
  EXPECT_EQ(panel.repeats(0), 0U);
  const auto intervals = panel.intervals(2);
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_EQ(intervals[i], milliseconds(30));
  EXPECT_EQ(*std::min_element(intervals.begin(), intervals.end()), shortest);
}

TEST(VariableBlanks, ARangeThatIsNoneIsNotKnown) {
  VariableBlanks model(shortest, shortest);
  model.flipped(TimePoint{});
  EXPECT_EQ(model.repeat(), std::nullopt);
  EXPECT_EQ(model.earliest(), TimePoint{} + shortest);
}

TEST(VariableBlanks, BeforeTheFirstPictureNothingIsKnown) {
  const VariableBlanks model(shortest, longest);
  EXPECT_EQ(model.earliest(), std::nullopt);
  EXPECT_EQ(model.display_ready(), std::nullopt);
  EXPECT_EQ(model.repeat(), std::nullopt);
}

} // namespace
} // namespace fenceline
