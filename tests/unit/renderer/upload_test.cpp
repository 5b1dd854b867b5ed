#include <drm_fourcc.h>

#include <algorithm>
#include <cstring>

#include "tests/unit/renderer/composer_fixture.h"

namespace fenceline {

namespace {

constexpr Size screen{128, 96};

/// Rows of `bytes_a_pixel * width` bytes, each followed by `padding` bytes of rubbish.
std::vector<std::byte> padded(const std::vector<std::uint32_t>& words, std::size_t width, std::size_t padding) {
  std::vector<std::byte> out;
  for (std::size_t row = 0; row < words.size() / width; ++row) {
    const auto* from = reinterpret_cast<const std::byte*>(words.data() + row * width);
    out.insert(out.end(), from, from + width * 4);
    out.insert(out.end(), padding, std::byte{0xEE});
  }
  return out;
}

TEST_F(ComposerTest, UploadsOnlyTheDamage) {
  const ReferencePixels before = noise({100, 80}, 1, true), after = noise({100, 80}, 2, true);
  show(1, DRM_FORMAT_XRGB8888, before);
  const auto first = snapshot(screen, {layer(1, {0, 0})});
  ASSERT_EQ(drawn(first), expected(first));

  Region damage(Rect{10, 5, 20, 10});
  damage.add(Rect{50, 5, 30, 10});    // The same rows: read once.
  damage.add(Rect{90, 70, 500, 500}); // Reaches beyond the picture.
  const ArrayPixels source(DRM_FORMAT_XRGB8888, after);
  const auto read = composer_->upload(SurfaceId{1}, source, damage);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(source.rows_read(), 10U + 10U);
  EXPECT_EQ(*read, 20U * 400U);

  ReferencePixels& mixed = shown_.at(SurfaceId{1}).second;
  for (const Rect& r : {Rect{10, 5, 20, 10}, Rect{50, 5, 30, 10}, Rect{90, 70, 10, 10}})
    for (int y = r.y; y < r.y + r.height; ++y)
      for (int x = r.x; x < r.x + r.width; ++x)
        mixed.words[static_cast<std::size_t>(y * 100 + x)] = after.words[static_cast<std::size_t>(y * 100 + x)];
  EXPECT_EQ(drawn(first), expected(first));
}

TEST_F(ComposerTest, UploadsNothingWithoutDamage) {
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, true));
  const ArrayPixels source(DRM_FORMAT_XRGB8888, noise({100, 80}, 2, true));
  const auto read = composer_->upload(SurfaceId{1}, source, Region());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, 0U);
  EXPECT_EQ(source.rows_read(), 0U);
}

TEST_F(ComposerTest, UploadsEverythingOfANewSizeOrFormat) {
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, true));
  for (const auto& [fourcc, size] :
       {std::pair{DRM_FORMAT_XRGB8888, Size{60, 50}}, {DRM_FORMAT_ARGB8888, Size{60, 50}}}) {
    const ReferencePixels pixels = noise(size, 5, false);
    const ArrayPixels source(fourcc, pixels);
    const auto read = composer_->upload(SurfaceId{1}, source, Region(Rect{0, 0, 1, 1}));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, 60U * 50U * 4U);
    shown_[SurfaceId{1}] = {fourcc, pixels};
    const auto picture = snapshot(screen, {layer(1, {3, 3})});
    EXPECT_LE(largest_difference(drawn(picture), expected(picture)), fourcc == DRM_FORMAT_ARGB8888 ? 1 : 0);
  }
}

TEST_F(ComposerTest, KeepsTheOrderOfUploadsThatOverlap) {
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, true));
  ReferencePixels& now = shown_.at(SurfaceId{1}).second;
  // Several before anything is drawn: the last one wins where they overlap.
  for (std::uint32_t i = 0; i < 5; ++i) {
    const ReferencePixels next = noise({100, 80}, 10 + i, true);
    const int from = static_cast<int>(i) * 7;
    const Rect part{from, from, 40, 30};
    ASSERT_TRUE(composer_->upload(SurfaceId{1}, ArrayPixels(DRM_FORMAT_XRGB8888, next), Region(part)));
    for (int y = part.y; y < part.y + part.height; ++y)
      for (int x = part.x; x < part.x + part.width; ++x)
        now.words[static_cast<std::size_t>(y * 100 + x)] = next.words[static_cast<std::size_t>(y * 100 + x)];
  }
  const auto picture = snapshot(screen, {layer(1, {0, 0})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

TEST_F(ComposerTest, UploadsSurviveACompositionThatFails) {
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, true));
  ComposeRequest request; // No such target.
  request.target = BufferId{77};
  request.size = screen;
  request.layers = {layer(1, {0, 0})};
  ASSERT_FALSE(composer_->compose(request, test::when_composed([](auto) {})));
  const auto picture = snapshot(screen, {layer(1, {0, 0})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

TEST_F(ComposerTest, TakesAnyStride) {
  const ReferencePixels pixels = noise({61, 40}, 3, true);
  // Whole pixels of padding; none; and more padding than picture.
  for (const std::size_t padding : {std::size_t{12}, std::size_t{3}, std::size_t{9000}}) {
    const auto stride = static_cast<std::uint32_t>(61 * 4 + padding);
    const ArrayPixels source({61, 40}, DRM_FORMAT_XRGB8888, stride, padded(pixels.words, 61, padding));
    composer_->forget_surface(SurfaceId{1});
    const auto read = composer_->upload(SurfaceId{1}, source, Region());
    ASSERT_TRUE(read) << read.error().text();
    // What is not staged as it lies is read without its padding.
    EXPECT_EQ(*read, 40U * (padding == 12 ? stride : 61U * 4U)) << "padding " << padding;
    shown_[SurfaceId{1}] = {DRM_FORMAT_XRGB8888, pixels};
    const auto picture = snapshot(screen, {layer(1, {0, 0})});
    EXPECT_EQ(drawn(picture), expected(picture)) << "padding " << padding;
  }
}

/// Pixels of a client that says how long its rows are and has none of that memory: they read as zeros.
class EmptyFile final : public PixelSource {
 public:
  EmptyFile(Size size, std::uint32_t stride) : size_(size), stride_(stride) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_XRGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return stride_; }
  bool read_rows(std::uint32_t, std::uint32_t count, std::span<std::byte> out) const override {
    const auto rest = out.first(std::min(std::size_t{count} * stride_, out.size()));
    std::fill(rest.begin(), rest.end(), std::byte{});
    read_ += rest.size();
    return false;
  }
  [[nodiscard]] std::size_t bytes_read() const { return read_; }

 private:
  Size size_;
  std::uint32_t stride_;
  mutable std::size_t read_ = 0;
};

// The stride is a number in a message: no work and no memory may follow from it alone.
TEST_F(ComposerTest, ReadsOnePixelOfARowOfTwoGibibytes) {
  const EmptyFile source({1, 1}, 0x7ffffffc);
  const auto read = composer_->upload(SurfaceId{1}, source, Region());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(*read, 4U);
  EXPECT_EQ(source.bytes_read(), 4U);
  shown_[SurfaceId{1}] = {DRM_FORMAT_XRGB8888, {{1, 1}, {0}}};
  const auto picture = snapshot(screen, {layer(1, {0, 0})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

TEST_F(ComposerTest, ReadsAPictureThatIsMostlyPaddingWithoutIt) {
  // 64 MiB for a column of pixels.
  const EmptyFile source({1, 16000}, 4096);
  const auto read = composer_->upload(SurfaceId{1}, source, Region());
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(source.bytes_read(), 64000U);
}

TEST_F(ComposerTest, TakesOtherFormats) {
  // Red, green, blue, white at full, as each format writes them.
  struct Case {
    std::uint32_t fourcc;
    std::vector<std::uint64_t> pixels;
    std::size_t bytes;
  };
  const Case cases[] = {
      {DRM_FORMAT_XBGR8888, {0x0000ff, 0x00ff00, 0xff0000, 0xffffff}, 4},
      {DRM_FORMAT_ABGR8888, {0xff0000ff, 0xff00ff00, 0xffff0000, 0xffffffff}, 4},
      {DRM_FORMAT_RGB565, {0xf800, 0x07e0, 0x001f, 0xffff}, 2},
      {DRM_FORMAT_XRGB2101010, {0x3ff00000, 0x000ffc00, 0x000003ff, 0x3fffffff}, 4},
      {DRM_FORMAT_ARGB2101010, {0xfff00000, 0xc00ffc00, 0xc00003ff, 0xffffffff}, 4},
      {DRM_FORMAT_XBGR2101010, {0x000003ff, 0x000ffc00, 0x3ff00000, 0x3fffffff}, 4},
      // Half floats: 1.0 is 0x3c00.
      {DRM_FORMAT_XBGR16161616F, {0x3c00, 0x3c000000, 0x3c0000000000, 0x3c003c003c00}, 8},
      {DRM_FORMAT_ABGR16161616F, {0x3c00000000003c00, 0x3c0000003c000000, 0x3c003c0000000000, 0x3c003c003c003c00}, 8},
  };
  const std::vector<std::uint32_t> wanted = {0xffff0000, 0xff00ff00, 0xff0000ff, 0xffffffff};
  for (const Case& c : cases) {
    std::vector<std::byte> bytes(4 * c.bytes);
    for (std::size_t i = 0; i < 4; ++i)
      std::memcpy(bytes.data() + i * c.bytes, &c.pixels[i], c.bytes); // Little-endian.
    const ArrayPixels source({4, 1}, c.fourcc, static_cast<std::uint32_t>(bytes.size()), bytes);
    const auto read = composer_->upload(SurfaceId{1}, source, Region());
    ASSERT_TRUE(read) << fourcc_text(c.fourcc) << ": " << read.error().text();
    shown_[SurfaceId{1}] = {c.fourcc, {{4, 1}, {0, 0, 0, 0}}};
    EXPECT_EQ(drawn(snapshot({4, 1}, {layer(1, {0, 0})})), wanted) << fourcc_text(c.fourcc);
  }
}

TEST_F(ComposerTest, RefusesPicturesThatCannotBe) {
  const std::vector<std::byte> bytes(64);
  EXPECT_FALSE(composer_->upload(SurfaceId{1}, ArrayPixels({4, 4}, 0x12345678, 16, bytes), Region()));
  EXPECT_FALSE(composer_->upload(SurfaceId{1}, ArrayPixels({0, 4}, DRM_FORMAT_XRGB8888, 16, bytes), Region()));
  EXPECT_FALSE(composer_->upload(SurfaceId{1}, ArrayPixels({1 << 20, 4}, DRM_FORMAT_XRGB8888, 16, bytes), Region()));
  EXPECT_FALSE(composer_->upload(SurfaceId{1}, ArrayPixels({4, 4}, DRM_FORMAT_XRGB8888, 12, bytes), Region()));
}

// A client's picture needs none of its memory, so what all of them together take of the device's has an end.
TEST_F(ComposerTest, TexturesOfAllSurfacesTogetherHaveAnEnd) {
  VulkanComposerOptions options;
  options.upload_limit = std::uint64_t{4} << 20;
  auto made = VulkanComposer::create(*loop_, log_, options);
  ASSERT_TRUE(made);
  VulkanComposer& composer = **made;
  const auto upload = [&](std::uint32_t surface, Size size) {
    return composer.upload(SurfaceId{surface}, EmptyFile(size, static_cast<std::uint32_t>(size.width) * 4), Region());
  };
  ASSERT_TRUE(upload(1, {1024, 512}));
  ASSERT_TRUE(upload(2, {1024, 512}));
  const auto refused = upload(3, {1, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ENOMEM);
  // One in the place of another counts for the difference; what is refused takes nothing.
  ASSERT_FALSE(upload(2, {1024, 513}));
  ASSERT_TRUE(upload(2, {1024, 511}));
  ASSERT_TRUE(upload(3, {1024, 1}));
  ASSERT_FALSE(upload(4, {1, 1}));
  composer.forget_surface(SurfaceId{1});
  composer.forget_surface(SurfaceId{1});
  ASSERT_TRUE(upload(4, {512, 1024}));
  ASSERT_FALSE(upload(5, {1, 1}));
}

TEST_F(ComposerTest, UploadsThatNobodyComposesAreBounded) {
  // 100 pictures of 4 MiB that are never drawn: their staging memory must go round, not grow with them.
  const ReferencePixels pixels = noise({1024, 1024}, 1, true);
  const ArrayPixels source(DRM_FORMAT_XRGB8888, pixels);
  for (std::uint32_t i = 0; i < 100; ++i)
    ASSERT_TRUE(composer_->upload(SurfaceId{1}, source, Region(Rect{0, 0, 1024, 1000})));
  shown_[SurfaceId{1}] = {DRM_FORMAT_XRGB8888, pixels};
  const auto picture = snapshot({1024, 1024}, {layer(1, {0, 0})});
  EXPECT_EQ(drawn(picture), expected(picture));
}

} // namespace

} // namespace fenceline
