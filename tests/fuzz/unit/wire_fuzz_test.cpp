// The whole program against a server that lives, and against ones that fail in each way that it must notice.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace {

struct Outcome {
  int status = -1;
  std::string output{};
};

struct WireFuzz : testing::Test {
  std::filesystem::path folder;

  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "wire-fuzz-test-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::string file(const char* name) const { return (folder / name).string(); }

  Outcome run(const std::string& options, const std::string& misdeed = "") const {
    const auto command = fmt::format("'{}' --save '{}' {} -- '{}' {{socket}} {} 2>&1", WIRE_FUZZ, file("failure.log"),
                                     options, TOLERANT_SERVER, misdeed);
    Outcome outcome;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr)
      return outcome;
    char buffer[4096];
    while (const auto got = fread(buffer, 1, sizeof buffer, pipe))
      outcome.output.append(buffer, got);
    const int status = pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }
  static std::string contents(const std::string& path) {
    std::ifstream stream(path);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
};

constexpr const char* kShort = "--seconds 120 --messages 20000 --limit 60";

TEST_F(WireFuzz, IsContentWithAServerThatLives) {
  const auto outcome = run(kShort);
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("the server lives"), std::string::npos);
}

TEST_F(WireFuzz, TheSameSeedSendsTheSameStream) {
  ASSERT_EQ(run(fmt::format("{} --seed 9 --log '{}'", kShort, file("one"))).status, 0);
  ASSERT_EQ(run(fmt::format("{} --seed 9 --log '{}'", kShort, file("two"))).status, 0);
  const auto one = contents(file("one"));
  EXPECT_GT(one.size(), 100'000u);
  EXPECT_TRUE(one == contents(file("two"))) << "the logs of two runs with one seed differ";
  const auto replayed = run(fmt::format("--limit 60 --replay '{}' --log '{}'", file("one"), file("three")));
  EXPECT_EQ(replayed.status, 0) << replayed.output;
  EXPECT_GT(contents(file("three")).size(), 100'000u);
}

TEST_F(WireFuzz, NoticesACrash) {
  const auto outcome = run(kShort, "crash 3000");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("killed by signal 11"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("seed 1"), std::string::npos);
  EXPECT_GT(contents(file("failure.log")).size(), 1000u);
}

TEST_F(WireFuzz, NoticesAServerThatHangs) {
  const auto outcome = run("--seconds 120 --limit 1 --start-limit 60", "hang 3000");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("innocent client suffered"), std::string::npos) << outcome.output;
}

TEST_F(WireFuzz, NoticesThatTheInnocentWereThrownOut) {
  const auto outcome = run(kShort, "disconnect 3000");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("innocent client suffered"), std::string::npos) << outcome.output;
}

TEST_F(WireFuzz, NoticesAStatusThatIsNotZero) {
  const auto outcome = run(kShort, "fail 3000");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("after SIGTERM the server ended with status 3"), std::string::npos) << outcome.output;
}

// The server that takes everything does nothing about it: nothing is ever presented or selected there.
TEST_F(WireFuzz, NoticesThatWhatItWasToReachWasNotAccepted) {
  const auto outcome = run(std::string(kShort) + " --accepted wl_pointer.set_cursor,wl_data_device.set_selection");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(
      outcome.output.find("the server was never seen to accept wl_pointer.set_cursor, wl_data_device.set_selection"),
      std::string::npos)
      << outcome.output;
  // "name sent/answered".
  EXPECT_TRUE(std::regex_search(outcome.output, std::regex("wl_pointer: set_cursor [1-9][0-9]*/[1-9]")))
      << outcome.output;
}

TEST_F(WireFuzz, SaysWhatIsWrongWithItsOptions) {
  EXPECT_EQ(run("--accepted wl_nothing.at_all").status, 2);
  EXPECT_EQ(run("--seed many").status, 2);
  EXPECT_EQ(run("--no-such-option").status, 2);
  EXPECT_EQ(run("--only wl_nothing").status, 2);
  EXPECT_EQ(run("--protocols /nowhere.xml").status, 2);
}

} // namespace
