#include "tests/unit/pacing/pacing_fixture.h"

namespace fenceline::test {
namespace {

/// A client that draws its next picture whenever its callback is called. Blanks are every 16 ms, latches 4 ms before.
class DrawingClient {
 public:
  DrawingClient(VirtualLoop& loop, Nanoseconds each) : takes(each), loop_(loop) {}

  class Callback final : public FrameCallback {
   public:
    explicit Callback(DrawingClient& client) : client_(client) {}
    void done(TimePoint time) override { client_.told(time); }

   private:
    DrawingClient& client_;
  };

  void told(TimePoint time) {
    ++count;
    last_told = loop_.now();
    last_time = time;
    timer_->arm(loop_.now() + takes);
  }
  void begin(std::function<void()> commit) { timer_ = std::move(*loop_.make_timer(std::move(commit))); }

  Nanoseconds takes;
  int count = 0;
  TimePoint last_told, last_time;

 private:
  VirtualLoop& loop_;
  std::unique_ptr<Timer> timer_;
};

class FrameCallbacksTest : public PacingTest {
 protected:
  Surface& animate(DrawingClient& client) {
    Surface& surface = scene.create_surface(ClientId{7});
    stack.placed.push_back({.root = surface.id(), .position = {}, .role = LayerRole::Content});
    on[surface.id()] = OutputId{1};
    client.begin([this, &client, &surface] { draw_next(client, surface); });
    draw_next(client, surface);
    return surface;
  }
  void draw_next(DrawingClient& client, Surface& surface) {
    surface.pending().callbacks.push_back(std::make_unique<DrawingClient::Callback>(client));
    draw(surface, "x");
  }
  [[nodiscard]] std::uint64_t missed() const { return observer.count(FrameEventKind::Missed); }
};

TEST_F(FrameCallbacksTest, AClientIsToldSoLongBeforeTheLatchAsItTakes) {
  DrawingClient client(loop, ms(2));
  animate(client);
  run_to(65);
  EXPECT_EQ(client.last_told, at_ms(64)) << "at the flip, as long as little is known";
  run_to(16 * 40 + 15);
  // The latch is at 12 of 16, it draws for 2 and 0.3 are for the wakes.
  EXPECT_EQ(client.last_told - at_ms(16 * 40), ms(12) - ms(2) - DrawTime::guard);
  EXPECT_EQ(client.last_time, at_ms(16 * 40)) << "animations count by the blanks";
  EXPECT_EQ(client.count, 40) << "a picture each blank";
  EXPECT_EQ(observer.last(FrameEventKind::Cue).time, at_ms(16 * 40 + 12));
}

TEST_F(FrameCallbacksTest, OneThatTakesMostOfAFrameIsToldAtOnce) {
  DrawingClient client(loop, ms(11));
  animate(client);
  run_to(16 * 40 + 15);
  EXPECT_EQ(client.last_told, at_ms(16 * 40));
  EXPECT_EQ(client.count, 40);
}

TEST_F(FrameCallbacksTest, OneThatNeedsLongerOnceLosesThatFrameAndNoOther) {
  DrawingClient client(loop, ms(2));
  animate(client);
  run_to(16 * 40 + 8);
  client.takes = ms(6);
  run_to(16 * 41 + 8);
  client.takes = ms(2);
  run_to(16 * 90 + 8);
  EXPECT_EQ(client.count, 89);
  EXPECT_EQ(client.last_told, at_ms(16 * 90)) << "it is given all the time for a while";
  run_to(16 * 140 + 15);
  EXPECT_EQ(client.count, 139);
  EXPECT_GT(client.last_told, at_ms(16 * 140));
}

TEST_F(FrameCallbacksTest, AFenceThatSignalsLaterThanTheCommitCounts) {
  DrawingClient client(loop, ms(2));
  Surface& surface = scene.create_surface(ClientId{7});
  stack.placed.push_back({.root = surface.id(), .position = {}, .role = LayerRole::Content});
  on[surface.id()] = OutputId{1};
  /// The commit comes at once, its fence signals after what drawing takes.
  class Fence final : public CommitConstraint {
   public:
    Fence(EventLoop& loop, TimePoint when) : loop_(loop), when_(when) {}
    [[nodiscard]] Result<bool> arm(std::function<void()> met) override {
      timer_ = std::move(*loop_.make_timer(std::move(met)));
      timer_->arm(when_);
      return false;
    }
    [[nodiscard]] TimePoint signalled_at() const override { return when_; }

   private:
    EventLoop& loop_;
    TimePoint when_;
    std::unique_ptr<Timer> timer_;
  };
  const auto commit_early = [&] {
    surface.pending().callbacks.push_back(std::make_unique<DrawingClient::Callback>(client));
    picture(surface, "x");
    std::vector<std::unique_ptr<CommitConstraint>> constraints;
    constraints.push_back(std::make_unique<Fence>(loop, loop.now() + ms(5)));
    EXPECT_TRUE(scene.commit(surface, std::move(constraints)));
  };
  client.takes = {};
  client.begin(commit_early);
  commit_early();
  run_to(16 * 40 + 15);
  EXPECT_EQ(client.last_told - at_ms(16 * 40), ms(12) - ms(5) - DrawTime::guard);
  EXPECT_EQ(client.count, 40);
}

TEST_F(FrameCallbacksTest, ALatenessOfTheDisplayIsNotTheClients) {
  DrawingClient client(loop, ms(2));
  animate(client);
  run_to(16 * 40 + 8);
  device->late_blanks = 1;
  run_to(16 * 44 + 15);
  EXPECT_GT(client.last_told, at_ms(16 * 44)) << "it is still told late";
}

TEST_F(FrameCallbacksTest, OneWhoseFencesTellNoTimeIsToldAtOnceWhenItIsLateAgainAndAgain) {
  DrawingClient client(loop, {});
  Surface& surface = scene.create_surface(ClientId{7});
  stack.placed.push_back({.root = surface.id(), .position = {}, .role = LayerRole::Content});
  on[surface.id()] = OutputId{1};
  std::function<void()> signal;
  const auto fence = std::move(*loop.make_timer([&signal] { std::exchange(signal, nullptr)(); }));
  Nanoseconds gpu = ms(0);
  const auto commit_early = [&] {
    surface.pending().callbacks.push_back(std::make_unique<DrawingClient::Callback>(client));
    picture(surface, "x");
    commit_waiting(surface, signal);
    fence->arm(loop.now() + gpu);
  };
  client.begin(commit_early);
  commit_early();
  run_to(16 * 40 + 8);
  gpu = ms(6);
  run_to(16 * 60 + 1);
  EXPECT_EQ(client.last_told, at_ms(16 * 60)) << "all the time that there is";
}

TEST_F(FrameCallbacksTest, AtTheFlipWhereThatIsSet) {
  callbacks->set_late(false);
  DrawingClient client(loop, ms(2));
  animate(client);
  run_to(16 * 40 + 15);
  EXPECT_EQ(client.last_told, at_ms(16 * 40));
}

TEST_F(FrameCallbacksTest, AWindowThatIsCoveredIsToldSlowly) {
  DrawingClient below(loop, ms(2));
  animate(below);
  run_to(16 * 10 + 8);
  Surface& above = scene.create_surface(ClientId{8});
  stack.placed.push_back({.root = above.id(), .position = {}, .role = LayerRole::Content});
  on[above.id()] = OutputId{1};
  draw(above, "cover");
  run_to(16 * 14);
  const int before = below.count;
  run_to(16 * 14 + 1000);
  EXPECT_GE(below.count, before + 7);
  EXPECT_LE(below.count, before + 10);
  stack.placed.pop_back();
  set->schedule_all();
  run_to(16 * 14 + 1200);
  const int uncovered = below.count;
  run_to(16 * 14 + 1200 + 160);
  EXPECT_GE(below.count, uncovered + 9) << "each blank again";
}

TEST_F(FrameCallbacksTest, AWindowThatNoOutputShowsIsToldSlowly) {
  DrawingClient client(loop, ms(2));
  Surface& surface = animate(client);
  run_to(16 * 10 + 8);
  stack.placed.clear();
  on.erase(surface.id());
  set->schedule_all();
  run_to(16 * 12);
  const int before = client.count;
  run_to(16 * 12 + 3000);
  EXPECT_GE(client.count, before + 5);
  EXPECT_LE(client.count, before + 13);
}

TEST_F(FrameCallbacksTest, NothingIsArmedWhereNothingIsDrawn) {
  DrawingClient client(loop, ms(2));
  animate(client);
  run_to(16 * 40 + 1);
  client.begin([] {}); // It stops.
  run_to(2000);
  EXPECT_EQ(loop.armed_timers(), 0U);
}

TEST_F(FrameCallbacksTest, OneThatGoesMeanwhileLeavesNothing) {
  DrawingClient client(loop, ms(2));
  Surface& surface = animate(client);
  run_to(16 * 40 + 1); // Its callback is held.
  const int before = client.count;
  stack.placed.clear();
  scene.destroy_surface(surface.id());
  client.begin([] {});
  run_to(2000);
  EXPECT_EQ(client.count, before + 1) << "the callback is the client's, not the surface's";
  EXPECT_EQ(loop.armed_timers(), 0U);
}

} // namespace
} // namespace fenceline::test
