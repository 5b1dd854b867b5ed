#include <cerrno>

#include "tests/unit/shell/desktop_fixture.h"

namespace fenceline::test {
namespace {

using Stack = std::vector<SurfaceId>;

class PopupsTest : public DesktopTest {
 protected:
  FakeWindow& base = window({200, 100});
};

TEST_F(PopupsTest, APopupLiesOnItsParentsGeometryWithItsOwn) {
  set_geometry(base.surface, {10, 10, 180, 80});
  FakePopup& p = popup("p", base.surface, {20, 30, 50, 50}, false);
  set_geometry(p.surface, {3, 4, 40, 40});
  EXPECT_EQ(desktop.origin_of(p.surface), at(base) + (Point{20 - 3, 30 - 4}));
  desktop.move_popup(p.surface, {0, 0, 50, 50});
  EXPECT_EQ(desktop.origin_of(p.surface), at(base) - (Point{3, 4}));
  EXPECT_EQ(stack(), (Stack{base.surface, p.surface}));
}

TEST_F(PopupsTest, PopupsAreAboveTheirWindowAndBelowTheNext) {
  FakePopup& first = popup("first", base.surface, {0, 0, 10, 10}, false);
  FakePopup& second = popup("second", base.surface, {0, 0, 10, 10}, false);
  FakePopup& nested = popup("nested", first.surface, {0, 0, 10, 10}, false);
  FakeWindow& other = window({100, 80});
  EXPECT_EQ(stack(), (Stack{base.surface, first.surface, second.surface, nested.surface, other.surface}))
      << "the newest on top, whatever it stands on (xdg_popup)";
  desktop.clicked(nested.surface);
  EXPECT_EQ(desktop.keyboard_focus(), base.surface) << "a popup that does not grab has no keyboard";
  EXPECT_EQ(stack(), (Stack{other.surface, base.surface, first.surface, second.surface, nested.surface}));
}

TEST_F(PopupsTest, TheTopmostPopupThatGrabsHasTheKeyboard) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  EXPECT_EQ(desktop.keyboard_focus(), menu.surface);
  FakePopup& submenu = popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  EXPECT_EQ(desktop.keyboard_focus(), submenu.surface);
  popup("tooltip", submenu.surface, {0, 0, 10, 10}, false);
  EXPECT_EQ(desktop.keyboard_focus(), submenu.surface);
  const int changes = focus_changes;
  desktop.remove_popup(submenu.surface);
  EXPECT_EQ(desktop.keyboard_focus(), menu.surface);
  desktop.remove_popup(menu.surface);
  EXPECT_EQ(desktop.keyboard_focus(), base.surface);
  EXPECT_GT(focus_changes, changes + 1);
}

TEST_F(PopupsTest, AClickOnAnotherClientDismissesWhatGrabsTopmostFirst) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  FakePopup& submenu = popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  popup("tooltip", submenu.surface, {0, 0, 10, 10}, false);
  popup("note", base.surface, {0, 0, 10, 10}, false);
  client = ClientId{2};
  FakeWindow& other = window({100, 80});
  EXPECT_EQ(desktop.keyboard_focus(), submenu.surface) << "a window that comes does not end a grab";
  desktop.clicked(other.surface);
  EXPECT_EQ(dismissed, "tooltip done; submenu done; menu done; ") << "the note has not grabbed and stays";
  EXPECT_EQ(desktop.keyboard_focus(), other.surface);
  EXPECT_EQ(stack().size(), 3U);
  EXPECT_FALSE(desktop.dismiss_popups()) << "once";
}

TEST_F(PopupsTest, AClickOnTheClientsOwnWindowsIsItsOwnBusiness) {
  FakeWindow& own = window({100, 80});
  FakePopup& note = popup("note", own.surface, {0, 0, 10, 10}, false);
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  for (const SurfaceId surface : {base.surface, own.surface, note.surface}) {
    desktop.clicked(surface);
    EXPECT_EQ(dismissed, "") << "it destroys the popup if it wants to (xdg_popup)";
    EXPECT_EQ(desktop.keyboard_focus(), menu.surface);
  }
  EXPECT_TRUE(desktop.dismiss_popups()) << "a click on nothing";
  EXPECT_EQ(dismissed, "menu done; ");
  EXPECT_EQ(desktop.keyboard_focus(), own.surface);
}

TEST_F(PopupsTest, AClickInAMenuLeavesItOpen) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  FakePopup& submenu = popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  desktop.clicked(submenu.surface);
  desktop.clicked(menu.surface);
  EXPECT_EQ(dismissed, "") << "the client closes the submenu itself if it wants to";
}

TEST_F(PopupsTest, AClickInAnotherClientsPopupDismissesTheMenu) {
  client = ClientId{2};
  FakeWindow& other = window({100, 80});
  FakePopup& note = popup("note", other.surface, {0, 0, 10, 10}, false);
  client = ClientId{1};
  popup("menu", base.surface, {0, 0, 10, 10}, true);
  desktop.clicked(note.surface);
  EXPECT_EQ(dismissed, "menu done; ");
  EXPECT_EQ(desktop.keyboard_focus(), other.surface);
}

TEST_F(PopupsTest, AWindowThatIsUnmappedTakesItsPopupsAlong) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  popup("submenu", menu.surface, {0, 0, 10, 10}, false);
  FakeWindow& other = window({100, 80});
  ASSERT_EQ(desktop.keyboard_focus(), menu.surface);
  desktop.unmap(base.id);
  EXPECT_EQ(dismissed, "submenu done; menu done; ");
  EXPECT_EQ(desktop.keyboard_focus(), other.surface) << "keys do not go to what nobody sees";
  desktop.map(base.id);
  EXPECT_EQ(stack(), (Stack{other.surface, base.surface})) << "and they do not come back with it";
}

TEST_F(PopupsTest, APopupThatGoesTakesWhatStandsOnIt) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, false);
  FakePopup& submenu = popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  popup("third", submenu.surface, {0, 0, 10, 10}, true);
  desktop.remove_popup(menu.surface);
  EXPECT_EQ(dismissed, "third done; submenu done; ") << "its own client knows";
  EXPECT_EQ(desktop.keyboard_focus(), base.surface);
  EXPECT_EQ(desktop.origin_of(submenu.surface), std::nullopt);
}

TEST_F(PopupsTest, ASurfaceThatDiesIsNoPopupAnyMore) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  EXPECT_TRUE(desktop.has_child_popup(menu.surface));
  scene.destroy_surface(menu.surface);
  EXPECT_EQ(dismissed, "submenu done; ");
  EXPECT_EQ(desktop.keyboard_focus(), base.surface);
  EXPECT_FALSE(desktop.has_child_popup(base.surface));
}

TEST_F(PopupsTest, APopupStandsOnlyOnWhatIsThere) {
  // Otherwise two could stand on each other: then no chain of parents would have an end.
  FakePopup one("one", dismissed), two("two", dismissed);
  const SurfaceId a = surface({10, 10}), b = surface({10, 10});
  EXPECT_FALSE(desktop.holds(a));
  const Result<void> added = desktop.add_popup(b, a, one, {}, true);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, EINVAL);
  EXPECT_FALSE(desktop.add_popup(a, a, two, {}, true));
  ASSERT_TRUE(desktop.add_popup(a, base.surface, two, {}, true));
  EXPECT_TRUE(desktop.holds(a));
  EXPECT_TRUE(desktop.add_popup(b, a, one, {}, true)) << "it is there, if not mapped yet";
  EXPECT_FALSE(desktop.add_popup(a, b, two, {}, true)) << "once";
  EXPECT_EQ(stack(), (Stack{base.surface}));
}

TEST_F(PopupsTest, WhatIsDismissedIsOffTheDesktop) {
  FakePopup& menu = popup("menu", base.surface, {0, 0, 10, 10}, true);
  popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  ASSERT_TRUE(desktop.dismiss_popups());
  EXPECT_FALSE(desktop.has_child_popup(menu.surface)) << "its client may destroy them in any order";
  EXPECT_FALSE(desktop.holds(menu.surface));
  desktop.map_popup(menu.surface);
  EXPECT_EQ(stack(), (Stack{base.surface}));
}

TEST_F(PopupsTest, AMenuThatIsNotThereYetIsDismissed) {
  FakePopup slow("slow", dismissed);
  slow.surface = surface({10, 10});
  ASSERT_TRUE(desktop.add_popup(slow.surface, base.surface, slow, {}, true));
  client = ClientId{2};
  FakeWindow& other = window({100, 80});
  desktop.clicked(other.surface);
  EXPECT_EQ(dismissed, "slow done; ") << "the user has gone elsewhere before it came";
  desktop.map_popup(slow.surface);
  EXPECT_EQ(desktop.keyboard_focus(), other.surface);
}

TEST_F(PopupsTest, APopupIsShownWithAllThatItStandsOn) {
  FakeWindow& slow = window({100, 80}, false);
  FakePopup& menu = popup("menu", slow.surface, {0, 0, 10, 10}, true);
  FakePopup& submenu = popup("submenu", menu.surface, {0, 0, 10, 10}, true);
  EXPECT_EQ(stack(), (Stack{base.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), base.surface);
  desktop.map(slow.id);
  EXPECT_EQ(stack(), (Stack{base.surface, slow.surface, menu.surface, submenu.surface}));
  EXPECT_EQ(desktop.keyboard_focus(), submenu.surface);
}

TEST_F(PopupsTest, AWindowThatWasNeverMappedTakesItsPopupsAlong) {
  FakeWindow& slow = window({100, 80}, false);
  popup("menu", slow.surface, {0, 0, 10, 10}, true);
  desktop.remove_window(slow.id);
  EXPECT_EQ(dismissed, "menu done; ");
}

TEST_F(PopupsTest, ATowerOfPopupsHasALimit) {
  SurfaceId parent = base.surface;
  for (int i = 0; i < PopupStack::max_depth; ++i)
    parent = popup("p", parent, {0, 0, 10, 10}, false).surface;
  FakePopup last("last", dismissed);
  const Result<void> added = desktop.add_popup(surface({10, 10}), parent, last, {}, false);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, ENOMEM);
  EXPECT_EQ(stack().size(), 1U + PopupStack::max_depth);
}

TEST_F(PopupsTest, ThePointerFindsThePopup) {
  FakePopup& p = popup("p", base.surface, {190, 90, 50, 50}, false);
  EXPECT_EQ(under(at(base).x + 195, at(base).y + 95), p.surface) << "above its window";
  EXPECT_EQ(under(at(base).x + 230, at(base).y + 130), p.surface) << "and beside it";
  desktop.remove_popup(p.surface);
  EXPECT_EQ(under(at(base).x + 195, at(base).y + 95), base.surface);
}

TEST_F(PopupsTest, ThePlaceForAPopupIsItsWindowsOutput) {
  EXPECT_EQ(desktop.popup_bounds(base.surface), (Rect{-220, -190, 640, 480}));
  desktop.set_output(right, {640, 0, 800, 600});
  FakeWindow& far = window({800, 600}, false);
  desktop.request_fullscreen(far.id, right);
  desktop.configure_initial(far.id);
  answer(far);
  desktop.map(far.id);
  EXPECT_EQ(desktop.popup_bounds(far.surface), (Rect{0, 0, 800, 600}));
}

} // namespace
} // namespace fenceline::test
