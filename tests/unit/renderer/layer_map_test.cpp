#include "renderer/layer_map.h"

#include <gtest/gtest.h>

#include <limits>

namespace fenceline {

namespace {

Layer plain(FRect source, Rect dest) {
  Layer l;
  l.source = source;
  l.dest = dest;
  return l;
}

TEST(LayerMap, IsNearestOnlyPixelOnPixel) {
  EXPECT_TRUE(map_layer(plain({2, 3, 10, 20}, {5, 5, 10, 20}), {64, 64})->nearest);
  EXPECT_FALSE(map_layer(plain({2.5, 3, 10, 20}, {5, 5, 10, 20}), {64, 64})->nearest);
  EXPECT_FALSE(map_layer(plain({2, 3, 10, 20}, {5, 5, 20, 20}), {64, 64})->nearest);
  Layer turned = plain({0, 0, 10, 20}, {0, 0, 20, 10});
  EXPECT_FALSE(map_layer(turned, {64, 64})->nearest);
  turned.transform = Transform::R270;
  EXPECT_TRUE(map_layer(turned, {64, 64})->nearest);
}

TEST(LayerMap, ShowsNothingOfNonsense) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const Rect dest{0, 0, 10, 10};
  for (const FRect& source : {FRect{0, 0, 0, 5}, FRect{0, 0, -1, 5}, FRect{nan, 0, 5, 5}, FRect{0, 0, inf, 5},
                              FRect{0, 0, 5, nan}, FRect{64, 0, 5, 5}, FRect{-5, 0, 5, 5}})
    EXPECT_FALSE(map_layer(plain(source, dest), {64, 64}));
  EXPECT_FALSE(map_layer(plain({0, 0, 5, 5}, {0, 0, 0, 5}), {64, 64}));
  Layer clear = plain({0, 0, 5, 5}, dest);
  clear.alpha = 0;
  EXPECT_FALSE(map_layer(clear, {64, 64}));
  clear.alpha = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(map_layer(clear, {64, 64}));
}

TEST(LayerMap, SamplesInsideTheTextureOnly) {
  // A source that reaches beyond the texture, on both sides.
  const auto map = map_layer(plain({-10, -10, 100, 100}, {0, 0, 10, 10}), {64, 32});
  ASSERT_TRUE(map);
  EXPECT_EQ(map->constants.bounds[0], 0.5F);
  EXPECT_EQ(map->constants.bounds[1], 0.5F);
  EXPECT_EQ(map->constants.bounds[2], 63.5F);
  EXPECT_EQ(map->constants.bounds[3], 31.5F);
}

TEST(VisibleParts, LeavesOutWhatIsHidden) {
  Layer below = plain({0, 0, 10, 10}, {0, 0, 10, 10});
  Layer above = plain({0, 0, 10, 10}, {5, 0, 10, 10});
  above.opaque = Region(above.dest);
  VisibleParts parts;
  const auto of = [&parts](std::size_t layer) { return std::vector(parts[layer].begin(), parts[layer].end()); };
  parts.find({below, above}, {12, 20});
  EXPECT_EQ(of(0), (std::vector<Rect>{{0, 0, 5, 10}}));
  EXPECT_EQ(of(1), (std::vector<Rect>{{5, 0, 7, 10}}));
  above.alpha = 0.9F; // Not opaque then, whatever its region says.
  parts.find({below, above}, {12, 20});
  EXPECT_EQ(of(0), (std::vector<Rect>{{0, 0, 10, 10}}));
  // In four pieces, and nothing of what is hidden whole.
  above.alpha = 1.0F;
  above.dest = {3, 4, 2, 2};
  above.opaque = Region(above.dest);
  parts.find({above, below, above}, {12, 20});
  EXPECT_EQ(of(0), (std::vector<Rect>{}));
  EXPECT_EQ(of(1), (std::vector<Rect>{{0, 0, 10, 4}, {0, 4, 3, 2}, {5, 4, 5, 2}, {0, 6, 10, 4}}));
  EXPECT_EQ(of(2), (std::vector<Rect>{{3, 4, 2, 2}}));
}

TEST(VisibleParts, GivesUpOnManyPieces) {
  Layer below = plain({0, 0, 200, 200}, {0, 0, 200, 200});
  Layer above = below;
  above.opaque.clear();
  for (int i = 0; i < 100; ++i)
    above.opaque.add(Rect{i * 2, i * 2, 1, 1});
  VisibleParts parts;
  parts.find({below, above}, {200, 200});
  EXPECT_EQ(parts[0].size(), 1U);
}

} // namespace

} // namespace fenceline
