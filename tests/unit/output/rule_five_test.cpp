// Rule 5 of docs/architecture.md: when a client's buffer is free. The client draws to a buffer the moment it comes
// back, so a buffer that comes back early is torn on the screen or in a composition.
#include <set>

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

/// A client with two buffers that draws whenever one is free, and a witness of every use of a buffer that the client
/// has in its hands.
class RuleFive : public testing::Test {
 protected:
  void SetUp() override {
    bench.composer.mode = FakeComposer::Mode::Fence;
    bench.source.on_release = [this](BufferId buffer) {
      if (buffer != BufferId{1001} && buffer != BufferId{1002})
        return;
      if (bench.device.uses(buffer) || bench.composer.reads(buffer))
        ++early;
      clients.insert(buffer);
    };
  }

  void TearDown() override { bench.source.on_release = nullptr; }

  /// `frames` blanks. The client commits when it has a free buffer and its time has come, the other window each blank.
  void run(int frames, const std::function<Layer(BufferId)>& layer, int client_every, bool other_window) {
    for (int frame = 0; frame < frames; ++frame) {
      if (frame % client_every == 0 && !clients.empty()) {
        const BufferId buffer = *clients.begin();
        clients.erase(buffer);
        bench.source.commit(layer(buffer));
        ++commits;
      }
      if (other_window)
        bench.source.commit(FakeSource::window(9, 1005 + static_cast<std::uint64_t>(frame) % 2, {0, 0, 50, 50}));
      bench.set->schedule_all();
      for (int step = 0; step < 16; ++step) {
        bench.loop.advance(ms(1));
        look();
      }
    }
  }

  void look() {
    for (const BufferId buffer : clients)
      if (bench.device.uses(buffer) || bench.composer.reads(buffer))
        ++early;
    for (; draws_seen < bench.composer.draws.size(); ++draws_seen)
      for (const BufferId buffer : bench.composer.draws[draws_seen].buffers)
        if (clients.contains(buffer))
          ++early;
  }

  static Layer windowed(BufferId buffer) {
    return FakeSource::window(7, static_cast<std::uint64_t>(buffer), window_place);
  }
  Layer fullscreen(BufferId buffer) { return bench.source.fullscreen(7, static_cast<std::uint64_t>(buffer)); }

  OutputBench bench;
  std::set<BufferId> clients{BufferId{1001}, BufferId{1002}};
  std::size_t draws_seen = 0;
  int commits = 0;
  int early = 0;
};

TEST_F(RuleFive, AComposedClientUnderRepaintsOfAnotherWindow) {
  for (const int gpu_ms : {0, 1, 5, 12, 40}) {
    bench.composer.gpu_time = ms(gpu_ms);
    run(60, windowed, 3, true);
    EXPECT_EQ(early, 0) << "drawing takes " << gpu_ms << " ms";
  }
  EXPECT_GE(commits, 60) << "and the client is not starved";
}

TEST_F(RuleFive, AScannedOutClientUnderRepaintsOfAHiddenWindow) {
  // The other window lies below, so each of its repaints flips to the same buffer once more.
  bench.source.commit(FakeSource::window(9, 1005, {0, 0, 50, 50}));
  run(
      120, [this](BufferId buffer) { return fullscreen(buffer); }, 3, true);
  EXPECT_EQ(early, 0);
  EXPECT_GE(commits, 39);
  EXPECT_TRUE(bench.composer.draws.empty());
}

TEST_F(RuleFive, AClientAtFullSpeed) {
  run(
      120, [this](BufferId buffer) { return fullscreen(buffer); }, 1, false);
  EXPECT_EQ(early, 0);
  EXPECT_GE(commits, 119) << "two buffers are enough for every blank";
}

TEST_F(RuleFive, FromThePlaneToTheCompositionAndBack) {
  bench.composer.gpu_time = ms(7);
  for (int i = 0; i < 10; ++i) {
    run(
        5, [this](BufferId buffer) { return fullscreen(buffer); }, 1, false);
    run(5, windowed, 1, true);
    bench.source.remove(SurfaceId{9});
  }
  EXPECT_EQ(early, 0);
  EXPECT_GT(commits, 60);
}

TEST_F(RuleFive, WithBusyRejectedAndLateCommits) {
  bench.composer.gpu_time = ms(5);
  for (int i = 0; i < 10; ++i) {
    bench.device.submit_errors = {EBUSY, 0, EINVAL, 0, 0, ENOMEM, ENOMEM, 0, EBUSY};
    bench.device.late_blanks = i % 3;
    bench.composer.compose_errors = i % 2;
    run(
        12, [this](BufferId buffer) { return fullscreen(buffer); }, 1, false);
    run(12, windowed, 2, true);
    bench.source.remove(SurfaceId{9});
  }
  EXPECT_EQ(early, 0);
  EXPECT_GT(commits, 30);
}

TEST_F(RuleFive, OverPausesOfTheSession) {
  for (int i = 0; i < 10; ++i) {
    run(
        3, [this](BufferId buffer) { return fullscreen(buffer); }, 1, false);
    bench.loop.advance(ms(i));
    bench.set->pause();
    run(
        2, [this](BufferId buffer) { return fullscreen(buffer); }, 1, false);
    bench.set->resume();
  }
  EXPECT_EQ(early, 0);
}

// The witness itself: it sees a scene that takes the render fence for the end of a composed buffer's use.
TEST_F(RuleFive, TheWitnessSeesABufferThatTheRenderFenceAloneFrees) {
  bench.source.holds_current = false;
  run(30, windowed, 3, true);
  EXPECT_GT(early, 0);
}

} // namespace
} // namespace fenceline::test
