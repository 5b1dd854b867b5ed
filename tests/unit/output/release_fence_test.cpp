// The kernel's fence of a commit as the release of the buffers that it replaces: whose, and when not.
#include <poll.h>

#include "compositor/output/capture.h"
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

struct FenceBench : OutputBench {
  explicit FenceBench(std::vector<OutputInfo> infos = {fake_output()}) : OutputBench(std::move(infos)) {
    device.gives_fences = true;
    show(1001);
    show(1002);
    source.promised.clear();
    source.promises.clear();
    source.released.clear();
  }
  void show(std::uint64_t buffer) {
    commit(source.fullscreen(7, buffer));
    loop.advance(ms(16));
  }
  [[nodiscard]] static bool signalled(const UniqueFd& fence) {
    pollfd waiting{.fd = fence.get(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) > 0;
  }
};

TEST(ReleaseFence, IsGivenToTheReplacedBufferBeforeTheFlip) {
  FenceBench bench;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(13)); // Latched and submitted.
  ASSERT_EQ(bench.source.promised.size(), 1U);
  EXPECT_EQ(bench.source.promised[0].buffer, BufferId{1002});
  EXPECT_FALSE(FenceBench::signalled(bench.source.promises[0]));
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1002}));
  bench.loop.advance(ms(4));
  EXPECT_TRUE(FenceBench::signalled(bench.source.promises[0]));
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
  EXPECT_EQ(bench.source.promised.size(), 1U);
}

TEST(ReleaseFence, IsNotGivenToWhatIsShownOn) {
  FenceBench bench;
  bench.commit(FakeSource::cursor(3, 1005, {10, 20})); // Another frame with the same window.
  bench.loop.advance(ms(32));
  EXPECT_TRUE(bench.source.promised.empty());
}

TEST(ReleaseFence, IsNotGivenAsLongAsAnotherOutputHasTheBuffer) {
  FenceBench bench({fake_output(1), fake_output(2)});
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(32));
  // The first output's flip does not free it. The last one's may: both of the same commit come at the same blank here.
  for (std::size_t i = 0; i < bench.source.promised.size(); ++i)
    EXPECT_TRUE(FenceBench::signalled(bench.source.promises[i]));
  EXPECT_TRUE(bench.source.promised.empty());
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002})) << "the flips told";
}

/// Two outputs, the second with blanks of its own, and fences that can be merged: into one that stands for the pair.
struct TwoOutputs : FenceBench {
  explicit TwoOutputs(std::int64_t other_refresh = 16) : FenceBench({fake_output(1), with_refresh(other_refresh)}) {
    rig.releases = &releases;
    set.reset();
    set = rig.make(loop, device, source, &composer, observer);
    for (const std::uint64_t buffer : {1001U, 1002U}) {
      commit(source.fullscreen(7, buffer));
      loop.advance(ms(96));
    }
    clear();
  }
  void clear() {
    source.promised.clear();
    source.promises.clear();
    source.released.clear();
    pairs.clear();
  }
  static OutputInfo with_refresh(std::int64_t milliseconds) {
    OutputInfo info = fake_output(2);
    info.mode.refresh = ms(milliseconds);
    info.modes = {info.mode};
    return info;
  }
  std::vector<std::pair<UniqueFd, UniqueFd>> pairs; ///< That were merged.
  bool merges = true;
  SharedReleases releases{[this](const UniqueFd& one, const UniqueFd& other) -> Result<UniqueFd> {
    if (!merges)
      return Error{"cannot merge", EMFILE};
    pairs.emplace_back(one.duplicate(), other.duplicate());
    return one.duplicate();
  }};
};

TEST(ReleaseFence, OfTwoOutputsIsBoth) {
  TwoOutputs bench;
  bool early = false;
  bench.source.on_release = [&](BufferId buffer) { early = early || bench.device.uses(buffer); };
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(13));
  ASSERT_EQ(bench.source.promised.size(), 1U);
  EXPECT_EQ(bench.source.promised[0].buffer, BufferId{1002});
  ASSERT_EQ(bench.pairs.size(), 1U);
  EXPECT_FALSE(FenceBench::signalled(bench.pairs[0].first));
  EXPECT_FALSE(FenceBench::signalled(bench.pairs[0].second));
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1002}));
  bench.loop.advance(ms(4));
  EXPECT_TRUE(FenceBench::signalled(bench.pairs[0].first));
  EXPECT_TRUE(FenceBench::signalled(bench.pairs[0].second));
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
  EXPECT_FALSE(early);
}

TEST(ReleaseFence, OfAnOutputThatHasFlippedIsNotWaitedForAgain) {
  TwoOutputs bench(64);
  bench.commit(bench.source.fullscreen(7, 1003));
  // The first has flipped long before the second is latched.
  bench.loop.advance(ms(128));
  EXPECT_TRUE(bench.pairs.empty());
  EXPECT_EQ(bench.source.promised.size(), 1U) << "the last one's alone";
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
}

TEST(ReleaseFence, OfTwoOutputsThatCannotBeMergedIsNone) {
  TwoOutputs bench;
  bench.merges = false;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(32));
  EXPECT_TRUE(bench.source.promised.empty());
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002})) << "the flips told";
}

TEST(ReleaseFence, OfTwoOutputsWhoseFlipsAreLostFreesTheBufferWithTheNextOnes) {
  TwoOutputs bench;
  bench.device.flips_stopped = true;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(2500));
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1002})) << "both may show it yet";
  bench.device.flips_stopped = false;
  bench.commit(bench.source.fullscreen(7, 1004));
  bench.loop.advance(ms(5000));
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
}

TEST(ReleaseFence, OfTwoOutputsAScreenshotDoesNotReadWhatWasPromised) {
  TwoOutputs bench;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(13));
  ASSERT_EQ(bench.source.promised.size(), 1U);
  for (const std::uint32_t output : {1U, 2U})
    ASSERT_TRUE(bench.output(output).capture([](const Result<Capture>& capture) { EXPECT_TRUE(capture); }));
  EXPECT_TRUE(bench.composer.read_backs.empty());
  bench.loop.advance(ms(20));
  EXPECT_EQ(bench.composer.read_backs, (std::vector{BufferId{1003}, BufferId{1003}}));
}

TEST(ReleaseFence, OfTwoOutputsAScreenshotUnderWayKeepsItBack) {
  TwoOutputs bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(100);
  ASSERT_TRUE(bench.output(1).capture([](const Result<Capture>&) {}));
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(300));
  for (const FakeSource::Release& promise : bench.source.promised)
    EXPECT_NE(promise.buffer, BufferId{1002});
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
}

TEST(ReleaseFence, IsNotGivenToWhatTheGpuStillReads) {
  FenceBench bench;
  bench.composer.mode = FakeComposer::Mode::Fence;
  bench.composer.gpu_time = ms(100);
  // Composed with a window above it: the composition reads it for long.
  bench.commit(FakeSource::window(9, 1009, window_place, BufferKind::Shm));
  bench.loop.advance(ms(16));
  bench.source.remove(SurfaceId{9});
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(300));
  for (const FakeSource::Release& promise : bench.source.promised)
    EXPECT_NE(promise.buffer, BufferId{1002});
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
}

TEST(ReleaseFence, IsNotAskedForWithAModeset) {
  FenceBench bench;
  bench.output().set_mode_anew();
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(32));
  EXPECT_TRUE(bench.source.promised.empty());
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002}));
}

TEST(ReleaseFence, OfAFlipThatNeverComesFreesTheBufferWithTheNextOne) {
  FenceBench bench;
  bench.device.flips_stopped = true;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(2500));
  ASSERT_EQ(bench.source.promised.size(), 1U);
  EXPECT_FALSE(bench.source.has_been_released(BufferId{1002})) << "it may be on the screen yet";
  bench.device.flips_stopped = false;
  bench.commit(bench.source.fullscreen(7, 1004));
  bench.loop.advance(ms(5000));
  EXPECT_TRUE(bench.source.has_been_released(BufferId{1002})) << "whatever its fence says";
}

TEST(ReleaseFence, AScreenshotDoesNotReadWhatWasPromised) {
  FenceBench bench;
  bench.commit(bench.source.fullscreen(7, 1003));
  bench.loop.advance(ms(13));
  ASSERT_EQ(bench.source.promised.size(), 1U);
  int taken = 0;
  ASSERT_TRUE(bench.output().capture([&](Result<Capture> capture) {
    EXPECT_TRUE(capture);
    ++taken;
  }));
  EXPECT_TRUE(bench.composer.read_backs.empty());
  bench.loop.advance(ms(4));
  EXPECT_EQ(bench.composer.read_backs, std::vector{BufferId{1003}});
  EXPECT_EQ(taken, 1);
}

} // namespace
} // namespace fenceline::test
