#include "compositor/base/thread.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace fenceline::test {
namespace {

TEST(StartThread, TakesNoSignalsAndLeavesTheCallersMaskAlone) {
  sigset_t before, after, inside;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
  Result<std::thread> thread =
      start_thread("mask", [&inside] { (void)::pthread_sigmask(SIG_SETMASK, nullptr, &inside); });
  ASSERT_TRUE(thread) << thread.error().text();
  thread->join();
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &after), 0);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD, SIGUSR1, SIGHUP}) {
    EXPECT_EQ(::sigismember(&inside, signal), 1) << signal;
    EXPECT_EQ(::sigismember(&after, signal), ::sigismember(&before, signal)) << signal;
  }
}

TEST(StartThread, CarriesItsName) {
  std::array<int, 2> gate{};
  ASSERT_EQ(::pipe(gate.data()), 0);
  Result<std::thread> thread = start_thread("fifteen-letters", [&gate] {
    char c = 0;
    [[maybe_unused]] const auto got = ::read(gate[0], &c, 1);
  });
  ASSERT_TRUE(thread) << thread.error().text();
  std::array<char, 16> name{};
  EXPECT_EQ(::pthread_getname_np(thread->native_handle(), name.data(), name.size()), 0);
  EXPECT_EQ(std::string(name.data()), "fifteen-letters");
  ::close(gate[1]);
  thread->join();
  ::close(gate[0]);
}

// In a process of its own, and not as root, whom the limit does not bind.
TEST(StartThread, IsAnErrorWhenTheSystemHasNoOther) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::geteuid() == 0 && ::setuid(nobody) != 0)
      ::_exit(3);
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    if (::setrlimit(RLIMIT_NPROC, &none) != 0)
      ::_exit(4);
    Result<std::thread> thread = start_thread("none", [] {});
    if (thread)
      thread->detach();
    ::_exit(thread ? 1 : thread.error().code == EAGAIN ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

} // namespace
} // namespace fenceline::test
