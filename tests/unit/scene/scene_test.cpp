#include "tests/unit/scene/scene_fixture.h"

namespace fenceline::test {
namespace {

LatchedFrame picture(SnapshotBuilder& builder, FrameId frame) {
  LatchedFrame latched;
  builder.latch(OutputId{1}, frame, latched);
  return latched;
}

TEST_F(SceneTest, ACommitWithoutConstraintsIsAppliedAtOnce) {
  Surface& surface = scene.create_surface(ClientId{1});
  LoggedHandler handler("window", log);
  surface.set_role_handler(&handler);
  attach(surface, "A");
  commit(surface);
  EXPECT_TRUE(surface.current().mapped());
  EXPECT_EQ(surface.current().size(), (Size{64, 64}));
  EXPECT_EQ(log, "applied window; ");
}

TEST_F(SceneTest, AnAcquirePointHoldsUpItsOwnSurfaceAlone) {
  Surface& slow = scene.create_surface(ClientId{1});
  Surface& quick = scene.create_surface(ClientId{2});
  std::function<void()> signal;
  attach(slow, "A");
  commit_waiting(slow, signal);
  attach(quick, "B");
  commit(quick);
  EXPECT_FALSE(slow.current().mapped());
  EXPECT_TRUE(quick.current().mapped());
  signal();
  EXPECT_TRUE(slow.current().mapped());
}

TEST_F(SceneTest, UpdatesKeepTheirOrderWhenALaterOneIsReadyFirst) {
  Surface& surface = scene.create_surface(ClientId{1});
  std::function<void()> signal;
  attach(surface, "A");
  commit_waiting(surface, signal);
  attach(surface, "B");
  commit(surface);
  EXPECT_EQ(surface.queued(), 2U);
  EXPECT_FALSE(surface.current().mapped());
  signal();
  EXPECT_EQ(surface.queued(), 0U);
  EXPECT_EQ(static_cast<std::uint64_t>(shown(surface)), 2U);
  EXPECT_EQ(log, "discarded A; release A; ") << "the update that nobody saw gives its buffer back and says so";
  EXPECT_EQ(observer.count(FrameEventKind::Superseded), 1U);
}

TEST_F(SceneTest, AQueueWithoutEndIsRefused) {
  Surface& surface = scene.create_surface(ClientId{1});
  std::function<void()> never;
  commit_waiting(surface, never);
  surface.pending().fifo_barrier = true; // So that none joins another.
  for (std::size_t i = 1; i < Scene::max_queued_updates; ++i) {
    commit(surface);
    surface.pending().fifo_barrier = true;
  }
  const Result<CommitId> refused = scene.commit(surface, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ENOMEM);
}

TEST_F(SceneTest, WhatIsHeldBackIsCountedByClient) {
  Surface& first = scene.create_surface(ClientId{1});
  Surface& second = scene.create_surface(ClientId{1});
  Surface& other = scene.create_surface(ClientId{2});
  std::function<void()> ready_first, ready_second;
  attach(first, "A");
  commit_waiting(first, ready_first);
  attach(first, "B");
  commit(first); // It comes after the one that waits.
  attach(second, "C");
  commit_waiting(second, ready_second);
  attach(other, "D");
  commit(other);
  EXPECT_EQ(scene.queued_updates(), (std::unordered_map<ClientId, std::size_t>{{ClientId{1}, 3}}));
  ready_first();
  EXPECT_EQ(scene.queued_updates(), (std::unordered_map<ClientId, std::size_t>{{ClientId{1}, 1}}));
  ready_second();
  EXPECT_TRUE(scene.queued_updates().empty());
}

TEST_F(SceneTest, ASurfaceThatGoesWhileItWaitsLeavesNothing) {
  Surface& surface = scene.create_surface(ClientId{1});
  std::function<void()> signal;
  attach(surface, "A");
  commit(surface);
  attach(surface, "B");
  commit_waiting(surface, signal);
  scene.destroy_surface(surface.id());
  EXPECT_EQ(scene.surface_count(), 0U);
  EXPECT_EQ(log, "discarded B; discarded A; release B; release A; ");
  EXPECT_EQ(observer.count(FrameEventKind::Discarded), 2U);
}

TEST_F(SceneTest, EveryCommitEndsExactlyOnce) {
  Surface& surface = scene.create_surface(ClientId{1});
  for (int i = 0; i < 5; ++i) {
    attach(surface, std::to_string(i));
    commit(surface);
    if (i == 2)
      (void)scene.take_latched(surface);
  }
  scene.destroy_surface(surface.id());
  // Of five, one was latched (the output ends that one), three were superseded, the last one dies with the surface.
  EXPECT_EQ(observer.count(FrameEventKind::Commit), 5U);
  EXPECT_EQ(observer.count(FrameEventKind::Superseded), 3U);
  EXPECT_EQ(observer.count(FrameEventKind::Discarded), 1U);
}

TEST_F(SubsurfaceTest, ASynchronisedChildWaitsForItsParentsCommit) {
  attach(child, "C");
  commit(child);
  EXPECT_FALSE(child.current().mapped());
  commit(parent);
  EXPECT_TRUE(child.current().mapped());
}

TEST_F(SubsurfaceTest, AGroupIsAppliedAtOnceOrNotAtAll) {
  std::function<void()> signal;
  attach(child, "C");
  commit_waiting(child, signal);
  attach(parent, "P1");
  commit(parent);
  EXPECT_EQ(static_cast<std::uint64_t>(shown(parent)), 1U)
      << "the parent's update carries the child's and waits with it";
  signal();
  EXPECT_EQ(static_cast<std::uint64_t>(shown(parent)), 3U);
  EXPECT_TRUE(child.current().mapped());
}

TEST_F(SubsurfaceTest, SeveralCommitsOfAChildComeWithOneOfTheParent) {
  attach(child, "C1");
  commit(child);
  attach(child, "C2");
  commit(child);
  commit(parent);
  EXPECT_EQ(child.queued(), 0U);
  EXPECT_EQ(log, "discarded C1; release C1; discarded P0; ")
      << "an empty commit of the parent supersedes its last update too";
}

TEST_F(SubsurfaceTest, DesynchronisingLetsGoOfWhatWasHeld) {
  attach(child, "C");
  commit(child);
  scene.set_synchronised(child, false);
  EXPECT_TRUE(child.current().mapped());
  attach(child, "D");
  commit(child);
  EXPECT_EQ(static_cast<std::uint64_t>(shown(child)), 3U);
}

TEST_F(SubsurfaceTest, SynchronisationIsRecursive) {
  Surface& grandchild = scene.create_surface(ClientId{1});
  ASSERT_TRUE(scene.add_subsurface(grandchild, child));
  scene.set_synchronised(grandchild, false);
  EXPECT_TRUE(scene.effectively_synchronised(grandchild));
  attach(grandchild, "G");
  commit(grandchild);
  EXPECT_FALSE(grandchild.current().mapped());
  commit(child);
  EXPECT_FALSE(grandchild.current().mapped()) << "the child's own update waits for the parent";
  commit(parent);
  EXPECT_TRUE(grandchild.current().mapped());
}

TEST_F(SubsurfaceTest, DesynchronisingTheMiddleFreesADesynchronisedGrandchild) {
  Surface& grandchild = scene.create_surface(ClientId{1});
  ASSERT_TRUE(scene.add_subsurface(grandchild, child));
  scene.set_synchronised(grandchild, false);
  attach(grandchild, "G");
  commit(grandchild);
  scene.set_synchronised(child, false);
  EXPECT_TRUE(grandchild.current().mapped());
}

TEST_F(SubsurfaceTest, PositionsComeWithTheParentsCommit) {
  scene.set_subsurface_position(child, {10, 20});
  EXPECT_EQ(parent.current().children.back(), (ChildPlacement{child.id(), {0, 0}}));
  commit(parent);
  EXPECT_EQ(parent.current().children.back(), (ChildPlacement{child.id(), {10, 20}}));
}

TEST_F(SubsurfaceTest, StackingPutsAChildBelowItsParentOrASibling) {
  Surface& other = scene.create_surface(ClientId{1});
  Surface& stranger = scene.create_surface(ClientId{1});
  ASSERT_TRUE(scene.add_subsurface(other, parent));
  EXPECT_TRUE(scene.place(child, parent.id(), false));
  EXPECT_FALSE(scene.place(child, stranger.id(), true));
  EXPECT_FALSE(scene.place(child, child.id(), true));
  commit(parent);
  ASSERT_EQ(parent.current().children.size(), 3U);
  EXPECT_EQ(parent.current().children[0].surface, child.id());
  EXPECT_EQ(parent.current().children[1].surface, parent.id());
  EXPECT_EQ(parent.current().children[2].surface, other.id());
}

TEST_F(SubsurfaceTest, CyclesAndBottomlessTreesAreRefused) {
  const Result<void> cycle = scene.add_subsurface(parent, child);
  ASSERT_FALSE(cycle);
  EXPECT_EQ(cycle.error().code, EINVAL);
  Surface* last = &child;
  for (int depth = 3; depth <= Scene::max_depth; ++depth) {
    Surface& next = scene.create_surface(ClientId{1});
    ASSERT_TRUE(scene.add_subsurface(next, *last));
    last = &next;
  }
  Surface& too_deep = scene.create_surface(ClientId{1});
  const Result<void> deep = scene.add_subsurface(too_deep, *last);
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ENOMEM);
}

TEST_F(SubsurfaceTest, AChildThatDiesWhileClaimedDoesNotHoldItsParent) {
  std::function<void()> never;
  attach(child, "C");
  commit_waiting(child, never);
  attach(parent, "P1");
  commit(parent);
  EXPECT_EQ(parent.queued(), 1U);
  scene.destroy_surface(child.id());
  EXPECT_EQ(parent.queued(), 0U);
  EXPECT_EQ(parent.current().children.size(), 1U);
}

TEST_F(SubsurfaceTest, AParentThatDiesUnmapsItsChildren) {
  scene.destroy_surface(parent.id());
  EXPECT_FALSE(child.parent().has_value());
  attach(child, "C");
  commit(child);
  EXPECT_EQ(child.queued(), 0U) << "nobody is left to wait for";
}

TEST_F(SubsurfaceTest, ASnapshotHoldsTheTreeBottomToTopByValue) {
  OneRoot stack;
  stack.placed.push_back({parent.id(), {100, 50}, LayerRole::Content});
  SnapshotBuilder builder(scene, {&stack});
  builder.set_output(OutputId{1}, {0, 0, 640, 480});
  scene.set_subsurface_position(child, {-10, 5});
  EXPECT_TRUE(scene.place(child, parent.id(), false));
  attach(child, "C", {16, 8});
  commit(child);
  commit(parent);

  const LatchedFrame frame = picture(builder, FrameId{7});
  ASSERT_EQ(frame.snapshot.layers.size(), 2U);
  EXPECT_EQ(frame.snapshot.layers[0].dest, (Rect{90, 55, 16, 8}));
  EXPECT_EQ(frame.snapshot.layers[1].dest, (Rect{100, 50, 64, 64}));
  EXPECT_TRUE(frame.snapshot.layers[1].opaque.covers({100, 50, 64, 64}));
  EXPECT_EQ(frame.updates.size(), 2U);
  EXPECT_NE(frame.holds[0].lease, nullptr);
  EXPECT_TRUE(picture(builder, FrameId{8}).updates.empty()) << "feedback goes to the first output that latches";
}

TEST_F(SubsurfaceTest, WhatLiesOutsideAnOutputIsNotLatchedThere) {
  OneRoot stack;
  stack.placed.push_back({parent.id(), {1000, 0}, LayerRole::Content});
  SnapshotBuilder builder(scene, {&stack});
  builder.set_output(OutputId{1}, {0, 0, 640, 480});
  EXPECT_TRUE(picture(builder, FrameId{1}).snapshot.layers.empty());
  EXPECT_FALSE(parent.latched());
}

TEST_F(SceneTest, ACursorsPlaceIsThatOfThePointer) {
  Surface& surface = scene.create_surface(ClientId{1});
  attach(surface, "A", {24, 24});
  commit(surface);
  OneRoot stack;
  stack.placed.push_back({surface.id(), {100, 50}, LayerRole::Cursor});
  SnapshotBuilder builder(scene, {&stack});
  builder.set_output(OutputId{1}, {0, 0, 640, 480});
  const CommitId shown = picture(builder, FrameId{1}).snapshot.layers.at(0).commit;
  stack.placed[0].position = {110, 70};
  EXPECT_EQ(builder.cursor_place(OutputId{1}, surface.id(), shown), (Rect{110, 70, 24, 24}));
  EXPECT_EQ(builder.cursor_place(OutputId{2}, surface.id(), shown), std::nullopt) << "there is no such output";
  stack.placed[0].position = {1000, 0};
  EXPECT_EQ(builder.cursor_place(OutputId{1}, surface.id(), shown), std::nullopt) << "it has left it";
  stack.placed[0].position = {110, 70};
  attach(surface, "B", {24, 24});
  commit(surface);
  EXPECT_EQ(builder.cursor_place(OutputId{1}, surface.id(), shown), std::nullopt) << "it is another picture";
  stack.placed.clear();
  EXPECT_EQ(builder.cursor_place(OutputId{1}, surface.id(), shown), std::nullopt);
}

TEST_F(SubsurfaceTest, ATurnedOutputTurnsPlacesAndPictures) {
  OneRoot stack;
  stack.placed.push_back({parent.id(), {100, 50}, LayerRole::Content});
  SnapshotBuilder builder(scene, {&stack});
  builder.set_output(OutputId{1}, {0, 0, 480, 640}, 1.0, {640, 480}, Transform::R90);
  attach(child, "C", {16, 8});
  child.pending().transform = Transform::R90;
  scene.set_subsurface_position(child, {-10, 5});
  commit(child);
  commit(parent);
  const SceneSnapshot snapshot = builder.look(OutputId{1});
  EXPECT_EQ(snapshot.size, (Size{640, 480}));
  ASSERT_EQ(snapshot.layers.size(), 2U);
  EXPECT_EQ(snapshot.layers[0].dest, (Rect{50, 480 - 100 - 64, 64, 64}));
  EXPECT_EQ(snapshot.layers[0].opaque, Region(snapshot.layers[0].dest));
  EXPECT_EQ(snapshot.layers[0].transform, Transform::R270) << "to be turned by a quarter counter-clockwise";
  // 8 x 16 at 90,55: its client has turned it as the output is turned.
  EXPECT_EQ(snapshot.layers[1].dest, (Rect{55, 480 - 90 - 8, 16, 8}));
  EXPECT_EQ(snapshot.layers[1].transform, Transform::Normal);
}

struct ShmPicture final : PixelSource {
  [[nodiscard]] Size size() const override { return {64, 64}; }
  [[nodiscard]] std::uint32_t fourcc() const override { return DRM_FORMAT_XRGB8888; }
  [[nodiscard]] std::uint32_t stride() const override { return 256; }
  bool read_rows(std::uint32_t, std::uint32_t, std::span<std::byte>) const override { return true; }
};

/// Does something when a surface changes.
class ActingListener final : public SceneListener {
 public:
  ActingListener(Scene& scene, std::function<void()> act) : scene_(scene), act_(std::move(act)) {
    scene_.add_listener(*this);
  }
  ActingListener(const ActingListener&) = delete;
  ActingListener& operator=(const ActingListener&) = delete;
  ~ActingListener() override { scene_.remove_listener(*this); }
  void surface_changed(Surface&) override { act_(); }
  void surface_gone(SurfaceId) override {}

 private:
  Scene& scene_;
  std::function<void()> act_;
};

// A drag or a held pointer may end in what another listener does.
TEST_F(SceneTest, AListenerThatIsGoneMeanwhileIsNotTold) {
  Surface& surface = scene.create_surface(ClientId{1});
  int told = 0;
  std::unique_ptr<ActingListener> victim;
  const ActingListener first(scene, [&victim] { victim.reset(); });
  victim = std::make_unique<ActingListener>(scene, [&told] { ++told; });
  const ActingListener last(scene, [&told] { told += 10; });
  commit(surface);
  EXPECT_EQ(victim, nullptr);
  EXPECT_EQ(told, 10) << "the one after it is, and it is not";
}

TEST_F(SceneTest, PicturesThatTheComposerHasLostAreUploadedAgain) {
  Surface& surface = scene.create_surface(ClientId{1});
  const auto pixels = std::make_shared<ShmPicture>();
  surface.pending().buffer = BufferAttachment{.id = buffers_.next(),
                                              .kind = BufferKind::Shm,
                                              .size = {64, 64},
                                              .format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
                                              .pixels = pixels,
                                              .lease = std::make_shared<LoggedLease>("A", log)};
  const CommitId shown = commit(surface);
  Surface& other = scene.create_surface(ClientId{1});
  attach(other, "D");
  commit(other);
  OneRoot stack;
  stack.placed = {{.root = surface.id(), .position = {}, .role = LayerRole::Content},
                  {.root = other.id(), .position = {}, .role = LayerRole::Content}};
  SnapshotBuilder builder(scene, {&stack});
  builder.set_output(OutputId{1}, {0, 0, 640, 480});
  EXPECT_EQ(picture(builder, FrameId{1}).holds.at(0).pixels, pixels);
  scene.pixels_taken(surface.id(), shown);
  EXPECT_EQ(log, "release A; ");
  EXPECT_EQ(picture(builder, FrameId{2}).holds.at(0).pixels, nullptr);

  scene.pixels_lost();
  const LatchedFrame again = picture(builder, FrameId{3});
  EXPECT_EQ(again.holds.at(0).pixels, pixels);
  EXPECT_EQ(again.holds.at(0).lease, nullptr) << "the client has had it back";
  EXPECT_TRUE(again.holds.at(0).damage.covers({0, 0, 64, 64}));
  EXPECT_EQ(again.holds.at(1).pixels, nullptr);
  EXPECT_NE(again.holds.at(1).lease, nullptr);
  scene.pixels_taken(surface.id(), shown);
  EXPECT_EQ(picture(builder, FrameId{4}).holds.at(0).pixels, nullptr);
  EXPECT_EQ(log, "release A; ") << "once";
}

} // namespace
} // namespace fenceline::test
