// Video on planes: only with the encoding that the plane reads, and told to it.
#include <drm_fourcc.h>

#include "compositor/output/capture.h"
#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr FormatModifier nv12{DRM_FORMAT_NV12, DRM_FORMAT_MOD_LINEAR};
constexpr YuvEncoding sd{YuvMatrix::Bt601, YuvRange::Limited}, hd{YuvMatrix::Bt709, YuvRange::Limited},
    wide{YuvMatrix::Bt2020, YuvRange::Full};
constexpr Rect west{50, 50, 200, 150}, east{600, 50, 200, 150};

/// Primary plane 131 and overlay 151 take NV12 and read BT.601 and BT.709, overlay 152 takes it and does not say.
OutputInfo video_output() {
  OutputInfo info = fake_output();
  info.planes[0].formats.push_back(nv12);
  info.planes[0].yuv = {sd, hd};
  PlaneInfo overlay = info.planes[0];
  overlay.type = PlaneType::Overlay;
  overlay.id = PlaneId{151};
  info.planes.insert(info.planes.begin() + 1, overlay);
  overlay.id = PlaneId{152};
  overlay.yuv.clear();
  info.planes.insert(info.planes.begin() + 2, overlay);
  return info;
}

Layer video(Layer layer, YuvEncoding encoding) {
  layer.format = nv12;
  layer.opaque = Region(layer.dest);
  layer.yuv = encoding;
  return layer;
}

struct VideoBench : OutputBench {
  VideoBench() : OutputBench({video_output()}) {}
  std::string plan_of(const std::vector<Layer>& layers) {
    for (const Layer& layer : layers)
      source.commit(layer);
    set->schedule_all();
    loop.advance(ms(40));
    return plan();
  }
};

TEST(Video, IsOnAPlaneThatReadsItsEncoding) {
  VideoBench bench;
  for (const YuvEncoding encoding : {hd, sd}) {
    EXPECT_EQ(bench.plan_of({video(bench.source.fullscreen(5, 1001), encoding)}), "5:plane 131");
    EXPECT_EQ(bench.device.on_screen().planes[0].yuv, encoding);
  }
  EXPECT_EQ(bench.plan_of({video(bench.source.fullscreen(5, 1001), wide)}),
            "5:composed (colour encoding not read by a plane)");
  ASSERT_FALSE(bench.composer.draws.empty());
  EXPECT_EQ(bench.device.on_screen().planes[0].yuv, YuvEncoding{}) << "the composed image is RGB";
}

TEST(Video, InAWindowIsOnTheOverlayThatReadsIt) {
  VideoBench bench;
  EXPECT_EQ(bench.plan_of({video(FakeSource::window(7, 1001, west), sd)}), "7:plane 151");
  EXPECT_EQ(bench.device.on_screen().planes[1].yuv, sd);
  // The one that does not say is left for others.
  EXPECT_EQ(bench.plan_of({video(FakeSource::window(7, 1001, west), sd), FakeSource::window(9, 1002, east)}),
            "7:plane 151, 9:plane 152");
}

TEST(Video, AnotherEncodingIsAnotherPlan) {
  VideoBench bench;
  bench.plan_of({video(bench.source.fullscreen(5, 1001), hd)});
  bench.plan_of({video(bench.source.fullscreen(5, 1002), hd)});
  const std::size_t asked = bench.device.tests;
  bench.plan_of({video(bench.source.fullscreen(5, 1001), hd)});
  EXPECT_EQ(bench.device.tests, asked);
  bench.plan_of({video(bench.source.fullscreen(5, 1002), sd)});
  EXPECT_EQ(bench.device.tests, asked + 1);
}

TEST(Video, IsCopiedAsTheScreenReadsIt) {
  VideoBench bench;
  bench.plan_of({video(bench.source.fullscreen(5, 1001), sd)});
  ASSERT_TRUE(bench.output().capture([](Result<Capture>) {}));
  EXPECT_EQ(bench.composer.read_back_yuv, std::vector{sd});
}

} // namespace
} // namespace fenceline::test
