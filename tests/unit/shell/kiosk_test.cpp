#include "tests/unit/shell/desktop_fixture.h"

namespace fenceline::test {
namespace {

class KioskTest : public DesktopTest {
 protected:
  KioskTest() { desktop.be_kiosk(); }

  /// As a client does: the initial commit, the answer to the configure, the content.
  FakeWindow& start(Size own = {100, 80}, const FakeWindow* parent = nullptr) {
    FakeWindow& w = window(own, false);
    if (parent)
      desktop.set_parent(w.id, parent->id);
    desktop.configure_initial(w.id);
    finish(w, own);
    return w;
  }
  void finish(FakeWindow& w, Size own) {
    const Size asked = w.last.size.empty() ? own : w.last.size;
    show(w.surface, asked);
    desktop.answered(w.id, w.last);
    desktop.map(w.id);
  }
  /// What an output shows and where, in its own coordinates, bottom to top.
  [[nodiscard]] std::string picture(OutputId output) const {
    std::vector<RootPlacement> roots;
    desktop.append_roots(output, roots);
    const Rect area = desktop.output_area(output).value_or(Rect{});
    std::string text;
    for (const RootPlacement& root : roots) {
      const Size size = scene.find(root.root)->current().size();
      if (area.intersected({root.position.x, root.position.y, size.width, size.height}).empty())
        continue;
      text += fmt::format("{} at {},{}; ", static_cast<unsigned>(root.root), root.position.x - area.x,
                          root.position.y - area.y);
    }
    return text;
  }
  [[nodiscard]] static std::string drawn(const FakeWindow& w, int x = 0, int y = 0) {
    return fmt::format("{} at {},{}; ", static_cast<unsigned>(w.surface), x, y);
  }
};

TEST_F(KioskTest, AWindowIsFullscreenWhateverItAsksFor) {
  FakeWindow& w = start();
  EXPECT_EQ(w.take(), "640x480 fullscreen; 640x480 fullscreen active; ");
  EXPECT_EQ(at(w), (Point{0, 0}));
  desktop.leave_fullscreen(w.id);
  desktop.reconfigure(w.id);
  desktop.set_minimized(w.id, true);
  EXPECT_EQ(w.take(), "640x480 fullscreen active; ");
  EXPECT_TRUE(desktop.find(w.id)->visible());
  EXPECT_FALSE(desktop.begin_grab(w.id, window_edge::none, 10, 10));
}

TEST_F(KioskTest, DialogsAreOverTheMiddleAsLargeAsTheyLike) {
  FakeWindow& w = start();
  FakeWindow& dialog = start({200, 100}, &w);
  EXPECT_EQ(dialog.take(), "0x0; 0x0 active; ");
  EXPECT_EQ(picture(left), drawn(w) + drawn(dialog, 220, 190));
}

TEST_F(KioskTest, ADialogThatIsToldOfItsParentLateGetsSmaller) {
  FakeWindow& w = start();
  FakeWindow& dialog = start({200, 100});
  EXPECT_TRUE(dialog.last.fullscreen);
  dialog.take();
  desktop.set_parent(dialog.id, w.id);
  EXPECT_EQ(dialog.take(), "0x0 active; ");
}

TEST_F(KioskTest, NothingHasAFrame) {
  FakeWindow& w = start();
  FakeWindow& dialog = window({200, 100}, false);
  desktop.set_frame_wish(dialog.id, FrameWish::ServerSide);
  desktop.set_parent(dialog.id, w.id);
  desktop.configure_initial(dialog.id);
  EXPECT_TRUE(dialog.last.decorated) << "so that it draws none either";
  finish(dialog, {200, 100});
  EXPECT_EQ(picture(left), drawn(w) + drawn(dialog, 220, 190));
}

TEST_F(KioskTest, OneWindowIsOnAllOutputs) {
  desktop.set_output(right, {640, 0, 640, 480});
  FakeWindow& w = start();
  FakeWindow& dialog = start({200, 100}, &w);
  EXPECT_EQ(picture(left), drawn(w) + drawn(dialog, 220, 190));
  EXPECT_EQ(picture(right), picture(left));
  const SurfaceHit hit = desktop.hit_test(640 + 230, 195).value_or(SurfaceHit{});
  EXPECT_EQ(hit.surface, dialog.surface);
  EXPECT_EQ(hit.x, 10);
  EXPECT_EQ(desktop.origin_near(dialog.surface, {650, 10}), (Point{860, 190})) << "where a button is held";
  EXPECT_EQ(desktop.origin_near(dialog.surface, {630, 10}), (Point{220, 190}));
}

TEST_F(KioskTest, AnotherDisplaysPictureIsInTheMiddle) {
  desktop.set_output(right, {640, 0, 800, 400});
  FakeWindow& w = start();
  EXPECT_EQ(picture(right), drawn(w, 80, -40));
}

TEST_F(KioskTest, EachOutputGetsAWindowOfItsOwnIfThereAreEnough) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& first = start();
  FakeWindow& second = start();
  FakeWindow& third = start();
  EXPECT_EQ(second.last.size, (Size{800, 600}));
  EXPECT_EQ(picture(right), drawn(second));
  EXPECT_EQ(picture(left), drawn(first) + drawn(third));
  desktop.remove_window(second.id);
  EXPECT_EQ(third.last.size, (Size{800, 600})) << "there is room now";
  answer(third);
  EXPECT_EQ(picture(right), drawn(third));
  EXPECT_EQ(picture(left), drawn(first));
}

TEST_F(KioskTest, TheOutputThatAClientChoosesIsItsOwn) {
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& first = window({100, 80}, false);
  desktop.request_fullscreen(first.id, right);
  desktop.configure_initial(first.id);
  EXPECT_EQ(first.last.size, (Size{800, 600}));
  FakeWindow& second = window({100, 80}, false);
  desktop.configure_initial(second.id);
  EXPECT_EQ(second.last.size, (Size{640, 480}));
}

TEST_F(KioskTest, DisplaysComeAndGo) {
  FakeWindow& first = start();
  FakeWindow& second = start();
  EXPECT_EQ(picture(left), drawn(first) + drawn(second));
  desktop.set_output(right, {640, 0, 800, 600});
  EXPECT_EQ(second.last.size, (Size{800, 600})) << "a display that comes gets the second";
  answer(second);
  EXPECT_EQ(picture(right), drawn(second));
  desktop.remove_output(right);
  EXPECT_EQ(second.last.size, (Size{640, 480}));
  answer(second);
  EXPECT_EQ(picture(left), drawn(first) + drawn(second));
  desktop.remove_output(left);
  EXPECT_FALSE(first.last.fullscreen) << "there is nothing to fill";
  desktop.set_output(left, {0, 0, 640, 480});
  EXPECT_TRUE(first.last.fullscreen);
}

TEST_F(KioskTest, ADialogGoesWithItsWindowToAnotherDisplay) {
  desktop.set_output(right, {640, 0, 640, 480});
  FakeWindow& first = start();
  FakeWindow& second = start();
  FakeWindow& dialog = start({200, 100}, &second);
  EXPECT_EQ(picture(right), drawn(second) + drawn(dialog, 220, 190));
  desktop.remove_window(first.id);
  answer(second);
  EXPECT_EQ(picture(left), drawn(second) + drawn(dialog, 220, 190));
  EXPECT_EQ(picture(right), picture(left));
}

TEST_F(KioskTest, ADialogWhoseParentHasGoneIsAWindowLikeAnyOther) {
  FakeWindow& w = start();
  FakeWindow& dialog = start({200, 100}, &w);
  dialog.take();
  desktop.remove_window(w.id);
  EXPECT_EQ(dialog.take(), "640x480 fullscreen active; ");
}

TEST_F(KioskTest, AWindowThatIsUnmappedLeavesItsDisplay) {
  desktop.set_output(right, {640, 0, 800, 600});
  start();
  FakeWindow& second = start();
  FakeWindow& third = start();
  EXPECT_EQ(third.last.size, (Size{640, 480}));
  desktop.reset(second.id);
  EXPECT_EQ(third.last.size, (Size{800, 600}));
}

} // namespace
} // namespace fenceline::test
