// How long the GPU drew, by its own clock.
#include <drm_fourcc.h>

#include <vector>

#include "tests/unit/renderer/composer_fixture.h"

namespace fenceline {

namespace {

constexpr Size screen{256, 256};

TEST_F(ComposerTest, TellsWhenTheGpuDrewOnOurClock) {
  if (!composer_->no_gpu_time().empty()) {
    ASSERT_FALSE(composer_->device().cpu) << "lavapipe has time stamps: " << composer_->no_gpu_time();
    GTEST_SKIP() << "SKIP: " << composer_->no_gpu_time();
  }
  std::vector<GpuTime> told;
  composer_->on_gpu_time([&](const GpuTime& time) { told.push_back(time); });
  ASSERT_TRUE(composer_->create_offscreen_target(BufferId{1}, screen));
  show(1, DRM_FORMAT_ARGB8888, noise(screen, 1, false));
  struct Asked {
    TimePoint before, after;
  };
  std::vector<Asked> asked;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    const TimePoint before = loop_->clock().now();
    bool ended = false;
    ComposeRequest request;
    request.output = OutputId{7};
    request.frame = FrameId{i};
    request.target = BufferId{1};
    request.size = screen;
    request.layers = {layer(1, {0, 0})};
    ASSERT_TRUE(composer_->compose(request, test::when_composed([&](Result<Composed> end) {
                                     ASSERT_TRUE(end) << end.error().text();
                                     wait_for(end->fence);
                                     ended = true;
                                   })));
    while (!ended)
      loop_->dispatch(-1);
    asked.push_back({before, loop_->clock().now()});
  }
  // What nobody looks at any more is looked at by the next one.
  composer_->forget_buffer(BufferId{1});
  ASSERT_EQ(told.size(), asked.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].output, OutputId{7});
    EXPECT_EQ(told[i].frame, FrameId{i + 1});
    EXPECT_GT(told[i].took.count(), 0) << i;
    // The clocks are compared once a second, and drift apart by less than this.
    constexpr Nanoseconds drift = std::chrono::microseconds(200);
    EXPECT_GE(told[i].begin + drift, asked[i].before) << i;
    EXPECT_LE(told[i].begin + told[i].took, asked[i].after + drift) << i;
  }
}

} // namespace

} // namespace fenceline
