// wl_shm pictures on planes: the display's own composition (vkms' writeback) against the frames as they are computed;
// that it is the client's memory and no copy of it which the display reads; and the session's own account.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <fstream>
#include <regex>

#include "demos/pattern.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr int samples = 4, most_samples = 20;
constexpr std::uint32_t apart = 50; ///< Frames.
constexpr int most_looks = 1500;
constexpr Point poked{100, 100}; ///< In the client's picture.
constexpr std::uint32_t poke = 0xc0ffee;

struct Scene {
  const char* name;
  std::vector<std::string> arguments;
  Size size; ///< Of the client's picture, which is centred.
};

class ShmOnPlanes : public testing::TestWithParam<Scene> {};

Picture computed(const Scene& scene, Point at, std::uint32_t frame) {
  return make_picture(screen, [&](std::uint32_t ux, std::uint32_t uy) {
    const auto x = static_cast<std::int32_t>(ux) - at.x, y = static_cast<std::int32_t>(uy) - at.y;
    const bool inside = x >= 0 && y >= 0 && x < scene.size.width && y < scene.size.height;
    return inside ? demos::pattern_pixel(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), frame) : 0U;
  });
}

/// Writes a pixel into each of the client's buffers, behind everybody's back. How many there were.
int write_into_buffers(pid_t client, Size size) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(client) + "/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry, gone).string().find("memfd:fenceline-demo") == std::string::npos)
      continue;
    const UniqueFd file(::open(entry.path().c_str(), O_RDWR | O_CLOEXEC));
    const std::size_t stride = static_cast<std::size_t>((size.width + 63) / 64 * 64) * 4; // ShmBuffer's rows
    const std::size_t bytes = stride * static_cast<std::size_t>(size.height);
    void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (!file.valid() || map == MAP_FAILED)
      continue;
    static_cast<std::uint32_t*>(map)[(static_cast<std::size_t>(poked.y) * stride) / 4 + poked.x] = poke;
    ::munmap(map, bytes);
    ++found;
  }
  return found;
}

TEST_P(ShmOnPlanes, AreScannedOutWhereTheyAre) {
  const Scene& scene = GetParam();
  const Point at{(screen.width - scene.size.width) / 2, (screen.height - scene.size.height) / 2};
  Session session;
  std::vector<std::string> arguments{"--shm", "--pattern", "--json"};
  arguments.insert(arguments.end(), scene.arguments.begin(), scene.arguments.end());
  Process client = session.client("demos/spin", arguments);
  {
    Writeback writeback(session.compositor().pid());
    std::uint32_t last = apart;
    // Its first pictures are uploaded, until it has shown that it takes turns (docs/shm.md): at once, where the machine
    // lets it, and after as many trials as it takes where the machine is slow.
    int in_place = 0;
    for (int i = 0; i < most_samples && in_place < samples; ++i) {
      bool there = false;
      for (int look = 0; look < most_looks && !there; ++look) {
        const Picture picture = writeback.capture();
        there = number_stands_at(picture, at) && frame_number(picture, at) > last;
      }
      ASSERT_TRUE(there) << session.log() << client.errors();
      client.freeze();
      const Picture shown = writeback.capture_settled();
      last = frame_number(shown, at);
      const auto wrong = differences(shown, computed(scene, at, last));
      EXPECT_TRUE(wrong.empty()) << "frame " << last << ": " << text(wrong);
      EXPECT_FALSE(differences(shown, computed(scene, at, last + 1)).empty());
      // Nobody tells the session of it: what changes on the screen is the memory that the display reads.
      ASSERT_EQ(write_into_buffers(client.pid(), scene.size), 2);
      const bool seen = writeback.capture_settled().at({at.x + poked.x, at.y + poked.y}) == poke;
      in_place += seen ? 1 : 0;
      // A client that stands still in a trial fails it: it is let go on for a while.
      if (!seen)
        last += apart;
      client.thaw();
    }
    EXPECT_EQ(in_place, samples);
    client.send(SIGTERM);
    EXPECT_EQ(client.wait(), 0) << client.errors();
  }
  EXPECT_EQ(session.end(), 0) << session.log();
  const std::string report = session.report();
  std::smatch composed;
  ASSERT_TRUE(std::regex_search(report, composed, std::regex("\"layers_composed\": ([0-9]+)"))) << report;
  // Two, one on trial, and the first in the other buffer, at least.
  EXPECT_GE(std::stoul(composed[1]), 4U) << report;
}

INSTANTIATE_TEST_SUITE_P(Scenes, ShmOnPlanes,
                         testing::Values(Scene{"Fullscreen", {"--fullscreen"}, screen},
                                         Scene{"Window", {"--size", "480x360"}, {480, 360}}),
                         [](const auto& scene) { return scene.param.name; });

} // namespace
} // namespace fenceline::lab
