#include "compositor/app/output_layout.h"

#include <gtest/gtest.h>

#include "compositor/app/desktop_policy.h"
#include "compositor/app/picture_parts.h"
#include "compositor/input/keymap.h"
#include "compositor/scene/scene.h"
#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/output_set_rig.h"
#include "tests/support/recording_observer.h"

namespace fenceline::test {
namespace {

OutputInfo with_modes(std::uint32_t id, Size size) {
  OutputInfo info = fake_output(id, size);
  info.modes.push_back({.size = {640, 480}, .refresh = ms(16), .id = 2});
  return info;
}

/// The session's wiring around the outputs, without clients, in virtual time.
struct LayoutBench {
  explicit LayoutBench(std::vector<OutputInfo> infos, std::vector<OutputSettings> settings = {})
      : device(loop, std::move(infos)), composer(loop), scene(observer), desktop(scene, log), policy(desktop),
        seat(scene, log, std::move(*Keymap::create()), policy), builder(scene, {&desktop, &seat}) {
    outputs = rig.make(loop, device, builder, &composer, observer);
    layout = std::make_unique<OutputLayout>(
        OutputLayoutParts{
            .device = device, .outputs = *outputs, .desktop = desktop, .builder = builder, .seat = seat, .log = log},
        std::move(settings), std::nullopt);
  }
  void run(std::int64_t milliseconds) { loop.advance(ms(milliseconds)); }
  [[nodiscard]] const FakeScanout::Shown& screen(std::uint32_t id) { return device.on_screen(OutputId{id}); }

  VirtualLoop loop;
  FakeScanout device;
  FakeComposer composer;
  RecordingObserver observer;
  Log log{LogLevel::Off};
  Scene scene;
  Desktop desktop;
  DesktopPolicy policy;
  Seat seat;
  SnapshotBuilder builder;
  OutputSetRig rig;
  std::unique_ptr<OutputSet> outputs;
  std::unique_ptr<OutputLayout> layout;
};

TEST(OutputLayoutTest, TellsTheDesktopAndLightsEachOutput) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 1024, 768}));
  EXPECT_EQ(bench.desktop.output_area(OutputId{2}), (Rect{1024, 0, 800, 600}));
  EXPECT_GE(bench.device.flips(OutputId{1}), 1U);
  EXPECT_GE(bench.device.flips(OutputId{2}), 1U);
}

TEST(OutputLayoutTest, FollowsOutputsThatComeAndGo) {
  LayoutBench bench({with_modes(1, {1024, 768})});
  int told = 0;
  bench.layout->on_changed([&told] { ++told; });
  bench.run(50);
  bench.device.set_outputs({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(bench.desktop.output_area(OutputId{2}), (Rect{1024, 0, 800, 600}));
  EXPECT_GE(bench.device.flips(OutputId{2}), 1U);
  const auto flips = bench.device.flips(OutputId{1});
  bench.device.set_outputs({with_modes(2, {800, 600})});
  bench.run(50);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), std::nullopt);
  EXPECT_EQ(bench.desktop.output_area(OutputId{2}), (Rect{1024, 0, 800, 600})) << "it stays where it is";
  EXPECT_EQ(bench.layout->outputs().size(), 1U);
  EXPECT_GE(flips, 1U);
  bench.device.set_outputs({});
  bench.run(50);
  EXPECT_TRUE(bench.layout->outputs().empty());
}

TEST(OutputLayoutTest, TellsAgainWhatIsOddAboutTheSettings) {
  const std::vector<OutputSettings> settings{
      {.match = "DP-9"}, {.match = "*", .scale = 2.0}, {.match = "FAKE-1", .mode = ModeRequest{{123, 45}, {}}}};
  LayoutBench bench({with_modes(1, {1024, 768})}, settings);
  ASSERT_EQ(bench.layout->remarks().size(), 2U);
  EXPECT_NE(bench.layout->remarks()[0].find("has no mode 123x45"), std::string::npos);
  EXPECT_NE(bench.layout->remarks()[1].find("DP-9"), std::string::npos);
  bench.layout->apply(settings);
  EXPECT_EQ(bench.layout->remarks().size(), 2U) << "whoever asks is told, though nothing has changed";
  bench.layout->apply({});
  EXPECT_TRUE(bench.layout->remarks().empty());
}

TEST(PictureParts, AreTheOutputsThatAreOn) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  using Names = std::vector<std::string>;
  const auto both = picture_parts(*bench.layout, *bench.outputs);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->names, (Names{"FAKE-1", "FAKE-2"}));
  EXPECT_TRUE(both->left_out.empty());
  const auto second = picture_parts(*bench.layout, *bench.outputs, "FAKE-2");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->names, Names{"FAKE-2"});
  EXPECT_EQ(second->parts.at(0).at, (Point{1024, 0}));
  bench.outputs->set_power(OutputId{2}, false);
  const auto one = picture_parts(*bench.layout, *bench.outputs);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->names, Names{"FAKE-1"});
  EXPECT_EQ(one->left_out, Names{"FAKE-2"});
  EXPECT_EQ(picture_parts(*bench.layout, *bench.outputs, "FAKE-2").error().text(), "FAKE-2 is switched off");
  EXPECT_EQ(picture_parts(*bench.layout, *bench.outputs, "FAKE-3").error().text(), "there is no output FAKE-3");
  bench.outputs->set_power(OutputId{1}, false);
  EXPECT_EQ(picture_parts(*bench.layout, *bench.outputs).error().text(), "FAKE-1, FAKE-2 are switched off");
}

TEST(OutputLayoutTest, AChangedModeIsSetAndAnUnchangedOneIsLeftAlone) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{1024, 768}));
  const auto submits = bench.device.submits.size();
  bench.layout->apply({{.match = "FAKE-1", .mode = ModeRequest{{640, 480}, {}}}});
  bench.run(50);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{640, 480}));
  EXPECT_TRUE(bench.device.submits.at(submits).modeset || bench.device.submits.at(submits + 1).modeset);
  EXPECT_EQ(bench.screen(2).mode.size, (Size{800, 600}));
  EXPECT_FALSE(bench.screen(2).modeset);
  EXPECT_EQ(bench.desktop.output_area(OutputId{2}), (Rect{640, 0, 800, 600})) << "the same as at a fresh start";
}

// A display that lists a mode and does not take it.

/// Refuses each modeset to that size.
std::function<int(const OutputState&)> refuses(Size size) {
  return [size](const OutputState& state) { return state.modeset && state.mode.size == size ? EINVAL : 0; };
}

TEST(OutputLayoutTest, GoesBackToTheModeBeforeWhereTheDisplayDoesNotTakeTheNewOne) {
  OutputInfo info = with_modes(1, {1024, 768});
  info.modes.push_back({.size = {800, 600}, .refresh = ms(16), .id = 3});
  LayoutBench bench({info}, {{.match = "*", .mode = ModeRequest{{800, 600}, {}}}});
  bench.run(50);
  ASSERT_EQ(bench.screen(1).mode.size, (Size{800, 600}));
  bench.device.rule = refuses({640, 480});
  const std::vector<OutputSettings> wrong{{.match = "*", .mode = ModeRequest{{640, 480}, {}}}};
  bench.layout->apply(wrong);
  bench.run(500);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 640, 480})) << "it may be busy, and is asked again";
  bench.run(2000);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{800, 600}));
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 800, 600}));
  ASSERT_EQ(bench.layout->remarks().size(), 1U);
  EXPECT_EQ(bench.layout->remarks()[0],
            "FAKE-1: its display does not take 640x480@62.50, which it lists: 800x600@62.50 is used");
  const auto refused = bench.device.failed_submits;
  bench.run(10'000);
  EXPECT_EQ(bench.device.failed_submits, refused) << "it is not tried for ever";

  // Whoever asks once more is heard once more.
  bench.layout->apply({});
  bench.run(50);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{1024, 768}));
  bench.device.rule = nullptr;
  bench.layout->apply(wrong);
  bench.run(50);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{640, 480}));
  EXPECT_TRUE(bench.layout->remarks().empty());
}

TEST(OutputLayoutTest, TakesAnotherModeWhereTheDisplayDoesNotTakeItsOwnFavourite) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.device.rule = refuses({1024, 768});
  bench.run(3000);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{640, 480}));
  EXPECT_EQ(bench.screen(2).mode.size, (Size{800, 600}));
  // Another display on that cable.
  bench.device.set_outputs({with_modes(2, {800, 600})});
  bench.device.rule = nullptr;
  bench.device.set_outputs({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{1024, 768}));
}

TEST(OutputLayoutTest, ADisplayThatTakesNoneOfItsModesIsAskedLessAndLessOften) {
  LayoutBench bench({with_modes(1, {1024, 768})});
  bench.device.rule = [](const OutputState& state) { return state.modeset ? EINVAL : 0; };
  bench.run(60'000);
  EXPECT_EQ(bench.layout->remarks(),
            std::vector<std::string>{"FAKE-1: its display takes none of the modes that it lists"});
  EXPECT_LT(bench.device.failed_submits, 200U);
  bench.device.rule = nullptr;
  bench.run(2000);
  EXPECT_GE(bench.device.flips(OutputId{1}), 1U);
}

TEST(OutputLayoutTest, AModeThatWasShownIsNotGivenUp) {
  LayoutBench bench({with_modes(1, {1024, 768})});
  bench.run(50);
  bench.device.rule = [](const OutputState& state) { return state.modeset && state.active ? EINVAL : 0; };
  bench.outputs->set_power(OutputId{1}, false);
  bench.run(50);
  bench.outputs->set_power(OutputId{1}, true);
  bench.run(10'000);
  bench.device.rule = nullptr;
  bench.run(3000);
  EXPECT_EQ(bench.screen(1).mode.size, (Size{1024, 768}));
  EXPECT_TRUE(bench.layout->remarks().empty());
}

TEST(OutputLayoutTest, AScaledOutputIsSmallerForTheDesktopAndFullForTheDisplay) {
  LayoutBench bench({with_modes(1, {1366, 768}), with_modes(2, {800, 600})}, {{.match = "FAKE-1", .scale = 1.5}});
  bench.run(50);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 911, 512}));
  EXPECT_EQ(bench.desktop.output_area(OutputId{2}), (Rect{911, 0, 800, 600}));
  EXPECT_EQ(bench.builder.look(OutputId{1}).size, (Size{1366, 768}));
  bench.layout->apply({{.match = "FAKE-1", .scale = 2.0}});
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 683, 384}));
  EXPECT_EQ(bench.builder.look(OutputId{1}).size, (Size{1366, 768}));
}

TEST(OutputLayoutTest, ADisabledOutputGoesDarkAndComesBack) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  bench.layout->apply({{.match = "FAKE-1", .enabled = false}});
  bench.run(50);
  EXPECT_FALSE(bench.screen(1).active);
  EXPECT_TRUE(bench.screen(2).active);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), std::nullopt);
  bench.layout->apply({});
  bench.run(50);
  EXPECT_TRUE(bench.screen(1).active);
  EXPECT_TRUE(bench.screen(1).modeset);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 1024, 768}));
}

TEST(OutputLayoutTest, AnOutputThatIsDisabledFromTheStartIsNeverLit) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})}, {{.match = "FAKE-2", .enabled = false}});
  bench.run(50);
  for (const auto& submit : bench.device.submits)
    EXPECT_TRUE(submit.mode.size == (Size{1024, 768}) || !submit.active);
  EXPECT_FALSE(bench.screen(2).active) << "whoever had the display before may have left it on";
}

TEST(OutputLayoutTest, WhatIdlenessSwitchedOffStaysOffWhenAnotherOutputComes) {
  LayoutBench bench({with_modes(1, {1024, 768})});
  bench.run(50);
  EXPECT_TRUE(bench.outputs->set_power(OutputId{1}, false));
  bench.run(50);
  bench.device.set_outputs({with_modes(1, {1024, 768}), with_modes(2, {800, 600})});
  bench.run(50);
  EXPECT_FALSE(bench.screen(1).active);
  EXPECT_TRUE(bench.screen(2).active);
  EXPECT_FALSE(bench.outputs->set_power(OutputId{9}, false));
}

TEST(OutputLayoutTest, ATransformIsTakenAndChangedWithoutAModeset) {
  LayoutBench bench({with_modes(1, {1024, 768}), with_modes(2, {800, 600})},
                    {{.match = "FAKE-1", .transform = Transform::R90}});
  bench.run(50);
  EXPECT_EQ(bench.desktop.output_area(OutputId{1}), (Rect{0, 0, 768, 1024}));
  EXPECT_EQ(bench.desktop.output_area(OutputId{2}), (Rect{768, 0, 800, 600}));
  EXPECT_EQ(bench.builder.look(OutputId{1}).size, (Size{1024, 768}));
  EXPECT_EQ(bench.screen(1).mode.size, (Size{1024, 768}));
  // The upper left corner of the display is the upper right one of the picture.
  SurfacePosition place = bench.seat.area_named("FAKE-1")->at(0, 0, 1, 1);
  EXPECT_EQ(place.x, 768);
  EXPECT_EQ(place.y, 0);
  const auto flips = bench.device.flips(OutputId{1});
  bench.layout->apply({{.match = "FAKE-1", .transform = Transform::R270}});
  bench.run(50);
  EXPECT_EQ(bench.layout->find("FAKE-1")->transform, Transform::R270);
  EXPECT_GT(bench.device.flips(OutputId{1}), flips) << "what is shown is turned at once";
  EXPECT_FALSE(bench.screen(1).modeset);
  place = bench.seat.area_named("FAKE-1")->at(0, 0, 1, 1);
  EXPECT_EQ(place.x, 0);
  EXPECT_EQ(place.y, 1024);
}

} // namespace
} // namespace fenceline::test
