#include "demos/paint/light_artwork.h"
#include "demos/paint/pattern_artwork.h"
#include "demos/paint_pattern.h"

#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

constexpr Size size{200, 120};

using Pixels = std::vector<std::uint32_t>;

Pixels picture_of(const Artwork& artwork) {
  Pixels pixels(static_cast<std::size_t>(size.width) * size.height);
  for (int y = 0; y < size.height; ++y)
    artwork.draw_row(y, 0, size.width, pixels.data() + static_cast<std::size_t>(y) * size.width);
  return pixels;
}

/// Goes through `steps` frames from `first` and holds that the changes told cover all that differs from frame to frame,
/// and that drawing just those gives the picture that a jump to the frame gives.
void expect_changes_cover(Artwork& stepping, Artwork& jumping, std::uint32_t first, std::uint32_t steps) {
  stepping.resize(size);
  jumping.resize(size);
  ASSERT_EQ(stepping.advance(first), (std::vector<Rect>{{0, 0, size.width, size.height}}));
  Pixels kept = picture_of(stepping);
  for (std::uint32_t frame = first + 1; frame <= first + steps; ++frame) {
    for (const Rect& rect : stepping.advance(frame)) {
      ASSERT_FALSE(rect.empty());
      ASSERT_EQ(rect, rect.clipped_to(size));
      for (int y = rect.y0; y < rect.y1; ++y)
        stepping.draw_row(y, rect.x0, rect.x1, kept.data() + static_cast<std::size_t>(y) * size.width + rect.x0);
    }
    ASSERT_EQ(kept, picture_of(stepping)) << "frame " << frame << " differs outside its changes";
  }
  jumping.advance(first + steps);
  EXPECT_EQ(kept, picture_of(jumping)) << "a frame is not a function of its number";
}

TEST(DemoArtwork, ThePatternIsItsFunction) {
  for (const bool alpha : {false, true}) {
    PatternArtwork artwork(alpha);
    artwork.resize(size);
    artwork.advance(77);
    const Pixels pixels = picture_of(artwork);
    for (std::uint32_t y = 0; y < 120; ++y)
      for (std::uint32_t x = 0; x < 200; ++x)
        ASSERT_EQ(pixels[y * 200 + x], alpha ? paint_pixel_argb(x, y, 77) : paint_pixel(x, y, 77));
  }
}

TEST(DemoArtwork, ThePatternTellsItsChanges) {
  PatternArtwork stepping(false);
  PatternArtwork jumping(false);
  expect_changes_cover(stepping, jumping, 3, 140);
}

TEST(DemoArtwork, APatternFrameChangesLittle) {
  PatternArtwork artwork(false);
  artwork.resize({1024, 768});
  artwork.advance(0);
  int area = 0;
  for (const Rect& rect : artwork.advance(1))
    area += (rect.x1 - rect.x0) * (rect.y1 - rect.y0);
  EXPECT_GT(area, 0);
  EXPECT_LT(area, 1024 * 768 / 32);
}

TEST(DemoArtwork, LightTellsItsChangesWhilePaintingRestingAndWiping) {
  for (const bool alpha : {false, true}) {
    LightArtwork stepping(alpha);
    LightArtwork jumping(alpha);
    expect_changes_cover(stepping, jumping, 100, 20);
    expect_changes_cover(stepping, jumping, LightArtwork::painting_frames - 3, 8);
    expect_changes_cover(stepping, jumping, LightArtwork::cycle_frames - 5, 8); // into the next cycle
  }
}

TEST(DemoArtwork, LightIsPremultipliedAndCarriesItsNumber) {
  LightArtwork artwork(true);
  artwork.resize(size);
  artwork.advance(1234);
  const Pixels pixels = picture_of(artwork);
  EXPECT_EQ(decode_frame_code([&](std::uint32_t x) { return pixels[x]; }), 1234u);
  for (const std::uint32_t p : pixels) {
    ASSERT_LE(p >> 16 & 255u, p >> 24);
    ASSERT_LE(p >> 8 & 255u, p >> 24);
    ASSERT_LE(p & 255u, p >> 24);
  }
}

} // namespace
} // namespace fenceline::demos
