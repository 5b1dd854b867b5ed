#include "compositor/control/control_socket.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "compositor/base/epoll_loop.h"

namespace fenceline::test {
namespace {

class ControlSocketTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "fenceline-control-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
    auto made = EpollLoop::create();
    ASSERT_TRUE(made);
    loop = std::move(*made);
    auto listening = ControlSocket::create(*loop, log, folder.string(), "c.sock",
                                           [this](const ControlRequest& request, ControlAnswer answer) {
                                             requests.push_back(request);
                                             if (request.front() == "later")
                                               late = std::move(answer);
                                             else if (request.front() == "fail")
                                               answer(Error{"no such luck", 0});
                                             else if (request.front() == "large")
                                               answer(nlohmann::ordered_json(std::string(4 << 20, 'x')));
                                             else
                                               answer(nlohmann::ordered_json(request));
                                           });
    ASSERT_TRUE(listening) << listening.error().text();
    control = std::move(*listening);
    peer = connected();
  }
  void TearDown() override {
    control.reset();
    std::filesystem::remove_all(folder);
  }
  UniqueFd connected() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    control->connect(UniqueFd(ends[0]));
    return UniqueFd(ends[1]);
  }
  void run() {
    for (int i = 0; i < 20; ++i)
      loop->dispatch(0);
  }
  static void send(const UniqueFd& to, const std::string& text) {
    ASSERT_EQ(::send(to.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// What has come; none when the other side has hung up.
  std::optional<std::string> receive(const UniqueFd& from) {
    std::string all;
    std::string part(1 << 20, '\0');
    for (;;) {
      run();
      const ssize_t got = ::recv(from.get(), part.data(), part.size(), MSG_DONTWAIT);
      if (got < 0)
        return errno == EAGAIN ? std::optional(all) : std::nullopt;
      if (got == 0)
        return all.empty() ? std::nullopt : std::optional(all);
      all.append(part, 0, static_cast<std::size_t>(got));
    }
  }

  Log log{LogLevel::Off};
  std::filesystem::path folder;
  std::unique_ptr<EpollLoop> loop;
  std::unique_ptr<ControlSocket> control;
  std::vector<ControlRequest> requests;
  ControlAnswer late;
  UniqueFd peer;
};

TEST_F(ControlSocketTest, AnswersARequest) {
  send(peer, "[\"a\",\"b c\"]\n");
  EXPECT_EQ(receive(peer), "{\"ok\":true,\"result\":[\"a\",\"b c\"]}\n");
}

TEST_F(ControlSocketTest, AnswersWithTheReasonOfAFailure) {
  send(peer, "[\"fail\"]\n");
  EXPECT_EQ(receive(peer), "{\"ok\":false,\"error\":\"no such luck\"}\n");
}

TEST_F(ControlSocketTest, TakesARequestInPiecesAndSeveralAtOnceInTheirOrder) {
  send(peer, "[\"a\"");
  EXPECT_EQ(receive(peer), "");
  send(peer, "]\n[\"b\"]\n[\"c\"]\n");
  EXPECT_EQ(receive(peer), "{\"ok\":true,\"result\":[\"a\"]}\n{\"ok\":true,\"result\":[\"b\"]}\n"
                           "{\"ok\":true,\"result\":[\"c\"]}\n");
}

TEST_F(ControlSocketTest, TellsWhoSendsNonsenseWhatARequestIs) {
  for (const char* nonsense : {"\n", "hello\n", "{}\n", "[]\n", "[1]\n", "[\"a\",2]\n", "[\"a\"\n", "\xff\xfe\n"}) {
    send(peer, nonsense);
    const std::optional<std::string> answer = receive(peer);
    ASSERT_TRUE(answer) << nonsense;
    EXPECT_NE(answer->find("a request is a JSON list of texts"), std::string::npos) << nonsense;
  }
  EXPECT_TRUE(requests.empty());
}

TEST_F(ControlSocketTest, AnAnswerMayComeLater) {
  send(peer, "[\"later\"]\n[\"next\"]\n");
  EXPECT_EQ(receive(peer), "");
  ASSERT_EQ(requests.size(), 1U) << "one at a time";
  late(nlohmann::ordered_json(7));
  late(nlohmann::ordered_json(8));
  EXPECT_EQ(receive(peer), "{\"ok\":true,\"result\":7}\n{\"ok\":true,\"result\":[\"next\"]}\n");
}

TEST_F(ControlSocketTest, AnAnswerThatComesTooLateFindsNobody) {
  send(peer, "[\"later\"]\n");
  run();
  const ControlAnswer answer = late;
  control.reset();
  answer(nlohmann::ordered_json(7));
  EXPECT_EQ(receive(peer), std::nullopt);
}

TEST_F(ControlSocketTest, AnAnswerThatNobodyCanGiveAnyMoreIsTheEnd) {
  send(peer, "[\"later\"]\n");
  run();
  late = nullptr;
  EXPECT_EQ(receive(peer), std::nullopt);
}

TEST_F(ControlSocketTest, WhoHangsUpBeforeTheAnswerHarmsNobody) {
  send(peer, "[\"later\"]\n");
  run();
  peer.reset();
  run();
  late(nlohmann::ordered_json(7));
  UniqueFd other = connected();
  send(other, "[\"a\"]\n");
  EXPECT_EQ(receive(other), "{\"ok\":true,\"result\":[\"a\"]}\n");
}

TEST_F(ControlSocketTest, ALargeAnswerWaitsForItsReader) {
  send(peer, "[\"large\"]\n[\"a\"]\n");
  const std::optional<std::string> answer = receive(peer);
  ASSERT_TRUE(answer);
  EXPECT_GT(answer->size(), std::size_t{4} << 20);
  EXPECT_TRUE(answer->ends_with("[\"a\"]}\n"));
}

TEST_F(ControlSocketTest, ARequestWithoutEndIsCutOff) {
  const std::string part(4096, 'x');
  for (std::size_t sent = 0; sent < ControlSocket::max_request; sent += part.size()) {
    send(peer, part);
    run();
  }
  EXPECT_EQ(receive(peer), std::nullopt);
}

TEST_F(ControlSocketTest, TooManyAtOnceAreRefused) {
  std::vector<UniqueFd> others;
  while (others.size() + 1 < ControlSocket::max_connections)
    others.push_back(connected());
  const UniqueFd one_more = connected();
  EXPECT_EQ(receive(one_more), std::nullopt);
  others.pop_back();
  run();
  UniqueFd in_its_place = connected();
  send(in_its_place, "[\"a\"]\n");
  EXPECT_NE(receive(in_its_place), std::nullopt);
}

// Also where the folder and the socket would let them in.
TEST_F(ControlSocketTest, OtherUsersAreNotHeard) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "needs root, to be somebody else";
  std::filesystem::permissions(folder, std::filesystem::perms::all);
  std::filesystem::permissions(control->path(), std::filesystem::perms::all);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    control->path().copy(address.sun_path, sizeof address.sun_path - 1);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (::setuid(nobody) != 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      ::_exit(2);
    (void)::send(fd, "[\"a\"]\n", 6, MSG_NOSIGNAL);
    char c = 0;
    ::_exit(::recv(fd, &c, 1, 0) > 0 ? 1 : 0);
  }
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0)
    loop->dispatch(10);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: it was answered; 2: it could not try";
  EXPECT_TRUE(requests.empty());
}

TEST_F(ControlSocketTest, IsOneToASessionAndGoesWithIt) {
  auto second = ControlSocket::create(*loop, log, folder.string(), "c.sock", [](const auto&, const auto&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_TRUE(std::filesystem::exists(control->path()));
  control.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

} // namespace
} // namespace fenceline::test
