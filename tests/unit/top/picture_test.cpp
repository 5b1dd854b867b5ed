#include "tools/top/picture.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tools/top/rates.h"

namespace fenceline::top {
namespace {

using Json = nlohmann::ordered_json;

/// What a session answers: `frames` flips of the display, and as many updates of the client.
Json answer(double time_ms, unsigned frames, unsigned missed = 0, unsigned copied = 0) {
  return Json::parse(R"({"time-ms": )" + std::to_string(time_ms) + R"(,
    "outputs": [{"name": "HDMI-A-1", "on": true, "mode": "1920x1080@60.00", "period-ms": 16.667, "lead-ms": 2.1,
      "learned-lead-ms": 2.0, "planes": 4, "composes": true, "layers": {"on-planes": 1, "composed": 2, "background": 0,
      "hidden": 0}, "frames": )" +
                     std::to_string(frames) + R"(, "presented": 9, "zero-copy": 4,
      "missed": {"woken late": )" +
                     std::to_string(missed) + R"(}, "missed-blanks": 1, "commits-refused": 0,
      "copied": {"GPU composition": )" +
                     std::to_string(copied) + R"(},
      "submit-to-flip-ms": {"frames": 128, "p50": 1.25, "least": 1, "most": 2}}],
    "clients": [
      {"client": 0, "name": "fenceline", "app-id": "", "commits": 0, "presented": 0, "zero-copy": 0, "queued": 0,
       "input-events": 0, "copied": {}},
      {"client": 3, "name": "idle", "pid": 41, "app-id": "", "commits": 1, "presented": 1, "zero-copy": 0, "queued": 0,
       "input-events": 0, "copied": {"CPU upload": 4096}},
      {"client": 7, "name": "spin", "pid": 42, "app-id": "fenceline.spin", "commits": 9, "presented": )" +
                     std::to_string(frames) + R"(, "zero-copy": )" + std::to_string(frames) + R"(, "queued": 2,
       "input-events": 5, "copied": {}}]})");
}

std::string text_of(const Json& stats) {
  std::string text;
  for (const Line& line : picture(stats, "/run/fenceline-wayland-1.sock"))
    text += line.text + "\n";
  return text;
}

TEST(TopRates, AreDifferencesOverTheSessionsOwnTime) {
  const Json rated = with_rates(answer(3000, 160, 5, 3000), answer(1000, 40, 3, 1000));
  EXPECT_EQ(rated["seconds"], 2.0);
  EXPECT_EQ(rated["outputs"][0]["fps"], 60.0);
  EXPECT_EQ(rated["outputs"][0]["missed-since"], 2.0);
  EXPECT_EQ(rated["outputs"][0]["copied-per-second"], 1000.0);
  EXPECT_EQ(rated["clients"][2]["fps"], 60.0);
  EXPECT_EQ(rated["clients"][1]["fps"], 0.0);
}

TEST(TopRates, AreNotToldOfWhatHasJustCome) {
  Json before = answer(1000, 40);
  before["clients"].erase(2);
  before["outputs"][0]["name"] = "DP-1";
  const Json rated = with_rates(answer(2000, 100), before);
  EXPECT_FALSE(rated["clients"][2].contains("fps"));
  EXPECT_FALSE(rated["outputs"][0].contains("fps"));
  EXPECT_TRUE(rated["clients"][1].contains("fps"));
  EXPECT_FALSE(with_rates(answer(2000, 10), answer(1000, 100))["outputs"][0].contains("fps"))
      << "fewer than before: it was plugged anew";
  EXPECT_EQ(with_rates(answer(2000, 10), Json()), answer(2000, 10)) << "the first answer";
  EXPECT_EQ(with_rates(answer(2000, 10), answer(2000, 5)), answer(2000, 10)) << "no time has passed";
}

TEST(TopPicture, IsATableOfDisplaysAndOneOfClients) {
  EXPECT_EQ(
      text_of(with_rates(answer(2000, 100, 3, 2048), answer(1000, 40, 1, 0))),
      "fenceline-top  /run/fenceline-wayland-1.sock  over 1.0 s; times in ms\n"
      "\n"
      "OUTPUT    MODE              FPS  PERIOD  LEAD  SUBMIT->FLIP  MISSED  PLANES  ON PLANES  COMPOSED  COPIED/S\n"
      "HDMI-A-1  1920x1080@60.00  60.0   16.67  2.10          1.25       3     2/4          1         2   2.0 KiB\n"
      "    missed: 3 woken late; 2 just now\n"
      "    copied: 2.0 KiB by GPU composition\n"
      "\n"
      "CLIENT  PID  PROGRAM  APPLICATION      FPS  FRAMES  ZERO-COPY  QUEUED  COPIED/S  COPIED\n"
      "     7   42  spin     fenceline.spin  60.0     100      100 %       2       0 B\n"
      "     3   41  idle                      0.0       1        0 %       0       0 B  4.0 KiB by CPU upload\n");
}

TEST(TopPicture, OfTheFirstAnswerHasNoRates) {
  const std::string text = text_of(answer(2000, 100));
  EXPECT_NE(text.find("since the start"), std::string::npos) << text;
  EXPECT_NE(text.find("HDMI-A-1  1920x1080@60.00    -   16.67"), std::string::npos) << text;
}

TEST(TopPicture, AlmostAllIsNotAllAndAlmostNothingIsNotNothing) {
  Json stats = answer(2000, 1000);
  for (const auto& [zero_copy, told] : {std::pair{999, "99 %"}, {1, "1 %"}, {0, "0 %"}, {1000, "100 %"}}) {
    stats["clients"][2]["zero-copy"] = zero_copy;
    EXPECT_NE(text_of(stats).find(std::string("    1000  ") + std::string(9 - std::string(told).size(), ' ') + told),
              std::string::npos)
        << text_of(stats);
  }
}

TEST(TopPicture, TakesNoCommandsForTheTerminalFromClients) {
  Json stats = answer(2000, 100);
  stats["clients"][2]["name"] = "evil\033]0;title\007\033[2J";
  stats["clients"][2]["app-id"] = "a\rb\nc\tne\xc2\x9b"
                                  "31m\x7f";
  stats["outputs"][0]["name"] = "X\033[31m";
  stats["outputs"][0]["missed"] = {{"late\033[5m", 3}};
  for (const Line& line : picture(stats, "so\033cket")) {
    for (const char c : line.text)
      EXPECT_GE(static_cast<unsigned char>(c), 0x20U) << line.text;
    EXPECT_EQ(line.text.find('\x7f'), std::string::npos);
    EXPECT_EQ(line.text.find("\xc2\x9b"), std::string::npos) << "CSI in one character";
  }
  EXPECT_NE(text_of(stats).find("evil?]0;title?"), std::string::npos) << text_of(stats);
}

TEST(TopPicture, OfAnotherVersionsAnswerIsWhatCanBeTold) {
  EXPECT_NE(
      text_of(Json::parse(R"({"outputs": [{"name": 5, "missed": [1], "layers": 3}], "clients": [{}]})")).find("OUTPUT"),
      std::string::npos);
  EXPECT_FALSE(picture(Json(), "s").empty());
}

TEST(TopPicture, IsCutByCharactersNotBytes) {
  EXPECT_EQ(cut("abc", 2), "ab");
  EXPECT_EQ(cut("abc", 5), "abc");
  EXPECT_EQ(cut("\xc3\xa4\xc3\xb6x", 1), "\xc3\xa4");
  EXPECT_EQ(cut("\xc3\xa4\xc3\xb6x", 2), "\xc3\xa4\xc3\xb6");
  EXPECT_EQ(cut("x", 0), "");
}

} // namespace
} // namespace fenceline::top
