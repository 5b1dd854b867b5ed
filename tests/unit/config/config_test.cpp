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
  EXPECT_EQ(config->renderer.latch_lead, std::chrono::milliseconds(4));
  EXPECT_EQ(config->limits.trace_file_bytes, 256U << 20);
  EXPECT_EQ(config->limits.trace_kept, std::chrono::seconds(60));
  EXPECT_EQ(config->limits.client_unread_bytes, 1U << 20);
}

TEST(Config, TakesWhatTheFileSays) {
  const Result<Config> config = parse_config(R"(
[renderer]
validation = true
latch-lead-ms = 2.5
[limits]
trace-file-mib = 16
trace-seconds = 5
client-unread-kib = 128
)",
                                             "f.toml");
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_TRUE(config->renderer.validation);
  EXPECT_EQ(config->renderer.latch_lead, std::chrono::microseconds(2500));
  EXPECT_EQ(config->limits.trace_file_bytes, 16U << 20);
  EXPECT_EQ(config->limits.trace_kept, std::chrono::seconds(5));
  EXPECT_EQ(config->limits.client_unread_bytes, 128U << 10);
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
            "f.toml:2:1: there is no limits.trace-second; did you mean limits.trace-seconds?");
  EXPECT_EQ(problems("[rendrer]\n"), "f.toml:1:2: there is no rendrer; did you mean renderer?");
  EXPECT_EQ(problems("colour = 1\n"), "f.toml:1:1: there is no colour");
}

TEST(Config, TellsOfAllMistakesInTheOrderOfTheFile) {
  EXPECT_EQ(problems("[limits]\ntrace-seconds = 0\n[renderer]\nvalidation = 1\nx = 1\n"),
            "f.toml:2:17: limits.trace-seconds must be from 1 to 3600, not 0\n"
            "f.toml:4:14: renderer.validation must be true or false, not a whole number\n"
            "f.toml:5:1: there is no renderer.x");
}

} // namespace
} // namespace fenceline::test
