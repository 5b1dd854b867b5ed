// Two windows on overlay planes, one over the other: the display's own composition (vkms' writeback) against the frames
// as they are computed, the planes by the kernel's account, and the session's own that nothing was composed or copied.

#include <gtest/gtest.h>

#include <set>

#include "demos/pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr Size window{480, 360};
// Windows are centred, each new one 32 px further right and down.
constexpr Point lower_at{(screen.width - window.width) / 2, (screen.height - window.height) / 2};
constexpr Point upper_at{lower_at.x + 32, lower_at.y + 32};
constexpr int samples = 6, most_samples = 40;
constexpr int most_looks = 1500;

bool inside(Point at, std::int32_t x, std::int32_t y) {
  return x >= at.x && y >= at.y && x < at.x + window.width && y < at.y + window.height;
}

Picture computed(std::uint32_t lower, std::uint32_t upper) {
  return make_picture(screen, [=](std::uint32_t ux, std::uint32_t uy) {
    const auto x = static_cast<std::int32_t>(ux), y = static_cast<std::int32_t>(uy);
    for (const auto& [at, frame] : {std::pair(upper_at, upper), std::pair(lower_at, lower)})
      if (inside(at, x, y))
        return demos::pattern_pixel(static_cast<std::uint32_t>(x - at.x), static_cast<std::uint32_t>(y - at.y), frame);
    return std::uint32_t{0};
  });
}

TEST(OverlayWindows, AreScannedOutToTheLastBit) {
  Session session;
  Witness eyes;
  const std::vector<std::string> arguments{"--size", "480x360", "--pattern", "--json"};
  Process lower = session.client("demos/spin", arguments);
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  std::set<std::uint32_t> framebuffers;
  {
    Writeback writeback(session.compositor().pid());
    const auto look_until = [&](auto&& there) {
      for (int look = 0; look < most_looks; ++look)
        if (there(writeback.capture()))
          return true;
      return false;
    };
    ASSERT_TRUE(look_until([](const Picture& p) { return number_stands_at(p, lower_at); })) << session.log();
    Process upper = session.client("demos/spin", arguments);
    // Which buffers they are is chance: until two of each client were there.
    for (int i = 0; i < samples || (framebuffers.size() < 4 && i < most_samples); ++i) {
      ASSERT_TRUE(look_until([&](const Picture& p) {
        return number_stands_at(p, upper_at) && !seen.contains({frame_number(p, lower_at), frame_number(p, upper_at)});
      })) << session.log();
      lower.freeze();
      upper.freeze();
      const Picture shown = writeback.capture_settled();
      const std::pair numbers{frame_number(shown, lower_at), frame_number(shown, upper_at)};
      const auto wrong = differences(shown, computed(numbers.first, numbers.second));
      EXPECT_TRUE(wrong.empty()) << "frames " << numbers.first << " and " << numbers.second << ": " << text(wrong);
      EXPECT_FALSE(differences(shown, computed(numbers.first + 1, numbers.second)).empty());
      seen.insert(numbers);
      // By the kernel's account: a buffer of each client's on a plane of its own.
      std::set<std::uint32_t> now;
      const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(
          drmModeGetPlaneResources(eyes.fd()), drmModeFreePlaneResources);
      for (std::uint32_t p = 0; p < planes->count_planes; ++p)
        if (const std::uint32_t framebuffer = eyes.framebuffer_on(planes->planes[p]); framebuffer != 0)
          now.insert(framebuffer);
      for (const Process* client : {&lower, &upper}) {
        std::set<std::uint64_t> theirs;
        for (const HeldDmabuf& held : dmabufs_of(client->pid()))
          theirs.insert(held.inode);
        EXPECT_EQ(std::count_if(now.begin(), now.end(),
                                [&](std::uint32_t fb) { return theirs.contains(eyes.inode_behind(fb)); }),
                  1);
      }
      framebuffers.merge(now);
      lower.thaw();
      upper.thaw();
    }
    EXPECT_GE(framebuffers.size(), 4U) << "two of each client";
    for (Process* client : {&lower, &upper}) {
      client->send(SIGTERM);
      EXPECT_EQ(client->wait(), 0) << client->errors();
    }
  }
  EXPECT_EQ(session.end(), 0) << session.log();
  // By the session's own.
  const std::string report = session.report();
  EXPECT_NE(report.find("\"copied_bytes\": 0"), std::string::npos) << report;
  EXPECT_NE(report.find("\"layers_composed\": 0"), std::string::npos) << report;
  std::printf("%zu pictures of two windows on overlay planes: as computed\n", seen.size());
}

} // namespace
} // namespace fenceline::lab
