#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class SurfaceTest : public ProtocolTest {};

TEST_F(SurfaceTest, ScaleZeroIsInvalidScale) {
  wl_surface_set_buffer_scale(client->surface(), 0);
  expect_error("wl_surface 0");
}

TEST_F(SurfaceTest, NegativeScaleIsInvalidScale) {
  wl_surface_set_buffer_scale(client->surface(), -1);
  expect_error("wl_surface 0");
}

TEST_F(SurfaceTest, TransformAboveTheLastIsInvalidTransform) {
  wl_surface_set_buffer_transform(client->surface(), 8);
  expect_error("wl_surface 1");
}

TEST_F(SurfaceTest, NegativeTransformIsInvalidTransform) {
  wl_surface_set_buffer_transform(client->surface(), -1);
  expect_error("wl_surface 1");
}

TEST_F(SurfaceTest, SizeThatIsNoMultipleOfTheScaleIsInvalidSize) {
  wl_surface* surface = client->surface();
  wl_surface_set_buffer_scale(surface, 2);
  TestClient::show(surface, client->shm_buffer(15, 16));
  expect_error("wl_surface 2");
}

TEST_F(SurfaceTest, ScaleThatDoesNotFitTheBufferBeforeIsInvalidSize) {
  wl_surface* surface = client->surface();
  TestClient::show(surface, client->shm_buffer(15, 15));
  wl_surface_set_buffer_scale(surface, 2);
  expect_alive();
  wl_surface_commit(surface);
  expect_error("wl_surface 2");
}

TEST_F(SurfaceTest, ScaleWithoutABufferFitsAlways) {
  wl_surface* surface = client->surface();
  wl_surface_set_buffer_scale(surface, 3);
  wl_surface_commit(surface);
  expect_alive();
}

TEST_F(SurfaceTest, MoreFrameCallbacksThanAnybodyCanWantAreNoMemory) {
  wl_surface* surface = client->surface();
  for (int i = 0; i < 4096; ++i) {
    client->own(wl_surface_frame(surface));
    if (i % 512 == 0)
      wl_surface_commit(surface);
  }
  expect_alive();
  client->own(wl_surface_frame(surface));
  expect_error("ENOMEM");
}

TEST_F(SurfaceTest, AttachWithAnOffsetIsInvalidOffsetSinceVersion5) {
  wl_surface_attach(client->surface(), client->shm_buffer(8, 8), 1, 0);
  expect_error("wl_surface 3");
}

TEST_F(SurfaceTest, AttachWithAnOffsetMovesBeforeVersion5) {
  auto* old = client->bind<wl_compositor>(wl_compositor_interface, 4);
  wl_surface* surface = client->own(wl_compositor_create_surface(old));
  wl_surface_attach(surface, client->shm_buffer(8, 8), 3, -4);
  wl_surface_commit(surface);
  expect_alive();
  EXPECT_EQ((Point{3, -4}), client->scene_surface(surface).take_offset());
}

TEST_F(SurfaceTest, OffsetIsDoubleBuffered) {
  wl_surface* surface = client->surface();
  wl_surface_offset(surface, 5, 6);
  pump();
  EXPECT_EQ((Point{0, 0}), client->scene_surface(surface).take_offset());
  wl_surface_commit(surface);
  pump();
  EXPECT_EQ((Point{5, 6}), client->scene_surface(surface).take_offset());
}

TEST_F(SurfaceTest, DestroyBeforeTheRoleObjectIsDefunctRoleObject) {
  wl_surface* surface = client->surface();
  xdg_surface* xdg = client->own(xdg_wm_base_get_xdg_surface(client->wm_base, surface));
  client->own(xdg_surface_get_toplevel(xdg));
  // The proxy stays, to name the object of the error.
  wl_proxy_marshal(reinterpret_cast<wl_proxy*>(surface), WL_SURFACE_DESTROY);
  expect_error("wl_surface 4");
}

TEST_F(SurfaceTest, DestroyAfterTheRoleObjectIsFine) {
  wl_surface* surface = client->surface();
  xdg_surface* xdg = client->own(xdg_wm_base_get_xdg_surface(client->wm_base, surface));
  xdg_toplevel* toplevel = client->own(xdg_surface_get_toplevel(xdg));
  client->drop(toplevel, xdg_toplevel_destroy);
  client->drop(xdg, xdg_surface_destroy);
  client->drop(surface, wl_surface_destroy);
  expect_alive();
  EXPECT_EQ(0U, server.client_surfaces());
}

TEST_F(SurfaceTest, AnEmptyCommitMakesAContentUpdate) {
  wl_surface* surface = client->surface();
  wl_surface_commit(surface);
  wl_surface_commit(surface);
  pump();
  EXPECT_EQ(2U, server.observer.count(FrameEventKind::Commit));
  EXPECT_EQ(2U, server.observer.count(FrameEventKind::Applied));
}

TEST_F(SurfaceTest, StateIsAppliedAtCommit) {
  wl_surface* surface = client->surface();
  wl_region* region = client->own(wl_compositor_create_region(client->compositor));
  wl_region_add(region, 0, 0, 10, 10);
  wl_region_subtract(region, 0, 0, 5, 10);
  wl_surface_set_opaque_region(surface, region);
  wl_surface_set_input_region(surface, region);
  wl_surface_set_buffer_scale(surface, 2);
  wl_surface_set_buffer_transform(surface, WL_OUTPUT_TRANSFORM_90);
  // A region is copied: what happens to it later is of no account.
  wl_region_add(region, 0, 0, 100, 100);
  wl_surface_attach(surface, client->shm_buffer(16, 32), 0, 0);
  pump();
  EXPECT_FALSE(client->scene_surface(surface).current().mapped());
  wl_surface_commit(surface);
  expect_alive();
  const SurfaceState& state = client->scene_surface(surface).current();
  EXPECT_EQ((Size{16, 8}), state.size());
  EXPECT_EQ((Rect{5, 0, 5, 10}), state.opaque.bounds());
  ASSERT_TRUE(state.input);
  EXPECT_EQ((Rect{5, 0, 5, 10}), state.input->bounds());
  EXPECT_EQ(Transform::R90, state.transform);

  wl_surface_set_opaque_region(surface, nullptr);
  wl_surface_set_input_region(surface, nullptr);
  wl_surface_commit(surface);
  pump();
  EXPECT_TRUE(client->scene_surface(surface).current().opaque.empty());
  EXPECT_FALSE(client->scene_surface(surface).current().input);
}

TEST_F(SurfaceTest, ANullBufferUnmapsAndACommitWithoutAttachDoesNot) {
  wl_surface* surface = client->surface();
  TestClient::show(surface, client->shm_buffer(8, 8));
  wl_surface_commit(surface);
  pump();
  EXPECT_TRUE(client->scene_surface(surface).current().mapped());
  TestClient::show(surface, nullptr);
  pump();
  EXPECT_FALSE(client->scene_surface(surface).current().mapped());
}

TEST_F(SurfaceTest, FrameCallbacksComeOnceWithTheFrameThatShowsTheCommit) {
  wl_surface* surface = client->surface();
  put_on_output(surface);
  std::vector<std::uint32_t> times;
  client->on_frame(surface, [&](std::uint32_t time) { times.push_back(time); });
  TestClient::show(surface, client->shm_buffer(8, 8));
  pump();
  EXPECT_TRUE(times.empty());
  server.latch();
  const FlipEvent flip = server.flip();
  pump();
  EXPECT_EQ(std::vector{static_cast<std::uint32_t>(flip.time.ns / 1'000'000)}, times);
  frame();
  EXPECT_EQ(1U, times.size());
}

TEST_F(SurfaceTest, FrameCallbacksOfADestroyedSurfaceAreNotCalled) {
  wl_surface* surface = client->surface();
  put_on_output(surface);
  int calls = 0;
  client->on_frame(surface, [&](std::uint32_t) { ++calls; });
  TestClient::show(surface, client->shm_buffer(8, 8));
  pump();
  server.latch();
  client->drop(surface, wl_surface_destroy);
  pump();
  server.flip();
  expect_alive();
  EXPECT_EQ(1, calls) << "the frame was on its way already";
  wl_surface* second = client->surface();
  client->on_frame(second, [&](std::uint32_t) { ++calls; });
  wl_surface_commit(second);
  client->drop(second, wl_surface_destroy);
  expect_alive();
  frame();
  EXPECT_EQ(1, calls);
}

TEST_F(SurfaceTest, ManyDamageRectanglesStayBounded) {
  wl_surface* surface = client->surface();
  wl_surface_attach(surface, client->shm_buffer(64, 64), 0, 0);
  for (int i = 0; i < 3000; ++i)
    wl_surface_damage_buffer(surface, (i * 2) % 64, (i / 32 * 2) % 64, 1, 1);
  pump();
  EXPECT_LE(client->scene_surface(surface).pending().buffer_damage.rects().size(), 512U);
  wl_surface_damage(surface, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX);
  wl_surface_damage(surface, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
  wl_surface_damage(surface, 0, 0, -5, -5);
  wl_surface_commit(surface);
  expect_alive();
}

TEST_F(SurfaceTest, ExtremeRegionsAreTaken) {
  wl_surface* surface = client->surface();
  wl_region* region = client->own(wl_compositor_create_region(client->compositor));
  wl_region_add(region, INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX);
  wl_region_add(region, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX);
  wl_region_subtract(region, -1, -1, INT32_MIN, INT32_MIN);
  wl_surface_set_opaque_region(surface, region);
  TestClient::show(surface, client->shm_buffer(8, 8));
  put_on_output(surface);
  frame();
  expect_alive();
}

TEST_F(SurfaceTest, ARegionOfCountlessRectanglesIsOutOfMemory) {
  wl_region* region = client->own(wl_compositor_create_region(client->compositor));
  // Stripes both ways leave a grid of holes: their product.
  for (int i = 0; i < 200; ++i) {
    wl_region_add(region, i * 4, 0, 2, 2000);
    wl_region_add(region, 0, i * 4, 2000, 2);
  }
  expect_error("ENOMEM");
}

TEST_F(SurfaceTest, AFloodOfUpdatesThatWaitStaysAFew) {
  wl_surface* parent = client->surface();
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, parent));
  for (std::size_t i = 0; i < 2 * Scene::max_queued_updates; ++i) {
    wl_surface_commit(child);
    if (i % 64 == 0)
      expect_alive();
  }
  expect_alive();
  EXPECT_EQ(client->scene_surface(child).queued(), Scene::joining_queue);
  wl_surface_commit(parent);
  expect_alive();
  EXPECT_EQ(client->scene_surface(child).queued(), 0U);
}

struct Seen {
  std::vector<std::string> events;
};

const wl_surface_listener surface_listener = {
    .enter = [](void* data, wl_surface*, wl_output*) { static_cast<Seen*>(data)->events.emplace_back("enter"); },
    .leave = [](void* data, wl_surface*, wl_output*) { static_cast<Seen*>(data)->events.emplace_back("leave"); },
    .preferred_buffer_scale =
        [](void* data, wl_surface*, std::int32_t scale) {
          static_cast<Seen*>(data)->events.push_back("scale " + std::to_string(scale));
        },
    .preferred_buffer_transform =
        [](void* data, wl_surface*, std::uint32_t transform) {
          static_cast<Seen*>(data)->events.push_back("transform " + std::to_string(transform));
        },
};

TEST_F(SurfaceTest, EnterAndLeaveFollowWhatIsShown) {
  client->bind<wl_output>(wl_output_interface);
  wl_surface* surface = client->surface();
  Seen seen;
  wl_surface_add_listener(surface, &surface_listener, &seen);
  TestClient::show(surface, client->shm_buffer(8, 8));
  put_on_output(surface);
  frame();
  EXPECT_EQ((std::vector<std::string>{"enter", "scale 1", "transform 0"}), seen.events);
  frame();
  EXPECT_EQ(3U, seen.events.size()) << "nothing has changed";
  // One more wl_output of the same output is told of at once.
  client->bind<wl_output>(wl_output_interface);
  pump();
  EXPECT_EQ("enter", seen.events.back());
  EXPECT_EQ(4U, seen.events.size());
  TestClient::show(surface, nullptr);
  pump();
  frame();
  EXPECT_EQ((std::vector<std::string>{"leave", "leave"}), std::vector(seen.events.begin() + 4, seen.events.end()));
}

TEST_F(SurfaceTest, AnOutputThatGoesIsLeft) {
  client->bind<wl_output>(wl_output_interface);
  wl_surface* surface = client->surface();
  Seen seen;
  wl_surface_add_listener(surface, &surface_listener, &seen);
  TestClient::show(surface, client->shm_buffer(8, 8));
  put_on_output(surface);
  frame();
  server.outputs.remove(TestServer::output);
  expect_alive();
  EXPECT_EQ("leave", seen.events.back());
}

} // namespace
} // namespace fenceline::test
