// Groups of content updates of subsurfaces that change while updates wait, and what a client may not make of them.
#include "tests/unit/scene/scene_fixture.h"

namespace fenceline::test {
namespace {

TEST_F(SubsurfaceTest, AChildThatGoesItsOwnWayIsNotForgottenWhenItsGroupIsApplied) {
  std::function<void()> signal;
  attach(child, "C1");
  commit_waiting(child, signal);
  commit(parent);
  scene.set_synchronised(child, false);
  attach(child, "C2");
  const CommitId second = commit(child);
  EXPECT_EQ(child.queued(), 2U) << "the first one is the parent's to apply, and it waits";
  signal();
  EXPECT_EQ(child.queued(), 0U) << "nobody else commits: the child's own update must not wait for that";
  EXPECT_EQ(child.current().commit, second);
}

TEST_F(SubsurfaceTest, AParentDoesNotWaitForAChildThatIsNoneAnyMore) {
  std::function<void()> never;
  attach(child, "C");
  commit_waiting(child, never);
  attach(parent, "P1");
  const CommitId carried = commit(parent);
  EXPECT_EQ(parent.queued(), 1U);
  scene.remove_subsurface(child);
  EXPECT_EQ(parent.queued(), 0U);
  EXPECT_EQ(parent.current().commit, carried);
  EXPECT_EQ(child.queued(), 1U) << "its content still waits for its own fence";
  never();
  EXPECT_EQ(child.queued(), 0U);
}

TEST_F(SubsurfaceTest, AGrandparentDoesNotWaitForWhatLeftTheGroup) {
  Surface& grandchild = scene.create_surface(ClientId{1});
  ASSERT_TRUE(scene.add_subsurface(grandchild, child));
  std::function<void()> never;
  commit_waiting(grandchild, never);
  commit(child);
  commit(parent);
  EXPECT_EQ(parent.queued(), 1U);
  scene.remove_subsurface(grandchild);
  EXPECT_EQ(parent.queued(), 0U);
  EXPECT_EQ(child.queued(), 0U);
}

TEST_F(SubsurfaceTest, EachFenceOfAGroupIsWaitedForWhateverTheirOrder) {
  Surface& other = scene.create_surface(ClientId{1});
  ASSERT_TRUE(scene.add_subsurface(other, parent));
  std::function<void()> first, second, own;
  commit_waiting(child, first);
  commit_waiting(other, second);
  commit_waiting(parent, own);
  second();
  own();
  EXPECT_EQ(parent.queued(), 1U);
  first();
  EXPECT_EQ(parent.queued(), 0U);
  EXPECT_EQ(other.queued(), 0U);
}

TEST_F(SubsurfaceTest, EachUpdateIsCarriedByOneCommitOfTheParent) {
  std::function<void()> first, second;
  attach(child, "C1");
  commit_waiting(child, first);
  attach(parent, "P1");
  const CommitId early = commit(parent);
  attach(child, "C2");
  commit_waiting(child, second);
  attach(parent, "P2");
  commit(parent);
  first();
  EXPECT_EQ(parent.current().commit, early);
  EXPECT_EQ(parent.queued(), 1U);
  EXPECT_EQ(child.queued(), 1U);
  second();
  EXPECT_EQ(child.queued(), 0U);
}

// Each of n updates of a surface needs all those of its child before it: followed without a memory that is n over d
// looks for a chain of d, more than a life is long for these numbers.
TEST_F(SceneTest, ADeepQueueIsLookedAtOnce) {
  constexpr int depth = 12, rounds = 100;
  std::vector<Surface*> chain{&scene.create_surface(ClientId{1})};
  for (int i = 1; i < depth; ++i) {
    chain.push_back(&scene.create_surface(ClientId{1}));
    ASSERT_TRUE(scene.add_subsurface(*chain[chain.size() - 1], *chain[chain.size() - 2]));
  }
  for (int round = 0; round < rounds; ++round)
    for (int i = depth - 1; i > 0; --i) {
      chain[static_cast<std::size_t>(i)]->pending().fifo_barrier = true; // So that none joins another.
      commit(*chain[static_cast<std::size_t>(i)]);
    }
  EXPECT_EQ(chain[1]->queued(), static_cast<std::size_t>(rounds));
  commit(*chain[0]);
  for (const Surface* surface : chain)
    EXPECT_EQ(surface->queued(), 0U);
}

/// There is no memory to wait with.
class HopelessConstraint final : public CommitConstraint {
 public:
  [[nodiscard]] Result<bool> arm(std::function<void()>) override { return Error{"no memory", ENOMEM}; }
};

TEST_F(SubsurfaceTest, ContentThatCannotBeWaitedForIsNotTaken) {
  attach(child, "C");
  commit(child);
  std::vector<std::unique_ptr<CommitConstraint>> constraints;
  constraints.push_back(std::make_unique<HopelessConstraint>());
  const BufferId before = shown(parent);
  attach(parent, "P1");
  const Result<CommitId> refused = scene.commit(parent, std::move(constraints));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ENOMEM);
  EXPECT_EQ(shown(parent), before);
  EXPECT_EQ(parent.queued(), 0U);
  EXPECT_EQ(observer.count(FrameEventKind::Discarded), 1U);
  commit(parent);
  EXPECT_TRUE(child.current().mapped()) << "the refused commit took nothing of the child's along";
}

TEST_F(SubsurfaceTest, ASurfaceHasOnlySoManySubsurfaces) {
  for (std::size_t i = 1; i < Scene::max_subsurfaces; ++i)
    ASSERT_TRUE(scene.add_subsurface(scene.create_surface(ClientId{1}), parent));
  Surface& last = scene.create_surface(ClientId{1});
  const Result<void> refused = scene.add_subsurface(last, parent);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ENOMEM);
  scene.remove_subsurface(child);
  EXPECT_TRUE(scene.add_subsurface(last, parent));
}

// Damage is kept with the update as the region is, and takes as much memory.
TEST_F(SubsurfaceTest, DamageThatWaitsIsBoundedAsRegionsAre) {
  Region scattered;
  for (int i = 0; i < 1000; ++i)
    scattered.add(Rect{2 * i, 2 * i, 1, 1});
  for (const bool buffer : {false, true}) {
    Surface& own = scene.create_surface(ClientId{buffer ? 7U : 8U});
    std::function<void()> never;
    commit_waiting(own, never);
    std::size_t queued = 0;
    for (;; ++queued) {
      ASSERT_LT(queued, Scene::max_queued_updates) << "damage counts for more than one update";
      (buffer ? own.pending().buffer_damage : own.pending().surface_damage) = scattered;
      own.pending().fifo_barrier = true; // So that none joins another.
      if (!scene.commit(own, {}))
        break;
    }
    EXPECT_LT(queued, Scene::max_queued_weight / 60);
  }
}

TEST_F(SubsurfaceTest, WhatWaitsForOneClientIsBounded) {
  Region scattered;
  for (int i = 0; i < 1000; ++i)
    scattered.add(Rect{2 * i, 2 * i, 1, 1});
  std::size_t queued = 0;
  for (;; ++queued) {
    ASSERT_LT(queued, Scene::max_queued_updates) << "regions count for more than one update";
    child.pending().opaque = scattered;
    child.pending().fifo_barrier = true; // So that none joins another.
    if (const Result<CommitId> committed = scene.commit(child, {}); !committed) {
      EXPECT_EQ(committed.error().code, ENOMEM);
      break;
    }
  }
  EXPECT_NEAR(static_cast<double>(queued), Scene::max_queued_weight / 63.0, 2);
  Surface& innocent = scene.create_surface(ClientId{2});
  attach(innocent, "I");
  commit(innocent);
  EXPECT_TRUE(innocent.current().mapped());
  // What was applied, and what died, does not count any more.
  child.pending().opaque.reset();
  commit(parent);
  child.pending().opaque = scattered;
  commit(child);
  scene.destroy_surface(child.id());
  EXPECT_EQ(scene.surfaces_of(ClientId{1}), 1U);
}

} // namespace
} // namespace fenceline::test
