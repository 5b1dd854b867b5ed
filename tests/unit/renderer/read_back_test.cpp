// Images in CPU memory. That what was composed comes back as it was is shown by all tests of the renderer.
#include <drm_fourcc.h>

#include "tests/unit/renderer/composer_fixture.h"

namespace fenceline {

namespace {

constexpr Size screen{160, 120};
constexpr BufferId target{1};

TEST_F(ComposerTest, CopiesATargetAsOftenAsAsked) {
  show(1, DRM_FORMAT_XRGB8888, noise(screen, 1, false));
  show(2, DRM_FORMAT_ARGB8888, noise({50, 40}, 2, false));
  ASSERT_TRUE(composer_->create_offscreen_target(target, screen));
  for (std::int32_t i = 0; i < 3; ++i) {
    const auto picture = snapshot(screen, {layer(1, {0, 0}), layer(2, {i * 20, i * 10})});
    ASSERT_TRUE(compose(target, screen, picture.layers));
    for (int again = 0; again < 2; ++again) {
      const auto pixels = read_back(target);
      ASSERT_TRUE(pixels) << pixels.error().text();
      EXPECT_LE(largest_difference(*pixels, expected(picture)), 1);
    }
  }
}

TEST_F(ComposerTest, CopiesWhatWasDrawnBeforeItWasAsked) {
  // Asked right after the composition, and before the next one: the queue keeps their order.
  show(1, DRM_FORMAT_XRGB8888, noise(screen, 1, false));
  show(2, DRM_FORMAT_XRGB8888, noise(screen, 2, false));
  ASSERT_TRUE(composer_->create_offscreen_target(target, screen));
  int composed = 0;
  std::vector<ReadBack> copies;
  for (std::uint32_t i = 1; i <= 2; ++i) {
    ComposeRequest request;
    request.target = target;
    request.size = screen;
    request.layers = {layer(i, {0, 0})};
    ASSERT_TRUE(composer_->compose(request, test::when_composed([&](Result<Composed> c) { composed += c ? 1 : 0; })));
    ASSERT_TRUE(composer_->read_back(target, {}, [&](Result<ReadBack> r) {
      ASSERT_TRUE(r);
      copies.push_back(std::move(*r));
    }));
  }
  while (copies.size() < 2)
    loop_->dispatch(-1);
  EXPECT_EQ(composed, 2);
  for (std::uint32_t i = 1; i <= 2; ++i) {
    const ReadBack& copy = copies[i - 1];
    wait_for(copy.fence);
    EXPECT_EQ(copy.size, screen);
    std::vector<std::uint32_t> pixels(copy.pixels.begin(), copy.pixels.end());
    for (std::uint32_t& pixel : pixels)
      pixel |= 0xff000000U;
    EXPECT_EQ(pixels, expected(snapshot(screen, {layer(i, {0, 0})}))) << "copy " << i;
  }
}

TEST_F(ComposerTest, CopiesNoImageThatItDoesNotHave) {
  const auto fail = [](Result<ReadBack>) { FAIL() << "done after an error"; };
  EXPECT_FALSE(composer_->read_back(target, {}, fail));
  ASSERT_TRUE(composer_->create_offscreen_target(target, screen));
  EXPECT_FALSE(composer_->read_back(target, {}, fail)) << "nothing has been drawn to it";
  show(1, DRM_FORMAT_XRGB8888, noise(screen, 1, false));
  ASSERT_TRUE(compose(target, screen, {layer(1, {0, 0})}));
  EXPECT_TRUE(read_back(target));
  composer_->forget_buffer(target);
  EXPECT_FALSE(composer_->read_back(target, {}, fail));
}

TEST_F(ComposerTest, CopiesAnImageThatIsForgottenMeanwhile) {
  ASSERT_TRUE(composer_->create_offscreen_target(target, screen));
  show(1, DRM_FORMAT_XRGB8888, noise(screen, 1, false));
  ASSERT_TRUE(compose(target, screen, {layer(1, {0, 0})}));
  std::optional<ReadBack> copy;
  ASSERT_TRUE(composer_->read_back(target, {}, [&](Result<ReadBack> r) {
    ASSERT_TRUE(r);
    copy = std::move(*r);
  }));
  composer_->forget_buffer(target);
  while (!copy)
    loop_->dispatch(-1);
  wait_for(copy->fence);
  EXPECT_EQ(copy->pixels[0] | 0xff000000U, expected(snapshot(screen, {layer(1, {0, 0})}))[0]);
}

TEST_F(ComposerTest, CanBeDestroyedWithACopyInFlight) {
  ASSERT_TRUE(composer_->create_offscreen_target(target, screen));
  ASSERT_TRUE(compose(target, screen, {}));
  const auto held = std::make_shared<int>(0);
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(composer_->read_back(target, {}, [held](Result<ReadBack>) {}));
  composer_.reset();
  EXPECT_EQ(held.use_count(), 1);
}

} // namespace

} // namespace fenceline
