#include "compositor/backends/drm/format_list.h"

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include "tests/support/fake_drm.h"

namespace fenceline {
namespace {

TEST(InFormats, PairsEachFormatWithItsModifiersInTheDriversOrder) {
  const std::vector<FormatModifier> said{
      {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
      {DRM_FORMAT_XRGB8888, I915_FORMAT_MOD_X_TILED},
      {DRM_FORMAT_NV12, I915_FORMAT_MOD_X_TILED},
  };
  const auto read = parse_in_formats(test::in_formats_blob(said));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, said);
}

TEST(InFormats, BitsOfASecondEntryCountFromItsOffset) {
  std::vector<FormatModifier> said;
  for (std::uint32_t i = 0; i < 70; ++i)
    said.push_back({1000 + i, i % 3});
  const auto read = parse_in_formats(test::in_formats_blob(said));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, said);
}

TEST(InFormats, ATruncatedBlobIsAnErrorAtEveryLength) {
  std::vector<FormatModifier> said;
  for (std::uint32_t i = 0; i < 70; ++i)
    said.push_back({1000 + i, i % 2});
  const auto whole = test::in_formats_blob(said);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_FALSE(parse_in_formats(std::span(whole).first(length))) << length;
}

TEST(InFormats, CountsAndOffsetsThatLieAreErrors) {
  const std::vector<FormatModifier> said{{DRM_FORMAT_XRGB8888, 0}};
  const auto whole = test::in_formats_blob(said);
  // Version, count of formats and where they are, count of modifiers and where those are.
  for (const std::size_t field : {0U, 8U, 12U, 16U, 20U}) {
    auto lying = whole;
    for (std::size_t i = 0; i < 4; ++i)
      lying[field + i] = std::byte{0xff};
    EXPECT_FALSE(parse_in_formats(lying)) << "at " << field;
  }
  // A bit beyond the formats.
  auto beyond = whole;
  beyond[beyond.size() - sizeof(std::uint64_t) * 3] = std::byte{0x02};
  EXPECT_FALSE(parse_in_formats(beyond));
}

TEST(InFormats, APlaneWithoutTheBlobTakesLinearAndTheDriversOwnLayout) {
  const std::vector<std::uint32_t> fourccs{DRM_FORMAT_XRGB8888, DRM_FORMAT_NV12};
  const std::vector<FormatModifier> expected{{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
                                             {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID},
                                             {DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR},
                                             {DRM_FORMAT_NV12, DRM_FORMAT_MOD_INVALID}};
  EXPECT_EQ(formats_without_modifiers(fourccs), expected);
}

} // namespace
} // namespace fenceline
