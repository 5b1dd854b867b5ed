// When a buffer comes back (the fifth rule of docs/architecture.md), seen by clients of the real session: never while a
// plane scans it out, and never while it is the surface's current one.

#include <gtest/gtest.h>

#include <array>

#include "tests/lab/fence_client.h"
#include "tests/lab/fence_session.h"

namespace fenceline::lab {
namespace {

// Enough for the early release of a frame to be seen though a busy machine hides the four milliseconds of most.
constexpr int flips = 120;
// Of the other window, under one buffer.
constexpr int repaints = 20;
constexpr int buffers_in_a_row = 6;

class FenceRelease : public testing::Test {
 protected:
  Session session_;
  Screen screen_;
};

/// A window that covers the screen, and shows two buffers by turns, each with a timeline for its releases. Frame 0 is
/// the first; each frame's fence has signalled when it is committed.
class Swap {
 public:
  explicit Swap(Client& client)
      : client_(client),
        window_(client.window(true)), buffers_{&client.buffer(screen_size), &client.buffer(screen_size)},
        acquire_(client.timeline()), releases_{&client.timeline(), &client.timeline()} {}

  const Update& commit(std::uint64_t frame) {
    acquire_.signal(frame + 1);
    return client_.commit(window_, *buffers_[frame % 2], {acquire_, frame + 1}, {release(frame), point(frame)});
  }
  [[nodiscard]] const Buffer& buffer(std::uint64_t frame) const { return *buffers_[frame % 2]; }
  /// Whether that frame's buffer has come back, and whether there is a fence with which it will.
  [[nodiscard]] bool is_back(std::uint64_t frame) { return release(frame).signalled(point(frame)); }
  [[nodiscard]] bool has_fence(std::uint64_t frame) { return release(frame).available(point(frame)); }

 private:
  [[nodiscard]] Timeline& release(std::uint64_t frame) { return *releases_[frame % 2]; }
  [[nodiscard]] static std::uint64_t point(std::uint64_t frame) { return frame / 2 + 1; }

  Client& client_;
  Window& window_;
  std::array<Buffer*, 2> buffers_;
  const Timeline& acquire_;
  std::array<Timeline*, 2> releases_;
};

TEST_F(FenceRelease, APointSignalsOnlyAfterTheFlipThatReplacesTheBuffer) {
  Client client(session_.socket());
  Swap swap(client);
  const Update& first = swap.commit(0);
  ASSERT_TRUE(wait_until({&client}, [&] { return first.settled(); }));
  ASSERT_TRUE(first.zero_copy()) << "not scanned out: there is nothing to test";
  for (std::uint64_t frame = 1; frame <= flips; ++frame) {
    const Update& update = swap.commit(frame);
    std::int64_t came_back = 0;
    std::uint64_t shown_then = 0;
    ASSERT_TRUE(wait_until({&client},
                           [&] {
                             if (came_back == 0 && swap.is_back(frame - 1)) {
                               came_back = now_ns();
                               shown_then = screen_.shown();
                             }
                             return came_back != 0 && update.settled();
                           }))
        << "frame " << frame << ": " << (update.settled() ? "the buffer before never came back" : "it was never shown");
    ASSERT_TRUE(update.presented_ns) << "frame " << frame;
    ASSERT_TRUE(update.zero_copy()) << "frame " << frame;
    ASSERT_GE(came_back, *update.presented_ns) << "frame " << frame << ": back before the flip that replaces it";
    ASSERT_EQ(shown_then, swap.buffer(frame).inode()) << "frame " << frame;
    ASSERT_FALSE(swap.is_back(frame)) << "frame " << frame << ": back while it is on the screen";
  }
  EXPECT_EQ(client.error(), "");
  EXPECT_EQ(session_.end(), 0);
}

// The kernel's out-fence: between the commit and its flip the point exists, and has not signalled.
TEST_F(FenceRelease, APointHasItsFenceBeforeTheFlipThatSignalsIt) {
  Client client(session_.socket());
  Swap swap(client);
  const Update& first = swap.commit(0);
  ASSERT_TRUE(wait_until({&client}, [&] { return first.settled(); }));
  int early = 0;
  for (std::uint64_t frame = 1; frame <= flips; ++frame) {
    const Update& update = swap.commit(frame);
    bool seen_early = false;
    ASSERT_TRUE(wait_until({&client},
                           [&] {
                             // In this order: it may signal between the two questions.
                             const bool there = swap.has_fence(frame - 1);
                             const bool back = swap.is_back(frame - 1);
                             seen_early = seen_early || (there && !back);
                             return back && update.settled();
                           }))
        << "frame " << frame;
    early += seen_early ? 1 : 0;
  }
  std::printf("%d of %d points were there before their flips\n", early, flips);
  EXPECT_GT(early, 0);
  EXPECT_EQ(session_.end(), 0);
}

TEST_F(FenceRelease, ABufferWithoutPointsIsReleasedOnlyAfterTheFlipThatReplacesIt) {
  Client client(session_.socket());
  Window& window = client.window(true);
  const std::array<Buffer*, 2> buffers{&client.buffer(screen_size), &client.buffer(screen_size)};
  const Update& first = client.commit(window, *buffers[0]);
  ASSERT_TRUE(wait_until({&client}, [&] { return first.settled(); }));
  ASSERT_TRUE(first.zero_copy()) << "not scanned out: there is nothing to test";
  for (int frame = 1; frame <= flips; ++frame) {
    Buffer& back = *buffers[frame % 2];
    const Buffer& front = *buffers[1 - frame % 2];
    const int back_before = back.releases, front_before = front.releases;
    const Update& update = client.commit(window, back);
    std::uint64_t shown_then = 0;
    ASSERT_TRUE(wait_until({&client},
                           [&] {
                             if (shown_then == 0 && front.releases != front_before)
                               shown_then = screen_.shown();
                             return shown_then != 0 && update.settled();
                           }))
        << "frame " << frame << ": " << (update.settled() ? "the buffer before never came back" : "it was never shown");
    ASSERT_TRUE(update.presented_ns) << "frame " << frame;
    ASSERT_TRUE(update.zero_copy()) << "frame " << frame;
    ASSERT_GE(front.released_ns, *update.presented_ns) << "frame " << frame << ": back before the flip";
    ASSERT_EQ(shown_then, back.inode()) << "frame " << frame;
    ASSERT_EQ(back.releases, back_before) << "frame " << frame << ": back while it is on the screen";
  }
  EXPECT_EQ(client.error(), "");
}

TEST_F(FenceRelease, APointOfTheCurrentBufferNeverSignalsUnderRepaintsOfAnotherWindow) {
  Painter painter(session_.socket());
  Client client(session_.socket());
  Window& window = client.window();
  constexpr Size size{200, 150};
  const std::array<Buffer*, 2> buffers{&client.buffer(size), &client.buffer(size)};
  const Timeline& acquire = client.timeline();
  const std::array<Timeline*, 2> releases{&client.timeline(), &client.timeline()};
  const std::vector<Client*> everybody{&painter.client(), &client};
  for (std::uint64_t i = 0; i < buffers_in_a_row; ++i) {
    const std::size_t now = i % 2;
    const std::uint64_t point = i / 2 + 1, point_before = (i - 1) / 2 + 1;
    acquire.signal(i + 1);
    const Update& update = client.commit(window, *buffers[now], {acquire, i + 1}, {*releases[now], point});
    ASSERT_TRUE(wait_until(everybody, [&] { return update.settled(); }));
    ASSERT_TRUE(update.presented_ns && !update.zero_copy()) << "not composed: there is nothing to test";
    if (i > 0) {
      ASSERT_TRUE(wait_until(everybody, [&] { return releases[1 - now]->signalled(point_before); }))
          << "buffer " << i - 1 << " never came back though it was replaced";
    }
    const int enough = painter.frames() + repaints;
    bool early = false;
    ASSERT_TRUE(wait_until(everybody, [&] {
      early = early || releases[now]->signalled(point);
      return early || painter.frames() >= enough;
    }));
    ASSERT_FALSE(early) << "buffer " << i << " came back while it is the current one";
  }
}

TEST_F(FenceRelease, TheCurrentBufferWithoutPointsIsNeverReleasedUnderRepaintsOfAnotherWindow) {
  Painter painter(session_.socket());
  Client client(session_.socket());
  Window& window = client.window();
  constexpr Size size{200, 150};
  const std::array<Buffer*, 2> buffers{&client.buffer(size), &client.buffer(size)};
  const std::vector<Client*> everybody{&painter.client(), &client};
  for (int i = 0; i < buffers_in_a_row; ++i) {
    const Buffer& now = *buffers[i % 2];
    const int uses = i / 2, uses_of_other = (i + 1) / 2;
    const Update& update = client.commit(window, now);
    ASSERT_TRUE(wait_until(everybody, [&] { return update.settled(); }));
    ASSERT_TRUE(update.presented_ns && !update.zero_copy()) << "not composed: there is nothing to test";
    ASSERT_TRUE(wait_until(everybody, [&] { return buffers[1 - i % 2]->releases == uses_of_other; }))
        << "buffer " << i - 1 << " never came back though it was replaced";
    const int enough = painter.frames() + repaints;
    ASSERT_TRUE(wait_until(everybody, [&] { return now.releases != uses || painter.frames() >= enough; }));
    ASSERT_EQ(now.releases, uses) << "buffer " << i << " came back while it is the current one";
  }
}

// From the plane into the composition and back: what the screen shows changes, the buffer is the current one all along.
TEST_F(FenceRelease, ABufferThatALaterFrameComposesIsHeldFromPlaneToPlane) {
  Client client(session_.socket());
  Window& window = client.window(true);
  const Buffer& buffer = client.buffer(screen_size);
  const Timeline& timeline = client.timeline();
  timeline.signal(1);
  const Update& update = client.commit(window, buffer, {timeline, 1}, {timeline, 2});
  ASSERT_TRUE(wait_until({&client}, [&] { return update.settled(); }));
  ASSERT_EQ(screen_.shown(), buffer.inode());
  {
    Painter above(session_.socket());
    ASSERT_TRUE(wait_until({&client, &above.client()}, [&] { return above.frames() >= repaints; }));
    EXPECT_NE(screen_.shown(), buffer.inode()) << "not composed: there is nothing to test";
    EXPECT_FALSE(timeline.signalled(2));
  }
  ASSERT_TRUE(wait_until({&client}, [&] { return screen_.shown() == buffer.inode(); }));
  const std::uint64_t enough = screen_.blanks() + repaints;
  ASSERT_TRUE(wait_until({&client}, [&] { return screen_.blanks() >= enough; }));
  EXPECT_FALSE(timeline.signalled(2));
  EXPECT_EQ(screen_.shown(), buffer.inode());
}

// Discarded content is never read: it comes back at once, and is told to be discarded.
TEST_F(FenceRelease, AnUpdateThatIsOvertakenBeforeItsBlankComesBackUnshown) {
  Client client(session_.socket());
  Window& window = client.window(true);
  const std::array<Buffer*, 3> buffers{&client.buffer(screen_size), &client.buffer(screen_size),
                                       &client.buffer(screen_size)};
  const Timeline &acquire = client.timeline(), &release = client.timeline();
  const Timeline& overtaken_release = client.timeline();
  acquire.signal(3);
  const Update& first = client.commit(window, *buffers[0], {acquire, 1}, {release, 1});
  ASSERT_TRUE(wait_until({&client}, [&] { return first.settled(); }));
  const Update& overtaken = client.commit(window, *buffers[1], {acquire, 2}, {overtaken_release, 1});
  // The two go in one message: no latch comes between.
  const Update& last = client.commit(window, *buffers[2], {acquire, 3}, {release, 2});
  ASSERT_TRUE(wait_until({&client}, [&] { return last.settled() && overtaken.settled(); }));
  EXPECT_TRUE(last.presented_ns);
  EXPECT_TRUE(overtaken.discarded);
  EXPECT_TRUE(wait_until({&client}, [&] { return overtaken_release.signalled(1); }));
  EXPECT_TRUE(wait_until({&client}, [&] { return release.signalled(1); }));
  EXPECT_EQ(screen_.shown(), buffers[2]->inode());
  EXPECT_FALSE(release.signalled(2));
}

} // namespace
} // namespace fenceline::lab
