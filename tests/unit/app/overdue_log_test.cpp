#include "compositor/app/overdue_log.h"

#include <gtest/gtest.h>

namespace fenceline::test {
namespace {

class OverdueLogTest : public testing::Test {
 protected:
  /// What is said of an overdue fence of this client's, without the time of day; empty: nothing.
  std::string said_of(std::uint32_t client) {
    testing::internal::CaptureStderr();
    overdue({.client = static_cast<ClientId>(client), .surface = SurfaceId{7}, .commit = CommitId{++commits}});
    const std::string line = testing::internal::GetCapturedStderr();
    const std::size_t from = line.find("warning ");
    return from == std::string::npos ? line : line.substr(from + 8, line.find_first_of(";\n", from) - from - 8);
  }
  Log log{LogLevel::Warn};
  std::vector<wl::ClientInfo> clients{{.number = 1, .pid = 100, .name = "game"},
                                      {.number = 2, .pid = 200, .name = "film"}};
  OverdueLog overdue{log, [this] { return clients; }, std::chrono::seconds(3)};
  std::uint64_t commits = 0;
};

TEST_F(OverdueLogTest, SaysItOnceOfEachClient) {
  EXPECT_EQ(said_of(1), "game (pid 100): a fence has not signalled for 3 s");
  EXPECT_EQ(said_of(1), "");
  EXPECT_EQ(said_of(2), "film (pid 200): a fence has not signalled for 3 s");
  EXPECT_EQ(said_of(1), "") << "the other's does not make it news";
  EXPECT_EQ(said_of(2), "");
}

TEST_F(OverdueLogTest, ANewClientIsToldOfUnderAnOldNumber) {
  EXPECT_NE(said_of(1), "");
  clients.erase(clients.begin());
  EXPECT_NE(said_of(2), "") << "here the first one is forgotten";
  clients.push_back({.number = 1, .pid = 300, .name = "chart"});
  EXPECT_EQ(said_of(1), "chart (pid 300): a fence has not signalled for 3 s");
  EXPECT_EQ(said_of(2), "") << "and the other one is not";
}

TEST_F(OverdueLogTest, AClientThatIsNotKnownHasNoName) {
  EXPECT_EQ(said_of(9), "a client: a fence has not signalled for 3 s");
  EXPECT_EQ(said_of(9), "");
}

TEST_F(OverdueLogTest, AClientWhoseNameCannotBeReadHasItsProcess) {
  clients[0].name.clear();
  EXPECT_EQ(said_of(1), "a client (pid 100): a fence has not signalled for 3 s");
}

} // namespace
} // namespace fenceline::test
