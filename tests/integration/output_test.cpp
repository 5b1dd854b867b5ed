#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

class OutputTest : public ProtocolTest {
 protected:
  using Events = std::vector<std::string>;
  wl_output* bind(std::uint32_t version, Events& events) {
    static const wl_output_listener listener = {
        .geometry =
            [](void* data, wl_output*, std::int32_t x, std::int32_t y, std::int32_t, std::int32_t, std::int32_t,
               const char* make, const char* model, std::int32_t transform) {
              static_cast<Events*>(data)->push_back(
                  fmt::format("geometry {},{} {} {} {}", x, y, make, model, transform));
            },
        .mode =
            [](void* data, wl_output*, std::uint32_t flags, std::int32_t width, std::int32_t height,
               std::int32_t refresh) {
              static_cast<Events*>(data)->push_back(fmt::format("mode {}x{}@{} {}", width, height, refresh, flags));
            },
        .done = [](void* data, wl_output*) { static_cast<Events*>(data)->emplace_back("done"); },
        .scale = [](void* data, wl_output*,
                    std::int32_t factor) { static_cast<Events*>(data)->push_back(fmt::format("scale {}", factor)); },
        .name = [](void* data, wl_output*,
                   const char* name) { static_cast<Events*>(data)->push_back(fmt::format("name {}", name)); },
        .description =
            [](void* data, wl_output*, const char* text) {
              static_cast<Events*>(data)->push_back(fmt::format("description {}", text));
            },
    };
    auto* output = client->bind<wl_output>(wl_output_interface, version);
    wl_output_add_listener(output, &listener, &events);
    pump();
    return output;
  }
};

TEST_F(OutputTest, IsDescribedToTheEnd) {
  Events events;
  bind(4, events);
  EXPECT_EQ((Events{"geometry 10,20 Fenceline Test display 0", "mode 640x480@60000 3", "scale 1", "name TEST-1",
                    "description Fenceline Test display (TEST-1)", "done"}),
            events);
}

TEST_F(OutputTest, OldVersionsGetOnlyWhatTheyKnow) {
  Events first, second;
  bind(1, first);
  EXPECT_EQ((Events{"geometry 10,20 Fenceline Test display 0", "mode 640x480@60000 3"}), first);
  bind(2, second);
  EXPECT_EQ((Events{"geometry 10,20 Fenceline Test display 0", "mode 640x480@60000 3", "scale 1", "done"}), second);
}

TEST_F(OutputTest, AnUpdateIsSentToTheEnd) {
  Events events;
  bind(4, events);
  events.clear();
  OutputDescription description = TestServer::description(2);
  description.info.mode.size = {800, 600};
  server.outputs.update(std::move(description));
  expect_alive();
  // Without the name, which an object is told once, and the description, which is the same.
  EXPECT_EQ((Events{"geometry 10,20 Fenceline Test display 0", "mode 800x600@60000 3", "scale 2", "done"}), events);
}

TEST_F(OutputTest, ATurnedOneHasItsModeAsItIsAndSaysHowItIsTurned) {
  Events events;
  bind(4, events);
  events.clear();
  OutputDescription description = TestServer::description();
  description.transform = Transform::Flipped90;
  server.outputs.update(std::move(description));
  expect_alive();
  EXPECT_EQ((Events{"geometry 10,20 Fenceline Test display 5", "mode 640x480@60000 3", "scale 1", "done"}), events);
}

// wl_surface.preferred_buffer_transform: who follows it lies on the display's pixels as they are.
TEST_F(OutputTest, AClientThatTurnsAsItIsToldIsShownAsItIs) {
  static constexpr Size upright{TestServer::output_size.height, TestServer::output_size.width};
  const auto turn = [this](Transform transform) {
    OutputDescription description = TestServer::description();
    description.transform = transform;
    server.builder.set_output(TestServer::output, {0, 0, upright.width, upright.height}, 1.0, TestServer::output_size,
                              transform);
    server.desktop.set_output(TestServer::output, {0, 0, upright.width, upright.height});
    server.outputs.update(std::move(description));
  };
  turn(Transform::R90);
  std::vector<std::uint32_t> told;
  static const wl_surface_listener listener = {
      .enter = [](void*, wl_surface*, wl_output*) {},
      .leave = [](void*, wl_surface*, wl_output*) {},
      .preferred_buffer_scale = [](void*, wl_surface*, std::int32_t) {},
      .preferred_buffer_transform =
          [](void* data, wl_surface*, std::uint32_t transform) {
            static_cast<std::vector<std::uint32_t>*>(data)->push_back(transform);
          },
  };
  wl_surface* surface = client->surface();
  wl_surface_add_listener(surface, &listener, &told);
  pump();
  server.stack.surfaces.push_back(client->scene_surface(surface).id());
  TestClient::show(surface, client->shm_buffer(upright.width, upright.height));
  pump();
  server.latch();
  pump();
  ASSERT_EQ((std::vector<std::uint32_t>{WL_OUTPUT_TRANSFORM_90}), told);
  const Rect whole{0, 0, TestServer::output_size.width, TestServer::output_size.height};
  ASSERT_EQ(server.layers().size(), 1U);
  EXPECT_EQ(server.layers()[0].dest, whole);
  EXPECT_EQ(server.layers()[0].transform, Transform::R270) << "it has to be turned for it";
  wl_surface_set_buffer_transform(surface, static_cast<std::int32_t>(told[0]));
  TestClient::show(surface, client->shm_buffer(TestServer::output_size.width, TestServer::output_size.height));
  pump();
  EXPECT_EQ(server.layers()[0].dest, whole);
  EXPECT_EQ(server.layers()[0].transform, Transform::Normal);
  turn(Transform::Flipped270);
  pump();
  EXPECT_EQ((std::vector<std::uint32_t>{WL_OUTPUT_TRANSFORM_90, WL_OUTPUT_TRANSFORM_FLIPPED_270}), told);
}

TEST_F(OutputTest, ADescriptionThatChangesIsSentAgain) {
  Events events;
  bind(4, events);
  events.clear();
  OutputDescription description = TestServer::description();
  description.info.model = "Other display";
  server.outputs.update(std::move(description));
  expect_alive();
  EXPECT_EQ((Events{"geometry 10,20 Fenceline Other display 0", "mode 640x480@60000 3", "scale 1",
                    "description Fenceline Other display (TEST-1)", "done"}),
            events);
}

TEST_F(OutputTest, AGlobalThatIsGoneCanBeBoundForAWhile) {
  Events events;
  wl_output* output = bind(4, events);
  events.clear();
  const auto name = client->globals.at("wl_output").first;
  server.outputs.remove(TestServer::output);
  // The client has not heard of it yet.
  auto* late = client->own(static_cast<wl_output*>(wl_registry_bind(client->registry, name, &wl_output_interface, 4)));
  expect_alive();
  EXPECT_FALSE(client->globals.contains("wl_output"));
  EXPECT_TRUE(events.empty());
  client->drop(output, wl_output_release);
  client->drop(late, wl_output_release);
  expect_alive();
}

TEST_F(OutputTest, AnOutputThatComesIsAnnounced) {
  OutputDescription second = TestServer::description();
  second.info.id = OutputId{2};
  second.info.name = "TEST-2";
  server.outputs.remove(TestServer::output);
  server.outputs.add(std::move(second));
  pump();
  ASSERT_TRUE(client->globals.contains("wl_output"));
  Events events;
  bind(4, events);
  EXPECT_EQ("name TEST-2", events.at(3));
}

} // namespace
} // namespace fenceline::test
