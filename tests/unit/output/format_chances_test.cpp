// Which layers would be on planes with buffers of another format: what clients' feedback follows.
#include <drm_fourcc.h>

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr Rect west{50, 50, 200, 150}, east{600, 50, 200, 150}, over_west{150, 100, 200, 150};

OutputInfo with_overlays(unsigned count) {
  OutputInfo info = fake_output();
  for (unsigned i = 0; i < count; ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {PlaneId{151 + i}, PlaneType::Overlay, {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}}});
  return info;
}

Layer refused(Layer layer) {
  layer.format.fourcc = DRM_FORMAT_XBGR8888;
  return layer;
}

/// Tells an output's last chances: "7:any 9:none ".
class FormatChances : public testing::Test, public FormatChanceListener {
 protected:
  void make(unsigned overlays, std::vector<OutputInfo> more = {}) {
    more.insert(more.begin(), with_overlays(overlays));
    bench = std::make_unique<OutputBench>(std::move(more));
    bench->rig.chances = this;
    bench->set.reset();
    bench->set = bench->rig.make(bench->loop, bench->device, bench->source, &bench->composer, bench->observer);
  }
  void planned(OutputId output, std::span<const SurfaceChance> chances) override {
    std::string text;
    for (const SurfaceChance& chance : chances) {
      constexpr const char* names[]{"unknown", "none", "overlay", "any"};
      text += fmt::format("{}:{} ", static_cast<unsigned>(chance.surface), names[static_cast<int>(chance.chance)]);
    }
    last[output] = text;
  }
  std::string chances_of(std::vector<Layer> layers) {
    for (Layer& layer : layers)
      bench->source.commit(std::move(layer));
    bench->set->schedule_all();
    bench->loop.advance(ms(40));
    return last[OutputId{1}];
  }
  std::unique_ptr<OutputBench> bench;
  std::map<OutputId, std::string> last;
};

TEST_F(FormatChances, WithoutOverlaysOnlyWhatFillsTheOutputHasOne) {
  make(0);
  EXPECT_EQ(chances_of({refused(bench->source.fullscreen(7, 1001))}), "7:any ");
  EXPECT_EQ(chances_of({bench->source.fullscreen(7, 1002)}), "7:unknown ") << "on the plane";
  EXPECT_EQ(chances_of({refused(FakeSource::window(7, 1001, west))}), "7:none ");
}

TEST_F(FormatChances, ABufferWithoutAFramebufferHasOne) {
  make(0);
  EXPECT_EQ(chances_of({bench->source.fullscreen(7, 1099)}), "7:any ");
}

TEST_F(FormatChances, BelowSomethingComposedThereIsNone) {
  make(0);
  EXPECT_EQ(chances_of({refused(bench->source.fullscreen(7, 1001)), FakeSource::window(9, 1002, west)}),
            "7:none 9:none ");
}

TEST_F(FormatChances, BelowAComposedCursorThereIsNone) {
  make(0);
  Layer cursor = FakeSource::window(9, 1002, {10, 10, 300, 300}, BufferKind::Shm);
  cursor.role = LayerRole::Cursor;
  EXPECT_EQ(chances_of({refused(bench->source.fullscreen(7, 1001)), cursor}), "7:none 9:unknown ");
}

TEST_F(FormatChances, AWindowHasOneOnAnOverlayThatIsFree) {
  make(1);
  EXPECT_EQ(chances_of({refused(FakeSource::window(7, 1001, west))}), "7:overlay ");
  EXPECT_EQ(chances_of({FakeSource::window(7, 1002, west)}), "7:unknown ");
}

TEST_F(FormatChances, WhatIsWorthLessThanThoseOnPlanesHasNone) {
  make(1);
  EXPECT_EQ(chances_of({FakeSource::window(7, 1001, {500, 50, 400, 400}), refused(FakeSource::window(9, 1002, west))}),
            "7:unknown 9:none ");
}

TEST_F(FormatChances, OfTwoForOnePlaneTheOneThatWouldHaveItHasOne) {
  make(1);
  EXPECT_EQ(chances_of({refused(FakeSource::window(7, 1001, {500, 50, 400, 400})),
                        refused(FakeSource::window(9, 1002, west))}),
            "7:overlay 9:none ");
}

TEST_F(FormatChances, BelowAComposedWindowThereIsNone) {
  make(1);
  EXPECT_EQ(
      chances_of({refused(FakeSource::window(7, 1001, west)), FakeSource::window(9, 1002, over_west, BufferKind::Shm)}),
      "7:none 9:unknown ");
}

TEST_F(FormatChances, AFadedOneHasNoneWhereNoPlaneFades) {
  make(1);
  Layer faded = refused(FakeSource::window(7, 1001, west));
  faded.alpha = 0.5F;
  EXPECT_EQ(chances_of({faded}), "7:none ");
}

TEST_F(FormatChances, WithOverlaysWhatFillsTheOutputHasOneOnAnyPlane) {
  make(1);
  EXPECT_EQ(chances_of({refused(bench->source.fullscreen(7, 1001)), FakeSource::window(9, 1002, west)}),
            "7:any 9:unknown ");
}

TEST_F(FormatChances, WhatTheDisplayRefusedSaysNothing) {
  make(1);
  bench->device.test_rule = [](const OutputState& state) { return state.planes.size() > 1 ? EINVAL : 0; };
  EXPECT_EQ(chances_of({FakeSource::window(7, 1001, west)}), "7:unknown ");
}

TEST_F(FormatChances, NorDoesAFrameWithoutPlanes) {
  make(0);
  bench->device.submit_errors = {EINVAL};
  EXPECT_EQ(chances_of({bench->source.fullscreen(7, 1001)}), "7:unknown ");
}

TEST_F(FormatChances, EachOutputHasItsOwn) {
  OutputInfo second = fake_output(2);
  second.planes.front().formats.push_back({DRM_FORMAT_XBGR8888, DRM_FORMAT_MOD_LINEAR});
  make(0, {second});
  chances_of({refused(bench->source.fullscreen(7, 1001))});
  EXPECT_EQ(last[OutputId{1}], "7:any ");
  EXPECT_EQ(last[OutputId{2}], "7:unknown ") << "it is on the plane there";
}

} // namespace
} // namespace fenceline::test
