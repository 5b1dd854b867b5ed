#include <drm_fourcc.h>
#include <single-pixel-buffer-v1-client-protocol.h>

#include <cstdint>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

constexpr std::uint32_t full = UINT32_MAX;

class SinglePixelTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_single_pixel_buffer_manager_v1>(wp_single_pixel_buffer_manager_v1_interface);
    surface = client->surface();
    put_on_output(surface);
  }
  wl_buffer* color(std::uint32_t red, std::uint32_t green, std::uint32_t blue, std::uint32_t alpha) const {
    wl_buffer* buffer =
        client->own(wp_single_pixel_buffer_manager_v1_create_u32_rgba_buffer(manager, red, green, blue, alpha));
    client->watch(buffer);
    return buffer;
  }
  /// The surface's, which is all there is but for the seat's cursor.
  [[nodiscard]] Layer layer() const { return server.layers().at(0); }

  wp_single_pixel_buffer_manager_v1* manager = nullptr;
  wl_surface* surface = nullptr;
};

TEST_F(SinglePixelTest, AColorIsALayerOfOnePixel) {
  TestClient::show(surface, color(full, 0, full / 5, full));
  expect_alive();
  EXPECT_EQ(BufferKind::Solid, layer().kind);
  EXPECT_EQ((Size{1, 1}), layer().buffer_size);
  EXPECT_EQ((Rect{0, 0, 1, 1}), layer().dest);
  EXPECT_EQ((Color{1.0F, 0.0F, 0.2F, 1.0F}), layer().color);
}

TEST_F(SinglePixelTest, AViewportMakesItLargeAndFullAlphaHidesWhatIsBelow) {
  wp_viewport* viewport = client->own(wp_viewporter_get_viewport(client->viewporter, surface));
  wp_viewport_set_destination(viewport, 300, 200);
  TestClient::show(surface, color(0, 0, 0, full));
  expect_alive();
  EXPECT_EQ((Rect{0, 0, 300, 200}), layer().dest);
  EXPECT_EQ(Region(Rect{0, 0, 300, 200}), layer().opaque);
}

TEST_F(SinglePixelTest, LessThanFullAlphaHidesNothing) {
  TestClient::show(surface, color(0, 0, 0, full - 1));
  expect_alive();
  EXPECT_TRUE(has_alpha(layer().format.fourcc));
  EXPECT_TRUE(layer().opaque.empty());
}

TEST_F(SinglePixelTest, ComesBackWithTheCommitAndOnce) {
  wl_buffer* buffer = color(full, full, full, full);
  TestClient::show(surface, buffer);
  expect_alive();
  EXPECT_EQ(1, client->releases[buffer]);
  frame();
  frame();
  EXPECT_EQ(1, client->releases[buffer]);
  // Again, on two surfaces at once.
  wl_surface* other = client->surface();
  TestClient::show(surface, buffer);
  TestClient::show(other, buffer);
  expect_alive();
  EXPECT_EQ(3, client->releases[buffer]);
}

TEST_F(SinglePixelTest, ComesBackAlsoWhereTheUpdateWaits) {
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, surface));
  wl_buffer* buffer = color(full, 0, 0, full);
  TestClient::show(child, buffer);
  expect_alive();
  EXPECT_EQ(1, client->releases[buffer]);
  TestClient::show(surface, color(0, 0, 0, full));
  expect_alive();
  EXPECT_EQ((Color{1.0F, 0.0F, 0.0F, 1.0F}), server.layers().at(1).color);
}

TEST_F(SinglePixelTest, IsShownWhenTheBufferIsGone) {
  wl_buffer* buffer = color(0, full, 0, full);
  TestClient::show(surface, buffer);
  client->drop(buffer, wl_buffer_destroy);
  client->drop(manager, wp_single_pixel_buffer_manager_v1_destroy);
  frame();
  expect_alive();
  EXPECT_EQ((Color{0.0F, 1.0F, 0.0F, 1.0F}), layer().color);
  TestClient::show(surface, nullptr);
  expect_alive();
  EXPECT_TRUE(client->scene_surface(surface).current().size().empty());
}

TEST_F(SinglePixelTest, PixelsAndColorsFollowEachOther) {
  wl_buffer* pixels = client->shm_buffer(8, 8);
  TestClient::show(surface, pixels);
  pump();
  frame();
  TestClient::show(surface, color(full, 0, 0, full));
  pump();
  frame();
  expect_alive();
  EXPECT_EQ(BufferKind::Solid, server.on_screen().snapshot.layers.at(0).kind);
  EXPECT_EQ(nullptr, server.on_screen().holds.at(0).pixels);
  TestClient::show(surface, pixels);
  pump();
  server.latch();
  EXPECT_EQ(std::size_t{8 * 8 * 4}, server.uploaded(client->scene_surface(surface).id()).size());
  expect_alive();
}

TEST_F(SinglePixelTest, NothingIsUploaded) {
  TestClient::show(surface, color(full, 0, 0, full));
  pump();
  server.latch();
  EXPECT_TRUE(server.uploaded(client->scene_surface(surface).id()).empty());
}

TEST_F(SinglePixelTest, ASourceBeyondThePixelIsOutOfBuffer) {
  wp_viewport* viewport = client->own(wp_viewporter_get_viewport(client->viewporter, surface));
  wp_viewport_set_source(viewport, 0, 0, wl_fixed_from_double(1.5), wl_fixed_from_int(1));
  wp_viewport_set_destination(viewport, 10, 10);
  TestClient::show(surface, color(full, 0, 0, full));
  expect_error("wp_viewport 2");
}

TEST_F(SinglePixelTest, WithPointsIsUnsupportedBuffer) {
  auto* sync = client->own(wp_linux_drm_syncobj_manager_v1_get_surface(client->syncobj, surface));
  auto [timeline, fd] = server.sync_objects.make();
  auto* points = client->own(wp_linux_drm_syncobj_manager_v1_import_timeline(client->syncobj, fd.get()));
  wp_linux_drm_syncobj_surface_v1_set_acquire_point(sync, points, 0, 1);
  wp_linux_drm_syncobj_surface_v1_set_release_point(sync, points, 0, 2);
  TestClient::show(surface, color(full, 0, 0, full));
  expect_error("wp_linux_drm_syncobj_surface_v1 2");
}

} // namespace
} // namespace fenceline::test
