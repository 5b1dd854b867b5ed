#include "tests/unit/scene/scene_fixture.h"

namespace fenceline::test {
namespace {

/// Says that it was there until the end.
class LoggedCallback final : public FrameCallback {
 public:
  LoggedCallback(std::string name, std::string& log) : name_(std::move(name)), log_(log) {}
  void done(TimePoint) override { log_ += "frame " + name_ + "; "; }

 private:
  std::string name_;
  std::string& log_;
};

/// A surface whose first update waits for a fence that does not come, with as many behind it as stay apart.
class JoinedUpdatesTest : public SceneTest {
 protected:
  JoinedUpdatesTest() {
    commit_waiting(surface, first);
    while (surface.queued() < Scene::joining_queue - 1)
      commit(surface);
  }
  Surface& surface = scene.create_surface(ClientId{1});
  std::function<void()> first;
};

TEST_F(JoinedUpdatesTest, ANewerUpdateTakesThePlaceOfTheLastAndItsBufferGoesBackAtOnce) {
  attach(surface, "A");
  commit(surface);
  EXPECT_EQ(log, "");
  attach(surface, "B");
  commit(surface);
  EXPECT_EQ(surface.queued(), Scene::joining_queue);
  EXPECT_EQ(log, "discarded A; release A; ");
  EXPECT_EQ(observer.count(FrameEventKind::Superseded), 1U);
  first();
  EXPECT_EQ(static_cast<std::uint64_t>(shown(surface)), 2U);
  EXPECT_EQ(log, "discarded A; release A; ");
}

TEST_F(JoinedUpdatesTest, AFloodStaysAsShortAsTheQueue) {
  for (int i = 0; i < 100'000; ++i)
    commit(surface);
  EXPECT_EQ(surface.queued(), Scene::joining_queue);
  first();
  EXPECT_EQ(surface.queued(), 0U);
}

TEST_F(JoinedUpdatesTest, TheFenceOfABufferThatIsReplacedIsNotWaitedFor) {
  std::function<void()> never, second;
  attach(surface, "A");
  commit_waiting(surface, never);
  attach(surface, "B");
  commit_waiting(surface, second);
  first();
  EXPECT_EQ(surface.queued(), 1U);
  second();
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_EQ(static_cast<std::uint64_t>(shown(surface)), 2U);
}

TEST_F(JoinedUpdatesTest, TheFenceOfABufferThatStaysIsWaitedFor) {
  std::function<void()> fence;
  attach(surface, "A");
  commit_waiting(surface, fence);
  surface.pending().scale = 2;
  commit(surface);
  EXPECT_EQ(log, "discarded A; ") << "the buffer is still to be shown, if by another commit";
  first();
  EXPECT_EQ(surface.queued(), 1U);
  fence();
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_EQ(static_cast<std::uint64_t>(shown(surface)), 1U);
  EXPECT_EQ(surface.current().scale, 2);
}

TEST_F(JoinedUpdatesTest, WhatBothDoIsDoneOnce) {
  attach(surface, "A", {64, 64});
  surface.pending().offset = Point{1, 2};
  surface.pending().transform = Transform::R180;
  surface.pending().viewport_destination = std::optional(Size{10, 10});
  surface.pending().callbacks.push_back(std::make_unique<LoggedCallback>("A", log));
  commit(surface);
  attach(surface, "B", {32, 32});
  surface.pending().offset = Point{10, 20};
  surface.pending().viewport_destination = std::optional(Size{20, 20});
  surface.pending().callbacks.push_back(std::make_unique<LoggedCallback>("B", log));
  commit(surface);
  first();
  EXPECT_EQ(surface.current().transform, Transform::R180);
  EXPECT_EQ(surface.current().size(), (Size{20, 20}));
  EXPECT_EQ(surface.current().offset, (Point{11, 22}));
  log.clear();
  for (auto& callback : scene.take_latched(surface).callbacks)
    callback->done({});
  EXPECT_EQ(log, "frame A; frame B; ");
}

// What somebody has asked for would not happen: the picture before a barrier, the one until a time, a window that goes
// and comes back.
TEST_F(JoinedUpdatesTest, NothingJoinsAcrossBarriersAndUnmappings) {
  std::size_t queued = Scene::joining_queue;
  attach(surface, "A");
  surface.pending().fifo_barrier = true;
  commit(surface);
  attach(surface, "B");
  surface.pending().fifo_wait = true;
  commit(surface);
  EXPECT_EQ(surface.queued(), ++queued);
  attach(surface, "C");
  commit(surface);
  EXPECT_EQ(surface.queued(), ++queued);
  surface.pending().buffer.emplace(std::nullopt);
  commit(surface);
  EXPECT_EQ(surface.queued(), ++queued);
  attach(surface, "D");
  commit(surface);
  EXPECT_EQ(surface.queued(), ++queued);
  EXPECT_EQ(log, "");
}

TEST_F(JoinedUpdatesTest, NothingJoinsAcrossATime) {
  std::function<void()> time;
  surface.pending().time = std::make_unique<HandConstraint>(time);
  commit(surface);
  commit(surface);
  EXPECT_EQ(surface.queued(), Scene::joining_queue + 1);
}

TEST_F(SubsurfaceTest, WhatAParentsUpdateCarriesIsNotJoined) {
  std::function<void()> fence;
  commit_waiting(child, fence);
  while (child.queued() < Scene::joining_queue)
    commit(child);
  attach(child, "C1");
  commit(child);
  EXPECT_EQ(child.queued(), Scene::joining_queue) << "both come with the parent's next commit";
  commit(parent);
  attach(child, "C2");
  commit(child);
  EXPECT_EQ(child.queued(), Scene::joining_queue + 1);
  fence();
  EXPECT_EQ(static_cast<std::uint64_t>(shown(child)), 2U) << "the parent's commit was before C2's";
  EXPECT_EQ(child.queued(), 1U);
}

TEST_F(SubsurfaceTest, AParentsUpdatesThatJoinCarryTheChildrenOfBoth) {
  Surface& other = scene.create_surface(ClientId{1});
  ASSERT_TRUE(scene.add_subsurface(other, parent));
  std::function<void()> fence;
  commit_waiting(parent, fence);
  while (parent.queued() < Scene::joining_queue - 1)
    commit(parent);
  attach(child, "C");
  commit(child);
  commit(parent);
  attach(other, "O");
  commit(other);
  commit(parent);
  EXPECT_EQ(parent.queued(), Scene::joining_queue);
  fence();
  EXPECT_TRUE(child.current().mapped());
  EXPECT_TRUE(other.current().mapped());
}

TEST(SurfacePatch, OfHintsTheNewerCountsWhereThereIsOne) {
  SurfacePatch older, silent, newer;
  older.content = ContentType::Game;
  older.may_tear = true;
  older.follow_with(std::move(silent));
  EXPECT_EQ(older.content, ContentType::Game);
  EXPECT_EQ(older.may_tear, true);
  newer.content = ContentType::Video;
  newer.may_tear = false;
  older.follow_with(std::move(newer));
  EXPECT_EQ(older.content, ContentType::Video);
  EXPECT_EQ(older.may_tear, false);
}

TEST(SurfacePatch, DamageOfBothIsKeptAndGrowsWhereItsMeaningChanges) {
  SurfacePatch older, newer;
  older.surface_damage.add(Rect{0, 0, 4, 4});
  newer.buffer_damage.add(Rect{8, 8, 4, 4});
  older.follow_with(std::move(newer));
  EXPECT_EQ(older.surface_damage.bounds(), (Rect{0, 0, 4, 4}));
  EXPECT_EQ(older.buffer_damage.bounds(), (Rect{8, 8, 4, 4}));
  SurfacePatch scaled;
  scaled.scale = 2;
  older.follow_with(std::move(scaled));
  EXPECT_TRUE(older.buffer_damage.covers(Rect{0, 0, 16384, 16384})) << "the older damage was of another scale";
}

} // namespace
} // namespace fenceline::test
