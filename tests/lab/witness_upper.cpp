// A translucent window of shared memory over a fullscreen client's dma-buf: the dma-buf stays on the primary plane, the
// window is composed alone, on an overlay above it. The display's own composition (vkms' writeback) against a CPU's.

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "demos/paint_pattern.h"
#include "demos/pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"
#include "tests/support/cpu_reference.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768}, window{320, 200};
constexpr int samples = 5;
constexpr int most_looks = 1500;

struct Expected {
  Picture picture;
  std::vector<std::uint32_t> upper; ///< The window's pixels.
};

Expected expected(std::uint32_t below, std::uint32_t above, Point at) {
  ReferencePixels game{screen, {}}, glass{window, {}};
  for (std::uint32_t y = 0; y < 768; ++y)
    for (std::uint32_t x = 0; x < 1024; ++x)
      game.words.push_back(demos::pattern_pixel(x, y, below));
  for (std::uint32_t y = 0; y < 200; ++y)
    for (std::uint32_t x = 0; x < 320; ++x)
      glass.words.push_back(demos::paint_pixel_argb(x, y, above));
  SceneSnapshot scene;
  scene.size = screen;
  for (const ReferencePixels* pixels : {&game, &glass}) {
    Layer layer;
    layer.surface = static_cast<SurfaceId>(scene.layers.size());
    layer.format = {pixels == &game ? DRM_FORMAT_XRGB8888 : DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR};
    layer.buffer_size = pixels->size;
    layer.source = {0, 0, double(pixels->size.width), double(pixels->size.height)};
    layer.dest = {0, 0, pixels->size.width, pixels->size.height};
    if (pixels == &glass)
      layer.dest = layer.dest.moved(at);
    scene.layers.push_back(layer);
  }
  const auto words =
      reference_compose(scene, [&](const Layer& layer) { return layer.surface == SurfaceId{0} ? &game : &glass; });
  return {make_picture(screen, [&](std::uint32_t x, std::uint32_t y) { return words[y * 1024 + x]; }),
          std::move(glass.words)};
}

/// Windows are placed near the middle, in steps.
std::optional<Point> find_window(const Picture& shown) {
  for (std::int32_t step = 0; step < 4; ++step) {
    const Point at{(screen.width - window.width) / 2 + 32 * step, (screen.height - window.height) / 2 + 32 * step};
    if (number_stands_at(shown, at))
      return at;
  }
  return std::nullopt;
}

class UpperImage : public testing::Test {
 protected:
  /// The framebuffers on planes.
  [[nodiscard]] std::vector<std::uint32_t> on_planes() const {
    std::vector<std::uint32_t> found;
    const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(
        drmModeGetPlaneResources(eyes_.fd()), drmModeFreePlaneResources);
    for (std::uint32_t i = 0; i < planes->count_planes; ++i)
      if (const std::uint32_t framebuffer = eyes_.framebuffer_on(planes->planes[i]); framebuffer != 0)
        found.push_back(framebuffer);
    return found;
  }

  Session session_;
  Witness eyes_;
};

TEST_F(UpperImage, IsComposedOverAClientThatIsScannedOut) {
  std::set<std::uint32_t> upper;
  {
    Process game = session_.client("demos/spin", {"--fullscreen", "--pattern", "--json"});
    Writeback writeback(session_.compositor().pid());
    const auto look_until = [&](auto&& there) {
      for (int look = 0; look < most_looks; ++look)
        if (there(writeback.capture()))
          return true;
      return false;
    };
    ASSERT_TRUE(look_until([](const Picture& p) { return number_stands_at(p, {0, 0}); })) << session_.log();
    Process glass = session_.client("demos/paint", {"--size", "320x200", "--pattern", "--alpha", "--json"});
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    for (int i = 0; i < samples; ++i) {
      ASSERT_TRUE(look_until([&](const Picture& p) {
        const auto at = find_window(p);
        return at && !seen.contains({frame_number(p), frame_number(p, *at)});
      })) << session_.log();
      glass.freeze();
      game.freeze();
      const Picture shown = writeback.capture_settled();
      const auto at = find_window(shown);
      ASSERT_TRUE(at);
      const std::uint32_t below = frame_number(shown), above = frame_number(shown, *at);
      const auto should = expected(below, above, *at);
      const auto wrong = differences(shown, should.picture, [&](Point p) {
        const Point in = p - *at;
        if (in.x < 0 || in.y < 0 || in.x >= window.width || in.y >= window.height)
          return 0;
        const auto word = should.upper[static_cast<std::size_t>(in.y * window.width + in.x)];
        return word >> 24U == 0xff ? 0 : 1;
      });
      EXPECT_TRUE(wrong.empty()) << "frames " << below << " and " << above << ": " << text(wrong);
      EXPECT_FALSE(differences(shown, expected(below + 1, above, *at).picture, [](Point) { return 1; }).empty());
      EXPECT_FALSE(differences(shown, expected(below, above + 1, *at).picture, [](Point) { return 1; }).empty());
      // By the kernel's account: the client's buffer and one of the session's.
      std::set<std::uint64_t> theirs;
      for (const HeldDmabuf& held : dmabufs_of(game.pid()))
        theirs.insert(held.inode);
      const auto framebuffers = on_planes();
      EXPECT_EQ(std::count_if(framebuffers.begin(), framebuffers.end(),
                              [&](std::uint32_t fb) { return theirs.contains(eyes_.inode_behind(fb)); }),
                1);
      EXPECT_EQ(framebuffers.size(), 2U);
      for (const std::uint32_t framebuffer : framebuffers)
        if (!theirs.contains(eyes_.inode_behind(framebuffer)))
          upper.insert(framebuffer);
      seen.insert({below, above});
      glass.thaw();
      game.thaw();
    }
    for (Process* client : {&game, &glass}) {
      client->send(SIGTERM);
      EXPECT_EQ(client->wait(), 0) << client->errors();
    }
    // By the client's own: presentation feedback, ZERO_COPY.
    EXPECT_NE(game.out().find("\"zero_copy_share\": 1.000000"), std::string::npos) << game.out();
  }
  EXPECT_GE(upper.size(), 1U);
  EXPECT_EQ(session_.end(), 0) << session_.log();
  // By the session's: all that was composed and copied is the window's.
  const std::string report = session_.report();
  const std::string game = report.substr(report.find("\"name\": \"spin\""));
  EXPECT_NE(game.find("\"layers_composed\": 0"), std::string::npos) << report;
  EXPECT_EQ(game.find("\"layers_composed\": 0"), game.find("\"layers_composed\"")) << report;
}

} // namespace
} // namespace fenceline::lab
