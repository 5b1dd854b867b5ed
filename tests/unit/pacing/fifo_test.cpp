#include "tests/unit/pacing/pacing_fixture.h"

namespace fenceline::test {
namespace {

class FifoTest : public PacingTest {};

TEST_F(FifoTest, EachUpdateIsShownForABlank) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fifo(surface, "B");
  draw_fifo(surface, "C");
  draw_fifo(surface, "D");
  run_to(200);
  EXPECT_EQ(timeline, "A@16 B@32 C@48 D@64 ");
  EXPECT_EQ(device->submits.size(), 4U);
}

TEST_F(FifoTest, WithoutABarrierNothingIsWaitedFor) {
  Surface& surface = shown_surface();
  run_to(20);
  surface.pending().fifo_wait = true;
  draw(surface, "B");
  surface.pending().fifo_wait = true;
  draw(surface, "C");
  EXPECT_EQ(surface.queued(), 0U);
  run_to(100);
  EXPECT_EQ(timeline, "A@16 -B C@32 ");
}

TEST_F(FifoTest, ABarrierHoldsOnlyThoseThatWaitForIt) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fifo(surface, "B");
  draw(surface, "C");
  EXPECT_EQ(surface.queued(), 0U);
  surface.pending().fifo_wait = true;
  draw(surface, "D");
  EXPECT_EQ(surface.queued(), 1U) << "the barrier is the surface's: that another update came does not clear it";
  run_to(100);
  EXPECT_EQ(timeline, "A@16 -B C@32 D@48 ");
}

TEST_F(FifoTest, ABarrierWithoutContentTakesAFrame) {
  Surface& surface = shown_surface();
  run_to(20);
  surface.pending().fifo_barrier = true;
  commit(surface);
  surface.pending().fifo_wait = true;
  draw(surface, "B");
  run_to(100);
  EXPECT_EQ(timeline, "A@16 B@48 ");
}

TEST_F(FifoTest, ABarrierIsOverWhenThePictureIsTaken) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fifo(surface, "B");
  run_to(27);
  EXPECT_TRUE(surface.current().fifo_barrier);
  run_to(28);
  EXPECT_FALSE(surface.current().fifo_barrier);
}

TEST_F(FifoTest, ABarrierAndATimeAreBothWaitedFor) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fifo(surface, "B");
  surface.pending().time = pacer->not_before(surface.id(), at_ms(10));
  draw_fifo(surface, "C");
  surface.pending().time = pacer->not_before(surface.id(), at_ms(90));
  draw_fifo(surface, "D");
  run_to(200);
  EXPECT_EQ(timeline, "A@16 B@32 C@48 D@96 ");
}

TEST_F(FifoTest, ASynchronisedChildDoesNotWait) {
  Surface& parent = shown_surface();
  Surface& child = scene.create_surface(ClientId{7});
  ASSERT_TRUE(scene.add_subsurface(child, parent));
  on[child.id()] = OutputId{1};
  run_to(20);
  for (const char* name : {"c", "d"}) {
    draw_fifo(child, name);
    draw(parent, "P");
  }
  EXPECT_EQ(child.queued(), 0U);
  EXPECT_EQ(parent.queued(), 0U);
}

TEST_F(FifoTest, ADesynchronisedChildWaitsByItself) {
  Surface& parent = shown_surface();
  Surface& child = scene.create_surface(ClientId{7});
  ASSERT_TRUE(scene.add_subsurface(child, parent));
  on[child.id()] = OutputId{1};
  draw(child, "b");
  draw(parent, "B");
  scene.set_synchronised(child, false);
  run_to(20);
  timeline.clear();
  draw_fifo(child, "c");
  draw_fifo(child, "d");
  draw(parent, "P");
  run_to(100);
  EXPECT_EQ(timeline, "P@32 c@32 d@48 ");
}

// Waits that were a child's own are not looked at any more once a parent's commit carries it.
TEST_F(FifoTest, AChildThatIsSynchronisedAnewGoesWithItsParent) {
  Surface& parent = shown_surface();
  Surface& child = scene.create_surface(ClientId{7});
  ASSERT_TRUE(scene.add_subsurface(child, parent));
  on[child.id()] = OutputId{1};
  draw(parent, "B");
  scene.set_synchronised(child, false);
  run_to(20);
  draw_fifo(child, "c");
  draw_fifo(child, "d");
  EXPECT_EQ(child.queued(), 1U);
  scene.set_synchronised(child, true);
  draw(parent, "P");
  EXPECT_EQ(child.queued(), 0U);
  EXPECT_EQ(parent.queued(), 0U);
}

TEST_F(FifoTest, ASurfaceThatNobodySeesGoesOnSlowly) {
  Surface& surface = shown_surface(std::nullopt);
  stack.placed.clear();
  run_to(20);
  draw_fifo(surface, "B");
  draw_fifo(surface, "C");
  draw_fifo(surface, "D");
  EXPECT_EQ(surface.queued(), 2U);
  run_to(119);
  EXPECT_EQ(surface.queued(), 2U);
  run_to(120);
  EXPECT_EQ(surface.queued(), 1U);
  run_to(220);
  EXPECT_EQ(surface.queued(), 0U);
  run_to(3000);
  EXPECT_FALSE(surface.current().fifo_barrier);
  EXPECT_EQ(loop.armed_timers(), 0U);
}

TEST_F(FifoTest, AnOutputThatIsOffDoesNotHoldIt) {
  Surface& surface = shown_surface();
  run_to(20);
  output().power(false);
  run_to(40);
  draw_fifo(surface, "B");
  draw_fifo(surface, "C");
  run_to(140);
  EXPECT_EQ(surface.queued(), 0U);
}

TEST_F(FifoTest, WhatIsLeftOfASurfaceIsNotLookedFor) {
  Surface& surface = shown_surface();
  run_to(20);
  draw_fifo(surface, "B");
  draw_fifo(surface, "C");
  stack.placed.clear();
  scene.destroy_surface(surface.id());
  run_to(3000);
  EXPECT_EQ(timeline, "A@16 -C -B ");
  EXPECT_EQ(loop.armed_timers(), 0U);
}

} // namespace
} // namespace fenceline::test
