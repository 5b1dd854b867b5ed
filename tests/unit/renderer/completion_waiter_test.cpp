#include "renderer/completion_waiter.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "compositor/base/epoll_loop.h"

// The waiter alone, with a timeline made of a mutex: this runs under ThreadSanitizer, which knows nothing of a driver's
// own threads.

namespace fenceline {

namespace {

/// A timeline that the test advances.
class FakeTimeline {
 public:
  CompletionWaiter::Outcome wait(std::uint64_t value) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(5), [&] { return failed_ || value_ >= value; });
    if (failed_)
      return CompletionWaiter::Outcome::Failed;
    return value_ >= value ? CompletionWaiter::Outcome::Reached : CompletionWaiter::Outcome::NotYet;
  }
  void advance(std::uint64_t value) {
    const std::lock_guard lock(mutex_);
    value_ = value;
    changed_.notify_all();
  }
  void fail() {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t value_ = 0;
  bool failed_ = false;
};

class CompletionWaiterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto loop = EpollLoop::create();
    ASSERT_TRUE(loop);
    loop_ = std::move(*loop);
    auto waiter = CompletionWaiter::create(
        *loop_, [this](std::uint64_t value) { return timeline_.wait(value); },
        [this](std::uint64_t reached, bool failed) {
          reached_ = reached;
          failed_ = failed;
        });
    ASSERT_TRUE(waiter);
    waiter_ = std::move(*waiter);
  }

  FakeTimeline timeline_;
  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<CompletionWaiter> waiter_;
  std::uint64_t reached_ = 0;
  bool failed_ = false;
};

TEST_F(CompletionWaiterTest, TellsEachValueInOrder) {
  for (std::uint64_t v = 1; v <= 200; ++v) {
    ASSERT_TRUE(waiter_->push(v));
    EXPECT_LT(reached_, v);
    timeline_.advance(v);
    while (reached_ < v)
      loop_->dispatch(-1);
    EXPECT_EQ(reached_, v);
  }
  EXPECT_FALSE(failed_);
}

TEST_F(CompletionWaiterTest, WaitsForSeveral) {
  for (std::uint64_t v = 1; v <= 30; ++v)
    ASSERT_TRUE(waiter_->push(v));
  timeline_.advance(30);
  while (reached_ < 30)
    loop_->dispatch(-1);
  EXPECT_FALSE(failed_);
}

TEST_F(CompletionWaiterTest, RefusesMoreThanItsBound) {
  std::uint64_t pushed = 0;
  while (waiter_->push(pushed + 1))
    ASSERT_LT(++pushed, 1000U);
  EXPECT_EQ(pushed, CompletionWaiter::capacity);
  timeline_.advance(pushed);
  while (reached_ < pushed)
    loop_->dispatch(-1);
  EXPECT_TRUE(waiter_->push(pushed + 1));
}

TEST_F(CompletionWaiterTest, TellsOfAFailure) {
  ASSERT_TRUE(waiter_->push(1));
  ASSERT_TRUE(waiter_->push(2));
  timeline_.advance(1);
  while (reached_ < 1)
    loop_->dispatch(-1);
  timeline_.fail();
  while (!failed_)
    loop_->dispatch(-1);
  EXPECT_EQ(reached_, 1U);
}

TEST_F(CompletionWaiterTest, EndsWithWorkInFlight) {
  ASSERT_TRUE(waiter_->push(1));
  ASSERT_TRUE(waiter_->push(2));
  waiter_.reset(); // The timeline never gets there.
  loop_->dispatch(0);
  EXPECT_EQ(reached_, 0U);
}

TEST_F(CompletionWaiterTest, SaysNothingAfterItsEnd) {
  ASSERT_TRUE(waiter_->push(1));
  timeline_.advance(1);
  waiter_.reset();
  loop_->dispatch(0);
  EXPECT_EQ(reached_, 0U);
}

} // namespace

} // namespace fenceline
