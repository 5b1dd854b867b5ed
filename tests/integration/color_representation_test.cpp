#include <color-representation-v1-client-protocol.h>
#include <drm_fourcc.h>

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "tests/integration/client_harness.h"

namespace fenceline::test {
namespace {

constexpr auto bt601 = WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT601;
constexpr auto bt709 = WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT709;
constexpr auto bt2020 = WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_BT2020;
constexpr auto identity = WP_COLOR_REPRESENTATION_SURFACE_V1_COEFFICIENTS_IDENTITY;
constexpr auto limited = WP_COLOR_REPRESENTATION_SURFACE_V1_RANGE_LIMITED;
constexpr auto full = WP_COLOR_REPRESENTATION_SURFACE_V1_RANGE_FULL;

class ColorRepresentationTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    manager = client->bind<wp_color_representation_manager_v1>(wp_color_representation_manager_v1_interface);
    static constexpr wp_color_representation_manager_v1_listener listener = {
        .supported_alpha_mode = [](void* self, wp_color_representation_manager_v1*,
                                   std::uint32_t mode) { of(self).alpha_modes.push_back(mode); },
        .supported_coefficients_and_ranges = [](void* self, wp_color_representation_manager_v1*,
                                                std::uint32_t coefficients,
                                                std::uint32_t range) { of(self).offered.emplace(coefficients, range); },
        .done = [](void* self, wp_color_representation_manager_v1*) { ++of(self).done; },
    };
    wp_color_representation_manager_v1_add_listener(manager, &listener, this);
    surface = client->surface();
    put_on_output(surface);
    representation = client->own(wp_color_representation_manager_v1_get_surface(manager, surface));
    expect_alive();
  }
  static ColorRepresentationTest& of(void* self) { return *static_cast<ColorRepresentationTest*>(self); }

  wl_buffer* video(std::uint32_t fourcc = DRM_FORMAT_NV12) const {
    const UniqueFd fd = memory_file(8192);
    zwp_linux_buffer_params_v1* params = zwp_linux_dmabuf_v1_create_params(client->dmabuf);
    zwp_linux_buffer_params_v1_add(params, fd.get(), 0, 0, 64, 0, 0);
    zwp_linux_buffer_params_v1_add(params, fd.get(), 1, 4096, 64, 0, 0);
    wl_buffer* buffer = client->own(zwp_linux_buffer_params_v1_create_immed(params, 64, 64, fourcc, 0));
    zwp_linux_buffer_params_v1_destroy(params);
    return buffer;
  }
  void set(std::uint32_t coefficients, std::uint32_t range) const {
    wp_color_representation_surface_v1_set_coefficients_and_range(representation, coefficients, range);
  }
  void locate(std::uint32_t location) const {
    wp_color_representation_surface_v1_set_chroma_location(representation, location);
  }
  [[nodiscard]] Layer shown() const {
    pump();
    return server.layers().at(0);
  }

  wp_color_representation_manager_v1* manager = nullptr;
  wp_color_representation_surface_v1* representation = nullptr;
  wl_surface* surface = nullptr;
  std::vector<std::uint32_t> alpha_modes;
  std::set<std::pair<std::uint32_t, std::uint32_t>> offered;
  int done = 0;
};

TEST_F(ColorRepresentationTest, OffersWhatTheRendererConverts) {
  EXPECT_EQ(alpha_modes,
            std::vector<std::uint32_t>{WP_COLOR_REPRESENTATION_SURFACE_V1_ALPHA_MODE_PREMULTIPLIED_ELECTRICAL});
  EXPECT_EQ(offered, (std::set<std::pair<std::uint32_t, std::uint32_t>>{{identity, full},
                                                                        {bt601, limited},
                                                                        {bt601, full},
                                                                        {bt709, limited},
                                                                        {bt709, full},
                                                                        {bt2020, limited},
                                                                        {bt2020, full}}));
  EXPECT_EQ(done, 1);
  for (const auto& [coefficients, range] : offered)
    set(coefficients, range);
  wp_color_representation_surface_v1_set_alpha_mode(representation, alpha_modes.front());
  expect_alive();
}

TEST_F(ColorRepresentationTest, TakesEffectWithTheCommit) {
  TestClient::show(surface, video());
  EXPECT_EQ(shown().yuv, (YuvEncoding{YuvMatrix::Bt709, YuvRange::Limited}));
  EXPECT_EQ(shown().chroma, (ChromaSite{ChromaSite::X::Left, ChromaSite::Y::Middle}));
  set(bt601, full);
  locate(WP_COLOR_REPRESENTATION_SURFACE_V1_CHROMA_LOCATION_TYPE_3);
  EXPECT_EQ(shown().yuv, YuvEncoding{});
  EXPECT_EQ(shown().chroma, ChromaSite{});
  wl_surface_commit(surface);
  EXPECT_EQ(shown().yuv, (YuvEncoding{YuvMatrix::Bt601, YuvRange::Full}));
  EXPECT_EQ(shown().chroma, (ChromaSite{ChromaSite::X::Middle, ChromaSite::Y::Top}));
  // It stays, also with another buffer.
  TestClient::show(surface, video());
  EXPECT_EQ(shown().yuv, (YuvEncoding{YuvMatrix::Bt601, YuvRange::Full}));
  set(bt2020, limited);
  wl_surface_commit(surface);
  EXPECT_EQ(shown().yuv, (YuvEncoding{YuvMatrix::Bt2020, YuvRange::Limited}));
}

TEST_F(ColorRepresentationTest, DestroyUnsetsItWithTheNextCommit) {
  set(bt601, full);
  locate(2);
  TestClient::show(surface, video());
  client->drop(representation, wp_color_representation_surface_v1_destroy);
  EXPECT_EQ(shown().yuv, (YuvEncoding{YuvMatrix::Bt601, YuvRange::Full}));
  wl_surface_commit(surface);
  EXPECT_EQ(shown().yuv, YuvEncoding{});
  EXPECT_EQ(shown().chroma, ChromaSite{});
  // What it forbade is allowed again.
  TestClient::show(surface, client->dmabuf_buffer(64, 64));
  expect_alive();
  client->own(wp_color_representation_manager_v1_get_surface(manager, surface));
  expect_alive();
}

TEST_F(ColorRepresentationTest, ObjectsOutliveTheManager) {
  client->drop(manager, wp_color_representation_manager_v1_destroy);
  set(bt601, full);
  TestClient::show(surface, video());
  EXPECT_EQ(shown().yuv, (YuvEncoding{YuvMatrix::Bt601, YuvRange::Full}));
}

TEST_F(ColorRepresentationTest, NothingIsCheckedWithoutContents) {
  set(bt601, full);
  wl_surface_commit(surface);
  set(identity, full);
  TestClient::show(surface, client->dmabuf_buffer(64, 64));
  expect_alive();
  // Nor any more.
  set(bt709, full);
  wl_surface_attach(surface, nullptr, 0, 0);
  wl_surface_commit(surface);
  expect_alive();
}

// Errors.

TEST_F(ColorRepresentationTest, ASecondOneIsSurfaceExists) {
  client->own(wp_color_representation_manager_v1_get_surface(manager, surface));
  expect_error("wp_color_representation_manager_v1 1");
}

TEST_F(ColorRepresentationTest, AnAlphaModeThatIsNotOnOfferIsAlphaMode) {
  wp_color_representation_surface_v1_set_alpha_mode(representation,
                                                    WP_COLOR_REPRESENTATION_SURFACE_V1_ALPHA_MODE_STRAIGHT);
  expect_error("wp_color_representation_surface_v1 1");
}

class NotOnOffer : public ColorRepresentationTest,
                   public testing::WithParamInterface<std::pair<std::uint32_t, std::uint32_t>> {};
TEST_P(NotOnOffer, IsCoefficients) {
  set(GetParam().first, GetParam().second);
  expect_error("wp_color_representation_surface_v1 2");
}
INSTANTIATE_TEST_SUITE_P(Each, NotOnOffer,
                         testing::Values(std::pair{0U, 0U}, std::pair<std::uint32_t, std::uint32_t>{bt709, 0U},
                                         std::pair<std::uint32_t, std::uint32_t>{bt709, 3U},
                                         std::pair<std::uint32_t, std::uint32_t>{identity, limited},
                                         std::pair<std::uint32_t, std::uint32_t>{7U, full},
                                         std::pair{UINT32_MAX, UINT32_MAX}));

TEST_F(ColorRepresentationTest, CoefficientsForYCbCrWithRgbArePixelFormat) {
  set(bt709, limited);
  TestClient::show(surface, client->dmabuf_buffer(64, 64));
  expect_error("wp_color_representation_surface_v1 3");
}

TEST_F(ColorRepresentationTest, TheyArePixelFormatWithSharedMemory) {
  set(bt709, limited);
  TestClient::show(surface, client->shm_buffer(64, 64));
  expect_error("wp_color_representation_surface_v1 3");
}

TEST_F(ColorRepresentationTest, TheyArePixelFormatWithWhatIsThereAlready) {
  TestClient::show(surface, client->dmabuf_buffer(64, 64));
  expect_alive();
  set(bt709, limited);
  expect_alive();
  wl_surface_commit(surface);
  expect_error("wp_color_representation_surface_v1 3");
}

TEST_F(ColorRepresentationTest, IdentityWithYCbCrIsPixelFormat) {
  set(identity, full);
  TestClient::show(surface, video());
  expect_error("wp_color_representation_surface_v1 3");
}

TEST_F(ColorRepresentationTest, AChromaLocationWithRgbIsPixelFormat) {
  locate(1);
  TestClient::show(surface, client->dmabuf_buffer(64, 64));
  expect_error("wp_color_representation_surface_v1 3");
}

TEST_F(ColorRepresentationTest, InertIsInertForEveryRequest) {
  for (int request = 0; request < 3; ++request) {
    SCOPED_TRACE(request);
    if (request > 0) {
      TearDown();
      SetUp();
    }
    client->drop(surface, wl_surface_destroy);
    if (request == 0)
      wp_color_representation_surface_v1_set_alpha_mode(representation, 0);
    else if (request == 1)
      set(bt709, full);
    else
      locate(1);
    expect_error("wp_color_representation_surface_v1 4");
  }
}

TEST_F(ColorRepresentationTest, DestroyOfAnInertOneIsFine) {
  client->drop(surface, wl_surface_destroy);
  client->drop(representation, wp_color_representation_surface_v1_destroy);
  expect_alive();
}

TEST_F(ColorRepresentationTest, AChromaLocationThatIsNoneIsChromaLocation) {
  locate(0);
  expect_error("wp_color_representation_surface_v1 5");
}

TEST_F(ColorRepresentationTest, OneAfterTheLastIsChromaLocation) {
  locate(7);
  expect_error("wp_color_representation_surface_v1 5");
}

} // namespace
} // namespace fenceline::test
