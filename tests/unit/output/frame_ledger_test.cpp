#include "compositor/output/frame_ledger.h"

#include <gtest/gtest.h>

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
    submitted.scanned.push_back(std::move(scanned));
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

} // namespace
} // namespace fenceline::test
