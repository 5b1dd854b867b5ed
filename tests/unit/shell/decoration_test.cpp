#include <algorithm>

#include "tests/unit/shell/desktop_fixture.h"

namespace fenceline::test {
namespace {

class DecorationTest : public DesktopTest {
 protected:
  /// One whose frame the shell draws.
  FakeWindow& framed(Size size) {
    FakeWindow& w = window(size, false);
    desktop.set_frame_wish(w.id, FrameWish::ServerSide);
    desktop.configure_initial(w.id);
    desktop.answered(w.id, w.last);
    desktop.map(w.id);
    return w;
  }
  [[nodiscard]] FramePart part(double x, double y) const {
    return desktop.frame_hit(x, y).value_or(Desktop::FrameHit{}).part;
  }
  [[nodiscard]] WindowEdges edges(double x, double y) const {
    return desktop.frame_hit(x, y).value_or(Desktop::FrameHit{}).edges;
  }
};

TEST_F(DecorationTest, AFrameIsAroundTheWindowAndNeverUnderIt) {
  FakeWindow& w = framed({200, 100});
  const std::vector<SurfaceId> shown = stack();
  EXPECT_EQ(shown.size(), 5U) << "a title bar and three borders";
  EXPECT_EQ(shown.back(), w.surface);
  const Point p = at(w);
  EXPECT_EQ(p, (Point{220, 202})) << "the frame is in the middle, not the window";
  EXPECT_EQ(under(p.x, p.y), w.surface);
  EXPECT_EQ(part(p.x + 20, p.y - 10), FramePart::Title);
  EXPECT_EQ(part(p.x + 200, p.y - 10), FramePart::Close);
  EXPECT_EQ(part(p.x + 150, p.y - 10), FramePart::Maximize);
  EXPECT_EQ(part(p.x + 120, p.y - 10), FramePart::Minimize);
  EXPECT_EQ(part(p.x + 20, p.y + 20), FramePart::None);
  EXPECT_EQ(edges(p.x - 2, p.y + 50), window_edge::left);
  EXPECT_EQ(edges(p.x + 201, p.y + 50), window_edge::right);
  EXPECT_EQ(edges(p.x + 100, p.y + 102), window_edge::bottom);
  EXPECT_EQ(edges(p.x + 100, p.y - 27), window_edge::top);
  EXPECT_EQ(edges(p.x + 199, p.y + 102), window_edge::right | window_edge::bottom);
  EXPECT_EQ(edges(p.x - 2, p.y + 98), window_edge::left | window_edge::bottom);
  EXPECT_EQ(edges(p.x - 2, p.y - 27), window_edge::left | window_edge::top);
  EXPECT_EQ(desktop.window_at(p.x + 20, p.y - 10)->id, w.id);
}

TEST_F(DecorationTest, OnlyWhatChangesIsDrawnAnew) {
  FakeWindow& w = framed({200, 100});
  const std::vector<SurfaceId> shown = stack();
  const auto commits = [&] {
    std::vector<CommitId> ids;
    for (std::size_t i = 0; i < 4; ++i)
      ids.push_back(scene.find(shown[i])->current().commit);
    return ids;
  };
  const auto before = commits();
  show(w.surface, {200, 100});
  desktop.committed(w.id);
  EXPECT_EQ(commits(), before) << "a frame of the client is none of ours";
  desktop.set_title(w.id, "a title");
  EXPECT_NE(commits()[0], before[0]);
  EXPECT_EQ(commits()[1], before[1]) << "borders have none";
  const auto titled = commits();
  show(w.surface, {200, 120});
  desktop.committed(w.id);
  EXPECT_EQ(commits()[0], titled[0]) << "it is as wide as before";
  EXPECT_EQ(scene.find(shown[1])->current().size(), (Size{4, 124}));
  EXPECT_EQ(scene.find(shown[3])->current().size(), (Size{200, 4}));
  EXPECT_EQ(scene.find(shown[3])->current().buffer->size, (Size{1, 1})) << "one pixel is all that is uploaded";
  window({10, 10});
  EXPECT_NE(commits()[0], titled[0]) << "it has lost the focus";
}

TEST_F(DecorationTest, AMaximisedWindowHasATitleBarAndAFullscreenOneNothing) {
  FakeWindow& w = framed({200, 100});
  desktop.press(w.id, FramePart::Maximize);
  EXPECT_EQ(w.last.size, (Size{640, 452}));
  answer(w);
  EXPECT_EQ(at(w), (Point{0, 28}));
  EXPECT_EQ(stack().size(), 2U);
  EXPECT_EQ(part(10, 1), FramePart::Title) << "there is no edge to drag";
  EXPECT_EQ(part(639, 1), FramePart::Close);
  desktop.request_fullscreen(w.id, std::nullopt);
  desktop.reconfigure(w.id);
  EXPECT_EQ(w.last.size, (Size{640, 480}));
  answer(w);
  EXPECT_EQ(stack(), std::vector{w.surface}) << "it can be scanned out as it is";
  desktop.leave_fullscreen(w.id);
  desktop.reconfigure(w.id);
  answer(w);
  desktop.press(w.id, FramePart::Maximize);
  answer(w);
  EXPECT_EQ(stack().size(), 5U);
  EXPECT_EQ(at(w), (Point{220, 202}));
}

TEST_F(DecorationTest, ButtonsDoWhatTheySay) {
  FakeWindow& w = framed({200, 100});
  w.take();
  desktop.press(w.id, FramePart::Close);
  EXPECT_EQ(w.take(), "close; ");
  desktop.press(w.id, FramePart::Minimize);
  EXPECT_TRUE(stack().empty());
  EXPECT_EQ(desktop.frame_hit(320, 190), std::nullopt);
}

TEST_F(DecorationTest, AFrameGoesWithItsWindow) {
  const std::size_t before = scene.surface_count();
  FakeWindow& w = framed({200, 100});
  EXPECT_EQ(scene.surface_count(), before + 5);
  desktop.set_frame_wish(w.id, FrameWish::ClientSide);
  desktop.reconfigure(w.id);
  EXPECT_EQ(stack().size(), 5U) << "the client has not answered yet";
  answer(w, {200, 100});
  EXPECT_EQ(stack().size(), 1U);
  EXPECT_EQ(scene.surface_count(), before + 1);
  framed({10, 10});
  scene.destroy_surface(stack().back());
  EXPECT_EQ(scene.surface_count(), before + 1);
}

TEST_F(DecorationTest, WhoAsksForNothingGetsThePreference) {
  FakeWindow& w = window({10, 10});
  desktop.reconfigure(w.id);
  EXPECT_FALSE(w.last.decorated) << "it has not said that it knows of frames";
  desktop.set_frame_wish(w.id, FrameWish::Any);
  desktop.reconfigure(w.id);
  EXPECT_TRUE(w.last.decorated);
  desktop.prefer_server_side(false);
  desktop.reconfigure(w.id);
  EXPECT_FALSE(w.last.decorated);
}

TEST(TitleBar, IsDrawnWithItsTitleWhateverThatIs) {
  Log log(LogLevel::Off);
  const auto text = std::make_shared<TitleText>(log);
  const auto pixels = [&text](std::string_view title, std::int32_t width = 300) {
    const TitleBar bar(text, width, title, true, false);
    std::vector<std::byte> rows(static_cast<std::size_t>(bar.size().height) * bar.stride());
    EXPECT_TRUE(bar.read_rows(0, TitleBar::height, rows));
    EXPECT_FALSE(bar.read_rows(1, TitleBar::height, rows)) << "there are no more rows";
    EXPECT_TRUE(bar.read_rows(0, TitleBar::height, rows));
    return rows;
  };
  EXPECT_EQ(pixels("abc"), pixels("abc"));
  EXPECT_NE(pixels("abc"), pixels(""));
  EXPECT_NE(pixels("abc"), pixels("\xff\xfe")) << "what is no text harms nobody";
  EXPECT_EQ(pixels(std::string(100000, 'w')), pixels(std::string(1000, 'w')));
  (void)pixels("title", 1);
  (void)pixels("title", TitleBar::widest * 2);
}

TEST(TitleBar, IsPlainWhereItsLibraryIsMissingWhichIsSaidOnce) {
  ::testing::internal::CaptureStderr();
  Log log(LogLevel::Warn);
  const auto text = std::make_shared<TitleText>(log, "libno-such-thing.so.1");
  for (const char* title : {"abc", "def"}) {
    const TitleBar bar(text, 300, title, true, false);
    std::vector<std::uint32_t> rows(std::size_t{300} * TitleBar::height);
    EXPECT_TRUE(bar.read_rows(0, TitleBar::height, std::as_writable_bytes(std::span(rows))));
    EXPECT_EQ(std::count(rows.begin(), rows.end(), TitleBar::color(true)), std::ptrdiff_t{300} * TitleBar::height);
  }
  const std::string told = ::testing::internal::GetCapturedStderr();
  const auto first = told.find("title bars are plain");
  EXPECT_NE(first, std::string::npos) << told;
  EXPECT_NE(told.find("libno-such-thing.so.1"), std::string::npos) << told;
  EXPECT_EQ(told.find("title bars are plain", first + 1), std::string::npos) << told;
}

} // namespace
} // namespace fenceline::test
