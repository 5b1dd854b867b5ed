#include <limits>

#include "tests/unit/input/seat_fixture.h"

namespace fenceline::test {
namespace {

class TouchTest : public SeatTest {
 protected:
  TouchTest() {
    seat->touch_added();
    sink.take();
  }
  [[nodiscard]] unsigned a() const { return static_cast<unsigned>(policy.a); }
  [[nodiscard]] unsigned b() const { return static_cast<unsigned>(policy.b); }
};

TEST_F(TouchTest, AContactStaysWithTheSurfaceThatItCameDownOn) {
  seat->touch_down({5}, 3, 90, 50);
  seat->touch_frame();
  seat->touch_motion({6}, 3, 150, 60);
  seat->touch_frame();
  seat->touch_up({7}, 3);
  seat->touch_frame();
  EXPECT_EQ(sink.take(),
            fmt::format("touch 3 on {} at 90,50; frame; touch 3 to 150,60; frame; touch 3 up; frame; ", a()));
  EXPECT_EQ(sink.last_time, TimePoint{7});
}

TEST_F(TouchTest, TwoContactsAreTwoSurfaces) {
  seat->touch_down({}, 0, 10, 10);
  seat->touch_down({}, 1, 110, 10);
  seat->touch_frame();
  EXPECT_EQ(sink.take(), fmt::format("touch 0 on {} at 10,10; touch 1 on {} at 10,10; frame; ", a(), b()));
}

TEST_F(TouchTest, ATouchIsAClick) {
  seat->touch_down({}, 0, 110, 10);
  EXPECT_EQ(policy.last_click, policy.b);
  seat->touch_down({}, 1, 250, 10);
  EXPECT_EQ(policy.last_click, SurfaceId{}) << "on nothing";
}

TEST_F(TouchTest, OnNothingThereIsNothingToTell) {
  seat->touch_down({}, 0, 250, 10);
  seat->touch_motion({}, 0, 50, 10);
  seat->touch_up({}, 0);
  seat->touch_frame();
  seat->touch_cancel();
  EXPECT_EQ(sink.take(), "");
}

TEST_F(TouchTest, WhatADeviceSaysTwiceOrOutOfPlaceIsPassedOver) {
  seat->touch_down({}, 0, 10, 10);
  seat->touch_down({}, 0, 110, 10);
  seat->touch_motion({}, 0, 10, 10);
  seat->touch_motion({}, 0, std::numeric_limits<double>::quiet_NaN(), 10);
  seat->touch_down({}, 1, std::numeric_limits<double>::infinity(), 10);
  seat->touch_motion({}, 7, 10, 10);
  seat->touch_up({}, 7);
  EXPECT_EQ(sink.take(), fmt::format("touch 0 on {} at 10,10; ", a()));
}

TEST_F(TouchTest, TheLastScreenThatGoesCancels) {
  seat->touch_added();
  seat->touch_down({}, 0, 10, 10);
  sink.take();
  seat->touch_removed();
  EXPECT_EQ(sink.take(), "");
  seat->touch_removed();
  EXPECT_EQ(sink.take(), "cancel; caps pk; ");
  seat->touch_up({}, 0);
  EXPECT_EQ(sink.take(), "");
}

TEST_F(TouchTest, ASessionThatIsPausedCancels) {
  seat->touch_down({}, 0, 10, 10);
  sink.take();
  seat->release_all({});
  EXPECT_EQ(sink.take(), "cancel; ");
}

TEST_F(TouchTest, OfASurfaceThatHasGoneOnlyTheUpIsTold) {
  seat->touch_down({}, 0, 10, 10);
  seat->touch_frame();
  sink.take();
  scene.destroy_surface(std::exchange(policy.a, SurfaceId{}));
  seat->touch_motion({}, 0, 20, 10);
  EXPECT_EQ(sink.take(), "");
  seat->touch_up({}, 0);
  seat->touch_frame();
  EXPECT_EQ(sink.take(), "touch 0 up; frame; ");
}

TEST_F(TouchTest, AScreenLiesOverTheBuiltInPanel) {
  seat->set_areas({{0, 0, 300, 200}, {300, 0, 100, 100}}, {"HDMI-A-1", "eDP-1"});
  EXPECT_EQ(seat->touch_area().rect, (Rect{300, 0, 100, 100}));
  EXPECT_EQ(seat->area_named("HDMI-A-1")->rect, (Rect{0, 0, 300, 200}));
  EXPECT_FALSE(seat->area_named("DP-1"));
  seat->set_areas({{0, 0, 300, 200}});
  EXPECT_EQ(seat->touch_area().rect, (Rect{0, 0, 300, 200}));
}

TEST_F(TouchTest, ADisplayThatHangsTurnedHasItsScreenTurned) {
  const auto place = [this](Transform transform) {
    seat->set_areas({{100, 0, 300, 200}}, {"DSI-1"}, {transform});
    // A quarter from the left and a tenth from the top of the device.
    const SurfacePosition at = seat->touch_area().at(25, 10, 100, 100);
    return std::pair(at.x, at.y);
  };
  EXPECT_EQ(place(Transform::Normal), std::pair(175.0, 20.0));
  // The picture was turned counter-clockwise onto the display: its right edge is at the device's top.
  EXPECT_EQ(place(Transform::R90), std::pair(370.0, 50.0));
  EXPECT_EQ(place(Transform::R180), std::pair(325.0, 180.0));
  EXPECT_EQ(place(Transform::R270), std::pair(130.0, 150.0));
  EXPECT_EQ(place(Transform::Flipped), std::pair(325.0, 20.0));
  EXPECT_EQ(place(Transform::Flipped90), std::pair(130.0, 50.0));
  EXPECT_EQ(place(Transform::Flipped180), std::pair(175.0, 180.0));
  EXPECT_EQ(place(Transform::Flipped270), std::pair(370.0, 150.0));
  seat->move_to_fraction({}, 0.25, 0.1);
  EXPECT_DOUBLE_EQ(seat->x(), 370) << "a pointer with absolute positions, too";
  EXPECT_DOUBLE_EQ(seat->y(), 150);
}

} // namespace
} // namespace fenceline::test
