#include "compositor/app/snapshot_thread.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "compositor/base/epoll_loop.h"

namespace fenceline {
namespace {

class SnapshotThreadTest : public testing::Test {
 protected:
  void SetUp() override {
    auto loop = EpollLoop::create();
    ASSERT_TRUE(loop);
    loop_ = std::move(*loop);
    auto thread = SnapshotThread::create(*loop_);
    ASSERT_TRUE(thread) << thread.error().text();
    thread_ = std::move(*thread);
  }

  std::unique_ptr<EpollLoop> loop_;
  std::unique_ptr<SnapshotThread> thread_;
};

TEST_F(SnapshotThreadTest, TheLoopGoesOnWhileAJobRuns) {
  std::promise<void> disk;
  bool ended = false, ticked = false;
  std::thread::id worker;
  ASSERT_TRUE(thread_->post(
      [&] {
        worker = std::this_thread::get_id();
        disk.get_future().wait();
      },
      [&] { ended = true; }));
  auto timer = loop_->make_timer([&] { ticked = true; });
  ASSERT_TRUE(timer);
  (*timer)->arm(loop_->clock().now());
  while (!ticked)
    loop_->dispatch(-1);
  EXPECT_FALSE(ended);
  disk.set_value();
  while (!ended)
    loop_->dispatch(-1);
  EXPECT_NE(worker, std::this_thread::get_id());
}

TEST_F(SnapshotThreadTest, JobsAreDoneOneAfterTheOther) {
  std::vector<int> order;
  std::size_t ended = 0;
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(thread_->post([&order, i] { order.push_back(i); }, [&ended] { ++ended; }));
  while (ended < 20)
    loop_->dispatch(-1);
  ASSERT_EQ(order.size(), 20U);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

/// Says on which thread it was let go of.
struct Held {
  explicit Held(std::vector<std::thread::id>& t) : threads(t) {}
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { threads.push_back(std::this_thread::get_id()); }
  std::vector<std::thread::id>& threads;
};

TEST_F(SnapshotThreadTest, WhatAJobHoldsIsLetGoOfOnTheMainThread) {
  std::vector<std::thread::id> threads;
  bool ended = false;
  ASSERT_TRUE(thread_->post([held = std::make_shared<Held>(threads)] {}, [&ended] { ended = true; }));
  while (!ended)
    loop_->dispatch(-1);
  EXPECT_EQ(threads, std::vector{std::this_thread::get_id()});
}

TEST_F(SnapshotThreadTest, AtTheEndEveryJobIsDoneAndNobodyIsTold) {
  std::vector<std::thread::id> threads;
  std::promise<void> disk;
  int done = 0;
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(thread_->post(
        [&, i, held = std::make_shared<Held>(threads)] {
          if (i == 0)
            disk.get_future().wait();
          ++done;
        },
        [] { FAIL(); }));
  disk.set_value();
  thread_.reset();
  EXPECT_EQ(done, 3);
  EXPECT_EQ(threads, std::vector(3, std::this_thread::get_id()));
}

TEST_F(SnapshotThreadTest, WithoutAJobThereIsNothingToWaitFor) {
  thread_.reset();
  loop_->dispatch(0);
}

} // namespace
} // namespace fenceline
