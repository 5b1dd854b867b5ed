// What is translucent, blended in linear light (VulkanComposerOptions::linear), against the CPU reference.
#include <drm_fourcc.h>

#include "tests/unit/renderer/composer_fixture.h"

namespace fenceline {

namespace {

constexpr Size screen{160, 120};

class LinearTest : public ComposerTest {
 protected:
  LinearTest() { linear_ = true; }

  /// In few steps from texel to texel, so that what devices resolve of a place is less than the tolerance.
  static ReferencePixels smooth(Size size, std::uint32_t alpha) {
    ReferencePixels pixels{size, {}};
    for (std::int32_t y = 0; y < size.height; ++y)
      for (std::int32_t x = 0; x < size.width; ++x) {
        const auto channel = [&](std::int32_t value) {
          return (64U + static_cast<std::uint32_t>(value)) * alpha / 255;
        };
        pixels.words.push_back(alpha << 24U | channel(x * 2) << 16U | channel(y * 2) << 8U | channel(x + y));
      }
    return pixels;
  }
  /// A colour as the client gives it, premultiplied; for the reference a picture of one pixel.
  Layer solid(std::uint32_t surface, std::uint32_t word, Rect dest) {
    const std::uint32_t fourcc = word >> 24U == 255 ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_ARGB8888;
    shown_[SurfaceId{surface}] = {fourcc, {{1, 1}, {word}}};
    Layer l = layer(surface, {});
    const auto channel = [word](unsigned shift) { return static_cast<float>((word >> shift) & 0xffU) / 255.0F; };
    l.kind = BufferKind::Solid;
    l.color = {channel(16), channel(8), channel(0), channel(24)};
    l.dest = dest;
    return l;
  }
};

TEST_F(LinearTest, HalfWhiteOverBlackIsBrighterThanHalf) {
  const auto picture = snapshot({2, 2}, {solid(2, 0x80808080, {0, 0, 2, 2})});
  const std::uint32_t pixel = drawn(picture).at(0) & 0xffU;
  EXPECT_NEAR(static_cast<double>(pixel), 188, 1) << "the sRGB curve at half the light; 128 in encoded values";
}

TEST_F(LinearTest, OpaqueLayersArriveBitForBit) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  show(2, DRM_FORMAT_XRGB8888, noise({61, 47}, 2, false));
  show(3, DRM_FORMAT_ARGB8888, noise({33, 29}, 3, true));
  const auto opaque = snapshot(screen, {layer(1, {0, 0}), layer(2, {30, 20})});
  EXPECT_EQ(drawn(opaque), expected(opaque));
  // Where a format has alpha, and all of it is 1, blending is asked for all the same.
  const auto full = snapshot(screen, {layer(1, {0, 0}), layer(3, {70, 50})});
  EXPECT_EQ(drawn(full), expected(full));
}

TEST_F(LinearTest, BlendsEveryAlphaWithEveryGrey) {
  ReferencePixels grey{{256, 256}, {}}, veil{{256, 256}, {}};
  for (std::uint32_t y = 0; y < 256; ++y) {
    for (std::uint32_t x = 0; x < 256; ++x) {
      grey.words.push_back(x * 0x010101U);
      veil.words.push_back(y << 24 | (y / 2) * 0x010101U);
    }
  }
  show(1, DRM_FORMAT_XRGB8888, grey);
  show(2, DRM_FORMAT_ARGB8888, veil);
  const auto picture = snapshot({256, 256}, {layer(1, {0, 0}), layer(2, {0, 0})});
  EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 1);
}

TEST_F(LinearTest, BlendsAtEveryScale) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  show(2, DRM_FORMAT_ARGB8888, smooth({56, 40}, 200));
  show(3, DRM_FORMAT_XRGB8888, smooth({56, 40}, 255));
  for (const double scale : {1.0, 1.25, 1.5, 2.0}) {
    Layer veil = layer(2, {0, 0}), faded = layer(3, {0, 0}), whole = layer(3, {0, 0});
    const Size size{static_cast<std::int32_t>(56 * scale), static_cast<std::int32_t>(40 * scale)};
    veil.dest = {30, 20, size.width, size.height};
    const auto veiled = snapshot(screen, {layer(1, {0, 0}), veil});
    EXPECT_LE(largest_difference(drawn(veiled), expected(veiled)), 1) << scale;
    faded.dest = {45, 35, size.width, size.height};
    faded.alpha = 0.5F;
    faded.opaque.clear();
    const auto fading = snapshot(screen, {layer(1, {0, 0}), faded});
    EXPECT_LE(largest_difference(drawn(fading), expected(fading)), 1) << scale;
    whole.dest = faded.dest;
    whole.opaque = Region(whole.dest);
    const auto over = snapshot(screen, {layer(1, {0, 0}), whole});
    EXPECT_LE(largest_difference(drawn(over), expected(over)), 1) << scale;
  }
}

TEST_F(LinearTest, BlendsColours) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  Layer faded = solid(4, 0xffff0080, {100, 10, 40, 40});
  faded.alpha = 0.25F;
  faded.opaque.clear();
  const auto picture = snapshot(screen, {layer(1, {0, 0}), solid(5, 0x80402010, {20, 20, 60, 60}), faded});
  EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 1);
}

TEST_F(LinearTest, KeepsTheOrderOfWhatIsBlendedAndWhatIsNot) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  show(2, DRM_FORMAT_ARGB8888, smooth({60, 50}, 128));
  show(3, DRM_FORMAT_XRGB8888, noise({50, 40}, 3, false));
  std::vector<Layer> layers{layer(1, {0, 0}), layer(2, {10, 10}), layer(3, {40, 30}), layer(2, {60, 50})};
  // Nothing is said to be opaque, so that all is drawn, in turns.
  for (Layer& l : layers)
    l.opaque.clear();
  const auto picture = snapshot(screen, layers);
  EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 1);
  // The lowest may be blended too: over black.
  const auto lowest = snapshot(screen, {layer(2, {0, 0})});
  EXPECT_LE(largest_difference(drawn(lowest), expected(lowest)), 1);
}

TEST_F(LinearTest, WhatTheDisplayBlendsStaysAsItIs) {
  show(2, DRM_FORMAT_ARGB8888, smooth({60, 50}, 128));
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{5}, {60, 50}));
  ComposeRequest request;
  request.target = BufferId{5};
  request.size = {60, 50};
  request.transparent = true;
  request.layers = {layer(2, {0, 0})};
  bool done = false;
  ASSERT_TRUE(composer_->compose(request, test::when_composed([&](Result<Composed> composed) {
                                   ASSERT_TRUE(composed);
                                   wait_for(composed->fence);
                                   done = true;
                                 })));
  while (!done)
    loop_->dispatch(-1);
  auto wanted = shown_.at(SurfaceId{2}).second.words;
  for (std::uint32_t& word : wanted)
    word |= 0xff000000U;
  EXPECT_EQ(*read_back(BufferId{5}), wanted) << "over nothing, in the values that the client has given";
}

} // namespace

} // namespace fenceline
