// Screenshots of a running session, against the frame as it is computed from the number that stands in the picture. The
// clients are not stopped: a screenshot that reads what they are drawing, or newer content than the screen's, has parts
// of two frames.

#include <drm_fourcc.h>
#include <gtest/gtest.h>
#include <png.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>

#include "compositor/input/arrow_cursor.h"
#include "demos/frame_code.h"
#include "demos/paint_pattern.h"
#include "demos/pattern.h"
#include "tests/lab/witness_json.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_pointer.h"
#include "tests/lab/witness_session.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr Size window{640, 480};
// The first window is centred.
constexpr Point window_at{(screen.width - window.width) / 2, (screen.height - window.height) / 2};
constexpr int samples = 8;

Picture read_png(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, path.c_str()) == 0)
    throw std::runtime_error(path + ": " + image.message);
  image.format = PNG_FORMAT_BGRA; // A little-endian word of it is ARGB.
  const Size size{static_cast<std::int32_t>(image.width), static_cast<std::int32_t>(image.height)};
  std::vector<std::uint32_t> words(std::size_t{image.width} * image.height);
  if (png_image_finish_read(&image, nullptr, words.data(), 0, nullptr) == 0)
    throw std::runtime_error(path + ": " + image.message);
  return make_picture(size, [&](std::uint32_t x, std::uint32_t y) { return words[y * image.width + x]; });
}

class Screenshot : public testing::Test {
 protected:
  /// Without a pointing device there is no cursor.
  explicit Screenshot(std::optional<AbsolutePointer> pointer = std::nullopt) : pointer_(std::move(pointer)) {}

  std::optional<AbsolutePointer> pointer_;
  ScratchFolder folder_;
  std::string file_ = folder_.path("shot.png");
  Session session_{{"--screenshot", file_}};

  /// Throws when none comes within a time that no working session takes.
  Picture take() {
    std::filesystem::remove(file_);
    for (int i = 0; i < 400; ++i) {
      // Asked again now and then: while the one before is still being written the session takes no other.
      if (i % 20 == 0)
        session_.compositor().send(SIGUSR1);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      if (std::filesystem::exists(file_))
        return read_png(file_);
    }
    throw std::runtime_error("no screenshot: " + session_.log());
  }
  Picture take_until(const std::function<bool(const Picture&)>& seen) {
    for (int i = 0; i < 100; ++i)
      if (Picture picture = take(); seen(picture))
        return picture;
    throw std::runtime_error("never seen: " + session_.log());
  }
  /// Takes pictures while the client runs, and compares each with the frame whose number stands at `corner`.
  void watch(Process& client, Point corner, const std::function<Picture(std::uint32_t)>& computed,
             const std::function<int(Point)>& allowed = {}) {
    std::set<std::uint32_t> numbers;
    for (int i = 0; i < samples; ++i) {
      const Picture shot = take();
      const std::uint32_t number = frame_number(shot, corner);
      const auto wrong = differences(shot, computed(number), allowed);
      EXPECT_TRUE(wrong.empty()) << "frame " << number << ": " << text(wrong);
      EXPECT_FALSE(differences(shot, computed(number + 1), allowed).empty());
      EXPECT_FALSE(client.ended()) << client.errors();
      numbers.insert(number);
    }
    EXPECT_GT(numbers.size(), 1U) << "the client stands still";
    std::printf("%d pictures of %zu frames from %u to %u\n", samples, numbers.size(), *numbers.begin(),
                *numbers.rbegin());
  }
  void finish(Process& client) {
    client.send(SIGTERM);
    EXPECT_EQ(client.wait(), 0) << client.errors();
    EXPECT_EQ(session_.end(), 0) << session_.log();
  }
  /// The session with that client was shown in the way the test is about.
  void expect_frames(const char* way) {
    const Json report = Json::parse(session_.report());
    EXPECT_GT(report["outputs"].list().at(0)[way].number(), samples) << way;
  }
};

TEST_F(Screenshot, OfAClientsOwnBufferOnTheScreen) {
  Process spin = session_.client("demos/spin", {"--fullscreen", "--pattern", "--buffers", "2", "--json"});
  (void)take_until([](const Picture& p) { return frame_number(p) > 1 && p.at({screen.width - 1, 0}) != 0; });
  watch(spin, {0, 0}, [](std::uint32_t frame) {
    return make_picture(screen, [&](std::uint32_t x, std::uint32_t y) { return demos::pattern_pixel(x, y, frame); });
  });
  finish(spin);
  expect_frames("frames_by_planes_alone");
}

/// A window on black with the session's arrow over its upper edge.
class WindowScreenshot : public Screenshot {
 protected:
  WindowScreenshot() : Screenshot(AbsolutePointer(screen)) {}

  static constexpr Point pointer_at{window_at.x + 300, window_at.y - 5};
  static constexpr Point arrow_at{pointer_at.x - ArrowCursor::hotspot.x, pointer_at.y - ArrowCursor::hotspot.y};
  std::vector<std::uint32_t> arrow_ = std::vector<std::uint32_t>(std::size_t{ArrowCursor::edge} * ArrowCursor::edge);

  void SetUp() override {
    ASSERT_TRUE(ArrowCursor().read_rows(0, ArrowCursor::edge, std::as_writable_bytes(std::span(arrow_))));
  }
  [[nodiscard]] std::uint32_t arrow(Point p) const {
    const Point in{p.x - arrow_at.x, p.y - arrow_at.y};
    if (in.x < 0 || in.y < 0 || in.x >= ArrowCursor::edge || in.y >= ArrowCursor::edge)
      return 0;
    return arrow_[static_cast<std::size_t>(in.y * ArrowCursor::edge + in.x)];
  }
  [[nodiscard]] Picture with_arrow(const std::function<std::uint32_t(std::uint32_t, std::uint32_t)>& in_window) const {
    return make_picture(screen, [&](std::uint32_t x, std::uint32_t y) {
      const Point p{static_cast<std::int32_t>(x), static_cast<std::int32_t>(y)};
      const std::uint32_t left = x - static_cast<std::uint32_t>(window_at.x);
      const std::uint32_t top = y - static_cast<std::uint32_t>(window_at.y);
      const bool inside =
          left < static_cast<std::uint32_t>(window.width) && top < static_cast<std::uint32_t>(window.height);
      const std::uint32_t below = inside ? in_window(left, top) : 0, over = arrow(p);
      std::uint32_t pixel = 0;
      for (unsigned shift = 0; shift < 24; shift += 8)
        pixel |= ((over >> shift & 0xffU) + (below >> shift & 0xffU) * (255U - (over >> 24)) / 255U) << shift;
      return pixel;
    });
  }
  /// Where the arrow is translucent the display's rounding is its own.
  [[nodiscard]] std::function<int(Point)> allowed() const {
    return [this](Point p) { return arrow(p) >> 24 == 0 || arrow(p) >> 24 == 255 ? 0 : 1; };
  }
  /// Whether the window and, outside of it, the arrow's tip are there.
  [[nodiscard]] bool is_there(const Picture& p) const {
    for (std::int32_t x = 0; x < static_cast<std::int32_t>(demos::frame_code_width); ++x)
      if (const std::uint32_t word = p.at({window_at.x + x, window_at.y}); word != 0 && word != 0xffffffU)
        return false;
    return frame_number(p, window_at) > 1 && p.at({pointer_at.x + 1, pointer_at.y + 4}) != 0;
  }
};

TEST_F(WindowScreenshot, OfDmabufsThatAreComposed) {
  pointer_->move_to(pointer_at);
  Process spin = session_.client("demos/spin", {"--size", "640x480", "--pattern", "--buffers", "2", "--json"});
  (void)take_until([this](const Picture& p) { return is_there(p); });
  watch(
      spin, window_at,
      [this](std::uint32_t frame) {
        return with_arrow([&](std::uint32_t x, std::uint32_t y) { return demos::pattern_pixel(x, y, frame); });
      },
      allowed());
  finish(spin);
  expect_frames("frames_composed");
}

TEST_F(WindowScreenshot, OfSharedMemoryThatIsComposed) {
  pointer_->move_to(pointer_at);
  Process paint = session_.client("demos/paint", {"--size", "640x480", "--pattern", "--json"});
  (void)take_until([this](const Picture& p) { return is_there(p); });
  watch(
      paint, window_at,
      [this](std::uint32_t frame) {
        return with_arrow([&](std::uint32_t x, std::uint32_t y) { return demos::paint_pixel(x, y, frame); });
      },
      allowed());
  finish(paint);
  expect_frames("frames_composed");
}

} // namespace
} // namespace fenceline::lab
