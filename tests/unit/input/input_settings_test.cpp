#include "compositor/input/input_settings.h"

#include <gtest/gtest.h>

namespace fenceline::test {
namespace {

TEST(InputSettings, WithoutRulesTheDeviceKeepsItsDefaults) {
  EXPECT_EQ(settings_for({}, "Some Mouse", DeviceType::Mouse), DeviceSettings{});
}

TEST(InputSettings, RulesMatchByNameByTypeAndByBoth) {
  const std::vector<DeviceRule> rules{
      {.name = "", .type = DeviceType::Touchpad, .settings = {.tap = true}},
      {.name = "Some Mouse", .type = std::nullopt, .settings = {.accel_speed = 0.5}},
      {.name = "Some Mouse", .type = DeviceType::Touchpad, .settings = {.left_handed = true}},
  };
  EXPECT_EQ(settings_for(rules, "Some Mouse", DeviceType::Mouse), DeviceSettings{.accel_speed = 0.5});
  EXPECT_EQ(settings_for(rules, "Pad", DeviceType::Touchpad), DeviceSettings{.tap = true});
  EXPECT_EQ(settings_for(rules, "Pad", DeviceType::Touch), DeviceSettings{});
}

TEST(InputSettings, ALaterRuleOverridesWhatItSetsAndNothingElse) {
  const std::vector<DeviceRule> rules{
      {.name = "", .type = std::nullopt, .settings = {.natural_scroll = true, .left_handed = true}},
      {.name = "Pad", .type = std::nullopt, .settings = {.natural_scroll = false, .output = "DP-1"}},
  };
  EXPECT_EQ(settings_for(rules, "Pad", DeviceType::Touchpad),
            (DeviceSettings{.natural_scroll = false, .left_handed = true, .output = "DP-1"}));
}

} // namespace
} // namespace fenceline::test
