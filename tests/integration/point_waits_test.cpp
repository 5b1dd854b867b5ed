// What one client's content waits for, below the protocol: the real loop tells of eventfds, while the outputs latch and
// time passes when a test says so.
#include "protocols/point_waits.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "compositor/base/epoll_loop.h"
#include "tests/integration/test_server.h"
#include "tests/support/virtual_loop.h"

namespace fenceline::test {
namespace {

constexpr OutputId left{1}, right{2};

/// One frame of one surface, on a timeline of its own.
struct Frame {
  FakeSyncObjects::TimelinePtr gpu;
  std::shared_ptr<SyncTimeline> timeline;
  std::unique_ptr<PointWait> wait;
  bool met = false;

  void drawn() const { FakeSyncObjects::signal(*gpu, 1); }
};
using FramePtr = std::unique_ptr<Frame>;

class PointWaitsTest : public testing::Test, public PacedOutputs {
 protected:
  PointWaitsTest() { looks->set_outputs(this); }
  ~PointWaitsTest() override { looks->set_outputs(nullptr); }

  SurfaceId surface_on(std::vector<OutputId> outputs) {
    const SurfaceId surface{++last_};
    on[surface] = std::move(outputs);
    return surface;
  }
  FramePtr commit(SurfaceId surface) {
    auto frame = std::make_unique<Frame>();
    auto [gpu, fd] = kernel.make();
    frame->gpu = gpu;
    frame->timeline = std::make_shared<SyncTimeline>(kernel, *kernel.import(fd.get()));
    wait_for(*frame, 1, surface);
    return frame;
  }
  void wait_for(Frame& frame, std::uint64_t point, SurfaceId surface) {
    auto wait = waits->wait({frame.timeline, point}, surface);
    ASSERT_TRUE(wait) << wait.error().text();
    ASSERT_NE(*wait, nullptr);
    frame.wait = std::move(*wait);
    ASSERT_FALSE(frame.wait->arm([&frame] { frame.met = true; }));
  }
  /// Returns of how many timelines the kernel was asked for it.
  std::size_t latch(OutputId output) {
    kernel.timelines_asked = 0;
    looks->before_latch(output);
    return kernel.timelines_asked;
  }
  std::size_t turn() {
    kernel.timelines_asked = 0;
    loop->dispatch(0);
    return kernel.timelines_asked;
  }
  void pass(std::int64_t milliseconds) { time.advance(std::chrono::milliseconds(milliseconds)); }
  /// 0 and 1, in the order of the frames.
  static std::string met(const std::vector<FramePtr>& frames) {
    std::string text;
    for (const FramePtr& frame : frames)
      text += frame ? std::to_string(static_cast<int>(frame->met)) : "-";
    return text;
  }

  [[nodiscard]] std::optional<OutputId> output_of(SurfaceId surface) const override {
    for (const OutputId output : outputs_of(surface))
      if (takes_pictures(output))
        return output;
    return std::nullopt;
  }
  [[nodiscard]] std::span<const OutputId> outputs_of(SurfaceId surface) const override {
    const auto found = on.find(surface);
    return found != on.end() ? std::span<const OutputId>(found->second) : std::span<const OutputId>();
  }
  [[nodiscard]] bool takes_pictures(OutputId output) const override { return !off.contains(output); }
  [[nodiscard]] TimePoint ask_time(OutputId, TimePoint target) const override { return target; }
  [[nodiscard]] TimePoint next_latch(OutputId) const override { return time.now(); }
  void ask(OutputId) override {}
  void ask_to_look(OutputId) override {}

  std::map<SurfaceId, std::vector<OutputId>> on; ///< Where surfaces are.
  std::set<OutputId> off;
  std::unique_ptr<EpollLoop> loop = std::move(*EpollLoop::create());
  VirtualLoop time; ///< The patience of looks.
  FakeSyncObjects kernel;
  std::unique_ptr<LatchLooks> looks = std::move(*LatchLooks::create(time));
  std::shared_ptr<PointWaits> waits = std::make_shared<PointWaits>(*loop, kernel, looks.get());

 private:
  std::uint32_t last_ = 0;
};

TEST_F(PointWaitsTest, ALatchAsksOnlyForTimelinesThatWaitForIt) {
  const FramePtr shown = commit(surface_on({left}));
  std::vector<FramePtr> hidden;
  for (int i = 0; i < 100; ++i)
    hidden.push_back(commit(surface_on({})));
  EXPECT_EQ(latch(left), 1U);
}

TEST_F(PointWaitsTest, WhatTheKernelTellsOfIsNotAskedOfWhatIsLeftToTheLatch) {
  const FramePtr shown = commit(surface_on({left}));
  const FramePtr hidden = commit(surface_on({})), other = commit(surface_on({}));
  hidden->drawn();
  EXPECT_EQ(turn(), 2U);
  EXPECT_TRUE(hidden->met);
  EXPECT_FALSE(other->met);
  EXPECT_FALSE(shown->met);
}

TEST_F(PointWaitsTest, SurfacesOfOneTimelineAreAskedForOnce) {
  const SurfaceId first = surface_on({left}), second = surface_on({left});
  const FramePtr one = commit(first);
  Frame two;
  two.timeline = one->timeline;
  wait_for(two, 2, second);
  one->drawn();
  EXPECT_EQ(latch(left), 1U);
  EXPECT_TRUE(one->met);
  EXPECT_FALSE(two.met);
  FakeSyncObjects::signal(*one->gpu, 2);
  turn();
  EXPECT_TRUE(two.met) << "it was late, and the kernel tells";
}

TEST_F(PointWaitsTest, NoLatchLooksAtMoreThanItsBound) {
  std::vector<FramePtr> frames;
  for (std::size_t i = 0; i < 1000; ++i)
    frames.push_back(commit(surface_on({left})));
  EXPECT_EQ(kernel.asked_to_tell, 1000 - static_cast<int>(PointWaits::most_looked_at));
  EXPECT_EQ(latch(left), PointWaits::most_looked_at);
  EXPECT_EQ(kernel.asked_to_tell, 1000);
  EXPECT_EQ(latch(left), 0U);
}

TEST_F(PointWaitsTest, APlaceThatIsFreeAgainIsLeftToTheLatch) {
  std::vector<FramePtr> frames;
  for (std::size_t i = 0; i < PointWaits::most_looked_at; ++i)
    frames.push_back(commit(surface_on({left})));
  frames.erase(frames.begin() + 3);
  frames.front()->drawn();
  frames.push_back(commit(surface_on({left})));
  EXPECT_EQ(kernel.asked_to_tell, 0);
  EXPECT_EQ(latch(left), PointWaits::most_looked_at);
  EXPECT_TRUE(frames.front()->met);
}

// A client of many windows that are all late is not looked at again for as many frames as one of one window.
TEST_F(PointWaitsTest, HoweverManyAreLateTheKernelTellsOfAsManyFramesOfEach) {
  constexpr unsigned windows = 10;
  std::vector<SurfaceId> surfaces;
  std::vector<FramePtr> frames;
  for (unsigned i = 0; i < windows; ++i)
    frames.push_back(commit(surfaces.emplace_back(surface_on({left}))));
  latch(left);
  for (unsigned frame = 0; frame < PointWaits::told_when_late; ++frame)
    for (unsigned i = 0; i < windows; ++i) {
      frames[i]->drawn();
      turn();
      ASSERT_TRUE(frames[i]->met);
      frames[i] = commit(surfaces[i]);
    }
  EXPECT_EQ(latch(left), 0U);
  EXPECT_EQ(kernel.asked_to_tell, static_cast<int>(windows * (1 + PointWaits::told_when_late)));
  const FramePtr next = commit(surfaces.front());
  EXPECT_EQ(latch(left), 1U) << "it may be in time again";
}

TEST_F(PointWaitsTest, EachOutputsLatchLooksAtWhatItShows) {
  std::vector<FramePtr> frames;
  frames.push_back(commit(surface_on({left})));
  frames.push_back(commit(surface_on({right})));
  frames.push_back(commit(surface_on({left, right})));
  EXPECT_EQ(latch(right), 2U);
  EXPECT_EQ(kernel.asked_to_tell, 1) << "the second is late; the others may still be in time for the left one";
  for (const FramePtr& frame : frames)
    frame->drawn();
  EXPECT_EQ(latch(left), 2U);
  EXPECT_EQ(met(frames), "101");
  turn();
  EXPECT_EQ(met(frames), "111");
}

TEST_F(PointWaitsTest, WhatOneOutputsLatchHasFoundTheOthersDoNotLookAt) {
  const FramePtr frame = commit(surface_on({left, right}));
  frame->drawn();
  EXPECT_EQ(latch(right), 1U);
  EXPECT_TRUE(frame->met);
  EXPECT_EQ(latch(left), 0U);
}

TEST_F(PointWaitsTest, AnOutputThatGoesOffKeepsNothingFromTheOther) {
  const FramePtr frame = commit(surface_on({left, right}));
  off.insert(left);
  EXPECT_EQ(latch(right), 1U);
  frame->drawn();
  turn();
  EXPECT_TRUE(frame->met) << "with no time passing";
}

TEST_F(PointWaitsTest, ASurfaceThatMovesIsLookedAtWhereItIs) {
  const SurfaceId surface = surface_on({left});
  const FramePtr frame = commit(surface), other = commit(surface_on({right}));
  on[surface] = {right};
  EXPECT_EQ(latch(right), 2U);
  frame->drawn();
  turn();
  EXPECT_TRUE(frame->met) << "it was late for where it is now";
  EXPECT_EQ(latch(left), 0U);
}

// An output that hangs.
TEST_F(PointWaitsTest, WhatNoLatchLooksAtTheKernelTellsOfAfterAWhile) {
  const FramePtr frame = commit(surface_on({left}));
  pass(499);
  EXPECT_EQ(kernel.asked_to_tell, 0);
  pass(1);
  EXPECT_EQ(kernel.asked_to_tell, 1);
  frame->drawn();
  turn();
  EXPECT_TRUE(frame->met);
}

TEST_F(PointWaitsTest, WhatSignalsBetweenTheTimerAndALateLatchIsFound) {
  const SurfaceId surface = surface_on({left});
  const FramePtr frame = commit(surface);
  pass(500); // The kernel is asked to tell.
  frame->drawn();
  EXPECT_EQ(latch(left), 0U) << "it is not the latch's any more";
  turn();
  EXPECT_TRUE(frame->met);
}

TEST_F(PointWaitsTest, WhatHasSignalledWhenTheTimerComesIsFoundByIt) {
  const FramePtr frame = commit(surface_on({left}));
  frame->drawn();
  pass(500);
  EXPECT_TRUE(frame->met);
  EXPECT_EQ(kernel.asked_to_tell, 0);
}

TEST_F(PointWaitsTest, ALatchBetweenTheTimersTwoRoundsLeavesNothingBehind) {
  const SurfaceId surface = surface_on({left});
  const FramePtr first = commit(surface);
  pass(260);
  first->drawn();
  latch(left);
  EXPECT_TRUE(first->met);
  const FramePtr second = commit(surface);
  pass(260); // The timer that the first one has armed.
  EXPECT_EQ(kernel.asked_to_tell, 0) << "its own time is not over";
  pass(500);
  EXPECT_EQ(kernel.asked_to_tell, 1);
  second->drawn();
  turn();
  EXPECT_TRUE(second->met);
}

TEST_F(PointWaitsTest, WhatTheKernelCannotTellOfTheTimerComesBackFor) {
  const FramePtr frame = commit(surface_on({left}));
  kernel.refuses_to_tell = true;
  pass(500);
  EXPECT_EQ(kernel.asked_to_tell, 1);
  frame->drawn();
  turn();
  EXPECT_FALSE(frame->met);
  pass(500);
  EXPECT_TRUE(frame->met);
}

TEST_F(PointWaitsTest, WaitsThatEndInAnyOrderLeaveTheOthersTheirs) {
  // Two timelines of three points that the kernel tells of, four that are left to the latch.
  const FramePtr first = commit(surface_on({})), second = commit(surface_on({}));
  std::vector<FramePtr> frames;
  for (int i = 0; i < 6; ++i) {
    const Frame& of = i % 2 == 0 ? *first : *second;
    frames.push_back(std::make_unique<Frame>());
    frames.back()->gpu = of.gpu;
    frames.back()->timeline = of.timeline;
    wait_for(*frames.back(), 2 + static_cast<std::uint64_t>(i), surface_on({}));
  }
  for (int i = 0; i < 4; ++i)
    frames.push_back(commit(surface_on({left})));
  frames[2].reset();
  frames[1].reset();
  frames[7].reset();
  first->wait.reset();
  frames[6]->drawn();
  frames[9]->drawn();
  EXPECT_EQ(latch(left), 3U);
  EXPECT_EQ(met(frames), "0--0001-01");
  FakeSyncObjects::signal(*first->gpu, 2);
  FakeSyncObjects::signal(*second->gpu, 5);
  turn();
  EXPECT_EQ(met(frames), "1--1001-01");
  EXPECT_TRUE(second->met);
  frames[4].reset(); // The last of the first timeline.
  FakeSyncObjects::signal(*second->gpu, 7);
  turn();
  EXPECT_EQ(met(frames), "1--1-11-01");
  frames[8]->drawn();
  turn();
  EXPECT_EQ(met(frames), "1--1-11-11");
}

TEST_F(PointWaitsTest, WhicheverTwoEndTheOthersAreTold) {
  // Of four at a latch, of four timelines, and of four points of one timeline.
  enum class Where { Latch, Kernel, OneTimeline };
  for (const Where where : {Where::Latch, Where::Kernel, Where::OneTimeline})
    for (std::size_t first = 0; first < 4; ++first)
      for (std::size_t second = 0; second < 4; ++second) {
        const FramePtr shared = commit(surface_on({}));
        std::vector<FramePtr> frames;
        std::string wanted;
        for (std::size_t i = 0; i < 4; ++i) {
          frames.push_back(
              where == Where::OneTimeline
                  ? std::make_unique<Frame>()
                  : commit(surface_on(where == Where::Latch ? std::vector{left} : std::vector<OutputId>())));
          if (where == Where::OneTimeline) {
            frames[i]->gpu = shared->gpu;
            frames[i]->timeline = shared->timeline;
            wait_for(*frames[i], 1, surface_on({}));
          }
          wanted += i == first || i == second ? "-" : "1";
        }
        frames[first].reset();
        frames[second].reset();
        for (const FramePtr& frame : frames)
          if (frame)
            frame->drawn();
        latch(left);
        turn();
        EXPECT_EQ(met(frames), wanted) << static_cast<int>(where);
      }
}

TEST_F(PointWaitsTest, ATimelineThatIsWaitedForAgainIsKnownAgain) {
  const SurfaceId surface = surface_on({});
  const FramePtr frame = commit(surface), other = commit(surface);
  for (std::uint64_t point = 1; point < 10; ++point) {
    FakeSyncObjects::signal(*frame->gpu, point);
    turn();
    ASSERT_TRUE(std::exchange(frame->met, false)) << point;
    wait_for(*frame, point + 1, surface);
  }
  EXPECT_FALSE(other->met);
}

} // namespace
} // namespace fenceline::test
