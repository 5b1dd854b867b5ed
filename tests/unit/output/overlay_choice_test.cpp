#include "compositor/output/overlay_choice.h"

#include <gtest/gtest.h>

namespace fenceline::test {
namespace {

using Choice = std::pmr::vector<std::optional<std::size_t>>;

constexpr std::uint64_t all = ~std::uint64_t{0};
constexpr Rect here{0, 0, 100, 100}, over_here{50, 50, 100, 100}, elsewhere{500, 0, 100, 100};

/// Layers bottom to top.
Choice choose(const std::vector<OverlayWish>& layers, std::size_t overlays) {
  return choose_overlays(layers, {overlays, false});
}

TEST(OverlayChoice, TheUppermostLayerGetsTheUppermostPlane) {
  EXPECT_EQ(choose({{here, all, 1}, {over_here, all, 1}, {elsewhere, all, 1}}, 4), (Choice{1, 2, 3}));
}

TEST(OverlayChoice, WhatLiesUnderSomethingComposedIsComposed) {
  EXPECT_EQ(choose({{here, all, 9}, {over_here, 0, 1}}, 4), (Choice{{}, {}}));
  EXPECT_EQ(choose({{here, all, 9}, {elsewhere, 0, 1}}, 4), (Choice{3, {}})) << "beside it there is no matter";
}

TEST(OverlayChoice, OverWhatIsComposedAnythingMayBe) {
  EXPECT_EQ(choose({{here, 0, 9}, {over_here, all, 1}}, 4), (Choice{{}, 3}));
}

TEST(OverlayChoice, ThePlanesThatTakeItCount) {
  EXPECT_EQ(choose({{here, 0b001, 1}, {over_here, 0b011, 1}}, 3), (Choice{0, 1}));
  EXPECT_EQ(choose({{here, 0b100, 2}, {elsewhere, 0b001, 1}}, 3), (Choice{2, {}}))
      << "the upper one has only a lower plane: the one that is worth more has its way";
}

TEST(OverlayChoice, WhereThereAreTooFewTheLeastWorthIsComposed) {
  EXPECT_EQ(choose({{here, all, 5}, {elsewhere, all, 1}, {{200, 0, 50, 50}, all, 3}}, 2), (Choice{0, {}, 1}));
  // It lay over the large one, which has to be composed with it now: the plane goes to the next.
  EXPECT_EQ(choose({{elsewhere, all, 2}, {here, all, 5}, {over_here, all, 1}}, 1), (Choice{0, {}, {}}));
}

TEST(OverlayChoice, OfEqualsTheLowerIsComposed) {
  EXPECT_EQ(choose({{here, all, 1}, {elsewhere, all, 1}}, 1), (Choice{{}, 0}));
}

TEST(OverlayChoice, NothingToChoose) {
  EXPECT_EQ(choose({}, 3), Choice{});
  EXPECT_EQ(choose({{here, all, 1}}, 0), (Choice{std::nullopt}));
}

TEST(OverlayChoice, OfThousandsTheMostWorthAreChosen) {
  std::vector<OverlayWish> layers;
  for (int i = 0; i < 4000; ++i)
    layers.push_back({{i, 0, 1, 1}, all, static_cast<std::uint64_t>(i % 1000)});
  const Choice choice = choose(layers, 2);
  EXPECT_EQ(choice[3999], 1U);
  EXPECT_EQ(choice[2999], 0U);
}

} // namespace
} // namespace fenceline::test
