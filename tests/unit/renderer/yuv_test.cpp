#include <drm_fourcc.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/support/yuv_image.h"
#include "tests/unit/renderer/composer_fixture.h"

// Video from dma-bufs, against the CPU's arithmetic. The dma-bufs come from /dev/udmabuf, which the lab has.

namespace fenceline {

namespace {

constexpr Size screen{96, 72};
constexpr YuvMatrix matrices[] = {YuvMatrix::Bt601, YuvMatrix::Bt709, YuvMatrix::Bt2020};
constexpr YuvRange ranges[] = {YuvRange::Limited, YuvRange::Full};

std::string text(const YuvFormat& format) {
  return fourcc_text(format.fourcc);
}

class DmabufYuvTest : public ComposerTest {
 protected:
  void SetUp() override {
    ComposerTest::SetUp();
    if (IsSkipped() || (offers(DRM_FORMAT_NV12) && ::access("/dev/udmabuf", R_OK | W_OK) == 0))
      return;
    // The lab says that there they must not be skipped.
    ASSERT_EQ(::getenv("FENCELINE_NEEDS_DMABUF"), nullptr) << "no NV12, or no dma-bufs";
    GTEST_SKIP() << "SKIP: the Vulkan device samples no NV12, or there is no /dev/udmabuf";
  }

  [[nodiscard]] bool offers(std::uint32_t fourcc) const {
    const auto formats = composer_->texture_formats();
    return std::find(formats.begin(), formats.end(), FormatModifier{fourcc, DRM_FORMAT_MOD_LINEAR}) != formats.end();
  }

  /// A client's picture as surface 1 and buffer 1.
  void bring(const YuvFormat& format, Size size, const YuvMemory& memory = {}) {
    ReferencePixels picture = yuv_noise(format, size, 7);
    const auto stored = store_yuv(format, picture, memory);
    ASSERT_TRUE(stored) << stored.error().text();
    const auto imported = composer_->import_dmabuf(BufferId{1}, *stored);
    ASSERT_TRUE(imported) << imported.error().text();
    shown_[SurfaceId{1}] = {format.fourcc, std::move(picture)};
  }

  [[nodiscard]] Layer video(Point at) const {
    Layer l = layer(1, at);
    l.kind = BufferKind::Dmabuf;
    l.buffer = BufferId{1};
    return l;
  }
};

TEST_F(DmabufYuvTest, OffersWhatItCanSample) {
  for (const YuvFormat& format : yuv_formats())
    EXPECT_TRUE(offers(format.fourcc)) << text(format);
  for (const FormatModifier& f : composer_->target_formats())
    EXPECT_EQ(find_yuv_format(f.fourcc), nullptr) << "nothing draws video";
  for (const std::uint32_t part : {DRM_FORMAT_R8, DRM_FORMAT_GR88, DRM_FORMAT_R16, DRM_FORMAT_GR1616})
    EXPECT_FALSE(offers(part)) << "a part is no picture";
}

TEST_F(DmabufYuvTest, EveryFormatInEveryEncoding) {
  for (const YuvFormat& format : yuv_formats()) {
    bring(format, {64, 48});
    for (const YuvMatrix matrix : matrices)
      for (const YuvRange range : ranges) {
        Layer l = video({9, 5});
        l.yuv = {matrix, range};
        const auto picture = snapshot(screen, {l});
        EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 1)
            << text(format) << " matrix " << static_cast<int>(matrix) << " range " << static_cast<int>(range);
      }
  }
}

TEST_F(DmabufYuvTest, ScaledCroppedTurnedAndFaded) {
  for (const YuvFormat& format : yuv_formats()) {
    bring(format, {64, 48});
    for (unsigned t = 0; t < 8; ++t) {
      Layer l = video({});
      l.transform = static_cast<Transform>(t);
      l.source = {3.25, 2.5, 50, 40.125};
      l.dest = {-8, 5, 101, 57};
      l.alpha = t % 2 == 0 ? 1.0F : 0.6F;
      l.yuv = {matrices[t % 3], ranges[t % 2]};
      show(2, DRM_FORMAT_XRGB8888, noise(screen, 3, true));
      const auto picture = snapshot(screen, {layer(2, {0, 0}), l});
      EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 1) << text(format) << " transform " << t;
    }
  }
}

TEST_F(DmabufYuvTest, HalvedChromaLiesWhereItIsSaidTo) {
  for (const std::uint32_t fourcc : {DRM_FORMAT_NV12, DRM_FORMAT_YUV422, DRM_FORMAT_YUV444}) {
    bring(*find_yuv_format(fourcc), {64, 48});
    std::vector<std::vector<std::uint32_t>> seen;
    for (const auto x : {ChromaSite::X::Left, ChromaSite::X::Middle})
      for (const auto y : {ChromaSite::Y::Top, ChromaSite::Y::Middle, ChromaSite::Y::Bottom}) {
        Layer l = video({2, 3});
        l.chroma = {x, y};
        const auto picture = snapshot(screen, {l});
        seen.push_back(drawn(picture));
        EXPECT_LE(largest_difference(seen.back(), expected(picture)), 1);
      }
    std::sort(seen.begin(), seen.end());
    const auto distinct = std::unique(seen.begin(), seen.end()) - seen.begin();
    EXPECT_EQ(distinct, fourcc == DRM_FORMAT_NV12 ? 6 : fourcc == DRM_FORMAT_YUV422 ? 2 : 1);
  }
}

TEST_F(DmabufYuvTest, OddSizesPaddedRowsAndSeveralDmabufs) {
  for (const YuvFormat& format : yuv_formats())
    for (const Size size : {Size{63, 47}, Size{1, 1}, Size{2, 1}, Size{1, 3}})
      for (const YuvMemory memory :
           {YuvMemory{.padding = 12}, YuvMemory{.offset = 4096}, YuvMemory{.several_dmabufs = true}}) {
        ReferencePixels picture = yuv_noise(format, size, 7);
        bring(format, size, memory);
        const auto scene = snapshot(screen, {video({9, 5})});
        EXPECT_LE(largest_difference(drawn(scene), expected(scene)), 1)
            << text(format) << ' ' << size.width << 'x' << size.height << " padding " << memory.padding << " offset "
            << memory.offset;
      }
}

TEST_F(DmabufYuvTest, NothingBesideTheSourceShows) {
  // What a decoder has put beside the picture is white noise here; the picture itself is black.
  const YuvFormat& format = *find_yuv_format(DRM_FORMAT_NV12);
  ReferencePixels picture = yuv_noise(format, {64, 48}, 9);
  const auto blacken = [](std::vector<std::uint16_t>& samples, int stride, int width, int height, std::uint16_t value) {
    for (int y = 0; y < height; ++y)
      std::fill_n(samples.begin() + y * stride, width, value);
  };
  blacken(picture.yuv->luma, 64, 40, 20, 16);
  blacken(picture.yuv->blue, 32, 20, 10, 128);
  blacken(picture.yuv->red, 32, 20, 10, 128);
  const auto stored = store_yuv(format, picture);
  ASSERT_TRUE(stored) << stored.error().text();
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, *stored));
  shown_[SurfaceId{1}] = {format.fourcc, picture};
  Layer l = video({});
  l.source = {0, 0, 40, 20};
  l.dest = {0, 0, screen.width, screen.height};
  for (const std::uint32_t word : drawn(snapshot(screen, {l})))
    ASSERT_EQ(word, 0xff000000U);
}

TEST_F(DmabufYuvTest, ManyInOnePictureAmongOthers) {
  bring(*find_yuv_format(DRM_FORMAT_NV12), {64, 48});
  show(2, DRM_FORMAT_ARGB8888, noise({40, 30}, 2, false));
  for (int round = 0; round < 3; ++round) {
    const auto picture = snapshot(screen, {video({0, 0}), layer(2, {20, 20}), video({40, 30})});
    EXPECT_LE(largest_difference(drawn(picture), expected(picture)), 1) << round;
  }
}

TEST_F(DmabufYuvTest, ReadsTheImageBack) {
  bring(*find_yuv_format(DRM_FORMAT_NV12), screen);
  for (const YuvRange range : ranges) {
    Layer l = video({0, 0});
    l.yuv = {YuvMatrix::Bt2020, range};
    const auto pixels = read_back(BufferId{1}, l.yuv);
    ASSERT_TRUE(pixels) << pixels.error().text();
    EXPECT_LE(largest_difference(*pixels, expected(snapshot(screen, {l}))), 1);
  }
}

TEST_F(DmabufYuvTest, RefusesPlanesThatReachBeyondTheirMemory) {
  for (const YuvFormat& format : yuv_formats()) {
    const auto stored = store_yuv(format, yuv_noise(format, {64, 48}, 1));
    ASSERT_TRUE(stored) << stored.error().text();
    const auto refused = [&](auto change) {
      DmabufAttributes bad = stored->duplicate();
      change(bad);
      return !composer_->import_dmabuf(BufferId{2}, bad);
    };
    const std::size_t last = format.plane_count - 1;
    EXPECT_TRUE(refused([](auto& a) { a.size.height = 4000; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.size.width = 66; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.size = {0, 48}; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.size = {1 << 30, 1 << 30}; })) << text(format);
    EXPECT_TRUE(refused([&](auto& a) { a.planes[last].offset = 0xffffff00U; })) << text(format);
    EXPECT_TRUE(refused([&](auto& a) { a.planes[last].offset += 1U << 20; })) << text(format);
    EXPECT_TRUE(refused([&](auto& a) { a.planes[last].stride = 8; })) << text(format);
    EXPECT_TRUE(refused([&](auto& a) { a.planes[last].stride = 0xfffffff0U; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.planes[1].stride += 1U << 16; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.planes[1].fd.reset(); })) << text(format);
    EXPECT_TRUE(refused([&](auto& a) { a.plane_count = last; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.plane_count = 4; })) << text(format);
    EXPECT_TRUE(refused([](auto& a) { a.format.modifier = 0x0123456789abcdefU; })) << text(format);
    EXPECT_FALSE(refused([](auto&) {})) << text(format);
  }
}

} // namespace

} // namespace fenceline
