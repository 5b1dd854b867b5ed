#include <drm_fourcc.h>

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

class OutputImagesTest : public testing::Test {
 protected:
  VirtualLoop loop;
  FakeScanout device{loop, {fake_output()}};
  FakeComposer composer{loop};
  IdSource<BufferId> ids;
  Log log{LogLevel::Off};
};

TEST_F(OutputImagesTest, TakesTheDisplaysImagesFirst) {
  OutputImages images(device, composer, ids, log, fake_output());
  const auto image = images.acquire();
  ASSERT_TRUE(image);
  EXPECT_EQ(composer.imported_targets, 1U);
  EXPECT_EQ(composer.exported_targets, 0U);
  EXPECT_TRUE(device.knows(image->buffer));
  EXPECT_EQ(image->format.fourcc, static_cast<std::uint32_t>(DRM_FORMAT_XRGB8888)) << "no alpha where none is needed";
}

TEST_F(OutputImagesTest, ExportsTheComposersWhenTheDisplayHasNone) {
  device.allocates = false;
  OutputImages images(device, composer, ids, log, fake_output());
  const auto image = images.acquire();
  ASSERT_TRUE(image);
  EXPECT_EQ(composer.exported_targets, 1U);
  EXPECT_TRUE(device.knows(image->buffer));
}

TEST_F(OutputImagesTest, ExportsTheComposersWhenItCannotDrawToTheDisplays) {
  composer.import_target_fails = true;
  OutputImages images(device, composer, ids, log, fake_output());
  const auto image = images.acquire();
  ASSERT_TRUE(image);
  EXPECT_EQ(composer.exported_targets, 1U);
  EXPECT_EQ(device.buffers.size(), 1U) << "the display's image that cannot be used is forgotten";
}

TEST_F(OutputImagesTest, AnOutputThatTakesNoBufferHasOffscreenImages) {
  OutputInfo info = fake_output();
  info.planes[0].formats.clear();
  OutputImages images(device, composer, ids, log, info);
  ASSERT_TRUE(images.acquire());
  EXPECT_EQ(composer.offscreen_targets, 1U);
  EXPECT_TRUE(device.buffers.empty());
}

TEST_F(OutputImagesTest, FailsWhenNeitherSideHasAnImage) {
  device.allocates = false;
  composer.create_target_fails = true;
  OutputImages images(device, composer, ids, log, fake_output());
  EXPECT_FALSE(images.acquire());
  EXPECT_TRUE(device.buffers.empty());
}

TEST_F(OutputImagesTest, AnImageIsFreeWhenNobodyUsesIt) {
  OutputImages images(device, composer, ids, log, fake_output());
  std::vector<OutputImage> used;
  for (int i = 0; i < 3; ++i) {
    auto image = images.acquire();
    ASSERT_TRUE(image);
    used.push_back(*image);
  }
  EXPECT_NE(used[0].buffer, used[1].buffer);
  EXPECT_NE(used[1].buffer, used[2].buffer);
  const auto none = images.acquire();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, EBUSY);
  const BufferId freed = used[1].buffer;
  used.erase(used.begin() + 1);
  const auto again = images.acquire();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->buffer, freed);
  EXPECT_EQ(device.buffers.size(), 3U);
}

TEST_F(OutputImagesTest, ForgetsItsImagesAtTheEnd) {
  {
    OutputImages images(device, composer, ids, log, fake_output());
    ASSERT_TRUE(images.acquire());
  }
  EXPECT_TRUE(device.buffers.empty());
  EXPECT_TRUE(composer.targets.empty());
}

} // namespace
} // namespace fenceline::test
