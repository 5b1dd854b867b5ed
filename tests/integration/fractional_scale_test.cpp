#include <fractional-scale-v1-client-protocol.h>

#include <cstdint>
#include <vector>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

constexpr OutputId second{2};

class FractionalScaleTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_fractional_scale_manager_v1>(wp_fractional_scale_manager_v1_interface);
    surface = client->surface();
  }
  /// The test's output of 640x480 pixels has this scale from now on.
  void scale_output(double scale, Rect area) {
    server.builder.set_output(TestServer::output, area, scale, TestServer::output_size);
    server.outputs.update(TestServer::description(scale));
  }
  void add_output(double scale) {
    OutputDescription other = TestServer::description(scale);
    other.info.id = second;
    other.info.name = "TEST-2";
    server.outputs.add(other);
  }
  wp_fractional_scale_v1* watch(wl_surface* of) {
    static const wp_fractional_scale_v1_listener listener = {
        .preferred_scale =
            [](void* data, wp_fractional_scale_v1*, std::uint32_t scale) {
              static_cast<std::vector<std::uint32_t>*>(data)->push_back(scale);
            },
    };
    auto* object = client->own(wp_fractional_scale_manager_v1_get_fractional_scale(manager, of));
    wp_fractional_scale_v1_add_listener(object, &listener, &scales);
    return object;
  }
  /// What the surface is told of its outputs.
  void shown_on(std::vector<OutputId> outputs) {
    pump();
    const std::vector<SurfaceId> one{client->scene_surface(surface).id()};
    for (const OutputId output : {TestServer::output, second}) {
      const bool on = std::find(outputs.begin(), outputs.end(), output) != outputs.end();
      server.compositor.shown(output, on ? std::span<const SurfaceId>(one) : std::span<const SurfaceId>());
    }
    pump();
  }

  wp_fractional_scale_manager_v1* manager = nullptr;
  wl_surface* surface = nullptr;
  std::vector<std::uint32_t> scales;
};

using Scales = std::vector<std::uint32_t>;

TEST_F(FractionalScaleTest, ASecondOneIsFractionalScaleExists) {
  watch(surface);
  watch(surface);
  expect_error("wp_fractional_scale_manager_v1 0");
}

TEST_F(FractionalScaleTest, OneMayFollowAnotherThatIsGone) {
  client->drop(watch(surface), wp_fractional_scale_v1_destroy);
  watch(surface);
  expect_alive();
}

TEST_F(FractionalScaleTest, OutlivesItsSurfaceAndItsManager) {
  auto* object = watch(surface);
  client->drop(manager, wp_fractional_scale_manager_v1_destroy);
  client->drop(surface, wl_surface_destroy);
  expect_alive();
  scale_output(2.0, {0, 0, 320, 240});
  client->drop(object, wp_fractional_scale_v1_destroy);
  expect_alive();
}

TEST_F(FractionalScaleTest, IsToldBeforeTheFirstPictureWhereThereIsOneScale) {
  scale_output(1.5, {0, 0, 427, 320});
  watch(surface);
  pump();
  EXPECT_EQ((Scales{180}), scales);
}

TEST_F(FractionalScaleTest, IsToldNothingWhereItCannotBeKnown) {
  add_output(2.0);
  watch(surface);
  pump();
  EXPECT_EQ((Scales{}), scales);
  shown_on({second});
  EXPECT_EQ((Scales{240}), scales);
}

TEST_F(FractionalScaleTest, TheLargestScaleOfItsOutputsCounts) {
  add_output(1.75);
  watch(surface);
  shown_on({TestServer::output});
  shown_on({TestServer::output, second});
  shown_on({second});
  shown_on({});
  shown_on({TestServer::output});
  EXPECT_EQ((Scales{120, 210, 120}), scales);
}

TEST_F(FractionalScaleTest, FollowsTheOutput) {
  watch(surface);
  shown_on({TestServer::output});
  scale_output(1.25, {0, 0, 512, 384});
  pump();
  EXPECT_EQ((Scales{120, 150}), scales);
}

TEST_F(FractionalScaleTest, OthersAreToldTheNextWholeScale) {
  std::vector<std::int32_t> told;
  static const wl_surface_listener listener = {
      .enter = [](void*, wl_surface*, wl_output*) {},
      .leave = [](void*, wl_surface*, wl_output*) {},
      .preferred_buffer_scale =
          [](void* data, wl_surface*, std::int32_t scale) {
            static_cast<std::vector<std::int32_t>*>(data)->push_back(scale);
          },
      .preferred_buffer_transform = [](void*, wl_surface*, std::uint32_t) {},
  };
  wl_surface_add_listener(surface, &listener, &told);
  shown_on({TestServer::output});
  scale_output(1.25, {0, 0, 512, 384});
  pump();
  scale_output(2.0, {0, 0, 320, 240});
  pump();
  scale_output(0.5, {0, 0, 1280, 960});
  pump();
  EXPECT_EQ((std::vector<std::int32_t>{1, 2, 1}), told);
}

TEST_F(FractionalScaleTest, ABufferOfTheModesSizeIsShownPixelOnPixel) {
  // 640 / 1.5 is 426.67: the logical size is 427, whose 640.5 pixels are not there.
  scale_output(1.5, {0, 0, 427, 320});
  wp_viewport* viewport = client->own(wp_viewporter_get_viewport(client->viewporter, surface));
  wp_viewport_set_destination(viewport, 427, 320);
  TestClient::show(surface, client->dmabuf_buffer(640, 480));
  put_on_output(surface);
  const Layer layer = server.layers().at(0);
  EXPECT_EQ((Rect{0, 0, 640, 480}), layer.dest);
  EXPECT_EQ((FRect{0, 0, 640, 480}), layer.source);
  EXPECT_EQ(Region(Rect{0, 0, 640, 480}), layer.opaque);
}

TEST_F(FractionalScaleTest, ABufferOfScaleTwoIsShownPixelOnPixel) {
  scale_output(2.0, {0, 0, 320, 240});
  wl_surface_set_buffer_scale(surface, 2);
  TestClient::show(surface, client->dmabuf_buffer(100, 60));
  put_on_output(surface);
  EXPECT_EQ((Rect{0, 0, 100, 60}), server.layers().at(0).dest);
}

} // namespace
} // namespace fenceline::test
