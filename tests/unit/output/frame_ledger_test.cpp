#include "compositor/output/frame_ledger.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "tests/support/fake_composer.h"
#include "tests/support/fake_scanout.h"
#include "tests/support/recording_observer.h"

namespace fenceline::test {
namespace {

class FrameLedgerTest : public testing::Test {
 protected:
  struct Lease final : BufferLease {
    explicit Lease(bool& f) : free(f) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() override { free = true; }
    bool& free;
  };
  static BufferLeasePtr lease(bool& free) { return std::make_shared<Lease>(free); }

  void submit(std::uint64_t frame, BufferLeasePtr scanned) {
    SubmittedFrame submitted;
    submitted.frame = FrameId{frame};
    submitted.scanned.push_back({BufferId{frame}, std::move(scanned)});
    ledger.submitted(std::move(submitted));
  }
  bool flip(std::uint64_t frame) {
    FlipEvent event;
    event.frame = FrameId{frame};
    event.time = loop.now();
    return ledger.flipped(event, ms(16));
  }

  bool free_a = false, free_b = false, free_image = false; ///< Outlive the ledger, which frees the rest at its end.
  VirtualLoop loop;
  RecordingObserver observer;
  FrameLedger ledger{loop, observer, OutputId{1}};
  FakeFence fence;
};

TEST_F(FrameLedgerTest, AScannedBufferIsHeldUntilAnotherFramesFlip) {
  submit(1, lease(free_a));
  ASSERT_TRUE(flip(1));
  EXPECT_FALSE(free_a);
  submit(2, lease(free_b));
  EXPECT_FALSE(free_a) << "a submit replaces nothing";
  ASSERT_TRUE(flip(2));
  EXPECT_TRUE(free_a);
  EXPECT_FALSE(free_b);
}

TEST_F(FrameLedgerTest, ABufferInSeveralFramesIsHeldUntilTheLastIsReplaced) {
  auto a = lease(free_a);
  submit(1, a);
  flip(1);
  submit(2, std::move(a));
  flip(2);
  EXPECT_FALSE(free_a);
  submit(3, lease(free_b));
  flip(3);
  EXPECT_TRUE(free_a);
}

TEST_F(FrameLedgerTest, AFlipsFenceIsClosedWithTheFlip) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd watched(ends[0]);
  UniqueFd sync_file(ends[1]);
  const auto open = [&watched] {
    pollfd waiting{.fd = watched.get(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) == 0; // Else the other end has hung up.
  };
  submit(1, lease(free_a));
  ASSERT_TRUE(flip(1));
  submit(2, lease(free_b));
  ledger.replaced_after(std::move(sync_file));
  EXPECT_TRUE(open());
  ASSERT_TRUE(flip(2));
  EXPECT_FALSE(open());
}

TEST_F(FrameLedgerTest, AReadBufferIsHeldUntilTheFence) {
  std::vector<BufferLeasePtr> leases;
  leases.push_back(lease(free_a));
  EXPECT_TRUE(ledger.reading(FrameId{1}, fence.handle(), std::move(leases)));
  loop.advance(ms(100));
  EXPECT_FALSE(free_a);
  fence.signal();
  loop.advance(ms(1));
  EXPECT_TRUE(free_a);
  EXPECT_EQ(loop.watched_descriptors(), 0U);
}

TEST_F(FrameLedgerTest, AReadAfterOneThatIsOverIsHeldUntilItsOwnFence) {
  const FakeFence second;
  int first_told = 0;
  std::optional<TimePoint> told;
  std::vector<BufferLeasePtr> leases;
  leases.push_back(lease(free_a));
  EXPECT_TRUE(ledger.reading(FrameId{1}, fence.handle(), std::move(leases), [&](TimePoint) { ++first_told; }));
  fence.signal();
  loop.advance(ms(1));
  EXPECT_TRUE(free_a);

  leases = {lease(free_b)};
  EXPECT_TRUE(ledger.reading(FrameId{2}, second.handle(), std::move(leases), [&](TimePoint at) { told = at; }));
  loop.advance(ms(1));
  EXPECT_FALSE(free_b);
  second.signal();
  loop.advance(ms(1));
  EXPECT_TRUE(free_b);
  EXPECT_EQ(told, at_ms(2));
  EXPECT_EQ(first_told, 1);
}

TEST_F(FrameLedgerTest, AFlipDoesNotEndARead) {
  std::vector<BufferLeasePtr> leases;
  leases.push_back(lease(free_a));
  ledger.reading(FrameId{1}, fence.handle(), std::move(leases));
  submit(1, lease(free_image));
  flip(1);
  submit(2, nullptr);
  flip(2);
  EXPECT_TRUE(free_image);
  EXPECT_FALSE(free_a);
}

TEST_F(FrameLedgerTest, AFenceThatHasSignalledFreesAtOnce) {
  std::vector<BufferLeasePtr> leases;
  leases.push_back(lease(free_a));
  fence.signal();
  loop.advance(ms(5));
  std::optional<TimePoint> told;
  EXPECT_TRUE(ledger.reading(FrameId{1}, fence.handle(), std::move(leases), [&](TimePoint at) { told = at; }));
  EXPECT_TRUE(free_a);
  EXPECT_EQ(told, at_ms(5));
}

TEST_F(FrameLedgerTest, AFenceThatCannotBeWatchedIsLookedAtWithTheFlips) {
  std::vector<BufferLeasePtr> leases;
  leases.push_back(lease(free_a));
  loop.watches_fail = true;
  EXPECT_FALSE(ledger.reading(FrameId{1}, fence.handle(), std::move(leases)));
  submit(1, nullptr);
  flip(1);
  EXPECT_FALSE(free_a);
  fence.signal();
  submit(2, nullptr);
  flip(2);
  EXPECT_TRUE(free_a);
}

TEST_F(FrameLedgerTest, AFlipOfAnUnknownFrameChangesNothing) {
  submit(1, lease(free_a));
  flip(1);
  EXPECT_FALSE(flip(9));
  EXPECT_FALSE(free_a);
  EXPECT_EQ(ledger.on_screen()->frame, FrameId{1});
}

TEST_F(FrameLedgerTest, AnAbandonedFramesBufferIsHeldUntilALaterFlip) {
  submit(1, lease(free_a));
  CarriedUpdates carried(observer);
  ledger.abandon(carried);
  EXPECT_FALSE(free_a);
  submit(2, lease(free_b));
  EXPECT_FALSE(free_a);
  ASSERT_TRUE(flip(2));
  EXPECT_TRUE(free_a);
}

TEST_F(FrameLedgerTest, AnAbandonedFrameMayStillFlip) {
  submit(1, lease(free_a));
  CarriedUpdates carried(observer);
  ledger.abandon(carried);
  submit(2, lease(free_b));
  EXPECT_TRUE(flip(1));
  EXPECT_FALSE(free_a);
  EXPECT_TRUE(flip(2));
  EXPECT_TRUE(free_a);
}

TEST_F(FrameLedgerTest, ABufferThatTheDisplayReadsOnIsHeldUntilItSaysSo) {
  bool reads = true;
  FrameLedger lending(loop, observer, OutputId{1},
                      [&reads](BufferId buffer) { return reads && buffer == BufferId{1}; });
  const auto show = [&](std::uint64_t frame, BufferLeasePtr lease) {
    SubmittedFrame submitted;
    submitted.frame = FrameId{frame};
    submitted.scanned.push_back({BufferId{frame}, std::move(lease)});
    lending.submitted(std::move(submitted));
    FlipEvent event;
    event.frame = FrameId{frame};
    return lending.flipped(event, ms(16));
  };
  ASSERT_TRUE(show(1, lease(free_a)));
  ASSERT_TRUE(show(2, lease(free_b)));
  EXPECT_FALSE(free_a) << "the flip that replaced it says nothing of its reader";
  lending.released(BufferId{2});
  EXPECT_FALSE(free_a);
  EXPECT_FALSE(free_b) << "on the screen";
  lending.released(BufferId{1});
  EXPECT_TRUE(free_a);
  // One that has been given back before it is replaced goes with the flip.
  ASSERT_TRUE(show(3, lease(free_image)));
  EXPECT_TRUE(free_b);
}

TEST_F(FrameLedgerTest, CallbacksAreDoneWhenTheDisplayWantsTheNextFrame) {
  struct Callback final : FrameCallback {
    explicit Callback(int& n) : count(n) {}
    void done(TimePoint) override { ++count; }
    int& count;
  };
  int done = 0;
  SubmittedFrame frame;
  frame.frame = FrameId{1};
  frame.callbacks.push_back(std::make_unique<Callback>(done));
  frame.updates.emplace_back();
  frame.updates.back().callbacks.push_back(std::make_unique<Callback>(done));
  ledger.submitted(std::move(frame));
  ledger.ready(FrameId{2}, loop.now());
  EXPECT_EQ(done, 0);
  ledger.ready(FrameId{1}, loop.now());
  EXPECT_EQ(done, 2);
  ASSERT_TRUE(flip(1));
  EXPECT_EQ(done, 2) << "once";
}

TEST_F(FrameLedgerTest, AFrameThatNobodyHasSeenIsNotPresented) {
  struct Sink final : PresentationSink {
    Sink(std::string& t) : told(t) {}
    void presented(const FlipEvent&, Nanoseconds, bool zero_copy) override {
      told += zero_copy ? "zero copy; " : "shown; ";
    }
    void discarded() override { told += "discarded; "; }
    std::string& told;
  };
  std::string told;
  for (const int how : {0, 1, 2}) {
    SubmittedFrame frame;
    frame.frame = FrameId{1};
    frame.zero_copy.push_back(SurfaceId{4});
    frame.updates.emplace_back();
    frame.updates.back().surface = SurfaceId{4};
    frame.updates.back().feedback.push_back(std::make_unique<Sink>(told));
    ledger.submitted(std::move(frame));
    FlipEvent event;
    event.frame = FrameId{1};
    event.seen = how != 0;
    event.copied_again = how == 1;
    ASSERT_TRUE(ledger.flipped(event, ms(16)));
  }
  EXPECT_EQ(told, "discarded; shown; zero copy; ");
}

} // namespace
} // namespace fenceline::test
