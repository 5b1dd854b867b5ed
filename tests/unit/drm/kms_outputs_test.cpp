#include "compositor/backends/drm/kms_outputs.h"

#include <drm_fourcc.h>
#include <gtest/gtest.h>

#include "compositor/backends/drm/edid.h"
#include "tests/support/fake_drm.h"

namespace fenceline {
namespace {

using Indices = std::vector<std::optional<std::size_t>>;

TEST(CrtcChoice, KeepsWhatIsLit) {
  const std::vector<CrtcWish> wishes{{.possible = 0b11, .current = {}}, {.possible = 0b11, .current = 0}};
  EXPECT_EQ(choose_crtcs(wishes, 2), (Indices{1, 0}));
}

TEST(CrtcChoice, ServesAsManyDisplaysAsCanBe) {
  // The first could take any, the last only the first CRTC; the second is on one that it would block.
  const std::vector<CrtcWish> wishes{
      {.possible = 0b111, .current = {}}, {.possible = 0b011, .current = 0}, {.possible = 0b001, .current = {}}};
  EXPECT_EQ(choose_crtcs(wishes, 3), (Indices{2, 1, 0}));
}

TEST(CrtcChoice, LeavesOutWhatFindsNone) {
  const std::vector<CrtcWish> wishes{
      {.possible = 0b1, .current = {}}, {.possible = 0b1, .current = {}}, {.possible = 0, .current = {}}};
  EXPECT_EQ(choose_crtcs(wishes, 1), (Indices{0, std::nullopt, std::nullopt}));
}

TEST(Edid, NamesTheDisplay) {
  const auto identity = parse_edid(test::fake_edid("ACR", "XB271HU", "1234ABC"));
  EXPECT_NE(identity.make, ""); // "ACR", or the maker's name where the library has the list
  EXPECT_EQ(identity.model, "XB271HU");
  EXPECT_EQ(identity.serial, "1234ABC");
}

TEST(Edid, WhatIsBrokenHasNoName) {
  auto edid = test::fake_edid("ACR", "XB271HU", "1234ABC");
  edid.resize(40);
  EXPECT_EQ(parse_edid(edid).model, "");
  EXPECT_EQ(parse_edid({}).model, "");
}

class KmsOutputs : public testing::Test {
 protected:
  KmsOutputs() { EXPECT_TRUE(drm_.set_client_cap(DRM_CLIENT_CAP_ATOMIC, 1)); }

  std::vector<KmsOutput> discover(std::optional<ModeRequest> wish = std::nullopt) {
    auto found = discover_outputs(drm_, ids_, wish);
    EXPECT_TRUE(found) << found.error().text();
    return found ? std::move(*found) : std::vector<KmsOutput>();
  }
  std::uint32_t connect(std::string name, std::uint32_t possible = 1) {
    return card_.add_connector({.name = std::move(name),
                                .connected = true,
                                .possible_crtcs = possible,
                                .modes = {test::fake_mode(1024, 768, 60, true), test::fake_mode(800, 600, 60)},
                                .edid = {},
                                .non_desktop = false});
  }
  std::uint32_t plane(PlaneType type, std::uint32_t possible = 1, std::optional<std::uint64_t> depth = std::nullopt) {
    return card_.add_plane({.type = type,
                            .possible_crtcs = possible,
                            .formats = {{DRM_FORMAT_XRGB8888, 0}, {DRM_FORMAT_ARGB8888, 0}},
                            .in_formats = true,
                            .fences = true,
                            .depths = depth ? std::optional(PlaneDepths{*depth, *depth, *depth}) : std::nullopt,
                            .extras = false});
  }
  static std::vector<std::uint32_t> plane_ids(const KmsOutput& output) {
    std::vector<std::uint32_t> ids;
    for (const auto& info : output.info.planes)
      ids.push_back(static_cast<std::uint32_t>(info.id));
    return ids;
  }

  test::VirtualLoop loop_;
  IdSource<OutputId> ids_;
  test::FakeCard card_{loop_};
  test::FakeDrm drm_{card_};
};

TEST_F(KmsOutputs, DescribesADisplay) {
  const auto crtc = card_.add_crtc();
  const auto connector = card_.add_connector({.name = "HDMI-A-1",
                                              .connected = true,
                                              .possible_crtcs = 1,
                                              .modes = {test::fake_mode(1024, 768, 60, true)},
                                              .edid = test::fake_edid("ACR", "XB271HU", "1234ABC"),
                                              .non_desktop = false});
  const auto overlay_high = plane(PlaneType::Overlay, 1, 5), cursor = plane(PlaneType::Cursor, 1, 9);
  const auto overlay_low = plane(PlaneType::Overlay, 1, 2), primary = plane(PlaneType::Primary, 1, 0);
  const auto outputs = discover();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(outputs[0].crtc, crtc);
  EXPECT_EQ(outputs[0].connector, connector);
  const auto& info = outputs[0].info;
  EXPECT_EQ(info.id, OutputId{1});
  EXPECT_EQ(info.name, "HDMI-A-1");
  EXPECT_EQ(info.model, "XB271HU");
  EXPECT_EQ(info.serial, "1234ABC");
  EXPECT_EQ(info.physical_mm, (Size{520, 320}));
  EXPECT_EQ(info.mode.size, (Size{1024, 768}));
  EXPECT_EQ(info.cursor_size, (Size{64, 64}));
  EXPECT_TRUE(info.in_fences);
  EXPECT_EQ(plane_ids(outputs[0]), (std::vector{primary, overlay_low, overlay_high, cursor}));
  EXPECT_TRUE(info.planes[0].takes({DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}));
  EXPECT_FALSE(info.planes[0].takes({DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID}));
}

TEST_F(KmsOutputs, PlanesSayWhereTheyCanLie) {
  card_.add_crtc();
  connect("DP-1");
  const auto below = plane(PlaneType::Overlay, 1, 0), primary = plane(PlaneType::Primary, 1, 1);
  const auto movable = card_.add_plane({.type = PlaneType::Overlay,
                                        .possible_crtcs = 1,
                                        .formats = {{DRM_FORMAT_XRGB8888, 0}},
                                        .depths = PlaneDepths{0, 9, 5}});
  const auto outputs = discover();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(plane_ids(outputs[0]), (std::vector{primary, below, movable}));
  const auto& planes = outputs[0].info.planes;
  ASSERT_TRUE(planes[1].depths && planes[2].depths);
  EXPECT_FALSE(planes[1].depths->movable());
  EXPECT_EQ(planes[1].depths->at_start, 0U);
  EXPECT_EQ(planes[2].depths->lowest, 0U);
  EXPECT_EQ(planes[2].depths->highest, 9U);
  EXPECT_EQ(planes[2].depths->at_start, 5U);
}

TEST_F(KmsOutputs, WithoutInFormatsAPlaneTakesTheDriversLayout) {
  card_.add_crtc();
  connect("DP-1");
  card_.add_plane({.type = PlaneType::Primary,
                   .possible_crtcs = 1,
                   .formats = {{DRM_FORMAT_XRGB8888, 0}},
                   .in_formats = false,
                   .fences = false,
                   .depths = {},
                   .extras = false});
  const auto outputs = discover();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_TRUE(outputs[0].info.planes[0].takes({DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_INVALID}));
  EXPECT_TRUE(outputs[0].info.planes[0].takes({DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}));
  EXPECT_FALSE(outputs[0].info.in_fences);
  EXPECT_TRUE(outputs[0].info.cursor_size.empty());
}

TEST_F(KmsOutputs, GivesEachPlaneToOneOutput) {
  card_.add_crtc();
  card_.add_crtc();
  connect("DP-1", 0b11);
  connect("DP-2", 0b11);
  // The first primary could serve both, the second only the first CRTC.
  const auto either = plane(PlaneType::Primary, 0b11), first = plane(PlaneType::Primary, 0b01);
  const auto one = plane(PlaneType::Overlay, 0b11), two = plane(PlaneType::Overlay, 0b11);
  const auto outputs = discover();
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(plane_ids(outputs[0]), (std::vector{first, one}));
  EXPECT_EQ(plane_ids(outputs[1]), (std::vector{either, two}));
}

TEST_F(KmsOutputs, AnOverlayThatIsOnStaysWithItsCrtc) {
  card_.add_crtc();
  const auto second = card_.add_crtc();
  connect("DP-1", 0b01);
  connect("DP-2", 0b10);
  plane(PlaneType::Primary, 0b01);
  plane(PlaneType::Primary, 0b10);
  const auto overlay = plane(PlaneType::Overlay, 0b11);
  card_.set(overlay, "CRTC_ID", second);
  const auto outputs = discover();
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(plane_ids(outputs[0]).size(), 1U);
  EXPECT_EQ(plane_ids(outputs[1]).back(), overlay);
}

TEST_F(KmsOutputs, LeavesOutWhatIsNoDesktopDisplay) {
  card_.add_crtc();
  plane(PlaneType::Primary);
  card_.add_connector(
      {.name = "DP-1", .connected = false, .possible_crtcs = 1, .modes = {}, .edid = {}, .non_desktop = false});
  card_.add_connector({.name = "DP-2",
                       .connected = true,
                       .possible_crtcs = 1,
                       .modes = {test::fake_mode(1024, 768, 90)},
                       .edid = {},
                       .non_desktop = true});
  const auto none = discover_outputs(drm_, ids_, std::nullopt);
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty()) << "one may be plugged later";
  connect("DP-3");
  const auto outputs = discover();
  ASSERT_EQ(outputs.size(), 1U);
  EXPECT_EQ(outputs[0].info.name, "DP-3");
}

TEST_F(KmsOutputs, AModeRequestIsThatOfEachOutputThatHasIt) {
  card_.add_crtc();
  card_.add_crtc();
  connect("DP-1", 0b11);
  card_.add_connector({.name = "DP-2",
                       .connected = true,
                       .possible_crtcs = 0b11,
                       .modes = {test::fake_mode(1920, 1080, 60, true)},
                       .edid = {},
                       .non_desktop = false});
  plane(PlaneType::Primary, 0b01);
  plane(PlaneType::Primary, 0b10);
  const auto outputs = discover(ModeRequest{.size = {800, 600}, .refresh_hz = {}});
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0].info.mode.size, (Size{800, 600}));
  EXPECT_EQ(outputs[1].info.mode.size, (Size{1920, 1080}));
  const auto none = discover_outputs(drm_, ids_, ModeRequest{.size = {640, 480}, .refresh_hz = {}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text(), "DP-1 has no mode 640x480; it has 1024x768@60.00, 800x600@60.00");
}

TEST_F(KmsOutputs, NeedsAPrimaryPlane) {
  card_.add_crtc();
  connect("DP-1");
  plane(PlaneType::Overlay);
  const auto none = discover_outputs(drm_, ids_, std::nullopt);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().what, "DP-1 has no primary plane");
}

} // namespace
} // namespace fenceline
