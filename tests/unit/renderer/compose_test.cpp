#include <drm_fourcc.h>

#include "tests/unit/renderer/composer_fixture.h"

namespace fenceline {

namespace {

constexpr Size screen{160, 120};

TEST_F(ComposerTest, DrawsBlackWhereNothingIs) {
  const auto picture = drawn(snapshot(screen, {}));
  ASSERT_EQ(picture.size(), 160U * 120U);
  for (const std::uint32_t word : picture)
    ASSERT_EQ(word, 0xff000000U);
}

TEST_F(ComposerTest, CopiesOpaqueLayersBitForBit) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false)); // Its X byte is noise, and must not count.
  show(2, DRM_FORMAT_XRGB8888, noise({61, 47}, 2, false));
  show(3, DRM_FORMAT_ARGB8888, noise({33, 29}, 3, true));
  const auto picture = snapshot(screen, {layer(1, {0, 0}), layer(2, {30, 20}), layer(3, {70, 50})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

TEST_F(ComposerTest, ClipsLayersThatReachBeyondTheOutput) {
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, false));
  show(2, DRM_FORMAT_XRGB8888, noise({50, 40}, 2, false));
  const auto picture =
      snapshot(screen, {layer(1, {-37, -19}), layer(2, {130, 100}), layer(2, {-5000, 10}), layer(1, {2000000, 0})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

TEST_F(ComposerTest, BlendsPremultipliedWithinOne) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  show(2, DRM_FORMAT_ARGB8888, noise({100, 100}, 2, false));
  show(3, DRM_FORMAT_ARGB8888, noise({90, 60}, 3, false));
  Layer faint = layer(3, {28, 50});
  faint.alpha = 0.4F;
  Layer veiled = layer(1, {120, 0}); // No alpha of its own, shown at half.
  veiled.alpha = 0.5F;
  veiled.opaque.clear();
  const auto apart = snapshot(screen, {layer(1, {0, 0}), layer(2, {-70, -60}), faint, veiled});
  EXPECT_LE(largest_difference(drawn(apart), expected(apart)), 1);
  // Devices round each layer in their own way, so layers on top of each other add up.
  const auto stacked = snapshot(screen, {layer(1, {0, 0}), layer(2, {0, 0}), faint, veiled});
  EXPECT_LE(largest_difference(drawn(stacked), expected(stacked)), 3);
}

TEST_F(ComposerTest, BlendsEveryAlphaWithEveryGrey) {
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

TEST_F(ComposerTest, DrawsColorsWithoutATexture) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  // For the reference a picture of one pixel; for the renderer none was ever uploaded.
  const auto solid = [this](std::uint32_t surface, std::uint32_t word, Rect dest) {
    const std::uint32_t fourcc = word >> 24U == 255 ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_ARGB8888;
    shown_[SurfaceId{surface}] = {fourcc, {{1, 1}, {word}}};
    Layer l = layer(surface, {});
    const auto channel = [word](unsigned shift) { return static_cast<float>((word >> shift) & 0xffU) / 255.0F; };
    l.kind = BufferKind::Solid;
    l.color = {channel(16), channel(8), channel(0), channel(24)};
    l.dest = dest;
    if (!has_alpha(fourcc))
      l.opaque = Region(dest);
    return l;
  };
  const auto opaque = snapshot(
      screen, {solid(2, 0xff804020, {0, 0, 160, 120}), layer(1, {60, 40}), solid(3, 0xff01fe7f, {-5, 90, 70, 50})});
  EXPECT_EQ(drawn(opaque), expected(opaque));
  Layer faded = solid(4, 0xffff0080, {100, 10, 40, 40});
  faded.alpha = 0.25F;
  const auto veiled = snapshot(screen, {layer(1, {0, 0}), solid(5, 0x80402010, {20, 20, 60, 60}), faded});
  EXPECT_LE(largest_difference(drawn(veiled), expected(veiled)), 1);
}

TEST_F(ComposerTest, BooksColorsAsWhatTheyWrite) {
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{77}, screen));
  Layer l;
  l.surface = SurfaceId{9};
  l.kind = BufferKind::Solid;
  l.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
  l.buffer_size = {1, 1};
  l.source = {0, 0, 1, 1};
  l.dest = {10, 10, 20, 30};
  l.opaque = Region(l.dest);
  const auto composed = compose(BufferId{77}, screen, {l});
  ASSERT_TRUE(composed);
  ASSERT_EQ(1U, composed->bytes.size());
  EXPECT_EQ(20U * 30U * 4U, composed->bytes[0].bytes);
}

TEST_F(ComposerTest, TurnsInAllEightWays) {
  show(1, DRM_FORMAT_XRGB8888, noise({50, 30}, 7, false));
  for (unsigned t = 0; t < 8; ++t) {
    Layer turned = layer(1, {11, 13});
    turned.transform = static_cast<Transform>(t);
    if (swaps_axes(turned.transform))
      turned.dest = {11, 13, 30, 50};
    turned.opaque = Region(turned.dest);
    const auto picture = snapshot(screen, {turned});
    EXPECT_EQ(drawn(picture), expected(picture)) << "transform " << t;
  }
}

TEST_F(ComposerTest, TurnsAsTheProtocolSays) {
  // What the client means to show is  1 2 / 3 4. It says that it has turned it by 90 degrees counter-clockwise: 2 4 /
  // 1 3.
  show(1, DRM_FORMAT_XRGB8888, {{2, 2}, {2, 4, 1, 3}});
  Layer turned = layer(1, {0, 0});
  turned.transform = Transform::R90;
  const std::vector<std::uint32_t> wanted = {0xff000001, 0xff000002, 0xff000003, 0xff000004};
  EXPECT_EQ(drawn(snapshot({2, 2}, {turned})), wanted);
  // Flipped, then turned: 2 1 / 4 3 becomes 1 3 / 2 4.
  show(2, DRM_FORMAT_XRGB8888, {{2, 2}, {1, 3, 2, 4}});
  Layer flipped = layer(2, {0, 0});
  flipped.transform = Transform::Flipped90;
  EXPECT_EQ(drawn(snapshot({2, 2}, {flipped})), wanted);
}

TEST_F(ComposerTest, CropsExactly) {
  show(1, DRM_FORMAT_XRGB8888, noise({64, 64}, 9, false));
  for (unsigned t = 0; t < 8; ++t) {
    Layer crop = layer(1, {0, 0});
    crop.source = {5, 17, 40, 20};
    crop.transform = static_cast<Transform>(t);
    crop.dest = swaps_axes(crop.transform) ? Rect{3, 4, 20, 40} : Rect{3, 4, 40, 20};
    crop.opaque = Region(crop.dest);
    const auto picture = snapshot(screen, {crop});
    EXPECT_EQ(drawn(picture), expected(picture)) << "transform " << t;
  }
}

TEST_F(ComposerTest, ScalesWithFiltering) {
  // Smooth, so that a hundredth of a texel, which is what devices resolve, is less than the tolerance.
  ReferencePixels smooth{{64, 48}, {}};
  for (std::uint32_t y = 0; y < 48; ++y)
    for (std::uint32_t x = 0; x < 64; ++x)
      smooth.words.push_back(0xff000000U | x * 4U << 16 | y * 5U << 8 | (x + y));
  show(1, DRM_FORMAT_ARGB8888, smooth);
  for (unsigned t = 0; t < 8; ++t) {
    Layer scaled = layer(1, {0, 0});
    scaled.transform = static_cast<Transform>(t);
    scaled.source = {3.25, 2.5, 50, 40.125};
    scaled.dest = {-8, 5, 141, 97};
    const auto picture = snapshot(screen, {scaled});
    EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 2) << "transform " << t;
  }
}

TEST_F(ComposerTest, DoesNotFilterBeyondTheSource) {
  // A red field of 8x8 in a blue picture, magnified: no blue may bleed in.
  ReferencePixels framed{{16, 16}, std::vector<std::uint32_t>(256, 0x0000ffU)};
  for (std::size_t y = 4; y < 12; ++y)
    for (std::size_t x = 4; x < 12; ++x)
      framed.words[y * 16 + x] = 0xff0000U;
  show(1, DRM_FORMAT_XRGB8888, framed);
  Layer zoomed = layer(1, {0, 0});
  zoomed.source = {4, 4, 8, 8};
  zoomed.dest = {0, 0, 160, 120};
  for (const std::uint32_t word : drawn(snapshot(screen, {zoomed})))
    ASSERT_EQ(word, 0xffff0000U);
}

TEST_F(ComposerTest, SaysHowManyBytesItDrew) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  show(2, DRM_FORMAT_ARGB8888, noise({50, 40}, 2, false));
  show(3, DRM_FORMAT_XRGB8888, noise({20, 10}, 3, false));
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  // 3 hides its part of the others; half of 2 is beyond the right edge.
  const auto composed = compose(BufferId{1}, screen, {layer(1, {0, 0}), layer(2, {135, 0}), layer(3, {140, 100})});
  ASSERT_TRUE(composed) << composed.error().text();
  ASSERT_EQ(composed->bytes.size(), 3U);
  EXPECT_EQ(composed->bytes[0].surface, SurfaceId{1});
  EXPECT_EQ(composed->bytes[0].bytes, (160U * 120U - 20U * 10U) * 4U);
  EXPECT_EQ(composed->bytes[1].bytes, 25U * 40U * 4U);
  EXPECT_EQ(composed->bytes[2].bytes, 20U * 10U * 4U);
}

TEST_F(ComposerTest, HidesWhatIsBelowAnOpaqueLayer) {
  show(1, DRM_FORMAT_XRGB8888, noise({50, 40}, 1, false));
  show(2, DRM_FORMAT_XRGB8888, noise({160, 120}, 2, false));
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  const auto composed = compose(BufferId{1}, screen, {layer(1, {5, 5}), layer(2, {0, 0})});
  ASSERT_TRUE(composed) << composed.error().text();
  ASSERT_EQ(composed->bytes.size(), 1U);
  EXPECT_EQ(composed->bytes[0].surface, SurfaceId{2});
  const auto picture = snapshot(screen, {layer(1, {5, 5}), layer(2, {0, 0})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

// A CPU device copies what it need not draw, and copies come first: these must not change the order.

TEST_F(ComposerTest, KeepsTheOrderWhereNothingIsSaidToBeOpaque) {
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  show(2, DRM_FORMAT_ARGB8888, noise({100, 80}, 2, true));
  show(3, DRM_FORMAT_XRGB8888, noise({80, 60}, 3, false));
  std::vector<Layer> layers = {layer(1, {0, 0}), layer(2, {20, 20}), layer(3, {60, 50})};
  for (Layer& l : layers)
    l.opaque.clear();
  auto picture = snapshot(screen, layers);
  EXPECT_EQ(drawn(picture), expected(picture));
  layers[2].opaque = Region(Rect{60, 50, 40, 60}); // Half of it.
  picture = snapshot(screen, layers);
  EXPECT_EQ(drawn(picture), expected(picture));
}

TEST_F(ComposerTest, ShowsOneSurfaceInSeveralWays) {
  ReferencePixels smooth{{64, 48}, {}};
  for (std::uint32_t y = 0; y < 48; ++y)
    for (std::uint32_t x = 0; x < 64; ++x)
      smooth.words.push_back(x * 4U << 16 | y * 5U << 8 | (x + y));
  show(1, DRM_FORMAT_XRGB8888, smooth);
  Layer scaled = layer(1, {0, 0});
  scaled.dest = {70, 10, 90, 100};
  scaled.opaque = Region(scaled.dest);
  Layer crop = layer(1, {0, 0});
  crop.source = {10, 5, 30, 20};
  crop.dest = {-5, 90, 30, 20};
  crop.opaque = Region(crop.dest);
  Layer outlying = layer(1, {0, 0}); // Its source reaches beyond the buffer.
  outlying.source = {50, 40, 30, 20};
  outlying.dest = {30, 95, 30, 20};
  outlying.opaque = Region(outlying.dest);
  const auto picture = snapshot(screen, {layer(1, {2, 3}), scaled, crop, outlying, layer(1, {2, 53})});
  EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 2);
}

TEST_F(ComposerTest, LeavesOutWhatItDoesNotHave) {
  show(1, DRM_FORMAT_XRGB8888, noise({50, 40}, 1, false));
  Layer unknown = layer(1, {0, 0});
  unknown.surface = SurfaceId{99};
  Layer unknown_dmabuf = layer(1, {0, 0});
  unknown_dmabuf.kind = BufferKind::Dmabuf;
  unknown_dmabuf.buffer = BufferId{98};
  const auto picture = snapshot(screen, {unknown, layer(1, {60, 60}), unknown_dmabuf});
  EXPECT_EQ(drawn(picture), expected(snapshot(screen, {layer(1, {60, 60})})));
}

TEST_F(ComposerTest, RefusesTargetsItDoesNotKnow) {
  ComposeRequest request;
  request.target = BufferId{5};
  request.size = screen;
  EXPECT_FALSE(composer_->compose(request, test::when_composed([](auto) { FAIL() << "done after an error"; })));
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{5}, {100, 100}));
  EXPECT_FALSE(composer_->compose(request, test::when_composed([](auto) { FAIL() << "done after an error"; })));
  EXPECT_FALSE(composer_->create_offscreen_target(BufferId{6}, {0, 10}));
  EXPECT_FALSE(composer_->create_offscreen_target(BufferId{6}, {1 << 20, 10}));
}

} // namespace

} // namespace fenceline
