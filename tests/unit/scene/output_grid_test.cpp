#include "compositor/scene/output_grid.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace fenceline {
namespace {

TEST(OutputGrid, IsPlainAtScaleOne) {
  const OutputGrid grid({100, 50, 640, 480});
  EXPECT_EQ((Size{640, 480}), grid.pixels());
  EXPECT_EQ((Rect{-90, -30, 7, 9}), grid.place({10, 20, 7, 9}, {3, 4}));
  const Region part(Rect{1, 1, 3, 3});
  EXPECT_EQ(Region(Rect{11, 21, 3, 3}), grid.inside(part, {8, 8}, {10, 20, 8, 8}));
}

TEST(OutputGrid, ScalesEdgesByWholeNumbers) {
  const OutputGrid grid({100, 0, 320, 240}, 2.0, {640, 480});
  EXPECT_EQ((Rect{20, 40, 14, 18}), grid.place({110, 20, 7, 9}, {110, 20}));
  EXPECT_EQ((Rect{-2, 0, 642, 480}), grid.place({99, 0, 321, 240}, {99, 0}));
}

TEST(OutputGrid, AFullscreenWindowCoversEveryPixelOfEveryMode) {
  for (const double scale : {0.5, 0.75, 1.0, 1.1, 1.25, 1.333, 1.5, 1.75, 2.0, 2.5, 3.0}) {
    for (std::int32_t width = 1360; width < 1376; ++width) {
      const Size mode{width, 768};
      const Rect area{7, 0, static_cast<std::int32_t>(std::lround(mode.width / scale)),
                      static_cast<std::int32_t>(std::lround(mode.height / scale))};
      const OutputGrid grid(area, scale, mode);
      EXPECT_EQ((Rect{0, 0, mode.width, mode.height}), grid.place(area, area.origin())) << width << " by " << scale;
      // Two that share it leave nothing between them and nothing beside them.
      const Rect left{area.x, area.y, area.width / 2, area.height};
      const Rect right{area.x + left.width, area.y, area.width - left.width, area.height};
      const Rect a = grid.place(left, area.origin()), b = grid.place(right, right.origin());
      EXPECT_EQ(a.x + a.width, b.x) << width << " by " << scale;
      EXPECT_EQ(mode.width, b.x + b.width) << width << " by " << scale;
    }
  }
}

TEST(OutputGrid, AWindowHasOneSizeWhereverItLies) {
  const OutputGrid grid({0, 0, 1280, 720}, 1.5, {1920, 1080});
  // wp_fractional_scale: 255 x 101 at 1.5 is a buffer of 383 x 152, half a pixel away from zero.
  for (std::int32_t x = 1; x < 20; ++x) {
    const Rect placed = grid.place({x, x + 3, 255, 101}, {x, x + 3});
    EXPECT_EQ((Size{383, 152}), placed.size()) << x;
    EXPECT_EQ(std::lround(x * 1.5), placed.x);
  }
}

TEST(OutputGrid, NeighboursInATreeTouch) {
  for (const double scale : {0.75, 1.1, 1.25, 1.5, 1.75, 2.25}) {
    const OutputGrid grid({0, 0, 1000, 1000}, scale);
    for (std::int32_t root = 0; root < 8; ++root) {
      std::int32_t end = grid.place({root, root, 1, 1}, {root, root}).x;
      for (std::int32_t i = 0; i < 50; ++i) {
        const Rect tile = grid.place({root + i * 3, root, 3, 3}, {root, root});
        EXPECT_EQ(end, tile.x) << scale << " " << i;
        end = tile.x + tile.width;
      }
    }
  }
}

TEST(OutputGrid, OpaquePixelsLieInsideTheRegion) {
  const OutputGrid grid({0, 0, 1280, 720}, 1.5, {1920, 1080});
  // All of the surface is all of its pixels.
  EXPECT_EQ(Region(Rect{2, 3, 15, 15}), grid.inside(Region(Rect{0, 0, 10, 10}), {10, 10}, {2, 3, 15, 15}));
  // 3 to 7 of 10 is 4.5 to 10.5; one pixel more on each side is filtered with what lies beside.
  EXPECT_EQ(Region(Rect{6, 0, 3, 15}), grid.inside(Region(Rect{3, 0, 4, 10}), {10, 10}, {0, 0, 15, 15}));
  EXPECT_TRUE(grid.inside(Region(Rect{3, 3, 1, 1}), {10, 10}, {0, 0, 15, 15}).empty());
}

TEST(OutputGrid, TakesEveryNumber) {
  const OutputGrid grid({INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX}, 8.0, {7680, 4320});
  const Rect far = grid.place({INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}, {INT32_MIN, INT32_MAX});
  EXPECT_GE(far.width, 0);
  const Rect wide = grid.place({INT32_MIN, 0, INT32_MAX, 1}, {0, 0});
  EXPECT_EQ(0, wide.x);
  EXPECT_EQ(7680, wide.width);
}

TEST(OutputGrid, IsTurnedAfterEverythingElse) {
  // A display of 640 x 480 that hangs on its side: 480 x 640, half of that in logical pixels.
  const OutputGrid grid({100, 0, 240, 320}, 2.0, {640, 480}, Transform::R90);
  EXPECT_EQ((Size{640, 480}), grid.pixels());
  EXPECT_EQ((Size{480, 640}), grid.upright());
  const Rect dest = grid.place({110, 20, 7, 9}, {110, 20});
  EXPECT_EQ((Rect{20, 40, 14, 18}), dest);
  EXPECT_EQ((Rect{40, 480 - 20 - 14, 18, 14}), grid.onto_output(dest));
  EXPECT_EQ((Rect{0, 0, 640, 480}), grid.onto_output(grid.place({100, 0, 240, 320}, {100, 0})));
  Region two(Rect{0, 0, 1, 1});
  two.add(Rect{479, 0, 1, 1});
  Region corners(Rect{0, 479, 1, 1});
  corners.add(Rect{0, 0, 1, 1});
  EXPECT_EQ(corners, grid.onto_output(two));
}

TEST(OutputGrid, WithoutAModeHasTheAreasPixelsTurned) {
  const OutputGrid grid({0, 0, 30, 20}, 2.0, {}, Transform::Flipped270);
  EXPECT_EQ((Size{40, 60}), grid.pixels());
}

} // namespace
} // namespace fenceline
