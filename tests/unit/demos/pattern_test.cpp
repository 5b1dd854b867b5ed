#include "demos/cursor_pattern.h"
#include "demos/paint_pattern.h"
#include "demos/pattern.h"

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

constexpr std::uint32_t width = 320;
constexpr std::uint32_t height = 200;

/// The share of pixels, in percent, in which two pictures differ.
template <typename A, typename B>
std::uint32_t difference(A&& a, B&& b) {
  std::uint32_t count = 0;
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      count += a(x, y) != b(x, y) ? 1u : 0u;
  return 100 * count / (width * height);
}

TEST(DemoPattern, TheFrameNumberIsInThePicture) {
  for (const std::uint32_t frame : {0u, 1u, 2u, 599u, 0x80000001u, 0xdeadbeefu, 0xffffffffu}) {
    EXPECT_EQ(decode_frame_code([&](std::uint32_t x) { return pattern_pixel(x, 0, frame); }), frame);
    EXPECT_EQ(decode_frame_code([&](std::uint32_t x) { return pattern_pixel_argb(x, 0, frame); }), frame);
    EXPECT_EQ(decode_frame_code([&](std::uint32_t x) { return paint_pixel(x, 0, frame); }), frame);
    EXPECT_EQ(decode_frame_code([&](std::uint32_t x) { return paint_pixel_argb(x, 0, frame); }), frame);
  }
}

TEST(DemoPattern, AShiftALateFrameAndExchangedChannelsShow) {
  const auto at = [](std::uint32_t dx, std::uint32_t dy, std::uint32_t frame) {
    return [=](std::uint32_t x, std::uint32_t y) { return pattern_pixel(x + dx, y + 1 + dy, frame); };
  };
  EXPECT_GT(difference(at(0, 0, 7), at(1, 0, 7)), 95u);
  EXPECT_GT(difference(at(0, 0, 7), at(0, 1, 7)), 95u);
  EXPECT_GT(difference(at(0, 0, 7), at(0, 0, 8)), 95u);
  EXPECT_GT(difference(at(0, 0, 7),
                       [&](std::uint32_t x, std::uint32_t y) {
                         const std::uint32_t p = at(0, 0, 7)(x, y);
                         return (p & 0x00ff00u) | p >> 16 | (p & 0xffu) << 16;
                       }),
            95u);
}

TEST(DemoPattern, PremultipliedColoursStayBelowTheirAlpha) {
  for (std::uint32_t y = 0; y < height; ++y)
    for (std::uint32_t x = 0; x < width; ++x)
      for (const std::uint32_t p : {pattern_pixel_argb(x, y, 11), paint_pixel_argb(x, y, 11), cursor_pixel(x, y)}) {
        ASSERT_LE(p >> 16 & 255u, p >> 24);
        ASSERT_LE(p >> 8 & 255u, p >> 24);
        ASSERT_LE(p & 255u, p >> 24);
      }
}

TEST(DemoPattern, APaintTileChangesExactlyInItsFrames) {
  const auto same_tile = [](std::uint32_t tx, std::uint32_t ty, std::uint32_t a, std::uint32_t b) {
    for (std::uint32_t y = 0; y < paint_tile_size; ++y)
      for (std::uint32_t x = 0; x < paint_tile_size; ++x) {
        const std::uint32_t px = tx * paint_tile_size + x;
        const std::uint32_t py = ty * paint_tile_size + y;
        if (paint_pixel(px, py, a) != paint_pixel(px, py, b) ||
            paint_pixel_argb(px, py, a) != paint_pixel_argb(px, py, b))
          return false;
      }
    return true;
  };
  for (std::uint32_t frame = 1; frame < 3 * paint_tile_period; ++frame)
    for (std::uint32_t tx = 0; tx < 4; ++tx)
      ASSERT_EQ(same_tile(tx, 3, frame - 1, frame), frame % paint_tile_period != paint_tile_phase(tx, 3))
          << "tile " << tx << " in frame " << frame;
}

TEST(DemoPattern, TheCursorHasOpaqueTranslucentAndEmptyParts) {
  EXPECT_EQ(cursor_pixel(15, 15), 0xffffffffu);
  EXPECT_EQ(cursor_pixel(16, 16), 0xffffffffu);
  EXPECT_EQ(cursor_pixel(0, 0), 0u);
  EXPECT_EQ(cursor_pixel(32, 5), 0u);
  EXPECT_EQ(cursor_pixel(16, 11) >> 24, 64u);
}

} // namespace
} // namespace fenceline::demos
