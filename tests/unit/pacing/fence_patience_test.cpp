#include "compositor/scene/fence_patience.h"

#include "tests/unit/pacing/pacing_fixture.h"

namespace fenceline::test {
namespace {

/// Fences of content updates that do not signal, in a session where they are waited for 5 s.
class FencePatienceTest : public PacingTest {
 protected:
  /// Content whose fence signals when the test says so.
  void draw_fenced(Surface& surface, const std::string& name, std::function<void()>& signal) {
    picture(surface, name);
    commit_waiting(surface, signal);
  }
  std::unique_ptr<FencePatience> patience = std::move(*FencePatience::create(
      loop, scene, FencePatience::usual, [this](const Scene::OverdueFence& late) { told.push_back(late.surface); }));
  std::vector<SurfaceId> told;
  std::function<void()> never, other;
};

TEST_F(FencePatienceTest, TheSurfaceKeepsItsLastContentAndThatIsToldOnce) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fenced(surface, "B", never);
  run_to(5000);
  EXPECT_TRUE(told.empty());
  run_to(60'000);
  EXPECT_EQ(told, std::vector{surface.id()});
  EXPECT_EQ(observer.count(FrameEventKind::FenceOverdue), 1U);
  EXPECT_EQ(timeline, "A@16 ");
  EXPECT_EQ(loop.armed_timers(), 0U) << "nothing more is waited for";
}

TEST_F(FencePatienceTest, NewerContentTakesItsPlaceAndTheBufferGoesBack) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fenced(surface, "B", never);
  run_to(100);
  draw(surface, "C");
  run_to(4000);
  EXPECT_EQ(timeline, "A@16 ") << "updates keep their order";
  run_to(7000);
  EXPECT_EQ(surface.queued(), 0U);
  ASSERT_TRUE(timeline.starts_with("A@16 -B C@")) << timeline;
  timeline.clear();
  draw(surface, "D");
  run_to(7100);
  EXPECT_EQ(timeline.substr(0, 2), "D@") << "and all is as before";
}

TEST_F(FencePatienceTest, WhatComesAfterTheLimitDoesNotWaitAtAll) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fenced(surface, "B", never);
  run_to(7000);
  surface.pending().scale = 2;
  draw(surface, "C");
  run_to(7100);
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_EQ(surface.current().scale, 2);
  draw(surface, "D");
  run_to(7200);
  EXPECT_NE(timeline.find("D@"), std::string::npos) << timeline;
}

TEST_F(FencePatienceTest, ItIsShownIfItsFenceSignalsAfterAll) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fenced(surface, "B", never);
  run_to(9000);
  never();
  run_to(9100);
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_EQ(timeline.substr(0, 7), "A@16 B@");
}

TEST_F(FencePatienceTest, WithoutNewerContentWhatElseIsCommittedWaitsForIt) {
  Surface& surface = shown_surface();
  run_to(20);
  surface.pending().scale = 2;
  draw_fenced(surface, "B", never);
  surface.pending().opaque = Region(Rect{0, 0, 5, 5});
  commit(surface);
  run_to(9000);
  EXPECT_EQ(surface.current().scale, 1) << "it goes with the content";
  draw(surface, "C");
  run_to(9100);
  EXPECT_EQ(surface.current().scale, 2) << "what was set once is not lost";
  EXPECT_EQ(surface.queued(), 0U);
}

TEST_F(FencePatienceTest, OneAfterTheOtherEachHasItsTime) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fenced(surface, "B", never);
  run_to(3000);
  draw_fenced(surface, "C", other);
  run_to(6500);
  EXPECT_EQ(told.size(), 1U);
  other();
  run_to(6600);
  EXPECT_EQ(timeline.substr(0, 10), "A@16 -B C@");
}

TEST_F(FencePatienceTest, AFifoClientGoesOn) {
  Surface& surface = shown_surface();
  run_to(20);
  surface.pending().fifo_wait = surface.pending().fifo_barrier = true;
  draw_fenced(surface, "B", never);
  draw_fifo(surface, "C");
  draw_fifo(surface, "D");
  run_to(7000);
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_TRUE(timeline.starts_with("A@16 -B C@")) << timeline;
  EXPECT_NE(timeline.find(" D@"), std::string::npos) << timeline;
}

TEST_F(FencePatienceTest, AParentsGroupGoesWithoutTheChildsContent) {
  Surface& parent = shown_surface();
  Surface& child = scene.create_surface(ClientId{7});
  ASSERT_TRUE(scene.add_subsurface(child, parent));
  run_to(20);
  child.pending().scale = 2;
  draw_fenced(child, "b", never);
  draw(parent, "B");
  run_to(4000);
  EXPECT_EQ(parent.queued(), 1U);
  run_to(7000);
  EXPECT_EQ(parent.queued(), 0U);
  EXPECT_EQ(child.queued(), 0U);
  EXPECT_FALSE(child.current().mapped()) << "it has never had content";
  EXPECT_EQ(child.current().scale, 1);
  EXPECT_NE(timeline.find("-b "), std::string::npos) << timeline;
  EXPECT_NE(timeline.find("B@"), std::string::npos) << timeline;
  draw(child, "c");
  draw(parent, "C");
  run_to(7100);
  EXPECT_TRUE(child.current().mapped());
  EXPECT_EQ(child.current().scale, 2) << "what went with the content comes with the next";
}

TEST_F(FencePatienceTest, OneOfManyClientsHoldsUpNobodyElse) {
  Surface& late = shown_surface();
  Surface& other_one = shown_surface();
  run_to(20);
  timeline.clear();
  draw_fenced(late, "B", never);
  for (int frame = 2; frame <= 20; ++frame) {
    run_to(frame * 16 + 1);
    draw(other_one, std::to_string(frame));
  }
  run_to(21 * 16 + 1);
  for (int frame = 2; frame <= 20; ++frame)
    EXPECT_NE(timeline.find(std::to_string(frame) + "@" + std::to_string(frame * 16 + 16)), std::string::npos)
        << timeline;
}

} // namespace
} // namespace fenceline::test
