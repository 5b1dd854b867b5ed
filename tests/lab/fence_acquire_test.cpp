// Acquire points whose fences come late, fail or never come, from the kernel's software fences: content is shown when
// its fence has signalled and not before, and nobody but its own surface waits.

#include <gtest/gtest.h>

#include <array>
#include <fstream>

#include "tests/lab/fence_client.h"
#include "tests/lab/fence_session.h"

namespace fenceline::lab {
namespace {

// What would be shown too early is shown by the next blank but one: so many of them pass before a wait counts.
constexpr int long_enough = 30;
constexpr Size window_size{200, 150};
/// The points that content waits for and is given back with.
constexpr std::uint64_t ready = 1, late = 2, behind = 3;

class FenceAcquire : public testing::Test {
 protected:
  explicit FenceAcquire(const std::vector<std::string>& options = {}) : session_(options) {}
  void SetUp() override {
    painter_ = std::make_unique<Painter>(session_.socket());
    ASSERT_TRUE(wait_until({&painter_->client()}, [this] { return painter_->frames() >= 2; }));
  }

  /// A client with a window that shows its first buffer.
  void start_client(bool fullscreen) {
    client_ = std::make_unique<Client>(session_.socket());
    window_ = &client_->window(fullscreen);
    for (Buffer*& buffer : buffers_)
      buffer = &client_->buffer(fullscreen ? screen_size : window_size);
    acquire_ = &client_->timeline();
    for (Timeline*& release : releases_)
      release = &client_->timeline();
    acquire_->signal(ready);
    const Update& first = commit(0, ready);
    ASSERT_TRUE(wait_until(everybody(), [&] { return first.settled(); }));
    ASSERT_TRUE(first.presented_ns);
  }

  const Update& commit(std::size_t buffer, std::uint64_t acquire) {
    return client_->commit(*window_, *buffers_.at(buffer), {*acquire_, acquire}, {*releases_.at(buffer), 1});
  }
  [[nodiscard]] bool given_back(std::size_t buffer) const { return releases_.at(buffer)->signalled(1); }
  [[nodiscard]] std::vector<Client*> everybody() const {
    std::vector<Client*> all{&painter_->client()};
    if (client_)
      all.push_back(client_.get());
    return all;
  }

  /// The painter's window goes on, frame after frame. False when it does not.
  [[nodiscard]] bool others_go_on() const {
    const int enough = painter_->frames() + long_enough;
    return wait_until(everybody(), [&] { return painter_->frames() >= enough; });
  }

  Session session_;
  Screen screen_;
  std::unique_ptr<Painter> painter_;
  std::unique_ptr<Client> client_;
  Window* window_ = nullptr;
  std::array<Buffer*, 3> buffers_{};
  std::array<Timeline*, 3> releases_{};
  Timeline* acquire_ = nullptr;
};

TEST_F(FenceAcquire, ALateFenceHoldsUpItsOwnSurfaceAlone) {
  start_client(false);
  SwTimeline gpu;
  acquire_->import_fence(late, gpu.fence(1));
  const Update& update = commit(1, late);
  ASSERT_TRUE(others_go_on());
  EXPECT_FALSE(update.settled()) << "shown or thrown away before its fence has signalled";
  EXPECT_FALSE(given_back(0)) << "the content before it came back though nothing has replaced it";
  const std::int64_t signalled = now_ns();
  gpu.advance(1);
  ASSERT_TRUE(wait_until(everybody(), [&] { return update.settled(); }));
  ASSERT_TRUE(update.presented_ns);
  EXPECT_GT(*update.presented_ns, signalled);
  EXPECT_TRUE(wait_until(everybody(), [this] { return given_back(0); }));
  EXPECT_EQ(client_->error(), "");
}

TEST_F(FenceAcquire, ALateFenceKeepsABufferOffThePlane) {
  start_client(true);
  ASSERT_EQ(screen_.shown(), buffers_[0]->inode());

  SwTimeline gpu;
  acquire_->import_fence(late, gpu.fence(1));
  const Update& update = commit(1, late);
  const std::uint64_t enough = screen_.blanks() + long_enough;
  bool early = false;
  ASSERT_TRUE(wait_until(everybody(), [&] {
    early = early || screen_.shown() != buffers_[0]->inode();
    return early || screen_.blanks() >= enough;
  }));
  EXPECT_FALSE(early) << "the display was given a buffer whose fence has not signalled";
  EXPECT_FALSE(update.settled());
  gpu.advance(1);
  ASSERT_TRUE(wait_until(everybody(), [&] { return update.settled(); }));
  EXPECT_TRUE(update.zero_copy());
  EXPECT_EQ(screen_.shown(), buffers_[1]->inode());
}

TEST_F(FenceAcquire, APointThatDoesNotExistYetIsWaitedForAndThenItsFence) {
  start_client(false);
  const Update& update = commit(1, late);
  ASSERT_TRUE(others_go_on());
  EXPECT_FALSE(update.settled()) << "shown without a point";
  SwTimeline gpu;
  acquire_->import_fence(late, gpu.fence(1));
  ASSERT_TRUE(others_go_on());
  EXPECT_FALSE(update.settled()) << "shown when the point came to be, not when its fence signalled";
  const std::int64_t signalled = now_ns();
  gpu.advance(1);
  ASSERT_TRUE(wait_until(everybody(), [&] { return update.settled(); }));
  ASSERT_TRUE(update.presented_ns);
  EXPECT_GT(*update.presented_ns, signalled);
}

TEST_F(FenceAcquire, NewerContentWaitsBehindALateOne) {
  start_client(false);
  SwTimeline gpu;
  acquire_->import_fence(late, gpu.fence(1));
  const Update& held = commit(1, late);
  const Timeline& other = client_->timeline();
  other.signal(1);
  const Update& newer = client_->commit(*window_, *buffers_[2], {other, 1}, {*releases_[2], 1});
  ASSERT_TRUE(others_go_on());
  EXPECT_FALSE(held.settled());
  EXPECT_FALSE(newer.settled()) << "content overtook what was committed before it";
  gpu.advance(1);
  ASSERT_TRUE(wait_until(everybody(), [&] { return held.settled() && newer.settled(); }));
  EXPECT_TRUE(newer.presented_ns);
  EXPECT_TRUE(wait_until(everybody(), [this] { return given_back(0) && given_back(1); }));
  EXPECT_FALSE(given_back(2));
}

TEST_F(FenceAcquire, AFenceThatFailsHangsNobody) {
  start_client(false);
  {
    SwTimeline gpu;
    acquire_->import_fence(late, gpu.fence(1));
    const Update& update = commit(1, late);
    ASSERT_TRUE(others_go_on());
    EXPECT_FALSE(update.settled());
  } // The timeline ends with its fence unsignalled: it signals with an error.
  acquire_->signal(behind);
  const Update& next = commit(2, behind);
  ASSERT_TRUE(wait_until(everybody(), [&] { return next.settled(); })) << "the surface is stuck";
  EXPECT_TRUE(next.presented_ns);
  EXPECT_TRUE(wait_until(everybody(), [this] { return given_back(0) && given_back(1); }));
  ASSERT_TRUE(others_go_on());
  EXPECT_EQ(client_->error(), "");
}

TEST_F(FenceAcquire, AFenceThatHasFailedBeforeTheCommitHangsNobody) {
  start_client(false);
  {
    SwTimeline gpu;
    acquire_->import_fence(late, gpu.fence(1));
  }
  const Update& update = commit(1, late);
  ASSERT_TRUE(wait_until(everybody(), [&] { return update.settled(); })) << "the surface is stuck";
  ASSERT_TRUE(others_go_on());
  EXPECT_EQ(client_->error(), "");
}

TEST_F(FenceAcquire, AClientWhoseFenceNeverComesLeavesNothingWhenItDies) {
  // The first client of its kind opens what stays open.
  start_client(false);
  client_.reset();
  ASSERT_TRUE(others_go_on());
  const std::size_t descriptors = session_.descriptors(), buffers = live_dmabufs();
  SwTimeline never;
  for (int i = 0; i < 3; ++i) {
    start_client(i == 2);
    acquire_->import_fence(late, never.fence(1));
    const Update& held = commit(1, late);
    const Update& newer = commit(2, behind); // which there will never be
    ASSERT_TRUE(others_go_on());
    EXPECT_FALSE(held.settled());
    EXPECT_FALSE(newer.settled());
    EXPECT_GT(session_.descriptors(), descriptors);
    client_.reset();
    EXPECT_TRUE(wait_until({&painter_->client()},
                           [&] { return session_.descriptors() == descriptors && live_dmabufs() == buffers; }))
        << session_.descriptors() << " descriptors, there were " << descriptors << "; " << live_dmabufs()
        << " dma-bufs, there were " << buffers;
  }
  ASSERT_TRUE(others_go_on());
  EXPECT_EQ(session_.end(), 0);
}

// Of one that commits without end behind a point that never comes few updates wait: the others become one.
TEST_F(FenceAcquire, AQueueBehindAPointThatNeverComesStaysShort) {
  start_client(false);
  const auto commits = [this](int count) {
    for (int i = 0; i < count && client_->alive(); ++i) {
      commit(static_cast<std::size_t>(i % 3), late);
      wl_display_roundtrip(client_->display);
    }
  };
  commits(20);
  const std::size_t descriptors = session_.descriptors();
  commits(2000);
  EXPECT_EQ(client_->error(), "");
  EXPECT_LE(session_.descriptors(), descriptors + 2);
  ASSERT_TRUE(others_go_on());
}

/// A session that waits a second for a fence.
class FencePatience : public FenceAcquire {
 protected:
  FencePatience() : FenceAcquire({"--config", write_config()}) {}
  static std::string write_config() {
    const std::string path = testing::TempDir() + "fence_patience.toml";
    std::ofstream(path) << "[limits]\nfence-seconds = 1\n";
    return path;
  }
  /// Newer content takes the place of what waits for `late`, whose buffer comes back; and all is as before.
  void expect_overtaken() {
    const Update& held = commit(1, late);
    const Timeline& other = client_->timeline();
    other.signal(2);
    const Update& newer = client_->commit(*window_, *buffers_[2], {other, 1}, {*releases_[2], 1});
    ASSERT_TRUE(wait_until(everybody(), [&] { return newer.settled(); })) << "it is waited for without end";
    EXPECT_TRUE(newer.presented_ns);
    EXPECT_TRUE(wait_until(everybody(), [&] { return held.settled() && given_back(0) && given_back(1); }));
    EXPECT_TRUE(held.discarded) << "shown without its fence";
    EXPECT_FALSE(given_back(2)) << "it is shown";
    const Update& next = client_->commit(*window_, *buffers_[0], {other, 2}, {*releases_[0], 2});
    ASSERT_TRUE(wait_until(everybody(), [&] { return next.settled(); }));
    EXPECT_TRUE(next.presented_ns);
    EXPECT_EQ(client_->error(), "");
  }
};

TEST_F(FencePatience, NewerContentTakesThePlaceOfAFenceThatNeverSignals) {
  start_client(false);
  SwTimeline gpu;
  acquire_->import_fence(late, gpu.fence(1));
  expect_overtaken();
  // What comes after all finds nobody that waits.
  gpu.advance(1);
  EXPECT_TRUE(others_go_on());
}

TEST_F(FencePatience, NewerContentTakesThePlaceOfAPointThatNeverComes) {
  start_client(false);
  expect_overtaken();
  acquire_->signal(late);
  EXPECT_TRUE(others_go_on());
}

} // namespace
} // namespace fenceline::lab
