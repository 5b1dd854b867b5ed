#include <sys/eventfd.h>

#include <filesystem>

#include "compositor/frame/release_fence.h"

#include "tests/integration/syncobj_fixture.h"

namespace fenceline::test {
namespace {

TEST_F(SyncobjTest, ASecondObjectOfASurfaceIsSurfaceExists) {
  client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
  expect_error("wp_linux_drm_syncobj_manager_v1 0");
}

TEST_F(SyncobjTest, AnObjectMayFollowOneThatIsGone) {
  client->drop(sync, wp_linux_drm_syncobj_surface_v1_destroy);
  client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
  expect_alive();
}

TEST_F(SyncobjTest, ADescriptorOfAnotherKindIsInvalidTimeline) {
  client->own(wp_linux_drm_syncobj_manager_v1_import_timeline(client->syncobj, memory_file(4096).get()));
  expect_error("wp_linux_drm_syncobj_manager_v1 1");
}

TEST_F(SyncobjTest, AnAcquirePointWithoutTheSurfaceIsNoSurface) {
  client->drop(surface, wl_surface_destroy);
  acquire_point(acquire, 1);
  expect_error("wp_linux_drm_syncobj_surface_v1 1");
}

TEST_F(SyncobjTest, AReleasePointWithoutTheSurfaceIsNoSurface) {
  client->drop(surface, wl_surface_destroy);
  release_point(release, 1);
  expect_error("wp_linux_drm_syncobj_surface_v1 1");
}

TEST_F(SyncobjTest, DestroyWithoutTheSurfaceIsFine) {
  client->drop(surface, wl_surface_destroy);
  client->drop(sync, wp_linux_drm_syncobj_surface_v1_destroy);
  expect_alive();
}

TEST_F(SyncobjTest, ShmIsUnsupportedBuffer) {
  acquire_point(acquire, 1);
  release_point(release, 1);
  TestClient::show(surface, client->shm_buffer(8, 8));
  expect_error("wp_linux_drm_syncobj_surface_v1 2");
}

TEST_F(SyncobjTest, PointsWithoutAnAttachAreNoBuffer) {
  acquire_point(acquire, 1);
  release_point(release, 1);
  wl_surface_commit(surface);
  expect_error("wp_linux_drm_syncobj_surface_v1 3");
}

TEST_F(SyncobjTest, OnlyAnAcquirePointWithoutAnAttachIsNoBuffer) {
  acquire_point(acquire, 1);
  wl_surface_commit(surface);
  expect_error("wp_linux_drm_syncobj_surface_v1 3");
}

TEST_F(SyncobjTest, PointsWithANullBufferAreNoBuffer) {
  release_point(release, 1);
  TestClient::show(surface, nullptr);
  expect_error("wp_linux_drm_syncobj_surface_v1 3");
}

TEST_F(SyncobjTest, ABufferWithoutAnAcquirePointIsNoAcquirePoint) {
  release_point(release, 1);
  TestClient::show(surface, client->dmabuf_buffer(16, 16));
  expect_error("wp_linux_drm_syncobj_surface_v1 4");
}

TEST_F(SyncobjTest, ABufferWithoutAReleasePointIsNoReleasePoint) {
  acquire_point(acquire, 1);
  TestClient::show(surface, client->dmabuf_buffer(16, 16));
  expect_error("wp_linux_drm_syncobj_surface_v1 5");
}

TEST_F(SyncobjTest, TheSamePointTwiceIsConflictingPoints) {
  acquire_point(acquire, 5);
  release_point(acquire, 5);
  TestClient::show(surface, client->dmabuf_buffer(16, 16));
  expect_error("wp_linux_drm_syncobj_surface_v1 6");
}

TEST_F(SyncobjTest, AcquireAfterReleaseIsConflictingPoints) {
  acquire_point(acquire, std::uint64_t{1} << 32U);
  release_point(acquire, 0xffffffffU);
  TestClient::show(surface, client->dmabuf_buffer(16, 16));
  expect_error("wp_linux_drm_syncobj_surface_v1 6");
}

TEST_F(SyncobjTest, AcquireBeforeReleaseOfOneTimelineIsFine) {
  acquire_point(acquire, 0xffffffffU);
  release_point(acquire, std::uint64_t{1} << 32U);
  TestClient::show(surface, client->dmabuf_buffer(16, 16));
  expect_alive();
}

TEST_F(SyncobjTest, CommitsWithoutABufferNeedNoPoints) {
  wl_surface_commit(surface);
  TestClient::show(surface, nullptr);
  expect_alive();
}

TEST_F(SyncobjTest, ALaterPointReplacesTheOneBefore) {
  acquire_point(acquire, 100);
  acquire_point(acquire, 1);
  release_point(release, 50);
  show(1, 2);
  FakeSyncObjects::signal(*acquire.kernel, 1);
  expect_alive();
  EXPECT_TRUE(mapped(surface));
}

TEST_F(SyncobjTest, ContentWaitsForItsPointAlsoWhenThatDoesNotExistYet) {
  show(10, 10);
  expect_alive();
  EXPECT_FALSE(mapped(surface));
  FakeSyncObjects::signal(*acquire.kernel, 9);
  pump();
  EXPECT_FALSE(mapped(surface));
  FakeSyncObjects::signal(*acquire.kernel, 10);
  pump();
  EXPECT_TRUE(mapped(surface));
  const FrameEvent ready = server.observer.last(FrameEventKind::AcquireReady);
  EXPECT_EQ(4711, ready.time.ns);
  EXPECT_EQ(client->scene_surface(surface).current().commit, ready.commit);
}

TEST_F(SyncobjTest, ContentWhosePointHasSignalledIsAppliedAtOnce) {
  FakeSyncObjects::signal(*acquire.kernel, 10);
  show(10, 10);
  pump();
  EXPECT_TRUE(mapped(surface));
  EXPECT_EQ(1U, server.observer.count(FrameEventKind::AcquireReady));
}

TEST_F(SyncobjTest, AfterPointsOneByOneTheFirstOfTwoIsToldApart) {
  for (std::uint64_t point = 1; point <= 5; ++point) {
    show(point, point);
    pump();
    EXPECT_EQ(1U, client->scene_surface(surface).queued());
    FakeSyncObjects::signal(*acquire.kernel, point);
    pump();
    EXPECT_EQ(0U, client->scene_surface(surface).queued());
  }
  show(6, 6);
  wl_surface* first = surface;
  surface = client->surface();
  sync = client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
  const Timeline early = std::exchange(acquire, timeline());
  show(1, 7);
  pump();
  FakeSyncObjects::signal(*acquire.kernel, 1);
  pump();
  EXPECT_TRUE(mapped(surface));
  EXPECT_EQ(1U, client->scene_surface(first).queued());
  FakeSyncObjects::signal(*early.kernel, 6);
  pump();
  EXPECT_EQ(0U, client->scene_surface(first).queued());
}

TEST_F(SyncobjTest, APointThatNeverComesHoldsUpItsOwnSurfaceAlone) {
  put_on_output(surface);
  wl_surface* other = client->surface();
  put_on_output(other);
  FakeSyncObjects::signal(*acquire.kernel, 1);
  show(1, 1);
  pump();
  frame();
  show(1000, 2);
  FakeSyncObjects::signal(*acquire.kernel, 3);
  show(3, 3);
  TestClient::show(other, client->shm_buffer(8, 8));
  expect_alive();
  EXPECT_EQ(2U, client->scene_surface(surface).queued());
  EXPECT_TRUE(mapped(other));
  frame();
  EXPECT_EQ(2U, server.on_screen().snapshot.layers.size());
  EXPECT_EQ(0U, release.kernel->signalled) << "the first buffer is still shown";
}

TEST_F(SyncobjTest, ReleaseIsSignalledAfterTheFlipThatReplacesIt) {
  put_on_output(surface);
  FakeSyncObjects::signal(*acquire.kernel, 10);
  show(1, 1);
  pump();
  frame();
  show(2, 2);
  pump();
  EXPECT_EQ(0U, release.kernel->signalled);
  server.latch();
  EXPECT_EQ(0U, release.kernel->signalled) << "it is on the screen until the flip";
  server.flip();
  EXPECT_EQ(1U, release.kernel->signalled);
  const FrameEvent released = server.observer.last(FrameEventKind::Released);
  EXPECT_EQ(client->resource(surface)->surface_id(), released.surface);
  EXPECT_LT(released.commit, client->scene_surface(surface).current().commit);
  EXPECT_NE(CommitId{}, released.commit);
}

TEST_F(SyncobjTest, ABufferThatIsCommittedAgainGetsEachOfItsPoints) {
  put_on_output(surface);
  FakeSyncObjects::signal(*acquire.kernel, 10);
  wl_buffer* buffer = show(1, 1);
  pump();
  frame();
  acquire_point(acquire, 2);
  release_point(release, 2);
  TestClient::show(surface, buffer);
  pump();
  frame();
  EXPECT_EQ(1U, release.kernel->signalled);
  TestClient::show(surface, nullptr);
  pump();
  frame();
  EXPECT_EQ(2U, release.kernel->signalled);
}

TEST_F(SyncobjTest, AnUpdateThatIsNeverShownIsReleased) {
  FakeSyncObjects::signal(*acquire.kernel, 10);
  show(1, 1);
  show(2, 2);
  pump();
  EXPECT_EQ(1U, release.kernel->signalled);
}

// What the output does when it submits the commit that replaces the buffer.
ReleaseFencePtr promise(const Surface& shown, const UniqueFd& sync_file) {
  auto* lease = dynamic_cast<TakesReleaseFence*>(shown.current().buffer->lease.get());
  EXPECT_NE(lease, nullptr);
  auto fence = std::make_shared<ReleaseFence>(sync_file.duplicate());
  if (lease != nullptr)
    lease->free_after(fence);
  return fence;
}

TEST_F(SyncobjTest, AReleasePointThatHasAFenceIsNotSignalledByTheCpu) {
  FakeSyncObjects::signal(*acquire.kernel, 10);
  show(1, 5);
  pump();
  const UniqueFd fence(::eventfd(0, EFD_CLOEXEC));
  promise(client->scene_surface(surface), fence);
  ASSERT_EQ(server.sync_objects.given.size(), 1U);
  EXPECT_EQ(server.sync_objects.given[0].second, 5U);
  ASSERT_EQ(::eventfd_write(fence.get(), 1), 0); // The flip.
  show(2, 6);
  pump();
  frame();
  EXPECT_EQ(0U, release.kernel->signalled) << "the fence does it";
  EXPECT_TRUE(server.sync_objects.forgotten.empty());
}

TEST_F(SyncobjTest, AFenceWhoseFlipWasToldOfIsNotAsked) {
  FakeSyncObjects::signal(*acquire.kernel, 10);
  show(1, 5);
  pump();
  const UniqueFd fence(::eventfd(0, EFD_CLOEXEC)); // It would say that it has not signalled.
  promise(client->scene_surface(surface), fence)->pass();
  show(2, 6);
  pump();
  frame();
  EXPECT_EQ(0U, release.kernel->signalled);
  EXPECT_TRUE(server.sync_objects.forgotten.empty());
}

TEST_F(SyncobjTest, AFenceThatIsLostKeepsNobodyWaiting) {
  FakeSyncObjects::signal(*acquire.kernel, 10);
  show(1, 5);
  pump();
  const UniqueFd fence(::eventfd(0, EFD_CLOEXEC));
  promise(client->scene_surface(surface), fence);
  show(2, 6);
  pump();
  frame();
  EXPECT_EQ(server.sync_objects.forgotten.size(), 1U);
  EXPECT_EQ(5U, release.kernel->signalled);
}

TEST_F(SyncobjTest, TheSurfacesEndReleasesWhatWaits) {
  show(1000, 7);
  pump();
  EXPECT_EQ(0U, release.kernel->signalled);
  client->drop(surface, wl_surface_destroy);
  expect_alive();
  EXPECT_EQ(7U, release.kernel->signalled);
  // The point comes after all: nobody is there to care.
  FakeSyncObjects::signal(*acquire.kernel, 1000);
  expect_alive();
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST_F(SyncobjTest, HoweverManyPointsWaitItCostsOneDescriptor) {
  wl_buffer* buffer = show(100, 1);
  pump();
  const std::size_t with_one = open_descriptors();
  const Timeline other = timeline();
  for (std::uint64_t i = 1; i < Scene::joining_queue; ++i) {
    acquire_point(i % 2 == 0 ? acquire : other, 100 + i);
    release_point(release, 1 + i);
    TestClient::show(surface, buffer);
  }
  expect_alive();
  EXPECT_EQ(Scene::joining_queue, client->scene_surface(surface).queued());
  // The fake keeps a copy of the eventfd for each point, as the kernel keeps the eventfd itself.
  EXPECT_EQ(with_one + Scene::joining_queue - 1, open_descriptors());
  FakeSyncObjects::signal(*other.kernel, 200);
  FakeSyncObjects::signal(*acquire.kernel, 150);
  pump();
  EXPECT_EQ(0U, client->scene_surface(surface).queued());
  EXPECT_EQ(with_one - 1, open_descriptors()) << "the eventfd stays for the next frame";
}

TEST_F(SyncobjTest, PointsAreAskedOneByOneWhenTheKernelHasNoMemory) {
  server.sync_objects.out_of_memory = true;
  show(10, 1);
  pump();
  FakeSyncObjects::signal(*acquire.kernel, 9);
  pump();
  EXPECT_FALSE(mapped(surface));
  FakeSyncObjects::signal(*acquire.kernel, 10);
  pump();
  EXPECT_TRUE(mapped(surface));
}

TEST_F(SyncobjTest, AClientThatIsToldOfOnePointMayEndTheOthers) {
  // The three points signal at once. What the first one's update sets off ends the second one's surface.
  wl_surface* second = client->surface();
  show(10, 1);
  std::swap(surface, second);
  sync = client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
  show(10, 2);
  std::swap(surface, second);
  pump();
  struct Killer final : SceneListener {
    explicit Killer(Scene& s, SurfaceId v) : scene(s), victim(v) { scene.add_listener(*this); }
    ~Killer() override { scene.remove_listener(*this); }
    void surface_changed(Surface& changed) override {
      if (changed.id() != victim && changed.current().mapped() && !done) {
        done = true;
        wl_resource_destroy(resource);
      }
    }
    void surface_gone(SurfaceId) override {}
    Scene& scene;
    SurfaceId victim;
    wl_resource* resource = nullptr;
    bool done = false;
  };
  Killer killer(server.scene, client->resource(second)->surface_id());
  killer.resource = client->resource(second)->resource();
  FakeSyncObjects::signal(*acquire.kernel, 10);
  pump();
  EXPECT_TRUE(killer.done);
  EXPECT_TRUE(mapped(surface));
  EXPECT_EQ(2U, release.kernel->signalled);
}

TEST_F(SyncobjTest, PointsOutliveTheirTimelinesObjects) {
  put_on_output(surface);
  show(10, 1);
  client->drop(acquire.proxy, wp_linux_drm_syncobj_timeline_v1_destroy);
  client->drop(release.proxy, wp_linux_drm_syncobj_timeline_v1_destroy);
  client->drop(sync, wp_linux_drm_syncobj_surface_v1_destroy);
  expect_alive();
  EXPECT_FALSE(mapped(surface));
  FakeSyncObjects::signal(*acquire.kernel, 10);
  pump();
  EXPECT_TRUE(mapped(surface));
  frame();
  TestClient::show(surface, nullptr);
  pump();
  frame();
  EXPECT_EQ(1U, release.kernel->signalled);
  EXPECT_TRUE(server.sync_objects.handles.empty()) << "no handle is left behind";
}

TEST_F(SyncobjTest, WithoutTheObjectBuffersAreReleasedAsEver) {
  client->drop(sync, wp_linux_drm_syncobj_surface_v1_destroy);
  wl_buffer* buffer = client->dmabuf_buffer(16, 16);
  TestClient::show(surface, buffer);
  TestClient::show(surface, nullptr);
  expect_alive();
  EXPECT_EQ(1, client->releases[buffer]);
}

TEST_F(SyncobjTest, ASubsurfacesPointHoldsUpItsGroup) {
  wl_surface* parent = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, surface, parent));
  show(5, 5);
  TestClient::show(parent, client->shm_buffer(8, 8));
  pump();
  EXPECT_FALSE(mapped(parent));
  FakeSyncObjects::signal(*acquire.kernel, 5);
  expect_alive();
  EXPECT_TRUE(mapped(parent));
  EXPECT_TRUE(mapped(surface));
}

} // namespace
} // namespace fenceline::test
