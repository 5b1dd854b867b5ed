#include "compositor/backends/drm/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

#include "compositor/backends/drm/direct_session.h"
#include "compositor/backends/drm/open_session.h"
#include "tests/support/fake_session.h"

namespace fenceline {
namespace {

class Listener final : public SessionListener {
 public:
  Listener(Session& session, std::string& told, char name) : SessionListener(session), told_(told), name_(name) {}
  void session_paused() override {
    told_ += {'-', name_};
    if (dies_with != nullptr)
      dies_with->reset();
  }
  void session_resumed() override { told_ += {'+', name_}; }
  std::unique_ptr<Listener>* dies_with = nullptr;

 private:
  std::string& told_;
  char name_;
};

TEST(SessionListeners, AreToldInTurnAsLongAsTheyLive) {
  test::FakeSession session;
  std::string told;
  Listener a(session, told, 'a');
  {
    const Listener b(session, told, 'b');
    session.pause();
    EXPECT_EQ(told, "-a-b");
  }
  session.resume();
  EXPECT_EQ(told, "-a-b+a");
}

TEST(SessionListeners, OneMayEndAnotherThatIsStillToBeTold) {
  test::FakeSession session;
  std::string told;
  Listener a(session, told, 'a');
  auto b = std::make_unique<Listener>(session, told, 'b');
  const Listener c(session, told, 'c');
  a.dies_with = &b;
  session.pause();
  EXPECT_EQ(told, "-a-c");
}

TEST(SessionRefusal, SaysWhatToDo) {
  EXPECT_EQ(session_refusal("/dev/dri/card0", EACCES).what,
            "not allowed to take /dev/dri/card0: log in on this machine's own terminal, or start seatd, or use "
            "--backend headless");
  EXPECT_EQ(session_refusal("/dev/dri/card7", ENOENT).text(),
            "there is no /dev/dri/card7: name a display card with --device, or use --backend headless");
}

TEST(DirectSession, OpensWhatThereIsAndClosesIt) {
  DirectSession session;
  EXPECT_TRUE(session.active());
  int fd = -1;
  {
    const auto device = session.open_device("/dev/null");
    ASSERT_TRUE(device) << device.error().text();
    fd = (*device)->fd();
    EXPECT_GE(::fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  }
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
  const auto missing = session.open_device("/dev/there is none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ENOENT);
  EXPECT_FALSE(session.switch_vt(2));
}

} // namespace
} // namespace fenceline
