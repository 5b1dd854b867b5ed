#include "tests/fuzz/user.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <map>
#include <set>
#include <utility>

namespace fenceline::fuzz {
namespace {

std::vector<InputStep> day(std::uint64_t seed, int acts) {
  User user{Prng(seed)};
  std::vector<InputStep> out;
  for (int i = 0; i < acts; ++i)
    for (const auto& step : user.act())
      out.push_back(step);
  return out;
}

TEST(User, TheSameSeedDoesTheSame) {
  EXPECT_EQ(day(1, 500), day(1, 500));
  EXPECT_NE(day(1, 500), day(2, 500));
}

TEST(User, DoesAllThereIsToDo) {
  std::map<InputKind, int> kinds;
  for (const auto& step : day(3, 3000))
    ++kinds[step.kind];
  EXPECT_EQ(kinds.size(), static_cast<std::size_t>(InputKind::kCount));
}

// What is pressed is let go, and pressed again only then; a device that is pulled out lets all go and comes back.
TEST(User, HoldsNothingForGood) {
  std::set<std::pair<InputKind, std::int32_t>> held;
  std::set<std::int32_t> gone;
  int pulled = 0;
  for (const auto& step : day(4, 20'000)) {
    if (step.kind == InputKind::Plug && step.b == 0) {
      ++pulled;
      EXPECT_TRUE(gone.insert(step.a).second);
      std::erase_if(held, [&](const auto& key) { return (key.first == InputKind::Button) == (step.a == 0); });
    } else if (step.kind == InputKind::Plug) {
      EXPECT_EQ(gone.erase(step.a), 1u);
    } else if (step.kind == InputKind::Button || step.kind == InputKind::Key) {
      EXPECT_NE(step.a, KEY_LEFTMETA); // With it, the session may be told to end.
      if (step.b == 1)
        EXPECT_TRUE(held.insert({step.kind, step.a}).second);
      else
        EXPECT_EQ(held.erase({step.kind, step.a}), 1u);
    }
    EXPECT_LE(held.size(), 4u);
  }
  EXPECT_GT(pulled, 10);
}

} // namespace
} // namespace fenceline::fuzz
