#include "compositor/config/config.h"

#include <gtest/gtest.h>

#include <string>

namespace fenceline::test {
namespace {

/// What is wrong with a file; empty: nothing.
std::string problems(const std::string& text) {
  const Result<Config> config = parse_config(text, "f.toml");
  return config ? std::string() : config.error().text();
}

TEST(Config, OfAnEmptyFileIsTheDefault) {
  const Result<Config> config = parse_config("", "f.toml");
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->renderer.validation);
  EXPECT_EQ(config->renderer.latch_lead, std::nullopt) << "it is learned";
  EXPECT_EQ(config->limits.trace_file_bytes, 256U << 20);
  EXPECT_EQ(config->limits.trace_kept, std::chrono::seconds(60));
  EXPECT_EQ(config->limits.client_unread_bytes, 1U << 20);
  EXPECT_EQ(config->limits.plane_tests, 8U);
  EXPECT_EQ(config->renderer.load, RendererLoad::Eager);
  EXPECT_EQ(config->renderer.blend, BlendValues::Encoded);
}

TEST(Config, TakesWhatTheFileSays) {
  const Result<Config> config = parse_config(R"(
[renderer]
load = "on-demand"
blend = "linear"
validation = true
latch-lead-ms = 2.5
frame-callbacks = "at-flip"
[limits]
trace-file-mib = 16
trace-seconds = 5
client-unread-kib = 2048
fence-seconds = 7
plane-tests = 0
)",
                                             "f.toml");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->renderer.load, RendererLoad::OnDemand);
  EXPECT_EQ(config->renderer.blend, BlendValues::Linear);
  EXPECT_TRUE(config->renderer.validation);
  EXPECT_EQ(config->renderer.latch_lead, std::chrono::microseconds(2500));
  EXPECT_EQ(config->renderer.callbacks, FrameCallbacks::AtFlip);
  EXPECT_EQ(config->limits.trace_file_bytes, 16U << 20);
  EXPECT_EQ(config->limits.trace_kept, std::chrono::seconds(5));
  EXPECT_EQ(config->limits.fence_wait, std::chrono::seconds(7));
  EXPECT_EQ(config->limits.client_unread_bytes, 2048U << 10);
  EXPECT_EQ(config->limits.plane_tests, 0U);
}

TEST(Config, KnowsWhatIsReadAtTheStartOnly) {
  const auto changed = [](const char* text) {
    return changed_for_next_start(*parse_config("", "f"), *parse_config(text, "f"));
  };
  EXPECT_TRUE(
      changed("[renderer]\nlatch-lead-ms = 7\n[session]\nidle-seconds = 9\n[keys]\n\"Super+x\" = \"quit\"\n").empty());
  EXPECT_EQ(
      changed("[limits]\ntrace-file-mib = 1\ntrace-seconds = 1\nclient-unread-kib = 2048\nplane-tests = 1\n").size(),
      4U);
  EXPECT_EQ(
      changed("[renderer]\nvalidation = true\nload = \"on-demand\"\nshm-in-place = false\nblend = \"linear\"\n").size(),
      4U);
  EXPECT_EQ(changed("[session]\nstart = [\"foot\"]\n"), std::vector<std::string_view>{"session.start"});
}

TEST(Config, AWholeNumberIsANumberToo) {
  const Result<Config> config = parse_config("[renderer]\nlatch-lead-ms = 3\n", "f.toml");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->renderer.latch_lead, std::chrono::milliseconds(3));
}

TEST(Config, NamesThePlaceOfAMistakeInTheFilesForm) {
  const std::string text = problems("[renderer]\nvalidation = tru\n");
  EXPECT_EQ(text.find("f.toml:2:"), 0U) << text;
  EXPECT_NE(text.find("not TOML"), std::string::npos) << text;
}

TEST(Config, NamesThePlaceOfAWrongKindOfValue) {
  EXPECT_EQ(problems("[renderer]\nvalidation = \"yes\"\n"),
            "f.toml:2:14: renderer.validation must be true or false, not a text");
  EXPECT_EQ(problems("renderer = 4\n"), "f.toml:1:12: renderer must be a table, [renderer], not a whole number");
  EXPECT_EQ(problems("[limits]\ntrace-seconds = 1.5\n"),
            "f.toml:2:17: limits.trace-seconds must be a whole number from 1 to 3600, not a number");
}

TEST(Config, RefusesWhatIsOutOfRange) {
  EXPECT_EQ(problems("[renderer]\nlatch-lead-ms = 0\n"),
            "f.toml:2:17: renderer.latch-lead-ms must be from 0.1 to 100, not 0");
  EXPECT_NE(problems("[renderer]\nlatch-lead-ms = nan\n"), "");
  EXPECT_EQ(problems("[limits]\ntrace-seconds = 0\n"),
            "f.toml:2:17: limits.trace-seconds must be from 1 to 3600, not 0");
  EXPECT_EQ(problems("[limits]\ntrace-file-mib = 1048576\n"), "");
  EXPECT_NE(problems("[limits]\ntrace-file-mib = 1048577\n"), "");
}

TEST(Config, KnowsNoKeysThatNobodyReadsAndGuessesWhatWasMeant) {
  EXPECT_EQ(problems("[limits]\ntrace-second = 3\n"),
            "f.toml:2:1: unknown key `limits.trace-second`; did you mean `limits.trace-seconds`?");
  EXPECT_EQ(problems("[[output]]\nmatch = \"DP-1\"\ntransfrom = \"90\"\n"),
            "f.toml:3:1: unknown key `output.transfrom`; did you mean `output.transform`?");
  EXPECT_EQ(problems("[[output]]\nmatch = \"DP-1\"\nmdoe = \"800x600\"\n"),
            "f.toml:3:1: unknown key `output.mdoe`; did you mean `output.mode`?");
  EXPECT_EQ(problems("[rendrer]\n"), "f.toml:1:2: unknown key `rendrer`; did you mean `renderer`?");
  EXPECT_EQ(problems("[renderer]\nlatch-lead = 3\n"),
            "f.toml:2:1: unknown key `renderer.latch-lead`; did you mean `renderer.latch-lead-ms`?")
      << "its unit is missing";
  EXPECT_EQ(problems("colour = 1\n"), "f.toml:1:1: unknown key `colour`");
}

TEST(Config, TellsOfAllMistakesInTheOrderOfTheFile) {
  EXPECT_EQ(problems("[limits]\ntrace-seconds = 0\n[renderer]\nvalidation = 1\nx = 1\n"),
            "f.toml:2:17: limits.trace-seconds must be from 1 to 3600, not 0\n"
            "f.toml:4:14: renderer.validation must be true or false, not a whole number\n"
            "f.toml:5:1: unknown key `renderer.x`");
}

/// What a chord is bound to, in the file's words; empty: nothing.
std::string bound(const Config& config, const char* chord) {
  const KeyBinding* found = config.keys.find(*parse_key_chord(chord));
  return found ? std::string(name_of(found->action)) : std::string();
}

TEST(Config, AddsItsKeysToTheDefaultsAndUnbindsSome) {
  const Result<Config> config = parse_config("[keys]\n\"Super+x\" = \"fullscreen\"\n\"Super+q\" = \"none\"\n", "f");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(bound(*config, "Super+x"), "fullscreen");
  EXPECT_EQ(bound(*config, "Super+q"), "");
  EXPECT_EQ(bound(*config, "Super+Shift+q"), "quit") << "what is not named stays";
}

TEST(Config, SaysWhichBindingIsWrong) {
  EXPECT_EQ(problems("[keys]\n\"Super+x\" = \"quit\"\n\"Hyper+x\" = \"quit\"\n").find("f.toml:3:1: "), 0U);
  EXPECT_EQ(problems("[keys]\n\"Super+x\" = \"fly\"\n").find("f.toml:2:1: "), 0U);
  EXPECT_EQ(problems("[keys]\n\"Hyper+x\" = \"none\"\n").find("f.toml:2:1: "), 0U);
  EXPECT_EQ(problems("[keys]\nx = 1\n").find("f.toml:2:5: "), 0U);
}

TEST(Config, TakesOneBindingForEachChordHoweverItIsWritten) {
  EXPECT_EQ(problems("[keys]\n\"Super+Shift+X\" = \"quit\"\n\"a\" = \"none\"\n\"shift+logo+x\" = \"fullscreen\"\n"),
            "f.toml:4:1: \"shift+logo+x\" is the same keys as \"Super+Shift+X\" in line 2, column 1");
  EXPECT_EQ(problems("[keys]\n\"Super + Return\" = \"none\"\n\"super+return\" = \"spawn foot\"\n"),
            "f.toml:3:1: \"super+return\" is the same keys as \"Super + Return\" in line 2, column 1")
      << "unbound and bound";
  EXPECT_EQ(problems("[keys]\n\"Super+x\" = \"quit\"\n\"Super+Shift+x\" = \"quit\"\n"), "");
}

TEST(Config, TakesWhatItSaysOfInput) {
  const Result<Config> config = parse_config(R"(
[input.keyboard]
layout = "de,us"
options = "grp:alt_shift_toggle"
repeat-rate = 0
repeat-delay-ms = 250
[input.cursor]
theme = "Adwaita"
size = 48
hide-after-seconds = 2.5
[[input.device]]
type = "touchpad"
tap = true
natural-scroll = true
accel-speed = -0.5
accel-profile = "flat"
scroll-method = "two-finger"
[[input.device]]
name = "Panel"
output = "DSI-1"
scroll-button = "middle"
enabled = false
)",
                                             "f.toml");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->input.keyboard, (KeyboardSettings{.rules = "",
                                                      .model = "",
                                                      .layout = "de,us",
                                                      .variant = "",
                                                      .options = "grp:alt_shift_toggle",
                                                      .repeat_rate = 0,
                                                      .repeat_delay = 250}));
  EXPECT_EQ(config->input.cursor, (CursorSettings{.theme = "Adwaita", .size = 48, .hide_after = 2.5}));
  ASSERT_EQ(config->input.devices.size(), 2U);
  const DeviceRule& pad = config->input.devices[0];
  EXPECT_EQ(pad.type, DeviceType::Touchpad);
  EXPECT_EQ(pad.settings.tap, true);
  EXPECT_EQ(pad.settings.natural_scroll, true);
  EXPECT_EQ(pad.settings.accel_speed, -0.5);
  EXPECT_EQ(pad.settings.accel_profile, AccelProfile::Flat);
  EXPECT_EQ(pad.settings.scroll_method, ScrollMethod::TwoFinger);
  EXPECT_EQ(pad.settings.left_handed, std::nullopt) << "what is not named is the device's own";
  const DeviceRule& panel = config->input.devices[1];
  EXPECT_EQ(panel.name, "Panel");
  EXPECT_EQ(panel.type, std::nullopt);
  EXPECT_EQ(panel.settings.output, "DSI-1");
  EXPECT_EQ(panel.settings.scroll_button, 0x112U);
  EXPECT_EQ(panel.settings.enabled, false);
}

TEST(Config, TakesWhatItSaysOfOutputs) {
  const Result<Config> config = parse_config(R"(
[[output]]
match = "DP-1"
mode = "2560x1440@143.9"
position = [-1920, 0]
scale = 1.5
transform = "flipped-90"
tearing = false
variable-refresh = "on"
[[output]]
match = "Dell Inc. U2720Q 123"
enabled = false
)",
                                             "f.toml");
  ASSERT_TRUE(config) << config.error().text();
  ASSERT_EQ(config->outputs.size(), 2U);
  EXPECT_EQ(config->outputs[0], (OutputSettings{.match = "DP-1",
                                                .enabled = true,
                                                .mode = ModeRequest{{2560, 1440}, 143.9},
                                                .position = Point{-1920, 0},
                                                .scale = 1.5,
                                                .transform = Transform::Flipped90,
                                                .tearing = false,
                                                .variable_refresh = RefreshChoice::On}));
  EXPECT_EQ(
      config->outputs[1],
      (OutputSettings{.match = "Dell Inc. U2720Q 123", .enabled = false, .mode = {}, .position = {}, .scale = 1.0}));
}

TEST(Config, RefusesOutputsThatMakeNoSense) {
  EXPECT_EQ(problems("[[output]]\nenabled = false\n"),
            "f.toml:1:1: output: which display is this for? match = \"HDMI-A-1\", say");
  EXPECT_EQ(problems("[[output]]\nmatch = \"A\"\nmode = \"big\"\n").find("f.toml:3:8: output.mode: \"big\" is no mode"),
            0U);
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\nscale = 0.1\n"), "");
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\nposition = [1]\n"), "");
  EXPECT_EQ(
      problems("[[output]]\nmatch = \"A\"\ntransform = \"left\"\n"),
      "f.toml:3:13: output.transform: \"left\" is no transform: one of normal, 90, 180, 270, flipped, flipped-90, "
      "flipped-180, flipped-270 is");
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\ntransform = 90\n"), "") << "words, as the manual has them";
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\nposition = [1, 99999999]\n"), "");
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\ntearing = \"on\"\n"), "");
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\nvariable-refresh = \"always\"\n"), "");
  EXPECT_NE(problems("[[output]]\nmatch = \"A\"\nvariable-refresh = true\n"), "");
  EXPECT_EQ(problems("[[output]]\nmatch = \"A\"\n[[output]]\nmatch = \"A\"\n"),
            "f.toml:4:9: output.match: there is another [[output]] for it");
}

TEST(Config, TakesCommandsToStart) {
  const Result<Config> config = parse_config("[session]\nstart = [\"foot\", \"echo a b\"]\n", "f.toml");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->session.start, (std::vector<std::string>{"foot", "echo a b"}));
  EXPECT_EQ(config->session.idle, Nanoseconds(0));
  const Result<Config> idle = parse_config("[session]\nidle-seconds = 90\n", "f.toml");
  ASSERT_TRUE(idle) << idle.error().text();
  EXPECT_EQ(idle->session.idle, std::chrono::seconds(90));
  EXPECT_NE(problems("[session]\nidle-seconds = -1\n"), "");
  EXPECT_NE(problems("[session]\nstart = \"foot\"\n"), "");
  EXPECT_NE(problems("[session]\nstart = [\"\"]\n"), "");
}

TEST(Config, RefusesInputThatMakesNoSense) {
  EXPECT_EQ(problems("[[input.device]]\ntap = true\n").find("f.toml:1:"), 0U) << "which device?";
  EXPECT_EQ(problems("[[input.device]]\ntype = \"tablet\"\n"),
            "f.toml:2:8: input.device.type must be \"keyboard\", \"mouse\", \"touchpad\" or \"touch\", not \"tablet\"");
  EXPECT_EQ(problems("[input.device]\nname = \"x\"\n").find("f.toml:1:"), 0U) << "[[ ]] is needed";
  EXPECT_NE(problems("[input.cursor]\nsize = 0\n"), "");
  EXPECT_NE(problems("[input.cursor]\nhide-after-seconds = -1\n"), "");
  EXPECT_NE(problems("[input.cursor]\ntheme = \"../../etc\"\n"), "");
  EXPECT_NE(problems("[input.keyboard]\nrepeat-rate = -1\n"), "");
  EXPECT_NE(problems("[[input.device]]\ntype = \"mouse\"\naccel-speed = 1.5\n"), "");
  EXPECT_NE(problems("[input.keyboard]\nlayout = \"a\\u0000b\"\n"), "");
  EXPECT_EQ(problems("[input.keyboard]\nrepeat-rate = 30\nlayout = \"klingon\"\n").substr(0, 35),
            "f.toml:3:10: input.keyboard.layout:");
}

} // namespace
} // namespace fenceline::test
