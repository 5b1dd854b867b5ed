#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "compositor/output/cursor_images.h"
#include "compositor/output/cursor_store.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/fake_source.h"

namespace fenceline::test {
namespace {

std::uint32_t stored(std::uint32_t fourcc, std::uint32_t pixel) {
  CursorStore store;
  EXPECT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({4, 4}, fourcc, pixel)));
  const auto& pixels = store.find(SurfaceId{1})->pixels();
  EXPECT_EQ(pixels.size(), 16U);
  return pixels.back();
}

TEST(CursorStoreTest, ConvertsToPremultipliedArgb) {
  EXPECT_EQ(stored(DRM_FORMAT_ARGB8888, 0x80112233), 0x80112233U);
  EXPECT_EQ(stored(DRM_FORMAT_XRGB8888, 0x00112233), 0xff112233U);
  EXPECT_EQ(stored(DRM_FORMAT_ABGR8888, 0x80332211), 0x80112233U);
  EXPECT_EQ(stored(DRM_FORMAT_XBGR8888, 0x00332211), 0xff112233U);
  EXPECT_EQ(stored(DRM_FORMAT_RGBA8888, 0x11223380), 0x80112233U);
  EXPECT_EQ(stored(DRM_FORMAT_BGRX8888, 0x33221100), 0xff112233U);
}

TEST(CursorStoreTest, KeepsNothingOfAFormatItCannotConvert) {
  CursorStore store;
  ASSERT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({4, 4}, DRM_FORMAT_ARGB8888, 1)));
  EXPECT_FALSE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({4, 4}, DRM_FORMAT_RGB565, 1)));
  EXPECT_EQ(store.find(SurfaceId{1}), nullptr) << "the old picture is not the surface's any more";
}

TEST(CursorStoreTest, RefusesPicturesThatAreNoCursors) {
  CursorStore store;
  EXPECT_FALSE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({513, 4}, DRM_FORMAT_ARGB8888, 1)));
  EXPECT_FALSE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({4, 0}, DRM_FORMAT_ARGB8888, 1)));
}

/// A picture whose client says that its rows are 2 GiB long.
class WideRows final : public PixelSource {
 public:
  [[nodiscard]] Size size() const override { return {2, 2}; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_ARGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return 0x3ffffffc; }
  bool read_rows(std::uint32_t first, std::uint32_t, std::span<std::byte> out) const override {
    EXPECT_LE(out.size(), 8U);
    std::fill(out.begin(), out.end(), std::byte(first + 1));
    return true;
  }
};

TEST(CursorStoreTest, ReadsNoMoreThanTheRowsPixels) {
  CursorStore store;
  ASSERT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, WideRows()));
  EXPECT_EQ(store.find(SurfaceId{1})->pixels(),
            (std::vector<std::uint32_t>{0x01010101, 0x01010101, 0x02020202, 0x02020202}));
}

TEST(CursorStoreTest, APictureReadsLikeAnyOtherSource) {
  CursorStore store;
  ASSERT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({3, 2}, DRM_FORMAT_ARGB8888, 0x80112233)));
  std::vector<std::byte> out(8, std::byte{0xee});
  EXPECT_TRUE(store.find(SurfaceId{1})->read_rows(1, 1, out)) << "cut to what there is room for";
  EXPECT_EQ(out[3], std::byte{0x80});
  EXPECT_EQ(out[7], std::byte{0x80});
  EXPECT_FALSE(store.find(SurfaceId{1})->read_rows(1, 2, out));
  EXPECT_EQ(out[3], std::byte{0}) << "rows that there are not are zeros";
}

TEST(CursorStoreTest, NewContentHasANewVersionAndIsNotUploaded) {
  CursorStore store;
  ASSERT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({4, 4}, DRM_FORMAT_ARGB8888, 1)));
  const auto version = store.find(SurfaceId{1})->version();
  store.find(SurfaceId{1})->uploaded = true;
  ASSERT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels({4, 4}, DRM_FORMAT_ARGB8888, 2)));
  EXPECT_NE(store.find(SurfaceId{1})->version(), version);
  EXPECT_FALSE(store.find(SurfaceId{1})->uploaded);
}

bool keep(CursorStore& store, std::uint32_t surface, std::uint32_t client) {
  return store.keep(SurfaceId{surface}, ClientId{client}, FakePixels({4, 4}, DRM_FORMAT_ARGB8888, surface));
}

TEST(CursorStoreTest, AClientWithManyCursorsLosesItsOwnLeastRecentlyUsed) {
  CursorStore store;
  ASSERT_TRUE(keep(store, 1000, 0)); // The session's arrow.
  ASSERT_TRUE(keep(store, 2000, 2));
  for (std::uint32_t i = 1; i <= CursorStore::max_pictures; ++i)
    ASSERT_TRUE(keep(store, i, 1));
  ASSERT_NE(store.find(SurfaceId{1}), nullptr);
  ASSERT_EQ(store.victim(SurfaceId{99}, ClientId{1})->surface(), SurfaceId{2});
  ASSERT_NE(store.find(SurfaceId{1}), nullptr);
  ASSERT_TRUE(keep(store, 2, 1)) << "new content of a surface needs no room";
  ASSERT_TRUE(keep(store, 99, 1));
  EXPECT_EQ(store.find(SurfaceId{3}), nullptr);
  EXPECT_NE(store.find(SurfaceId{1}), nullptr);
  EXPECT_NE(store.find(SurfaceId{2}), nullptr);
  for (std::uint32_t i = 0; i < 500; ++i)
    ASSERT_TRUE(keep(store, 100 + i, 1));
  EXPECT_NE(store.find(SurfaceId{1000}), nullptr);
  EXPECT_NE(store.find(SurfaceId{2000}), nullptr);
}

TEST(CursorStoreTest, WhatTheSessionHasItselfIsNeverLetGoOf) {
  CursorStore store;
  for (std::uint32_t i = 1; i <= 2 * CursorStore::max_pictures; ++i)
    ASSERT_TRUE(keep(store, i, 0));
  EXPECT_NE(store.find(SurfaceId{1}), nullptr);
}

TEST(CursorStoreTest, WhatAnOutputShowsIsNotLetGoOf) {
  CursorStore store;
  for (std::uint32_t i = 1; i <= CursorStore::max_pictures; ++i)
    ASSERT_TRUE(keep(store, i, 1));
  store.show(OutputId{1}, {SurfaceId{1}});
  store.show(OutputId{2}, {SurfaceId{2}, SurfaceId{3}});
  ASSERT_TRUE(keep(store, 99, 1));
  for (std::uint32_t i = 1; i <= 3; ++i)
    EXPECT_NE(store.find(SurfaceId{i}), nullptr);
  EXPECT_EQ(store.find(SurfaceId{4}), nullptr);
  store.show(OutputId{2}, {});
  ASSERT_TRUE(keep(store, 100, 1));
  EXPECT_EQ(store.victim(SurfaceId{101}, ClientId{1})->surface(), SurfaceId{6});
}

TEST(CursorStoreTest, KeepsNothingMoreWhenAllOfAClientsAreShown) {
  CursorStore store;
  std::vector<SurfaceId> all;
  for (std::uint32_t i = 1; i <= CursorStore::max_pictures; ++i) {
    ASSERT_TRUE(keep(store, i, 1));
    all.push_back(SurfaceId{i});
  }
  store.show(OutputId{1}, all);
  EXPECT_FALSE(keep(store, 99, 1));
  EXPECT_EQ(store.find(SurfaceId{99}), nullptr);
  EXPECT_TRUE(keep(store, 99, 2));
}

class CursorImagesTest : public testing::Test {
 protected:
  CursorImages::Image show(std::uint32_t pixel, Size size = {24, 24}) {
    EXPECT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, FakePixels(size, DRM_FORMAT_ARGB8888, pixel)));
    return show_again();
  }
  CursorImages::Image show_again(Transform turned_by = Transform::Normal) {
    auto image = images.show(*store.find(SurfaceId{1}), turned_by);
    EXPECT_TRUE(image);
    return *image;
  }
  std::uint32_t pixel(BufferId buffer, std::size_t x, std::size_t y) {
    std::uint32_t value = 0;
    std::memcpy(&value, device.cursor_pixels[buffer].data() + y * 256 + x * 4, 4);
    return value;
  }

  VirtualLoop loop;
  FakeScanout device{loop, {fake_output()}};
  IdSource<BufferId> ids;
  CursorStore store;
  CursorImages images{device, ids, OutputId{1}, {64, 64}};
};

TEST_F(CursorImagesTest, PutsThePictureInTheCornerOfATransparentImage) {
  const auto image = show(0xff00ff00);
  EXPECT_EQ(image.size, (Size{64, 64}));
  EXPECT_EQ(image.copied, 64U * 64U * 4U);
  EXPECT_EQ(pixel(image.buffer, 0, 0), 0xff00ff00U);
  EXPECT_EQ(pixel(image.buffer, 23, 23), 0xff00ff00U);
  EXPECT_EQ(pixel(image.buffer, 24, 23), 0U);
  EXPECT_EQ(pixel(image.buffer, 0, 24), 0U);
}

TEST_F(CursorImagesTest, CopiesNothingWhenThePictureIsTheSame) {
  const auto first = show(1);
  const auto again = show_again();
  EXPECT_EQ(again.buffer, first.buffer);
  EXPECT_EQ(again.copied, 0U);
}

TEST_F(CursorImagesTest, NeverWritesToTheImageOnTheScreen) {
  BufferId on_screen{};
  for (std::uint32_t i = 1; i <= 5; ++i) {
    const auto image = show(i);
    EXPECT_NE(image.buffer, on_screen);
    EXPECT_EQ(pixel(image.buffer, 0, 0), i);
    images.flipped(image.buffer);
    on_screen = image.buffer;
  }
}

TEST_F(CursorImagesTest, LeavesNothingOfALargerPicture) {
  const auto large = show(0xffffffff, {64, 64});
  show(2, {8, 8});
  images.flipped(BufferId{});
  show(3, {8, 8});
  EXPECT_EQ(pixel(large.buffer, 8, 0), 0U);
  EXPECT_EQ(pixel(large.buffer, 63, 63), 0U);
}

/// Each pixel says where it lies: opaque, the column, the row.
class PlacedPixels final : public PixelSource {
 public:
  explicit PlacedPixels(Size size) : size_(size) {}
  [[nodiscard]] Size size() const override { return size_; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_ARGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return static_cast<std::uint32_t>(size_.width) * 4U; }
  bool read_rows(std::uint32_t first, std::uint32_t count, std::span<std::byte> out) const override {
    const auto width = static_cast<std::uint32_t>(size_.width);
    for (std::uint32_t i = 0; i < count * width && (i + 1) * 4 <= out.size(); ++i) {
      const std::uint32_t value = placed(i % width, first + i / width);
      std::memcpy(out.data() + std::size_t{i} * 4U, &value, 4);
    }
    return true;
  }
  static std::uint32_t placed(std::uint32_t x, std::uint32_t y) { return 0xff000000U | x << 8U | y; }

 private:
  Size size_;
};

TEST_F(CursorImagesTest, APictureThatWasTurnedIsUprightInTheImage) {
  ASSERT_TRUE(store.keep(SurfaceId{1}, ClientId{1}, PlacedPixels({6, 4})));
  // By a quarter counter-clockwise, so that its upper left corner was the upper right one.
  auto image = show_again(Transform::R90);
  EXPECT_GT(image.copied, 0U);
  EXPECT_EQ(pixel(image.buffer, 3, 0), PlacedPixels::placed(0, 0));
  EXPECT_EQ(pixel(image.buffer, 0, 0), PlacedPixels::placed(0, 3));
  EXPECT_EQ(pixel(image.buffer, 0, 5), PlacedPixels::placed(5, 3));
  EXPECT_EQ(pixel(image.buffer, 4, 0), 0U) << "it is 4 wide now";
  EXPECT_EQ(pixel(image.buffer, 0, 6), 0U);
  EXPECT_EQ(show_again(Transform::R90).copied, 0U);
  image = show_again(Transform::Flipped);
  EXPECT_GT(image.copied, 0U) << "the same picture, turned otherwise";
  EXPECT_EQ(pixel(image.buffer, 0, 1), PlacedPixels::placed(5, 1));
}

} // namespace
} // namespace fenceline::test
