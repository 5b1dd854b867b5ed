// Cursor themes from files that the tests write, and the cursor that moves by itself.
#include "compositor/input/cursor_theme.h"

#include <cstdlib>
#include <cstring>

#include "compositor/input/input_control.h"
#include "tests/support/virtual_loop.h"
#include "tests/unit/input/cursor_files.h"
#include "tests/unit/input/seat_fixture.h"

namespace fenceline::test {
namespace {

class CursorThemeTest : public SeatTest {
 protected:
  // Its cursor has a timer of the loop.
  ~CursorThemeTest() override { seat.reset(); }
  static void SetUpTestSuite() {
    static const CursorFiles written;
    themes_ = &written;
    themes_->write("plain", "default", {24, 48}, {0});
    themes_->write("plain", "xterm", {24}, {0});
    themes_->write("plain", "wait", {24}, {100, 50});
    themes_->write("huge", "default", {1024}, {0});
    themes_->inherit("child", "plain");
    themes_->write("child", "pointer", {32}, {0});
  }
  [[nodiscard]] static std::uint32_t first_pixel(const CursorFrame& frame) {
    std::uint32_t pixel = 0;
    std::vector<std::byte> row(frame.pixels->stride());
    EXPECT_TRUE(frame.pixels->read_rows(0, 1, row));
    std::memcpy(&pixel, row.data(), 4);
    return pixel;
  }
  [[nodiscard]] CursorTheme load(const std::string& name, std::int32_t size = 0) {
    return CursorTheme::load({.theme = name, .size = size}, log);
  }
  /// What is shown of the cursor, and where its hotspot is.
  [[nodiscard]] std::pair<std::uint32_t, Point> shown() const {
    std::vector<RootPlacement> roots;
    seat->append_roots(OutputId{1}, roots);
    if (roots.empty())
      return {};
    const Surface* surface = scene.find(roots.back().root);
    std::vector<std::byte> row(surface->current().buffer->pixels->stride());
    EXPECT_TRUE(surface->current().buffer->pixels->read_rows(0, 1, row));
    std::uint32_t pixel = 0;
    std::memcpy(&pixel, row.data(), 4);
    return {pixel, roots.back().position};
  }

  static const CursorFiles* themes_;
  VirtualLoop loop;
};
const CursorFiles* CursorThemeTest::themes_ = nullptr;

TEST_F(CursorThemeTest, AShapeHasItsPictureAndHotspotAtTheWantedSize) {
  const CursorTheme theme = load("plain");
  const CursorFrames& frames = theme.frames(CursorShape::Default);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].size, (Size{24, 24}));
  EXPECT_EQ(frames[0].hotspot, (Point{6, 6}));
  EXPECT_EQ(frames[0].delay, Nanoseconds{});
  EXPECT_EQ(first_pixel(frames[0]), 0xff000001U);
  EXPECT_EQ(load("plain", 48).frames(CursorShape::Default)[0].size, (Size{48, 48}));
}

TEST_F(CursorThemeTest, OldNamesWillDo) {
  const CursorTheme theme = load("plain");
  EXPECT_NE(theme.frames(CursorShape::Text)[0].pixels, theme.frames(CursorShape::Default)[0].pixels);
}

TEST_F(CursorThemeTest, WhatAThemeLacksIsItsUsualCursor) {
  const CursorTheme theme = load("plain");
  EXPECT_EQ(theme.frames(CursorShape::ZoomIn)[0].pixels, theme.frames(CursorShape::Default)[0].pixels);
}

TEST_F(CursorThemeTest, AThemeInheritsFromAnother) {
  const CursorTheme theme = load("child");
  EXPECT_EQ(theme.frames(CursorShape::Pointer)[0].size, (Size{32, 32}));
  EXPECT_EQ(theme.frames(CursorShape::Default)[0].size, (Size{24, 24}));
}

TEST_F(CursorThemeTest, WithoutAThemeThereIsTheArrow) {
  for (const char* name : {"absent", "huge"}) {
    const CursorTheme theme = load(name);
    EXPECT_EQ(theme.frames(CursorShape::Default)[0].hotspot, (Point{2, 2})) << name;
    EXPECT_EQ(theme.frames(CursorShape::Wait)[0].hotspot, (Point{2, 2})) << name;
  }
}

TEST_F(CursorThemeTest, TheEnvironmentNamesThemeAndSize) {
  ::setenv("XCURSOR_THEME", "plain", 1);
  ::setenv("XCURSOR_SIZE", "48", 1);
  EXPECT_EQ(load("").frames(CursorShape::Default)[0].size, (Size{48, 48}));
  EXPECT_EQ(load("", 24).frames(CursorShape::Default)[0].size, (Size{24, 24})) << "settings go first";
  ::setenv("XCURSOR_SIZE", "large", 1);
  EXPECT_EQ(load("").frames(CursorShape::Default)[0].size, (Size{24, 24}));
  ::unsetenv("XCURSOR_THEME");
  ::unsetenv("XCURSOR_SIZE");
}

TEST_F(CursorThemeTest, AnotherThemeIsShownAtOnceWithItsHotspot) {
  seat->move_to({}, 100, 100);
  EXPECT_EQ(shown().second, (Point{98, 98}));
  ASSERT_TRUE(seat->set_cursor_theme([this] { return load("plain"); }, loop));
  EXPECT_EQ(shown(), (std::pair{0xff000001U, Point{94, 94}}));
}

TEST_F(CursorThemeTest, AThemeIsReadWhenThereIsAPointer) {
  seat->pointer_removed();
  int loads = 0;
  const auto set = [&](const char* name) {
    return seat->set_cursor_theme(
        [&, name] {
          ++loads;
          return load(name);
        },
        loop);
  };
  ASSERT_TRUE(set("huge"));
  ASSERT_TRUE(set("plain"));
  seat->set_cursor(CursorShape::Wait);
  EXPECT_EQ(loads, 0);
  seat->pointer_added();
  EXPECT_EQ(loads, 1) << "the last one";
  EXPECT_EQ(shown().first, 0xff000001U);
  loop.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(shown().first, 0xff000002U) << "and it moves";
  seat->set_cursor(SurfaceId{}, {});
  ASSERT_TRUE(set("plain"));
  EXPECT_EQ(loads, 1) << "hidden";
  seat->set_cursor(CursorShape::Default);
  EXPECT_EQ(loads, 2);
}

TEST_F(CursorThemeTest, AShapeThatMovesShowsOnePictureAfterTheOther) {
  ASSERT_TRUE(seat->set_cursor_theme([this] { return load("plain"); }, loop));
  seat->set_cursor(CursorShape::Wait);
  EXPECT_EQ(shown().first, 0xff000001U);
  loop.advance(std::chrono::milliseconds(99));
  EXPECT_EQ(shown().first, 0xff000001U);
  loop.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(shown().first, 0xff000002U);
  loop.advance(std::chrono::milliseconds(50));
  EXPECT_EQ(shown().first, 0xff000001U);
}

TEST_F(CursorThemeTest, WhatIsHiddenDoesNotMove) {
  ASSERT_TRUE(seat->set_cursor_theme([this] { return load("plain"); }, loop));
  seat->set_cursor(CursorShape::Wait);
  seat->set_cursor(SurfaceId{}, {});
  int changes = 0;
  seat->on_cursor_changed([&changes] { ++changes; });
  loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(changes, 0);
  seat->set_cursor(CursorShape::Wait);
  loop.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(shown().first, 0xff000002U);
  seat->pointer_removed();
  changes = 0;
  loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(changes, 0) << "without a pointer there is no cursor";
}

TEST_F(CursorThemeTest, SettingsReachTheSeatAndALayoutThatIsWrongHoldsUpNothingElse) {
  InputControl control(*seat, loop, log);
  InputSettings settings;
  settings.cursor.theme = "plain";
  settings.keyboard.layout = "no-such-layout";
  EXPECT_FALSE(control.apply(settings));
  EXPECT_EQ(shown().first, 0xff000001U);
  settings.keyboard.layout = "de";
  EXPECT_TRUE(control.apply(settings));
  EXPECT_EQ(seat->keyboard_settings().layout, "de");
}

} // namespace
} // namespace fenceline::test
