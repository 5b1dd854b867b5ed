#include "compositor/base/epoll_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace fenceline {
namespace {

UniqueFd event(unsigned value) {
  return UniqueFd(::eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK));
}

class EpollLoopTest : public testing::Test {
 protected:
  std::unique_ptr<EventSource> watch(const UniqueFd& fd, EventLoop::IoCallback callback) {
    auto source = loop->watch(fd.get(), IoEvents::Readable, std::move(callback));
    EXPECT_TRUE(source);
    return std::move(*source);
  }
  std::unique_ptr<EpollLoop> loop = std::move(*EpollLoop::create());
};

TEST_F(EpollLoopTest, WhatIsReadableIsToldUntilItIsRead) {
  const UniqueFd fd = event(1);
  int told = 0;
  const auto source = watch(fd, [&](IoEvents events) { told += has(events, IoEvents::Readable) ? 1 : 0; });
  loop->dispatch(0);
  loop->dispatch(0);
  EXPECT_EQ(told, 2);
  std::uint64_t value = 0;
  ASSERT_EQ(::read(fd.get(), &value, sizeof value), 8);
  loop->dispatch(0);
  EXPECT_EQ(told, 2);
}

TEST_F(EpollLoopTest, ATimerThatIsDueComesBeforeWhatIsPatientWhicheverWasFirst) {
  const UniqueFd requests = event(1), flip = event(1);
  std::string order;
  const auto clients =
      loop->watch(requests.get(), IoEvents::Readable | IoEvents::Patient, [&order](IoEvents) { order += "requests "; });
  const auto display = watch(flip, [&order](IoEvents) { order += "flip "; });
  const auto latch = std::move(*loop->make_timer([&order] { order += "latch "; }));
  latch->arm(loop->clock().now());
  loop->dispatch(0); // Armed in one turn, told of in the next.
  order.clear();
  latch->arm(loop->clock().now());
  loop->dispatch(1000);
  EXPECT_EQ(order, "latch flip requests ");
}

TEST_F(EpollLoopTest, WhatIsTakenAwayByAnotherInTheSameTurnIsNotTold) {
  const UniqueFd requests = event(1), flip = event(1);
  int told = 0;
  auto clients = std::move(*loop->watch(requests.get(), IoEvents::Readable | IoEvents::Patient, [&told](IoEvents) { ++told; }));
  const auto display = watch(flip, [&clients](IoEvents) { clients.reset(); });
  loop->dispatch(0);
  EXPECT_EQ(told, 0);
}

TEST_F(EpollLoopTest, ByEdgesEachTimeIsToldOnceAndNothingHasToBeRead) {
  const UniqueFd fd = event(0);
  int told = 0;
  const auto source = loop->watch(fd.get(), IoEvents::Readable | IoEvents::Edges, [&told](IoEvents) { ++told; });
  ASSERT_TRUE(source);
  for (int time = 1; time <= 3; ++time) {
    ASSERT_EQ(::eventfd_write(fd.get(), 1), 0);
    loop->dispatch(0);
    loop->dispatch(0);
    EXPECT_EQ(told, time);
  }
}

TEST_F(EpollLoopTest, ASourceThatEndsAnotherOneIsTheLastThatIsHeard) {
  const UniqueFd a = event(1), b = event(1);
  std::vector<std::unique_ptr<EventSource>> sources(2);
  int told = 0;
  sources[0] = watch(a, [&](IoEvents) { ++told, sources[1].reset(); });
  sources[1] = watch(b, [&](IoEvents) { ++told, sources[0].reset(); });
  loop->dispatch(0);
  EXPECT_EQ(told, 1);
}

// A fence's source is freed, and the next fence's is made, both within one batch of events: the allocator gives the
// second one the first one's place, and the event that is still to be handed out must not be taken for its own.
TEST_F(EpollLoopTest, AnEventOfASourceThatIsGoneIsNobodyElses) {
  const UniqueFd first = event(1), second = event(1), quiet = event(0);
  std::vector<std::unique_ptr<EventSource>> sources(2);
  std::vector<std::unique_ptr<EventSource>> successors;
  int of_the_quiet_one = 0;
  // Whichever is told first replaces the other, whose event lies in the same batch.
  const auto replace = [&](std::size_t other) {
    sources[other].reset();
    for (int i = 0; i < 8; ++i)
      if (auto made = loop->watch(UniqueFd(::dup(quiet.get())).release(), IoEvents::Readable,
                                  [&](IoEvents) { ++of_the_quiet_one; }))
        successors.push_back(std::move(*made));
  };
  sources[0] = watch(first, [&](IoEvents) { replace(1); });
  sources[1] = watch(second, [&](IoEvents) { replace(0); });
  loop->dispatch(0);
  EXPECT_EQ(successors.size(), 8U);
  EXPECT_EQ(of_the_quiet_one, 0);
}

TEST_F(EpollLoopTest, AWatchThatIsBegunAnewTellsOfTheNewDescriptorAlone) {
  const UniqueFd first = event(1), second = event(0);
  int told = 0;
  const auto watch = loop->make_watch([&told](IoEvents) { ++told; });
  ASSERT_TRUE(watch->begin(first.get(), IoEvents::Readable));
  loop->dispatch(0);
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(watch->begin(second.get(), IoEvents::Readable)); // The first one is still readable.
  loop->dispatch(0);
  EXPECT_EQ(told, 1);
  ASSERT_EQ(::eventfd_write(second.get(), 1), 0);
  loop->dispatch(0);
  EXPECT_EQ(told, 2);
  watch->end();
  loop->dispatch(0);
  EXPECT_EQ(told, 2);
  EXPECT_FALSE(watch->begin(-1, IoEvents::Readable));
  ASSERT_TRUE(watch->begin(first.get(), IoEvents::Readable)) << "one that could not begin may be begun again";
  loop->dispatch(0);
  EXPECT_EQ(told, 3);
}

TEST_F(EpollLoopTest, AnEventOfWhatAWatchWasOnBeforeIsNotTold) {
  const UniqueFd first = event(1), second = event(1), quiet = event(0);
  std::vector<std::unique_ptr<Watch>> watches(2);
  int told = 0;
  // Whichever is told first moves the other, whose event lies in the same batch.
  const auto move = [&](std::size_t other) {
    ++told;
    ASSERT_TRUE(watches[other]->begin(quiet.get(), IoEvents::Readable));
  };
  watches[0] = loop->make_watch([&](IoEvents) { move(1); });
  watches[1] = loop->make_watch([&](IoEvents) { move(0); });
  ASSERT_TRUE(watches[0]->begin(first.get(), IoEvents::Readable));
  ASSERT_TRUE(watches[1]->begin(second.get(), IoEvents::Readable));
  loop->dispatch(0);
  EXPECT_EQ(told, 1);
}

TEST_F(EpollLoopTest, ATimerThatIsArmedAnewAfterItFiredDoesNotFireForTheOldTime) {
  int fired = 0;
  const UniqueFd ready = event(1);
  std::unique_ptr<Timer> timer = std::move(*loop->make_timer([&] { ++fired; }));
  timer->arm(loop->clock().now());
  // Both are ready; whoever comes first, the arming into the future counts.
  const auto source = watch(ready, [&](IoEvents) { timer->arm(loop->clock().now() + std::chrono::hours(1)); });
  loop->dispatch(0);
  const int before = fired;
  loop->dispatch(0);
  EXPECT_LE(before, 1);
  EXPECT_EQ(fired, before);
}

TEST_F(EpollLoopTest, ATimerFiresOnceForEachArmingAlsoForThePast) {
  int fired = 0;
  std::unique_ptr<Timer> timer;
  timer = std::move(*loop->make_timer([&] {
    if (++fired < 5)
      timer->arm(loop->clock().now() - std::chrono::seconds(1));
  }));
  timer->arm(loop->clock().now());
  for (int i = 0; i < 10; ++i)
    loop->dispatch(i < 5 ? 1000 : 0);
  EXPECT_EQ(fired, 5);
  timer->arm(loop->clock().now());
  loop->dispatch(1000);
  EXPECT_EQ(fired, 6);
  loop->dispatch(0);
  EXPECT_EQ(fired, 6) << "once";
}

TEST_F(EpollLoopTest, ATimerThatIsDisarmedInTheTurnOfItsEventDoesNotFire) {
  int fired = 0;
  const UniqueFd ready = event(1);
  // Watched first, so that its event is the first of the turn.
  std::unique_ptr<Timer> timer;
  const auto source = watch(ready, [&](IoEvents) { timer->disarm(); });
  timer = std::move(*loop->make_timer([&] { ++fired; }));
  timer->arm(loop->clock().now());
  loop->dispatch(0);
  const int before = fired;
  loop->dispatch(0);
  EXPECT_LE(before, 1) << "whoever comes first";
  EXPECT_EQ(fired, before);
}

TEST_F(EpollLoopTest, DeferredWorkRunsBeforeTheLoopSleeps) {
  int ran = 0;
  loop->defer([&] {
    ++ran;
    loop->defer([&] { ++ran; });
  });
  loop->dispatch(0);
  EXPECT_EQ(ran, 2);
}

} // namespace
} // namespace fenceline
