#include <drm_fourcc.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "renderer/dmabuf_check.h"
#include "tests/unit/renderer/composer_fixture.h"

// Dma-bufs of the composer's own making. A CPU device needs /dev/udmabuf for them, which the lab has; elsewhere the
// tests that make some are skipped.

namespace fenceline {

namespace {

constexpr Size screen{160, 120};
constexpr FormatModifier argb{DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};
constexpr FormatModifier xrgb{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};

class DmabufTest : public ComposerTest {
 protected:
  void SetUp() override {
    ComposerTest::SetUp();
    if (IsSkipped())
      return;
    const auto formats = composer_->target_formats();
    if (std::find(formats.begin(), formats.end(), xrgb) != formats.end())
      return;
    // The lab says that there they must not be skipped.
    ASSERT_EQ(::getenv("FENCELINE_NEEDS_DMABUF"), nullptr) << "the Vulkan device shares no dma-bufs";
    GTEST_SKIP() << "SKIP: the Vulkan device shares no dma-bufs here";
  }

  /// The pixels of a linear XRGB8888 dma-buf.
  static std::vector<std::uint32_t> contents(const DmabufAttributes& a) {
    const DmabufPlane& plane = a.planes[0];
    const std::size_t bytes = plane.offset + std::size_t{plane.stride} * static_cast<std::size_t>(a.size.height);
    void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, plane.fd.get(), 0);
    EXPECT_NE(map, MAP_FAILED);
    std::vector<std::uint32_t> words;
    for (int y = 0; y < a.size.height; ++y) {
      const auto* row = reinterpret_cast<const std::uint32_t*>(static_cast<const std::byte*>(map) + plane.offset +
                                                               std::size_t{plane.stride} * static_cast<unsigned>(y));
      words.insert(words.end(), row, row + a.size.width);
    }
    ::munmap(map, bytes);
    for (std::uint32_t& word : words)
      word |= 0xff000000U; // The X byte may be anything.
    return words;
  }
};

TEST_F(DmabufTest, DrawsToTheImageThatItExports) {
  auto target = composer_->create_target(BufferId{1}, screen, std::array{xrgb});
  ASSERT_TRUE(target) << target.error().text();
  EXPECT_EQ(target->format, xrgb);
  ASSERT_EQ(target->plane_count, 1U);
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, false));
  show(2, DRM_FORMAT_ARGB8888, noise({70, 70}, 2, false));
  const auto picture = snapshot(screen, {layer(1, {10, 10}), layer(2, {50, 40})});
  ASSERT_TRUE(compose(BufferId{1}, screen, picture.layers));
  EXPECT_LE(largest_difference(contents(*target), expected(picture)), 1);

  // The same target again, with something else: nothing of the first picture stays.
  const auto other = snapshot(screen, {layer(2, {0, 0})});
  ASSERT_TRUE(compose(BufferId{1}, screen, other.layers));
  EXPECT_LE(largest_difference(contents(*target), expected(other)), 1);
}

TEST_F(DmabufTest, SamplesWhatWasDrawnElsewhere) {
  auto made = composer_->create_target(BufferId{1}, {100, 80}, std::array{argb});
  ASSERT_TRUE(made) << made.error().text();
  show(1, DRM_FORMAT_XRGB8888, noise({100, 80}, 1, false));
  const auto inner = snapshot({100, 80}, {layer(1, {0, 0})});
  ASSERT_TRUE(compose(BufferId{1}, {100, 80}, inner.layers));

  // A client's buffer, as far as the composer knows; its content must not be lost on the way.
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{2}, *made));
  Layer client = layer(1, {20, 30});
  client.surface = SurfaceId{2};
  client.kind = BufferKind::Dmabuf;
  client.buffer = BufferId{2};
  client.format = argb;
  shown_[SurfaceId{2}] = {DRM_FORMAT_XRGB8888, {{100, 80}, expected(inner)}};
  const auto picture = snapshot(screen, {client});
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(drawn(picture), expected(picture)) << "round " << i;

  auto target = composer_->create_target(BufferId{3}, screen, std::array{xrgb});
  ASSERT_TRUE(target);
  // Twice in one picture: taken over and given back once.
  Layer twice = client;
  twice.dest.x = 60;
  const auto both = snapshot(screen, {client, twice});
  ASSERT_TRUE(compose(BufferId{3}, screen, both.layers));
  EXPECT_EQ(contents(*target), expected(both));
}

TEST_F(DmabufTest, ReadsNoAlphaFromAnXFormat) {
  auto made = composer_->create_target(BufferId{1}, {8, 8}, std::array{argb});
  ASSERT_TRUE(made);
  ASSERT_TRUE(compose(BufferId{1}, {8, 8}, {}));
  const DmabufPlane& plane = made->planes[0];
  void* map = ::mmap(nullptr, plane.offset + plane.stride * 8U, PROT_READ | PROT_WRITE, MAP_SHARED, plane.fd.get(), 0);
  ASSERT_NE(map, MAP_FAILED);
  for (unsigned y = 0; y < 8; ++y)
    for (unsigned x = 0; x < 8; ++x)
      reinterpret_cast<std::uint32_t*>(static_cast<std::byte*>(map) + plane.offset + plane.stride * y)[x] = 0x00804020U;
  ::munmap(map, plane.offset + plane.stride * 8U);
  made->format = xrgb;
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{2}, *made));
  Layer l;
  l.kind = BufferKind::Dmabuf;
  l.buffer = BufferId{2};
  l.source = {0, 0, 8, 8};
  l.dest = {0, 0, 8, 8};
  for (const std::uint32_t word : drawn(snapshot({8, 8}, {l})))
    ASSERT_EQ(word, 0xff804020U);
}

// What the display shows is read back from the very image.
TEST_F(DmabufTest, CopiesTheImageThatItExports) {
  auto target = composer_->create_target(BufferId{1}, screen, std::array{xrgb});
  ASSERT_TRUE(target) << target.error().text();
  show(1, DRM_FORMAT_XRGB8888, noise(screen, 1, false));
  for (std::int32_t i = 0; i < 2; ++i) {
    const auto picture = snapshot(screen, {layer(1, {i, i})});
    ASSERT_TRUE(compose(BufferId{1}, screen, picture.layers));
    for (int again = 0; again < 2; ++again) {
      const auto pixels = read_back(BufferId{1});
      ASSERT_TRUE(pixels) << pixels.error().text();
      EXPECT_EQ(*pixels, expected(picture));
    }
    EXPECT_EQ(contents(*target), expected(picture)) << "and leaves it as it was";
  }
}

TEST_F(DmabufTest, TakesAnotherAllocatorsImageAsATarget) {
  auto made = composer_->create_target(BufferId{1}, screen, std::array{xrgb});
  ASSERT_TRUE(made);
  const DmabufAttributes theirs = made->duplicate();
  composer_->forget_buffer(BufferId{1});
  ASSERT_TRUE(composer_->import_target(BufferId{2}, theirs));
  show(1, DRM_FORMAT_XRGB8888, noise({160, 120}, 1, false));
  const auto picture = snapshot(screen, {layer(1, {0, 0})});
  ASSERT_TRUE(compose(BufferId{2}, screen, picture.layers));
  EXPECT_EQ(contents(theirs), expected(picture));
}

class DmabufLinearTest : public DmabufTest {
 protected:
  DmabufLinearTest() { linear_ = true; }
};

TEST_F(DmabufLinearTest, TargetsOfOursAndOfTheDisplaysAreBlendedInLinearLight) {
  show(1, DRM_FORMAT_XRGB8888, noise(screen, 1, false));
  show(2, DRM_FORMAT_ARGB8888, noise({70, 70}, 2, false));
  const auto picture = snapshot(screen, {layer(1, {0, 0}), layer(2, {50, 40})});
  auto exported = composer_->create_target(BufferId{1}, screen, std::array{xrgb});
  ASSERT_TRUE(exported) << exported.error().text();
  ASSERT_TRUE(compose(BufferId{1}, screen, picture.layers));
  EXPECT_LE(largest_difference(contents(*exported), expected(picture)), 1);
  const DmabufAttributes theirs = exported->duplicate();
  composer_->forget_buffer(BufferId{1});
  ASSERT_TRUE(composer_->import_target(BufferId{2}, theirs));
  ASSERT_TRUE(compose(BufferId{2}, screen, {layer(1, {0, 0})}));
  EXPECT_EQ(contents(theirs), expected(snapshot(screen, {layer(1, {0, 0})}))) << "bit for bit";
  ASSERT_TRUE(compose(BufferId{2}, screen, picture.layers));
  EXPECT_LE(largest_difference(contents(theirs), expected(picture)), 1);
}

TEST_F(DmabufTest, RefusesImagesThatReachBeyondTheirMemory) {
  auto made = composer_->create_target(BufferId{1}, screen, std::array{xrgb});
  ASSERT_TRUE(made);
  const auto refused = [&](auto change) {
    DmabufAttributes bad = made->duplicate();
    change(bad);
    const auto texture = composer_->import_dmabuf(BufferId{2}, bad);
    const auto target = composer_->import_target(BufferId{3}, bad);
    return !texture && !target;
  };
  const off_t bytes = ::lseek(made->planes[0].fd.get(), 0, SEEK_END);
  EXPECT_TRUE(refused([](auto& a) { a.size.height = 4000; }));
  EXPECT_TRUE(refused([](auto& a) { a.size.width = 161 + 16; }));
  EXPECT_TRUE(refused([](auto& a) { a.size = {0, 120}; }));
  EXPECT_TRUE(refused([](auto& a) { a.size = {160, -1}; }));
  EXPECT_TRUE(refused([](auto& a) { a.size = {1 << 30, 1 << 30}; }));
  EXPECT_TRUE(refused([&](auto& a) { a.planes[0].offset = static_cast<std::uint32_t>(bytes); }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].offset = 0xffffffffU; }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].stride = 4; }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].stride = 0; }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].stride += 1; }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].stride = 0xfffffffcU; }));
  EXPECT_TRUE(refused([](auto& a) { a.plane_count = 0; }));
  EXPECT_TRUE(refused([](auto& a) { a.plane_count = 2; }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].fd.reset(); }));
  EXPECT_TRUE(refused([](auto& a) { a.planes[0].fd.reset(::open("/dev/null", O_RDWR | O_CLOEXEC)); }));
  EXPECT_TRUE(refused([](auto& a) { a.format.modifier = 0x0123456789abcdefU; }));
  EXPECT_TRUE(refused([](auto& a) { a.format.fourcc = DRM_FORMAT_NV12; }));
  EXPECT_FALSE(refused([](auto&) {})); // Nothing else was wrong with it.
}

TEST_F(DmabufTest, RefusesTargetsThatTheDisplayCannotShow) {
  EXPECT_FALSE(composer_->create_target(BufferId{1}, screen, {}));
  EXPECT_FALSE(composer_->create_target(BufferId{1}, screen, std::array{FormatModifier{DRM_FORMAT_NV12, 0}}));
  EXPECT_FALSE(composer_->create_target(BufferId{1}, {0, 0}, std::array{xrgb}));
  // The first that works is taken.
  const auto made = composer_->create_target(BufferId{1}, screen, std::array{FormatModifier{DRM_FORMAT_NV12, 0}, xrgb});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->format, xrgb);
}

/// A memfd is no dma-buf: its owner could shrink it under the renderer's mapping.
TEST(DmabufCheck, TakesNothingButDmabufs) {
  UniqueFd fd(::memfd_create("not-a-dmabuf", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(fd.get(), 65536), 0);
  DmabufAttributes a;
  a.size = {16, 16};
  a.format = xrgb;
  a.plane_count = 1;
  a.planes[0] = {std::move(fd), 0, 64};
  ModifierSupport support;
  support.planes = 1;
  const auto checked = check_dmabuf(a, support, *find_pixel_format(DRM_FORMAT_XRGB8888), {4096, 4096});
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().text().find("not a dma-buf"), std::string::npos);
}

TEST_F(ComposerTest, RefusesADescriptorThatIsNoDmabuf) {
  DmabufAttributes a;
  a.size = {16, 16};
  a.format = xrgb;
  a.plane_count = 1;
  a.planes[0] = {UniqueFd(::memfd_create("not-a-dmabuf", MFD_CLOEXEC)), 0, 64};
  ASSERT_EQ(::ftruncate(a.planes[0].fd.get(), 65536), 0);
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{1}, a));
  EXPECT_FALSE(composer_->import_target(BufferId{1}, a));
}

} // namespace

} // namespace fenceline
