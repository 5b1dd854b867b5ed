// A display that hangs turned: the display's own composition (vkms' writeback) against a CPU's, to the last bit where
// nothing is blended. What a display shows is the upright picture, turned.

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "compositor/base/transform.h"
#include "compositor/input/arrow_cursor.h"
#include "demos/pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_planes.h"
#include "tests/lab/witness_pointer.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"
#include "tests/support/cpu_reference.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr Size window{320, 200};
constexpr int most_looks = 300;
// As wl_output.transform numbers them.
constexpr const char* names[] = {"normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270"};

/// What `turned` says of places is tested against the protocol's words (tests/unit/base).
Picture turned_picture(Transform transform, const Picture& upright) {
  Picture out{turned(transform, upright.size), std::vector<std::uint32_t>(upright.words.size())};
  for (std::int32_t y = 0; y < upright.size.height; ++y)
    for (std::int32_t x = 0; x < upright.size.width; ++x)
      out.at(turned(transform, {x, y, 1, 1}, upright.size).origin()) = upright.at({x, y});
  return out;
}

/// What `spin --pattern` draws into a buffer of that size.
Picture pattern(Size size, std::uint32_t frame) {
  return make_picture(size, [frame](std::uint32_t x, std::uint32_t y) { return demos::pattern_pixel(x, y, frame); });
}

/// A display that is turned as the configuration file says, which a running session follows.
class Configuration {
 public:
  explicit Configuration(std::size_t transform) { turn(transform); }
  void turn(std::size_t transform) const {
    const std::string next = path() + ".next";
    std::ofstream(next) << "[[output]]\nmatch = \"Virtual-1\"\ntransform = \"" << names[transform] << "\"\n";
    std::filesystem::rename(next, path());
  }
  [[nodiscard]] std::string path() const { return folder_.path("fenceline.toml"); }

 private:
  ScratchFolder folder_;
};

/// Looks until the display shows it; the differences of the last look.
std::vector<Difference> look_for(Writeback& writeback, const Picture& expected,
                                 const std::function<int(Point)>& allowed = {}) {
  for (int look = 0; look < most_looks; ++look)
    if (differences(writeback.capture(), expected, allowed).empty())
      return {};
  return differences(writeback.capture_settled(), expected, allowed);
}

/// The session has read the file and says so. A client that came before would be shown in between.
void wait_until_turned(const Session& session, std::size_t transform) {
  const std::string wanted = transform == 0 ? "" : std::string(", transform ") + names[transform];
  for (int i = 0; i < most_looks; ++i) {
    const std::string log = session.log();
    if (const std::size_t line = log.rfind("output Virtual-1: "); line != std::string::npos) {
      const std::string said = log.substr(line, log.find('\n', line) - line);
      if (said.ends_with("0,0" + wanted))
        return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  FAIL() << session.log();
}

void end(Process& client) {
  client.send(SIGTERM);
  EXPECT_EQ(client.wait(), 0) << client.errors();
}

// In all eight ways, each taken from the file while the session runs: a client that turns its picture as it is asked
// to, whose buffer is then the display's picture as it lies, and one that leaves it to the plane.
TEST(Rotated, AFullscreenClientIsOnThePlaneWhetherItTurnsOrNot) {
  const Configuration configuration(0);
  Session session({"--config", configuration.path()});
  const Witness eyes;
  {
    std::optional<Writeback> writeback;
    for (const std::size_t number : {1, 2, 3, 4, 5, 6, 7, 0}) {
      const auto transform = static_cast<Transform>(number);
      configuration.turn(number);
      ASSERT_NO_FATAL_FAILURE(wait_until_turned(session, number));
      for (const bool follows : {true, false}) {
        const auto frame = static_cast<std::uint32_t>(10 + number * 2 + (follows ? 1 : 0));
        Process client =
            session.client("demos/spin", {"--fullscreen", "--still", "--pattern", "--json", "--frame",
                                          std::to_string(frame), "--transform", follows ? "preferred" : "normal"});
        if (!writeback)
          writeback.emplace(session.compositor().pid());
        const Picture expected = follows
                                     ? pattern(screen, frame)
                                     : turned_picture(transform, pattern(turned(inverse(transform), screen), frame));
        const auto wrong = look_for(*writeback, expected);
        EXPECT_TRUE(wrong.empty()) << names[number] << (follows ? ", turned: " : ", upright: ") << text(wrong);
        EXPECT_EQ(planes_of(eyes, client.pid()), 1) << names[number];
        end(client);
      }
    }
  }
  EXPECT_EQ(session.end(), 0) << session.log();
  const std::string report = session.report();
  EXPECT_NE(report.find("\"copied_bytes\": 0"), std::string::npos) << report;
  EXPECT_NE(report.find("\"layers_composed\": 0"), std::string::npos) << report;
}

// Composed, on an overlay and on the cursor plane at a time: wl_shm of one buffer, a dma-buf, and the arrow over both.
TEST(Rotated, WindowsAndTheCursorAreUprightInEveryWayOfShowingThem) {
  std::vector<std::uint32_t> arrow(std::size_t{ArrowCursor::edge} * ArrowCursor::edge);
  ASSERT_TRUE(ArrowCursor().read_rows(0, ArrowCursor::edge, std::as_writable_bytes(std::span(arrow))));
  for (const std::size_t number : {1, 7, 2}) {
    const auto transform = static_cast<Transform>(number);
    const AbsolutePointer pointer(screen);
    const Configuration configuration(number);
    Session session({"--config", configuration.path()});
    const Size upright = turned(inverse(transform), screen);
    // Windows are centred, the second one 32 px further right and down.
    const Point first{(upright.width - window.width) / 2, (upright.height - window.height) / 2};
    const auto spin = [&](std::uint32_t frame, bool shm) {
      std::vector<std::string> arguments{"--still", "--pattern",          "--json", "--size", "320x200",
                                         "--frame", std::to_string(frame)};
      if (shm)
        arguments.emplace_back("--shm");
      return session.client("demos/spin", arguments);
    };

    SceneSnapshot scene;
    scene.size = upright;
    std::vector<ReferencePixels> pixels;
    const auto add = [&](Point at, std::uint32_t format, Size size, std::vector<std::uint32_t> words) {
      Layer layer;
      layer.surface = static_cast<SurfaceId>(pixels.size());
      layer.format = {format, DRM_FORMAT_MOD_LINEAR};
      layer.buffer_size = size;
      layer.source = {0, 0, double(size.width), double(size.height)};
      layer.dest = {at.x, at.y, size.width, size.height};
      scene.layers.push_back(layer);
      pixels.push_back({size, std::move(words)});
    };
    add(first, DRM_FORMAT_XRGB8888, window, pattern(window, 31).words);
    add(first + Point{32, 32}, DRM_FORMAT_XRGB8888, window, pattern(window, 32).words);
    // In the display's pixels: half way down, and as far from the left as both windows are there.
    const Rect both = turned(transform, {first.x, first.y, window.width + 32, window.height + 32}, upright);
    const Point pointer_at{both.x + both.width / 2, screen.height / 2};
    // The upper left corner of a pixel may be another corner of it in the upright picture.
    const UnitPoint at = turned(inverse(transform),
                                UnitPoint{double(pointer_at.x) / screen.width, double(pointer_at.y) / screen.height});
    const Point tip{static_cast<std::int32_t>(at.x * upright.width), static_cast<std::int32_t>(at.y * upright.height)};
    const Rect arrow_at{tip.x - ArrowCursor::hotspot.x, tip.y - ArrowCursor::hotspot.y, ArrowCursor::edge,
                        ArrowCursor::edge};
    add(arrow_at.origin(), DRM_FORMAT_ARGB8888, {ArrowCursor::edge, ArrowCursor::edge}, arrow);
    const auto words =
        reference_compose(scene, [&](const Layer& layer) { return &pixels[static_cast<std::size_t>(layer.surface)]; });
    const Picture expected = turned_picture(transform, make_picture(upright, [&](std::uint32_t x, std::uint32_t y) {
                                              return words[y * static_cast<std::uint32_t>(upright.width) + x];
                                            }));
    const Rect blended = turned(transform, arrow_at, upright);

    {
      Process below = spin(31, true);
      Writeback writeback(session.compositor().pid());
      for (int look = 0; look < most_looks; ++look)
        if (writeback.capture().at(turned(transform, {first.x + 100, first.y + 100, 1, 1}, upright).origin()) ==
            (pattern(window, 31).at({100, 100}) & 0xffffffU))
          break;
      Process above = spin(32, false);
      pointer.move_to(pointer_at);
      const auto wrong = look_for(writeback, expected, [&](Point p) { return blended.contains(p) ? 1 : 0; });
      EXPECT_TRUE(wrong.empty()) << names[number] << ": " << text(wrong);
      EXPECT_EQ(planes_of(Witness(), above.pid()), 1) << names[number];
      end(above);
      end(below);
    }
    EXPECT_EQ(session.end(), 0) << session.log();
  }
}

} // namespace
} // namespace fenceline::lab
