// Pictures that lie turned in their clients' buffers, in all eight ways, on planes that turn them back: the display's
// own composition (vkms' writeback) against a CPU's, to the last bit, and the planes by the kernel's account.

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "demos/pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_planes.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"
#include "tests/support/cpu_reference.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr Size window{320, 200};
constexpr int most_looks = 300;
// As wl_output.transform numbers them.
constexpr std::array<const char*, 8> names{"normal",  "90",         "180",         "270",
                                           "flipped", "flipped-90", "flipped-180", "flipped-270"};

/// The first frame of `spin --pattern --frame`.
struct Shown {
  std::size_t transform = 0;
  Rect dest;
  std::uint32_t frame = 0;
};

Picture computed(const std::vector<Shown>& pictures) {
  SceneSnapshot scene;
  scene.size = screen;
  std::vector<ReferencePixels> pixels;
  for (const Shown& shown : pictures) {
    Layer layer;
    layer.surface = static_cast<SurfaceId>(pixels.size());
    layer.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
    layer.transform = static_cast<Transform>(shown.transform);
    layer.buffer_size = swaps_axes(layer.transform) ? Size{shown.dest.height, shown.dest.width} : shown.dest.size();
    layer.source = {0, 0, double(layer.buffer_size.width), double(layer.buffer_size.height)};
    layer.dest = shown.dest;
    scene.layers.push_back(layer);
    pixels.push_back({layer.buffer_size, {}});
    for (std::int32_t y = 0; y < layer.buffer_size.height; ++y)
      for (std::int32_t x = 0; x < layer.buffer_size.width; ++x)
        pixels.back().words.push_back(
            demos::pattern_pixel(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), shown.frame));
  }
  const auto words =
      reference_compose(scene, [&](const Layer& layer) { return &pixels[static_cast<std::size_t>(layer.surface)]; });
  return make_picture(screen, [&](std::uint32_t x, std::uint32_t y) {
    return words[y * static_cast<std::uint32_t>(screen.width) + x];
  });
}

class Turned : public testing::Test {
 protected:
  Process spin(std::size_t transform, std::uint32_t frame, const std::string& how, const std::string& size = "") {
    std::vector<std::string> arguments{"--still",     "--pattern",      "--json", "--frame", std::to_string(frame),
                                       "--transform", names[transform], how};
    if (!size.empty())
      arguments.push_back(size);
    return session_.client("demos/spin", arguments);
  }
  /// Looks until the display shows it; the differences of the last look.
  std::vector<Difference> look_for(Writeback& writeback, const Picture& expected) {
    for (int look = 0; look < most_looks; ++look)
      if (writeback.capture() == expected)
        return {};
    return differences(writeback.capture_settled(), expected);
  }
  void end(Process& client) {
    client.send(SIGTERM);
    EXPECT_EQ(client.wait(), 0) << client.errors();
  }
  void nothing_was_composed() {
    EXPECT_EQ(session_.end(), 0) << session_.log();
    const std::string report = session_.report();
    EXPECT_NE(report.find("\"copied_bytes\": 0"), std::string::npos) << report;
    EXPECT_NE(report.find("\"layers_composed\": 0"), std::string::npos) << report;
  }

  Session session_;
  Witness eyes_;
};

TEST_F(Turned, FullscreenPicturesAreUprightOnThePrimaryPlane) {
  {
    std::optional<Writeback> writeback;
    // The last one lies as it is shown: the plane must not go on turning.
    for (const std::size_t transform : {1, 2, 3, 4, 5, 6, 7, 0}) {
      const auto frame = static_cast<std::uint32_t>(10 + transform);
      Process client = spin(transform, frame, "--fullscreen");
      if (!writeback)
        writeback.emplace(session_.compositor().pid());
      const auto wrong = look_for(*writeback, computed({{transform, {0, 0, screen.width, screen.height}, frame}}));
      EXPECT_TRUE(wrong.empty()) << names[transform] << ": " << text(wrong);
      EXPECT_EQ(planes_of(eyes_, client.pid()), 1) << names[transform];
      end(client);
    }
  }
  nothing_was_composed();
}

TEST_F(Turned, WindowsAreUprightOnOverlays) {
  {
    std::optional<Writeback> writeback;
    std::vector<std::unique_ptr<Process>> clients;
    std::vector<Shown> pictures;
    // Windows are centred, each new one 32 px further right and down.
    Rect dest{(screen.width - window.width) / 2, (screen.height - window.height) / 2, window.width, window.height};
    for (std::size_t transform = 0; transform < names.size(); ++transform) {
      const auto frame = static_cast<std::uint32_t>(20 + transform);
      clients.emplace_back(new Process(spin(transform, frame, "--size", "320x200")));
      pictures.push_back({transform, dest, frame});
      dest = dest.moved({32, 32});
      if (!writeback)
        writeback.emplace(session_.compositor().pid());
      const auto wrong = look_for(*writeback, computed(pictures));
      EXPECT_TRUE(wrong.empty()) << names[transform] << ": " << text(wrong);
      EXPECT_EQ(planes_of(eyes_, clients.back()->pid()), 1) << names[transform];
    }
    for (const auto& client : clients)
      end(*client);
  }
  nothing_was_composed();
}

} // namespace
} // namespace fenceline::lab
