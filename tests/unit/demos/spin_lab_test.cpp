// spin, as a process of its own, against a compositor that the test plays. In the lab: it needs a DRM device with sync
// objects, and udmabuf for lavapipe to export its images.

#include "demos/pattern.h"
#include "tests/unit/demos/toy_compositor.h"

#include <algorithm>
#include <array>
#include <set>

#include <drm_fourcc.h>
#include <gtest/gtest.h>

namespace fenceline::demos {
namespace {

constexpr int patience_ms = 30'000; // ends a test that hangs; nothing is measured by it
constexpr int a_while_ms = 400;     // in which something that must not happen would have happened

using toy::Commit;
using toy::Compositor;

void expect_pattern(const toy::Buffer& buffer, std::uint32_t frame, bool alpha) {
  const auto pixels = buffer.read();
  const auto width = static_cast<std::uint32_t>(buffer.size.width);
  ASSERT_EQ(decode_frame_code([&](std::uint32_t x) { return pixels[x]; }), frame);
  for (std::uint32_t i = 0; i < pixels.size(); ++i)
    ASSERT_EQ(pixels[i], alpha ? pattern_pixel_argb(i % width, i / width, frame)
                               : 0xff000000u | pattern_pixel(i % width, i / width, frame))
        << "pixel " << i % width << "," << i / width << " of frame " << frame;
}

class SpinLab : public testing::TestWithParam<bool> {
 protected:
  bool run_to(Compositor& compositor, std::size_t commits) {
    return compositor.run_until([&] { return compositor.commits().size() >= commits; }, patience_ms);
  }
};

TEST_P(SpinLab, DrawsOnlyIntoBuffersThatWereGivenBack) {
  const bool explicit_sync = GetParam();
  Compositor compositor({.explicit_sync = explicit_sync});
  compositor.start({SPIN_PATH, "--pattern", "--fullscreen", "--frames", "6", "--start-frame", "40"});
  const auto& commits = compositor.commits();

  ASSERT_TRUE(run_to(compositor, 1));
  compositor.send_frame();
  ASSERT_TRUE(run_to(compositor, 2));
  ASSERT_NE(commits[0].buffer, commits[1].buffer);
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(commits[i].buffer->size, (Size{256, 160}));
    EXPECT_EQ(commits[i].buffer->format, static_cast<std::uint32_t>(DRM_FORMAT_XRGB8888));
    EXPECT_EQ(commits[i].buffer->modifier, static_cast<std::uint64_t>(DRM_FORMAT_MOD_LINEAR));
    EXPECT_EQ(commits[i].acquire.timeline != 0, explicit_sync);
    EXPECT_EQ(commits[i].release.timeline != 0, explicit_sync);
    ASSERT_TRUE(compositor.wait_acquire(commits[i]));
    expect_pattern(*commits[i].buffer, 40 + i, false);
  }

  // Asked for a third frame with both buffers out, it waits, and leaves them as they are.
  compositor.send_frame();
  EXPECT_FALSE(compositor.run_until([&] { return commits.size() > 2; }, a_while_ms));
  expect_pattern(*commits[0].buffer, 40, false);
  expect_pattern(*commits[1].buffer, 41, false);

  // The second one given back is the one that it takes, though the first was committed earlier.
  compositor.release(commits[1]);
  ASSERT_TRUE(run_to(compositor, 3));
  EXPECT_EQ(commits[2].buffer, commits[1].buffer);
  ASSERT_TRUE(compositor.wait_acquire(commits[2]));
  expect_pattern(*commits[2].buffer, 42, false);
  expect_pattern(*commits[0].buffer, 40, false);

  compositor.release(commits[0]);
  for (std::size_t i = 3; i < 6; ++i) {
    compositor.send_frame();
    ASSERT_TRUE(run_to(compositor, i + 1));
    ASSERT_TRUE(compositor.wait_acquire(commits[i]));
    expect_pattern(*commits[i].buffer, static_cast<std::uint32_t>(40 + i), false);
    compositor.release(commits[i - 1]);
  }
  std::set<toy::Buffer*> ring;
  for (const Commit& commit : commits)
    ring.insert(commit.buffer);
  EXPECT_EQ(ring.size(), 2u);
  compositor.send_frame();
  EXPECT_EQ(compositor.wait_for_exit(patience_ms), 0);
  EXPECT_EQ(commits.size(), 6u);
}

TEST_P(SpinLab, TakesANewSizeWithANewRing) {
  Compositor compositor({.explicit_sync = GetParam()});
  compositor.start({SPIN_PATH, "--pattern", "--alpha", "--buffers", "3"});
  const auto& commits = compositor.commits();
  ASSERT_TRUE(run_to(compositor, 1));
  ASSERT_TRUE(compositor.wait_acquire(commits[0]));
  expect_pattern(*commits[0].buffer, 0, true);
  // No frame callback: a window that nobody sees has to answer a configure all the same.
  compositor.configure({320, 100});
  ASSERT_TRUE(run_to(compositor, 2));
  EXPECT_EQ(commits[1].buffer->size, (Size{320, 100}));
  EXPECT_EQ(commits[1].buffer->format, static_cast<std::uint32_t>(DRM_FORMAT_ARGB8888));
  ASSERT_TRUE(compositor.wait_acquire(commits[1]));
  expect_pattern(*commits[1].buffer, 1, true);
}

// The validation layer looks on: what draws another format is made while frames are on their way.
TEST_P(SpinLab, FollowsTheFeedbackWithANewRingInAnotherFormat) {
  Compositor compositor({.explicit_sync = GetParam()});
  compositor.start({SPIN_PATH, "--validate", "--pattern", "--format", "XBGR8888", "--follow-feedback", "--buffers", "3",
                    "--frames", "5"});
  const auto& commits = compositor.commits();
  const auto exchanged = [](std::uint32_t p) { return (p & 0xff00ff00U) | (p >> 16U & 0xffU) | (p & 0xffU) << 16U; };
  const std::uint32_t liked = DRM_FORMAT_XBGR8888, planes = DRM_FORMAT_XRGB8888;
  const std::array<std::uint32_t, 5> wanted{liked, planes, planes, liked, liked};
  for (std::uint32_t i = 0; i < wanted.size(); ++i) {
    ASSERT_TRUE(run_to(compositor, i + 1));
    const toy::Buffer& buffer = *commits[i].buffer;
    ASSERT_EQ(buffer.format, wanted[i]) << "frame " << i;
    ASSERT_TRUE(compositor.wait_acquire(commits[i]));
    const auto pixels = buffer.read();
    const auto width = static_cast<std::uint32_t>(buffer.size.width);
    for (std::uint32_t p = 0; p < pixels.size(); ++p)
      ASSERT_EQ(wanted[i] == liked ? exchanged(pixels[p]) : pixels[p],
                0xff000000U | pattern_pixel(p % width, p / width, i))
          << "pixel " << p % width << "," << p / width << " of frame " << i;
    // Before the third frame it is told nothing new: its ring stays.
    if (i > 0) {
      EXPECT_EQ(commits[i - 1].buffer->resource != nullptr, wanted[i] == wanted[i - 1]) << "frame " << i;
    }
    if (i < 3)
      compositor.tell_feedback(i < 2);
    compositor.send_frame();
  }
  EXPECT_EQ(compositor.wait_for_exit(patience_ms), 0);
}

INSTANTIATE_TEST_SUITE_P(Sync, SpinLab, testing::Values(true, false),
                         [](const testing::TestParamInfo<bool>& with) { return with.param ? "Explicit" : "Implicit"; });

TEST(SpinLabSync, PointsGrowAndEachBufferHasItsOwnReleaseTimeline) {
  Compositor compositor({});
  compositor.start({SPIN_PATH, "--pattern", "--frames", "8"});
  const auto& commits = compositor.commits();
  for (std::size_t i = 0; i < 8; ++i) {
    ASSERT_TRUE(compositor.run_until([&] { return commits.size() > i; }, patience_ms));
    compositor.send_frame();
    if (i > 0)
      compositor.release(commits[i - 1]);
  }
  for (std::size_t i = 1; i < 8; ++i) {
    EXPECT_EQ(commits[i].acquire.timeline, commits[0].acquire.timeline);
    EXPECT_GT(commits[i].acquire.value, commits[i - 1].acquire.value);
    EXPECT_NE(commits[i].release.timeline, commits[i].acquire.timeline);
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_EQ(commits[i].release.timeline == commits[j].release.timeline, commits[i].buffer == commits[j].buffer);
      if (commits[i].buffer == commits[j].buffer) {
        EXPECT_GT(commits[i].release.value, commits[j].release.value);
      }
    }
  }
  EXPECT_EQ(compositor.wait_for_exit(patience_ms), 0);
}

TEST(SpinLabValidation, TheLayerFindsNothingWrong) {
  for (const bool explicit_sync : {true, false})
    for (const char* picture : {"--pattern", "--alpha"}) { // the pattern; the scene, which copies and blends
      Compositor compositor({.explicit_sync = explicit_sync});
      compositor.start({SPIN_PATH, "--validate", picture, "--frames", "6"});
      const auto& commits = compositor.commits();
      for (std::size_t i = 0; i < 6; ++i) {
        ASSERT_TRUE(compositor.run_until([&] { return commits.size() > i; }, patience_ms));
        if (i == 3)
          compositor.configure({320, 100});
        compositor.send_frame();
        if (i > 0)
          compositor.release(commits[i - 1]);
      }
      EXPECT_EQ(compositor.wait_for_exit(patience_ms), 0);
    }
}

TEST(SpinLabSync, ExplicitSyncThatIsNotOfferedIsAnErrorOnlyWhereItIsAskedFor) {
  Compositor compositor({.explicit_sync = false});
  compositor.start({SPIN_PATH, "--explicit-sync", "on"});
  EXPECT_EQ(compositor.wait_for_exit(patience_ms), 1);
}

} // namespace
} // namespace fenceline::demos
