#include <limits>

#include "tests/unit/shell/desktop_fixture.h"

namespace fenceline::test {
namespace {

using Stack = std::vector<SurfaceId>;

TEST_F(DesktopTest, WindowsAreCentredInACascadeThatBeginsAnewAfterEight) {
  for (int i = 0; i < 9; ++i) {
    const int shift = i % 8 * 32;
    EXPECT_EQ(at(window({100, 80})), (Point{270 + shift, std::min(200 + shift, 400)})) << i;
  }
}

TEST_F(DesktopTest, AWindowThatFitsStaysInsideHoweverFarTheCascadeIs) {
  window({10, 10});
  EXPECT_EQ(at(window({620, 470})), (Point{20, 10}));
  EXPECT_EQ(at(window({700, 100})), (Point{0, 254})) << "one that does not fit begins at the edge";
}

TEST_F(DesktopTest, TheWindowGeometryIsWhatIsPlaced) {
  FakeWindow& w = window({120, 100}, false);
  set_geometry(w.surface, {10, 10, 100, 80});
  desktop.map(w.id);
  EXPECT_EQ(desktop.origin_of(w.surface), (Point{260, 190})) << "the shadow around it hangs over";
}

TEST_F(DesktopTest, AGeometryAtTheLimitsHurtsNobody) {
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max(),
                         least = std::numeric_limits<std::int32_t>::min();
  FakeWindow& w = window({120, 100}, false);
  set_geometry(w.surface, {least, most, most, most});
  desktop.map(w.id);
  popup("p", w.surface, {least, most, 10, 10}, false);
  // Far outside of everything; no sum has gone round to the other side.
  std::vector<RootPlacement> roots;
  desktop.append_roots(left, roots);
  EXPECT_EQ(roots.size(), 2U);
  EXPECT_EQ(under(320, 240), SurfaceId{});
  EXPECT_TRUE(desktop.popup_bounds(w.surface).intersected({least, least, 1, 1}).empty());
}

TEST_F(DesktopTest, ANewWindowIsOnTopAndHasTheFocus) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  EXPECT_EQ(stack(), (Stack{a.surface, b.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), b.surface);
  EXPECT_EQ(a.take(), "0x0 active; 0x0; ");
  EXPECT_EQ(b.take(), "0x0 active; ");
  EXPECT_EQ(b.last.bounds, (Size{640, 480}));
  EXPECT_EQ(focus_changes, 2);
}

TEST_F(DesktopTest, AWindowThatIsNotMappedIsNowhere) {
  FakeWindow& w = window({100, 80}, false);
  EXPECT_EQ(stack(), Stack{});
  EXPECT_EQ(desktop.keyboard_focus(), std::nullopt);
  EXPECT_EQ(desktop.origin_of(w.surface), std::nullopt);
  EXPECT_EQ(w.take(), "");
  desktop.configure_initial(w.id);
  EXPECT_EQ(w.take(), "0x0; ");
}

TEST_F(DesktopTest, AClickRaisesAndFocuses) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  a.take();
  b.take();
  desktop.clicked(a.surface);
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), a.surface);
  EXPECT_EQ(a.take(), "0x0 active; ");
  EXPECT_EQ(b.take(), "0x0; ");
  const int changes = stack_changes;
  desktop.clicked(a.surface);
  EXPECT_EQ(stack_changes, changes) << "it is on top already";
  EXPECT_EQ(a.take() + b.take(), "");
}

TEST_F(DesktopTest, AClickOnASubsurfaceIsOneOnItsWindow) {
  FakeWindow& a = window({100, 80});
  const SurfaceId child = surface({10, 10});
  ASSERT_TRUE(scene.add_subsurface(*scene.find(child), *scene.find(a.surface)));
  scene.set_subsurface_position(*scene.find(child), {5, 6});
  ASSERT_TRUE(scene.commit(*scene.find(a.surface), {}));
  FakeWindow& b = window({100, 80});
  desktop.clicked(child);
  EXPECT_EQ(desktop.keyboard_focus(), a.surface);
  EXPECT_EQ(stack(), (Stack{b.surface, a.surface}));
  EXPECT_EQ(desktop.origin_of(child), at(a) + (Point{5, 6})) << "a grab on it needs its place";
}

TEST_F(DesktopTest, ThePointerFindsTheTopmostSurfaceThatTakesInput) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  EXPECT_EQ(under(280, 210), a.surface);
  EXPECT_EQ(under(310, 240), b.surface);
  EXPECT_EQ(under(10, 10), SurfaceId{});
  const auto hit = desktop.hit_test(280.5, 210.25);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->x, 10.5);
  EXPECT_EQ(hit->y, 10.25);
  scene.find(b.surface)->pending().input = Region(Rect{0, 0, 1, 1});
  ASSERT_TRUE(scene.commit(*scene.find(b.surface), {}));
  EXPECT_EQ(under(310, 240), a.surface) << "its input region lets the pointer through";
  EXPECT_EQ(under(302.5, 232.5), b.surface);
}

TEST_F(DesktopTest, WhenTheFocusedWindowGoesTheNextOneGetsTheFocus) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  FakeWindow& c = window({100, 80});
  desktop.clicked(b.surface);
  desktop.unmap(b.id);
  EXPECT_EQ(desktop.keyboard_focus(), c.surface) << "the topmost of the rest";
  desktop.remove_window(c.id);
  EXPECT_EQ(desktop.keyboard_focus(), a.surface);
  scene.destroy_surface(a.surface);
  EXPECT_EQ(desktop.keyboard_focus(), std::nullopt);
  EXPECT_EQ(desktop.find(a.id), nullptr);
  EXPECT_EQ(stack(), Stack{});
}

TEST_F(DesktopTest, AWindowInTheBackgroundGoesWithoutTakingTheFocus) {
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  b.take();
  desktop.unmap(a.id);
  EXPECT_EQ(desktop.keyboard_focus(), b.surface);
  EXPECT_EQ(b.take(), "");
}

TEST_F(DesktopTest, AFullscreenWindowFillsItsOutput) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& w = window({100, 80}, false);
  desktop.request_fullscreen(w.id, right);
  desktop.configure_initial(w.id);
  EXPECT_EQ(w.take(), "800x600 fullscreen; ");
  answer(w);
  desktop.map(w.id);
  EXPECT_EQ(at(w), (Point{640, 0}));
  EXPECT_EQ(w.last.bounds, (Size{800, 600}));
}

TEST_F(DesktopTest, AFullscreenWindowThatIsSmallerIsInTheMiddle) {
  FakeWindow& w = window({100, 80});
  desktop.request_fullscreen(w.id, std::nullopt);
  desktop.reconfigure(w.id);
  EXPECT_EQ(at(w), (Point{270, 200})) << "as long as the client has not answered";
  desktop.answered(w.id, w.last);
  EXPECT_EQ(at(w), (Point{270, 200}));
  show(w.surface, {320, 240});
  EXPECT_EQ(at(w), (Point{160, 120})) << "with the size that it has now";
  show(w.surface, {640, 480});
  EXPECT_EQ(at(w), (Point{0, 0}));
  show(w.surface, {900, 480});
  EXPECT_EQ(at(w), (Point{0, 0})) << "too large is cut off on the right";
}

TEST_F(DesktopTest, BehindAFullscreenWindowThatLeavesRoomThereIsNothing) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& below = window({100, 80});
  FakeWindow& full = window({320, 240});
  FakeWindow& above = window({50, 40});
  const auto shown_on = [this](OutputId output) {
    std::vector<RootPlacement> roots;
    desktop.append_roots(output, roots);
    std::vector<SurfaceId> surfaces;
    for (const RootPlacement& root : roots)
      surfaces.push_back(root.root);
    return surfaces;
  };
  const std::vector<SurfaceId> all{below.surface, full.surface, above.surface};
  EXPECT_EQ(shown_on(left), all);
  const Point in_the_open = at(below);
  EXPECT_TRUE(desktop.hit_test(in_the_open.x + 1, in_the_open.y + 1));
  desktop.request_fullscreen(full.id, left);
  desktop.reconfigure(full.id);
  EXPECT_EQ(shown_on(left), all) << "the client has not answered yet";
  desktop.answered(full.id, full.last);
  EXPECT_EQ(shown_on(left), (std::vector<SurfaceId>{full.surface, above.surface}));
  EXPECT_EQ(shown_on(right), all) << "another output's windows are not behind it";
  show(full.surface, {640, 480});
  EXPECT_EQ(shown_on(left), all) << "what it covers goes on in time";
  show(full.surface, {320, 240});
  desktop.leave_fullscreen(full.id);
  desktop.reconfigure(full.id);
  EXPECT_EQ(shown_on(left), (std::vector<SurfaceId>{full.surface, above.surface})) << "nor this";
  answer(full);
  EXPECT_EQ(shown_on(left), all);
}

TEST_F(DesktopTest, AWindowThatLeavesFullscreenIsWhereItWas) {
  window({100, 80});
  FakeWindow& w = window({100, 80});
  const Point before = at(w);
  desktop.request_fullscreen(w.id, std::nullopt);
  desktop.reconfigure(w.id);
  answer(w);
  EXPECT_EQ(at(w), (Point{0, 0}));
  desktop.leave_fullscreen(w.id);
  desktop.reconfigure(w.id);
  EXPECT_EQ(w.last.size, (Size{100, 80}));
  EXPECT_EQ(at(w), (Point{0, 0})) << "there is no content for it yet";
  answer(w);
  EXPECT_EQ(at(w), before);
}

TEST_F(DesktopTest, AWindowThatBeganFullscreenIsInTheMiddleAfterwards) {
  FakeWindow& w = window({640, 480}, false);
  desktop.request_fullscreen(w.id, std::nullopt);
  desktop.configure_initial(w.id);
  answer(w);
  desktop.map(w.id);
  desktop.leave_fullscreen(w.id);
  desktop.reconfigure(w.id);
  EXPECT_EQ(w.last.size, Size{}) << "the client chooses: it never had a size of its own";
  answer(w, {100, 80});
  EXPECT_EQ(at(w), (Point{270, 200}));
}

TEST_F(DesktopTest, AnUnknownOutputIsTheFirst) {
  FakeWindow& w = window({100, 80});
  w.take();
  desktop.request_fullscreen(w.id, OutputId{99});
  desktop.reconfigure(w.id);
  EXPECT_EQ(w.take(), "640x480 fullscreen active; ");
}

TEST_F(DesktopTest, AnOutputThatChangesItsModeTellsItsFullscreenWindow) {
  FakeWindow& w = window({640, 480});
  desktop.request_fullscreen(w.id, left);
  desktop.reconfigure(w.id);
  w.take();
  desktop.set_output(left, {0, 0, 1024, 768});
  EXPECT_EQ(w.take(), "1024x768 fullscreen active; ");
  desktop.set_output(left, {0, 0, 1024, 768});
  EXPECT_EQ(w.take(), "") << "nothing has changed";
}

TEST_F(DesktopTest, WindowsOfAnOutputThatGoesMoveToTheOneThatStays) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& full = window({800, 600}, false);
  desktop.request_fullscreen(full.id, right);
  desktop.configure_initial(full.id);
  answer(full);
  desktop.map(full.id);
  full.take();
  const int changes = stack_changes;
  desktop.remove_output(right);
  EXPECT_EQ(full.take(), "640x480 fullscreen active; ");
  EXPECT_EQ(at(full), (Point{0, 0}));
  EXPECT_GT(stack_changes, changes);

  FakeWindow& w = window({100, 80});
  desktop.set_output(right, {640, 0, 800, 600});
  desktop.remove_output(left);
  EXPECT_TRUE((Rect{640, 0, 800, 600}).contains(at(w))) << at(w).x << "," << at(w).y;
}

TEST_F(DesktopTest, WithoutOutputsWindowsKeepTheirPlacesForTheNextOne) {
  FakeWindow& w = window({100, 80});
  const Point before = at(w);
  desktop.remove_output(left);
  FakeWindow& late = window({100, 80});
  EXPECT_EQ(desktop.output_area(left), std::nullopt);
  desktop.set_output(left, {0, 0, 640, 480});
  EXPECT_EQ(at(w), before);
  EXPECT_TRUE((Rect{0, 0, 640, 480}).contains(at(late)));
  EXPECT_EQ(late.last.bounds, (Size{640, 480}));
}

TEST_F(DesktopTest, ClosingIsAskedOfTheFocusedWindow) {
  desktop.close_focused();
  FakeWindow& a = window({100, 80});
  FakeWindow& b = window({100, 80});
  a.take();
  b.take();
  desktop.close_focused();
  EXPECT_EQ(a.take(), "");
  EXPECT_EQ(b.take(), "close; ");
}

} // namespace
} // namespace fenceline::test
