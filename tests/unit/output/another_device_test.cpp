// Buffers that the renderer can read and the display cannot, because they are of another device: composed once for each
// change, and booked with their reason (docs/renderer.md, "Which device").
#include <drm_fourcc.h>

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr Rect west{50, 50, 200, 150}, east{600, 50, 200, 150};
constexpr std::uint64_t pixel = 4; ///< Bytes.

OutputInfo with_overlays() {
  OutputInfo info = fake_output();
  for (unsigned i = 0; i < 2; ++i)
    info.planes.insert(info.planes.begin() + 1 + i,
                       {PlaneId{151 + i},
                        PlaneType::Overlay,
                        {{DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR}, {DRM_FORMAT_ARGB8888, 0}}});
  return info;
}

struct Bench : OutputBench {
  Bench() : OutputBench({with_overlays()}) {}
  /// What this window shows is none of the display's.
  Layer foreign(std::uint64_t buffer = 1001) {
    device.buffers.erase(BufferId{buffer});
    return FakeSource::window(6, buffer, west);
  }
};

TEST(AnotherDevice, ItsBufferIsComposedIntoAnImageThatTheDisplayTakes) {
  Bench bench;
  EXPECT_EQ(bench.plan_of({bench.foreign()}), "6:composed (no framebuffer of the buffer)");
  ASSERT_EQ(bench.composer.draws.size(), 1U);
  EXPECT_EQ(bench.composer.draws[0].surfaces, std::vector{SurfaceId{6}});
  EXPECT_EQ(bench.device.on_screen().planes.at(0).buffer, bench.composer.draws[0].target);
  EXPECT_TRUE(bench.device.knows(bench.composer.draws[0].target));
  EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition), std::uint64_t{200} * 150 * pixel);
  EXPECT_EQ(bench.device.failed_submits, 0U);
}

TEST(AnotherDevice, ItIsDrawnOnceForEachChangeWhileOthersAreOnPlanes) {
  Bench bench;
  EXPECT_EQ(bench.plan_of({bench.foreign(), FakeSource::window(7, 1002, east)}),
            "6:composed (no framebuffer of the buffer), 7:plane 152");
  const std::size_t drawn = bench.composer.draws.size();
  for (std::uint64_t i = 0; i < 20; ++i)
    bench.plan_of({FakeSource::window(7, 1003 + i % 2, east)});
  EXPECT_EQ(bench.composer.draws.size(), drawn);
  bench.plan_of({bench.foreign(1005)});
  EXPECT_EQ(bench.composer.draws.size(), drawn + 1);
  EXPECT_EQ(bench.observer.bytes(CopyKind::GpuComposition), (drawn + 1) * 200 * 150 * pixel);
}

TEST(AnotherDevice, OverAClientOnThePrimaryPlaneItIsAnImageOfItsOwn) {
  Bench bench;
  EXPECT_EQ(bench.plan_of({bench.source.fullscreen(5, 1003), bench.foreign()}),
            "5:plane 131, 6:composed (no framebuffer of the buffer)");
  ASSERT_FALSE(bench.composer.draws.empty());
  EXPECT_TRUE(bench.composer.draws.back().transparent);
  const std::size_t drawn = bench.composer.draws.size();
  for (std::uint64_t i = 0; i < 20; ++i)
    bench.plan_of({bench.source.fullscreen(5, 1007 + i % 2)});
  EXPECT_EQ(bench.composer.draws.size(), drawn) << "the game goes on without it";
}

} // namespace
} // namespace fenceline::test
