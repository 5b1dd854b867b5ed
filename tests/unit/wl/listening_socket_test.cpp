#include "compositor/wl/listening_socket.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "compositor/base/epoll_loop.h"

namespace fenceline {
namespace {

class ListeningSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    loop_ = std::move(*EpollLoop::create());
    directory_ = std::filesystem::temp_directory_path() / ("listening-socket-test-" + std::to_string(::getpid()));
    std::filesystem::create_directory(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  auto listen(const std::string& name = "wayland-7") {
    return wl::ListeningSocket::create(*loop_, directory_, name,
                                       [this](UniqueFd client) { accepted_.push_back(std::move(client)); });
  }
  [[nodiscard]] UniqueFd connect() const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EXPECT_EQ(0, connect_to(fd, address()));
    return fd;
  }
  [[nodiscard]] sockaddr_un address() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = directory_ / "wayland-7";
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
  }
  static int connect_to(const UniqueFd& fd, const sockaddr_un& address) {
    return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  /// Whether the other end has closed the connection.
  static bool closed(const UniqueFd& fd) {
    char byte = 0;
    return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) == 0;
  }

  std::unique_ptr<EpollLoop> loop_;
  std::filesystem::path directory_;
  std::vector<UniqueFd> accepted_;
};

TEST_F(ListeningSocketTest, HandsConnectionsOut) {
  auto socket = listen();
  ASSERT_TRUE(socket);
  const UniqueFd one = connect(), two = connect();
  loop_->dispatch(0);
  loop_->dispatch(0);
  EXPECT_EQ(2U, accepted_.size());
  EXPECT_FALSE(closed(one));
}

TEST_F(ListeningSocketTest, TakenNamesAreToldAndFilesCleanedUp) {
  auto socket = listen();
  ASSERT_TRUE(socket);
  auto second = listen();
  ASSERT_FALSE(second);
  EXPECT_EQ(EADDRINUSE, second.error().code);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "wayland-7"));
  socket->reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
  EXPECT_TRUE(listen());
}

TEST_F(ListeningSocketTest, WhatADeadSessionHasLeftIsReplaced) {
  std::ofstream(directory_ / "wayland-7.lock").put('x');
  std::ofstream(directory_ / "wayland-7").put('x');
  auto socket = listen();
  ASSERT_TRUE(socket);
  const UniqueFd client = connect();
  loop_->dispatch(0);
  EXPECT_EQ(1U, accepted_.size());
}

TEST_F(ListeningSocketTest, AMissingFolderIsNamed) {
  auto socket = wl::ListeningSocket::create(*loop_, directory_ / "none", "wayland-1", [](UniqueFd) {});
  ASSERT_FALSE(socket);
  EXPECT_EQ(ENOENT, socket.error().code);
  EXPECT_NE(std::string::npos, socket.error().what.find("none"));
}

TEST_F(ListeningSocketTest, AFullTableRefusesTheConnectionAndNothingSpins) {
  auto socket = listen();
  ASSERT_TRUE(socket);
  const UniqueFd late(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // The sanitizer needs descriptors of its own to look at an object whose type it has not seen: it sees them now.
  const sockaddr_un there = address();
  loop_->dispatch(0);
  rlimit before{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  // A new descriptor gets the lowest number that is free: all below it are taken.
  const UniqueFd next(::dup(late.get()));
  const rlimit full{.rlim_cur = static_cast<rlim_t>(next.get()), .rlim_max = before.rlim_max};
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &full));
  const int connected = connect_to(late, there);
  loop_->dispatch(0);
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
  EXPECT_EQ(0, connected);
  EXPECT_TRUE(accepted_.empty());
  EXPECT_TRUE(closed(late));

  const UniqueFd welcome = connect();
  loop_->dispatch(0);
  EXPECT_EQ(1U, accepted_.size());
  EXPECT_FALSE(closed(welcome));
}

} // namespace
} // namespace fenceline
