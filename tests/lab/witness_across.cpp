// A window across two displays, each with a clock, a mode and a scale of its own: what each of them composes (vkms'
// writeback of both CRTCs) against a CPU's picture of the part that lies on it.

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <set>

#include "compositor/input/arrow_cursor.h"
#include "demos/pattern.h"
#include "tests/lab/witness_card.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_pointer.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"
#include "tests/support/cpu_reference.h"

namespace fenceline::lab {
namespace {

constexpr int samples = 2;
// Looks at the display until something is to be seen. A look takes a blank or more.
constexpr int most_looks = 400;
constexpr Point grip{100, 100}; ///< Where the pointer takes hold of the window.

struct Display {
  Point at; ///< In the session's coordinates.
  Size mode;
  double scale = 1;

  [[nodiscard]] Size logical() const {
    return {static_cast<std::int32_t>(mode.width / scale), static_cast<std::int32_t>(mode.height / scale)};
  }
  [[nodiscard]] std::int32_t pixels(std::int32_t logical_length) const {
    return static_cast<std::int32_t>(std::lround(logical_length * scale));
  }
  [[nodiscard]] Point pixel_at(Point p) const { return {pixels(p.x - at.x), pixels(p.y - at.y)}; }
};
using Pair = std::array<Display, 2>;

/// How two displays lie, and a window and the pointer on them, in the session's coordinates.
struct Arrangement {
  std::string name;
  Pair displays;
  Size window;
  std::optional<Point> dragged_to; ///< Left out: it stays where new windows go.
  std::vector<Point> pointers;
};

/// What a display must show, and how far beside it a channel may be.
struct Expected {
  Picture picture;
  std::function<int(Point)> allowed;
};

Expected expected(const Display& display, Size window, Point window_at, std::uint32_t frame,
                  std::optional<Point> pointer) {
  struct Part {
    Rect dest;
    std::uint32_t format;
    ReferencePixels pixels;
  };
  std::vector<Part> parts;
  ReferencePixels spin{window, {}};
  for (std::int32_t y = 0; y < window.height; ++y)
    for (std::int32_t x = 0; x < window.width; ++x)
      spin.words.push_back(demos::pattern_pixel(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), frame) |
                           0xff000000U);
  const Point corner = display.pixel_at(window_at);
  const Rect dest{corner.x, corner.y, display.pixels(window.width), display.pixels(window.height)};
  parts.push_back({dest, DRM_FORMAT_XRGB8888, std::move(spin)});
  if (pointer) {
    const ArrowCursor image;
    ReferencePixels arrow{image.size(), {}};
    arrow.words.resize(std::size_t{ArrowCursor::edge} * ArrowCursor::edge);
    EXPECT_TRUE(image.read_rows(0, ArrowCursor::edge, std::as_writable_bytes(std::span(arrow.words))));
    const Point upper_left = display.pixel_at(*pointer - ArrowCursor::hotspot);
    const std::int32_t edge = display.pixels(ArrowCursor::edge);
    parts.push_back({{upper_left.x, upper_left.y, edge, edge}, DRM_FORMAT_ARGB8888, std::move(arrow)});
  }

  SceneSnapshot scene;
  scene.size = display.mode;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Size size = parts[i].pixels.size;
    Layer layer;
    layer.surface = static_cast<SurfaceId>(i);
    layer.format = {parts[i].format, DRM_FORMAT_MOD_LINEAR};
    layer.buffer_size = size;
    layer.source = {0, 0, double(size.width), double(size.height)};
    layer.dest = parts[i].dest;
    scene.layers.push_back(layer);
  }
  const auto words = reference_compose(
      scene, [&](const Layer& layer) { return &parts[static_cast<std::size_t>(layer.surface)].pixels; });
  Expected result;
  result.picture = make_picture(display.mode, [&](std::uint32_t x, std::uint32_t y) {
    return words[y * static_cast<std::uint32_t>(display.mode.width) + x];
  });
  // Exact, unless it is filtered; the arrow's edge is translucent.
  const int filtered = display.scale == 1 ? 0 : 2;
  const Rect arrow = parts.back().dest;
  result.allowed = [=](Point p) {
    const bool in_arrow =
        pointer && p.x >= arrow.x && p.y >= arrow.y && p.x < arrow.x + arrow.width && p.y < arrow.y + arrow.height;
    return filtered + (in_arrow ? 1 : 0);
  };
  return result;
}

class Across : public testing::Test {
 protected:
  void show(bool cursor_planes, const Arrangement& how);

  [[nodiscard]] std::string configuration(const Pair& displays) const {
    const std::string path = scratch_.path("fenceline.toml");
    std::ofstream file(path);
    for (std::size_t i = 0; i < displays.size(); ++i)
      file << "[[output]]\nmatch = \"Virtual-" << i + 1 << "\"\nmode = \"" << displays[i].mode.width << "x"
           << displays[i].mode.height << "\"\nposition = [" << displays[i].at.x << ", " << displays[i].at.y
           << "]\nscale = " << displays[i].scale << "\n\n";
    return path;
  }
  /// False: it never came to be seen.
  static bool look_until(Writeback& writeback, const std::function<bool(const Picture&)>& seen) {
    for (int look = 0; look < most_looks; ++look)
      if (seen(writeback.capture()))
        return true;
    return false;
  }
  /// Super and the left button, by hand: the way a user moves a window.
  static void drag(const AbsolutePointer& pointer, Point from, Point to) {
    constexpr int steps = 8;
    pointer.move_to(from);
    pointer.press(KEY_LEFTMETA, true);
    pointer.press(BTN_LEFT, true);
    for (int i = 1; i <= steps; ++i)
      pointer.move_to({from.x + (to.x - from.x) * i / steps, from.y + (to.y - from.y) * i / steps});
    pointer.press(BTN_LEFT, false);
    pointer.press(KEY_LEFTMETA, false);
  }

  ScratchFolder scratch_;
};

/// The whole desktop, for a pointer that is to reach any pixel of it.
Size bounds(const Pair& displays) {
  Size size;
  for (const Display& display : displays) {
    size.width = std::max(size.width, display.at.x + display.logical().width);
    size.height = std::max(size.height, display.at.y + display.logical().height);
  }
  return size;
}

/// What both displays show once both have come to rest. The client stands still meanwhile, but what it drew last may be on
/// its way: each display takes it at a latch of its own, and may have a picture to compose that was begun before.
std::array<Picture, 2> capture_both(std::array<Writeback, 2>& writebacks) {
  constexpr int rest = 3;
  std::array<Picture, 2> last{writebacks[0].capture(), writebacks[1].capture()};
  for (int look = 0, same = 0; look < most_looks; ++look) {
    std::array<Picture, 2> next{writebacks[0].capture(), writebacks[1].capture()};
    same = next == last ? same + 1 : 0;
    if (same == rest)
      return next;
    last = std::move(next);
  }
  throw std::runtime_error("the displays do not come to rest");
}

void Across::show(bool cursor_planes, const Arrangement& how) {
  SCOPED_TRACE(how.name);
  const TwoDisplays card(cursor_planes);
  const AbsolutePointer pointer(bounds(how.displays), true);
  Session session({"--device", card.node(), "--config", configuration(how.displays)});
  {
    const Display& first = how.displays[0];
    // In the middle of the first display; from its corner on where it does not fit.
    const Point begins_at{std::max(0, (first.logical().width - how.window.width) / 2),
                          std::max(0, (first.logical().height - how.window.height) / 2)};
    const Point at = how.dragged_to.value_or(begins_at);
    pointer.move_to({2, 2});
    Process spin = session.client(
        "demos/spin",
        {"--size", std::to_string(how.window.width) + "x" + std::to_string(how.window.height), "--pattern", "--json"});
    std::array<Writeback, 2> writebacks{Writeback(session.compositor().pid(), card.node(), 0),
                                        Writeback(session.compositor().pid(), card.node(), 1)};
    ASSERT_TRUE(
        look_until(writebacks[0], [&](const Picture& p) { return number_stands_at(p, first.pixel_at(begins_at)); }))
        << spin.errors() << session.log();
    if (how.dragged_to)
      drag(pointer, begins_at + grip, at + grip);
    const Point corner = first.pixel_at(at);
    ASSERT_TRUE(look_until(writebacks[0], [&](const Picture& p) { return number_stands_at(p, corner); }))
        << "the window was not dragged\n"
        << session.log();

    for (const Point& place : how.pointers) {
      pointer.move_to(place);
      std::set<std::uint32_t> numbers;
      for (int i = 0; i < samples; ++i) {
        ASSERT_TRUE(
            look_until(writebacks[0], [&](const Picture& p) { return !numbers.contains(frame_number(p, corner)); }))
            << "the window stands still\n"
            << session.log();
        spin.freeze();
        const std::array<Picture, 2> shown = capture_both(writebacks);
        const std::uint32_t frame = frame_number(shown[0], corner);
        for (std::size_t d = 0; d < 2; ++d) {
          const Expected should = expected(how.displays[d], how.window, at, frame, place);
          const auto wrong = differences(shown[d], should.picture, should.allowed);
          EXPECT_TRUE(wrong.empty()) << "display " << d + 1 << ", frame " << frame << ": " << text(wrong);
          // The comparison must be able to fail, on each display: a pixel beside, and a frame that is not shown.
          EXPECT_FALSE(differences(shown[d],
                                   expected(how.displays[d], how.window, at + Point{1, 0}, frame, place).picture,
                                   should.allowed)
                           .empty());
          EXPECT_FALSE(
              differences(shown[d], expected(how.displays[d], how.window, at, frame + 1, place).picture, should.allowed)
                  .empty());
        }
        numbers.insert(frame);
        spin.thaw();
      }
      std::printf("%s, the pointer at %d,%d: %d frames as computed on both displays\n", how.name.c_str(), place.x,
                  place.y, samples);
    }
    spin.send(SIGTERM);
    EXPECT_EQ(spin.wait(), 0) << spin.errors();
  }
  EXPECT_EQ(session.end(), 0) << session.log();
}

constexpr Size window{640, 480}; // By any scale here whole pixels.

// The second display lies lower and has another mode. The pointer's arrow lies on the first, over the edge, on the
// second.
Arrangement side_by_side() {
  return {.name = "two modes",
          .displays = {{{{0, 0}, {1024, 768}, 1}, {{1024, 100}, {800, 600}, 1}}},
          .window = window,
          .dragged_to = Point{700, 180},
          .pointers = {{900, 400}, {1014, 420}, {1300, 300}}};
}

TEST_F(Across, EachShowsItsPart) {
  show(true, side_by_side());
}

TEST_F(Across, EachShowsItsPartWithTheCursorComposed) {
  show(false, side_by_side());
}

TEST_F(Across, EachIsCoveredByItsPart) {
  show(true, {.name = "covering both",
              .displays = {{{{0, 0}, {1024, 768}, 1}, {{1024, 0}, {1024, 768}, 1}}},
              .window = {2048, 768},
              .dragged_to = std::nullopt,
              .pointers = {{500, 500}, {1014, 420}}});
}

TEST_F(Across, EachAtItsScale) {
  show(true, {.name = "scales 1 and 2",
              .displays = {{{{0, 0}, {1024, 768}, 1}, {{1024, 40}, {1024, 768}, 2}}},
              .window = window,
              .dragged_to = Point{701, 103},
              .pointers = {{800, 300}, {1201, 201}}});
  show(true, {.name = "scales 1 and 1.25",
              .displays = {{{{0, 0}, {1024, 768}, 1}, {{1024, 40}, {1280, 960}, 1.25}}},
              .window = window,
              .dragged_to = Point{701, 103},
              .pointers = {{800, 300}, {1206, 202}}});
}

} // namespace
} // namespace fenceline::lab
