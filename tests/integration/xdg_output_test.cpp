#include "protocols/xdg_output_global.h"

#include "tests/integration/client_harness.h"
#include "xdg-output-unstable-v1-client-protocol.h"

namespace fenceline::test {
namespace {

class XdgOutputTest : public ProtocolTest {
 protected:
  using Events = std::vector<std::string>;

  void SetUp() override {
    ProtocolTest::SetUp();
    global = std::make_unique<XdgOutputGlobal>(*server.display);
    pump();
    static const wl_output_listener listener = {
        .geometry = [](void*, wl_output*, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t,
                       const char*, const char*, std::int32_t) {},
        .mode = [](void*, wl_output*, std::uint32_t, std::int32_t, std::int32_t, std::int32_t) {},
        .done = [](void* data, wl_output*) { static_cast<Events*>(data)->emplace_back("wl_output.done"); },
        .scale = [](void*, wl_output*, std::int32_t) {},
        .name = [](void*, wl_output*, const char*) {},
        .description = [](void*, wl_output*, const char*) {},
    };
    output = client->bind<wl_output>(wl_output_interface, 4);
    wl_output_add_listener(output, &listener, &events);
    pump();
    events.clear();
  }
  zxdg_output_v1* get(std::uint32_t version = 3) {
    static const zxdg_output_v1_listener listener = {
        .logical_position =
            [](void* data, zxdg_output_v1*, std::int32_t x, std::int32_t y) {
              static_cast<Events*>(data)->push_back(fmt::format("position {},{}", x, y));
            },
        .logical_size =
            [](void* data, zxdg_output_v1*, std::int32_t width, std::int32_t height) {
              static_cast<Events*>(data)->push_back(fmt::format("size {}x{}", width, height));
            },
        .done = [](void* data, zxdg_output_v1*) { static_cast<Events*>(data)->emplace_back("done"); },
        .name = [](void* data, zxdg_output_v1*,
                   const char* name) { static_cast<Events*>(data)->push_back(fmt::format("name {}", name)); },
        .description =
            [](void* data, zxdg_output_v1*, const char* text) {
              static_cast<Events*>(data)->push_back(fmt::format("description {}", text));
            },
    };
    manager = client->bind<zxdg_output_manager_v1>(zxdg_output_manager_v1_interface, version);
    auto* made = client->own(zxdg_output_manager_v1_get_xdg_output(manager, output));
    zxdg_output_v1_add_listener(made, &listener, &events);
    expect_alive();
    return made;
  }
  static OutputDescription description(Size logical, Point position = {10, 20}) {
    OutputDescription description = TestServer::description();
    description.logical_size = logical;
    description.position = position;
    return description;
  }

  std::unique_ptr<XdgOutputGlobal> global;
  Events events;
  wl_output* output = nullptr;
  zxdg_output_manager_v1* manager = nullptr;
};

TEST_F(XdgOutputTest, TellsWhereTheOutputLiesAndEndsWithTheWlOutputsDone) {
  server.outputs.update(description({320, 240}));
  pump();
  events.clear();
  get();
  EXPECT_EQ((Events{"position 10,20", "size 320x240", "name TEST-1", "description Fenceline Test display (TEST-1)",
                    "wl_output.done"}),
            events);
}

TEST_F(XdgOutputTest, OldVersionsHaveADoneOfTheirOwn) {
  server.outputs.update(description({320, 240}));
  pump();
  events.clear();
  get(1);
  EXPECT_EQ((Events{"position 10,20", "size 320x240", "done"}), events);
  events.clear();
  get(2);
  EXPECT_EQ(
      (Events{"position 10,20", "size 320x240", "name TEST-1", "description Fenceline Test display (TEST-1)", "done"}),
      events);
}

TEST_F(XdgOutputTest, WhatChangesIsToldBeforeTheWlOutputsDone) {
  server.outputs.update(description({320, 240}));
  get();
  events.clear();
  server.outputs.update(description({640, 480}));
  expect_alive();
  EXPECT_EQ((Events{"size 640x480", "wl_output.done"}), events);
  events.clear();
  server.outputs.update(description({640, 480}, {700, 0}));
  expect_alive();
  EXPECT_EQ((Events{"position 700,0", "wl_output.done"}), events);
}

TEST_F(XdgOutputTest, MayOutliveItsOutputAndItsManager) {
  zxdg_output_v1* xdg = get();
  client->drop(manager, zxdg_output_manager_v1_destroy);
  client->drop(output, wl_output_release);
  expect_alive();
  server.outputs.update(description({1, 1}));
  client->drop(xdg, zxdg_output_v1_destroy);
  expect_alive();
}

TEST_F(XdgOutputTest, MayGoBeforeItsOutput) {
  client->drop(get(), zxdg_output_v1_destroy);
  events.clear();
  server.outputs.update(description({1, 1}));
  expect_alive();
  EXPECT_EQ((Events{"wl_output.done"}), events);
}

TEST_F(XdgOutputTest, OfAnOutputThatIsGoneTellsNothing) {
  get();
  server.outputs.remove(TestServer::output);
  expect_alive();
  events.clear();
  get();
  EXPECT_TRUE(events.empty());
}

} // namespace
} // namespace fenceline::test
