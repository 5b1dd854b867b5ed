#include "compositor/backends/drm/kms_modes.h"

#include <gtest/gtest.h>

#include "compositor/frame/output_settings.h"
#include "tests/support/fake_drm.h"

namespace fenceline {
namespace {

drmModeModeInfo timing(std::uint32_t clock, std::uint16_t htotal, std::uint16_t vtotal, std::uint32_t flags = 0,
                       std::uint16_t vscan = 0) {
  drmModeModeInfo mode{};
  mode.clock = clock;
  mode.htotal = htotal;
  mode.vtotal = vtotal;
  mode.flags = flags;
  mode.vscan = vscan;
  return mode;
}

TEST(Refresh, IsExactToTheNanosecond) {
  EXPECT_EQ(refresh_of(timing(65'000, 1344, 806)).count(), 16'665'600);   // 1024x768, "60 Hz"
  EXPECT_EQ(refresh_of(timing(148'500, 2200, 1125)).count(), 16'666'667); // 1920x1080 at 60
  EXPECT_EQ(refresh_of(timing(148'352, 2200, 1125)).count(), 16'683'294); // 1920x1080 at 59.94
}

TEST(Refresh, KnowsFieldsAndRepeatedLines) {
  EXPECT_EQ(refresh_of(timing(74'250, 2200, 1125, DRM_MODE_FLAG_INTERLACE)).count(), 16'666'667); // 1080i, 60 fields
  EXPECT_EQ(refresh_of(timing(10'000, 500, 200, DRM_MODE_FLAG_DBLSCAN)).count(), 20'000'000);
  EXPECT_EQ(refresh_of(timing(10'000, 500, 200, 0, 3)).count(), 30'000'000);
}

TEST(Refresh, OfAModeWithoutAClockIsZero) {
  EXPECT_EQ(refresh_of(timing(0, 1344, 806)).count(), 0);
}

class ModeChoice : public testing::Test {
 protected:
  static Result<Mode> choose(std::vector<drmModeModeInfo> infos, std::optional<ModeRequest> wish = std::nullopt) {
    const auto modes = describe_modes(infos);
    return choose_mode("DP-1", modes, wish);
  }
  std::vector<drmModeModeInfo> infos_{test::fake_mode(1920, 1080, 60), test::fake_mode(1024, 768, 60, true),
                                      test::fake_mode(800, 600, 60),   test::fake_mode(800, 600, 75),
                                      test::fake_mode(1920, 1080, 50), test::fake_mode(1920, 1080, 120)};
};

TEST_F(ModeChoice, IsThePreferredOne) {
  const auto mode = choose(infos_);
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->size, (Size{1024, 768}));
  EXPECT_EQ(mode->id, 1U);
}

TEST_F(ModeChoice, IsTheFirstWhenNoneIsPreferred) {
  const auto mode = choose({test::fake_mode(800, 600, 75), test::fake_mode(1024, 768, 60)});
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->size, (Size{800, 600}));
}

TEST_F(ModeChoice, OfASizeTakesTheFastest) {
  const auto mode = choose(infos_, ModeRequest{.size = {1920, 1080}, .refresh_hz = {}});
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->id, 5U);
}

TEST_F(ModeChoice, OfASizeTakesThePreferredBeforeAFasterOne) {
  infos_.push_back(test::fake_mode(1024, 768, 100));
  const auto mode = choose(infos_, ModeRequest{.size = {1024, 768}, .refresh_hz = {}});
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->id, 1U);
}

TEST_F(ModeChoice, TakesTheNearestRefresh) {
  infos_.push_back(test::fake_mode(800, 600, 76));
  const auto mode = choose(infos_, ModeRequest{.size = {800, 600}, .refresh_hz = 75.6});
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->id, 6U);
}

TEST_F(ModeChoice, RefusesWithTheListOfWhatThereIs) {
  infos_.push_back(infos_[2]);
  const auto size = choose(infos_, ModeRequest{.size = {640, 480}, .refresh_hz = {}});
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().text(), "DP-1 has no mode 640x480; it has 1920x1080@60.00, 1024x768@60.00, 800x600@60.00, "
                                 "800x600@75.00, 1920x1080@50.00, 1920x1080@120.00");
  const auto rate = choose({test::fake_mode(800, 600, 60)}, ModeRequest{.size = {800, 600}, .refresh_hz = 61.0});
  ASSERT_FALSE(rate);
  EXPECT_EQ(rate.error().text(), "DP-1 has no mode 800x600@61; it has 800x600@60.00");
}

TEST_F(ModeChoice, NeedsAMode) {
  EXPECT_FALSE(choose({}));
}

} // namespace
} // namespace fenceline
