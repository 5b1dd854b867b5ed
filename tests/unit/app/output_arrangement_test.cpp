#include "compositor/app/output_arrangement.h"

#include <gtest/gtest.h>

namespace fenceline {
namespace {

OutputInfo output(std::uint32_t id, std::string name, std::vector<Size> sizes) {
  OutputInfo info;
  info.id = OutputId{id};
  info.name = std::move(name);
  for (const Size size : sizes)
    info.modes.push_back({.size = size,
                          .refresh = Nanoseconds(16'666'667),
                          .id = static_cast<std::uint32_t>(info.modes.size()),
                          .preferred = info.modes.empty()});
  info.mode = info.modes.front();
  return info;
}

OutputSettings at(std::string match, Point position) {
  return {.match = std::move(match), .position = position};
}

std::vector<Rect> areas(const Arrangement& arrangement) {
  std::vector<Rect> all;
  for (const PlacedOutput& placed : arrangement.used)
    all.push_back(placed.area);
  return all;
}

const std::vector<OutputInfo> two{output(1, "DP-1", {{1920, 1080}, {1280, 720}}), output(2, "HDMI-A-1", {{1024, 768}})};

TEST(Arrangement, OutputsGoFromLeftToRight) {
  const auto made = arrange(two, {});
  EXPECT_EQ(areas(made), (std::vector<Rect>{{0, 0, 1920, 1080}, {1920, 0, 1024, 768}}));
  EXPECT_TRUE(made.remarks.empty());
}

TEST(Arrangement, AConfiguredPositionIsKeptAndTheOthersGoToItsRight) {
  const std::vector<OutputSettings> settings{at("HDMI-A-1", {-1024, 200})};
  EXPECT_EQ(areas(arrange(two, {.settings = settings})),
            (std::vector<Rect>{{0, 0, 1920, 1080}, {-1024, 200, 1024, 768}}));
}

TEST(Arrangement, ConfiguredOutputsThatOverlapAreLeftSoAndNamed) {
  const std::vector<OutputSettings> settings{at("HDMI-A-1", {100, 0}), at("DP-1", {0, 0})};
  const auto made = arrange(two, {.settings = settings});
  EXPECT_EQ(areas(made), (std::vector<Rect>{{0, 0, 1920, 1080}, {100, 0, 1024, 768}}));
  ASSERT_EQ(made.remarks.size(), 1U);
  EXPECT_EQ(made.remarks[0], "DP-1 and HDMI-A-1 overlap as they are placed in the settings");
}

TEST(Arrangement, AnOutputStaysWhereItWasWhenAnotherGoes) {
  const std::vector<OutputInfo> left{two[1]};
  EXPECT_EQ(areas(arrange(left, {.before = {{"DP-1", {0, 0}}, {"HDMI-A-1", {1920, 0}}}})),
            (std::vector<Rect>{{1920, 0, 1024, 768}}));
}

TEST(Arrangement, AnOutputThatComesBackGetsItsPlaceUnlessThatIsTaken) {
  EXPECT_EQ(areas(arrange(two, {.before = {{"DP-1", {0, 0}}, {"HDMI-A-1", {1920, 0}}}})),
            (std::vector<Rect>{{0, 0, 1920, 1080}, {1920, 0, 1024, 768}}));
  EXPECT_EQ(areas(arrange(two, {.before = {{"DP-1", {1500, 0}}, {"HDMI-A-1", {1920, 0}}}})),
            (std::vector<Rect>{{1500, 0, 1920, 1080}, {3420, 0, 1024, 768}}));
}

TEST(Arrangement, AScaleMakesTheAreaSmaller) {
  std::vector<OutputSettings> settings{{.match = "DP-1", .scale = 1.5}};
  auto made = arrange(two, {.settings = settings});
  EXPECT_EQ(areas(made), (std::vector<Rect>{{0, 0, 1280, 720}, {1280, 0, 1024, 768}}));
  EXPECT_EQ(made.used[0].scale, 1.5);
  settings[0].scale = 0;
  made = arrange(two, {.settings = settings});
  EXPECT_EQ(made.used[0].area, (Rect{0, 0, 1920, 1080}));
  ASSERT_EQ(made.remarks.size(), 1U);
  EXPECT_EQ(made.remarks[0], "DP-1: a scale of 0 cannot be had: 0.25 to 8");
}

TEST(Arrangement, ATurnedDisplayIsTurnedInTheLayout) {
  std::vector<OutputSettings> settings{{.match = "DP-1", .scale = 1.5, .transform = Transform::R270}};
  auto made = arrange(two, {.settings = settings});
  EXPECT_EQ(areas(made), (std::vector<Rect>{{0, 0, 720, 1280}, {720, 0, 1024, 768}}));
  EXPECT_EQ(made.used[0].transform, Transform::R270);
  EXPECT_EQ(made.used[1].transform, Transform::Normal);
  settings[0].transform = Transform::Flipped180;
  EXPECT_EQ(areas(arrange(two, {.settings = settings})), (std::vector<Rect>{{0, 0, 1280, 720}, {1280, 0, 1024, 768}}));
}

TEST(Arrangement, AModeIsTakenFromTheSettingsAndTheCommandLineGoesFirst) {
  std::vector<OutputSettings> settings{{.match = "DP-1", .mode = ModeRequest{.size = {1280, 720}, .refresh_hz = {}}}};
  EXPECT_EQ(arrange(two, {.settings = settings}).used[0].info.mode.size, (Size{1280, 720}));
  const auto forced = arrange(two, {.settings = settings, .forced_mode = ModeRequest{{1920, 1080}, {}}});
  EXPECT_EQ(forced.used[0].info.mode.size, (Size{1920, 1080}));
  EXPECT_EQ(forced.used[1].info.mode.size, (Size{1024, 768})) << "it has no such mode";
}

TEST(Arrangement, AModeThatTheOutputDoesNotHaveIsNamedAndThePreferredTaken) {
  const std::vector<OutputSettings> settings{{.match = "DP-1", .mode = ModeRequest{{800, 600}, {}}}};
  const auto made = arrange(two, {.settings = settings});
  EXPECT_EQ(made.used[0].info.mode.size, (Size{1920, 1080}));
  ASSERT_EQ(made.remarks.size(), 1U);
  EXPECT_EQ(made.remarks[0], "DP-1 has no mode 800x600; it has 1920x1080@60.00, 1280x720@60.00");
}

TEST(Arrangement, WithoutASettingTheModeIsThePreferredOneWhateverIsSet) {
  auto outputs = two;
  outputs[0].mode = outputs[0].modes[1];
  EXPECT_EQ(arrange(outputs, {}).used[0].info.mode.size, (Size{1920, 1080}));
}

TEST(Arrangement, AnOutputThatIsSwitchedOffHasNoArea) {
  const std::vector<OutputSettings> settings{{.match = "DP-1", .enabled = false}};
  const auto made = arrange(two, {.settings = settings});
  ASSERT_EQ(made.used.size(), 1U);
  EXPECT_EQ(made.used[0].area, (Rect{0, 0, 1024, 768}));
  EXPECT_EQ(made.unused, (std::vector<OutputId>{OutputId{1}}));
}

TEST(Arrangement, WhenAllThatIsThereIsSwitchedOffItIsUsedAllTheSame) {
  const std::vector<OutputSettings> settings{{.match = "DP-1", .enabled = false}};
  const std::vector<OutputInfo> alone{two[0]};
  const auto made = arrange(alone, {.settings = settings});
  EXPECT_EQ(made.used.size(), 1U);
  EXPECT_EQ(made.remarks.size(), 1U);
  EXPECT_TRUE(arrange({}, {.settings = settings}).remarks.empty()) << "nothing is there, and nothing to say";
}

TEST(OutputSettings, AreForAConnectorOrForADisplayByWhatItSaysOfItself) {
  OutputInfo info = output(1, "DP-1", {{1920, 1080}});
  EXPECT_TRUE(matches({.match = "DP-1"}, info));
  EXPECT_FALSE(matches({.match = ""}, info)) << "not even for a display that says nothing of itself";
  info.make = "ACM";
  info.serial = "42";
  EXPECT_EQ(identity_of(info), "ACM 42");
  EXPECT_TRUE(matches({.match = "ACM 42"}, info));
  EXPECT_FALSE(matches({.match = "ACM"}, info));
  const std::vector<OutputSettings> settings{{.match = "DP-1", .scale = 2}, {.match = "ACM 42", .scale = 3}};
  ASSERT_NE(find_settings(settings, info), nullptr);
  EXPECT_EQ(find_settings(settings, info)->scale, 3) << "the last one";
}

TEST(OutputSettings, ForEveryOutputAreForThoseThatHaveNoneOfTheirOwn) {
  const std::vector<OutputSettings> settings{{.match = "DP-1", .scale = 2}, {.match = "*", .scale = 3}};
  ASSERT_NE(find_settings(settings, two[1]), nullptr);
  EXPECT_EQ(find_settings(settings, two[1])->scale, 3);
  EXPECT_EQ(find_settings(settings, two[0])->scale, 2) << "wherever in the file they are";
}

} // namespace
} // namespace fenceline
