// Cursors out of clients' own dma-bufs: on the cursor plane as they are, or
// composed where it does not take them.
#include <drm_fourcc.h>

#include "tests/unit/output/output_bench.h"

namespace fenceline::test {
namespace {

constexpr PlaneId cursor_plane{141};

Layer cursor(std::uint64_t buffer, Point at, Size size = {32, 32}) {
  Layer layer = FakeSource::cursor(9, buffer, at, size);
  layer.kind = BufferKind::Dmabuf;
  return layer;
}

class CursorBuffers : public testing::Test {
 protected:
  std::string plan_of(std::vector<Layer> layers) { return bench.plan_of(std::move(layers)); }
  OutputBench bench;
};

TEST_F(CursorBuffers, IsOnThePlaneAsItIs) {
  EXPECT_EQ(plan_of({bench.source.fullscreen(7, 1001), cursor(1002, {100, 50})}), "7:plane 131, 9:plane 141");
  const PlaneState* shown = bench.on(cursor_plane);
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->buffer, BufferId{1002});
  EXPECT_EQ(shown->source, (FRect{0, 0, 32, 32}));
  EXPECT_EQ(shown->dest, (Rect{100, 50, 32, 32}));
  EXPECT_EQ(bench.observer.bytes(CopyKind::CursorUpload), 0U);
  EXPECT_TRUE(bench.device.cursor_pixels.empty()) << "no image for it was made";
  EXPECT_TRUE(bench.composer.draws.empty());
}

TEST_F(CursorBuffers, MovingItComposesNothing) {
  plan_of({FakeSource::window(7, 1001, window_place), cursor(1002, {100, 50})});
  const std::size_t drawn = bench.composer.draws.size(), asked = bench.device.tests;
  for (int i = 0; i < 5; ++i)
    plan_of({cursor(1002, {100 + i, 50})});
  EXPECT_EQ(bench.composer.draws.size(), drawn);
  EXPECT_LE(bench.device.tests, asked + 1) << "one more without a modeset";
  EXPECT_EQ(bench.on(cursor_plane)->dest, (Rect{104, 50, 32, 32}));
}

TEST_F(CursorBuffers, ItIsHeldUntilAnotherHasReplacedIt) {
  plan_of({bench.source.fullscreen(7, 1001), cursor(1002, {100, 50})});
  bench.commit(cursor(1003, {100, 50}));
  EXPECT_TRUE(bench.source.released.empty());
  bool shown = false;
  bench.source.on_release = [&](BufferId buffer) { shown = shown || bench.device.uses(buffer); };
  bench.loop.advance(ms(40));
  bench.source.on_release = nullptr; // The bench outlives this.
  ASSERT_EQ(bench.source.released.size(), 1U);
  EXPECT_EQ(bench.source.released[0].buffer, BufferId{1002});
  EXPECT_FALSE(shown) << "given back while it was on the screen";
}

TEST_F(CursorBuffers, ItsClientIsToldThatNothingWasCopied) {
  plan_of({bench.source.fullscreen(7, 1001)});
  const CommitId commit = bench.commit(cursor(1002, {100, 50}));
  bench.loop.advance(ms(40));
  EXPECT_EQ(bench.source.fate(commit).presented, 1);
  EXPECT_TRUE(bench.source.fate(commit).zero_copy);
}

TEST_F(CursorBuffers, AFormatThatThePlaneDoesNotTakeIsComposed) {
  Layer layer = cursor(1002, {100, 50});
  layer.format.fourcc = DRM_FORMAT_ABGR8888;
  EXPECT_EQ(plan_of({FakeSource::window(7, 1001, window_place), layer}),
            "7:composed (does not cover the output), 9:composed (format and modifier "
            "not taken by a plane)");
  EXPECT_EQ(bench.observer.bytes(CopyKind::CursorUpload), 0U) << "it is sampled where it is";
}

TEST_F(CursorBuffers, OneThatIsTooLargeIsComposed) {
  plan_of({bench.source.fullscreen(7, 1001), cursor(1002, {100, 50}, {65, 32})});
  EXPECT_EQ(bench.output().last_plan().layers[1].refusal, Refusal::TooLarge);
}

TEST_F(CursorBuffers, OneThatTheDisplayCannotReadIsComposed) {
  plan_of({bench.source.fullscreen(7, 1001), cursor(1099, {100, 50})});
  EXPECT_EQ(bench.output().last_plan().layers[1].refusal, Refusal::NoFramebuffer);
}

TEST_F(CursorBuffers, ASizeThatThePlaneRefusesIsComposedAndNotAskedForAgain) {
  bench.device.rule = [](const OutputState& state) {
    for (const PlaneState& plane : state.planes)
      if (plane.plane == cursor_plane && plane.dest.size() != Size{64, 64})
        return EINVAL;
    return 0;
  };
  plan_of({FakeSource::window(7, 1001, window_place), cursor(1002, {100, 50})});
  EXPECT_EQ(bench.output().last_plan().layers[1].refusal, Refusal::TestRejected);
  plan_of({cursor(1002, {101, 50})});
  const std::size_t asked = bench.device.tests;
  plan_of({cursor(1003, {102, 50})});
  plan_of({cursor(1002, {103, 50})});
  EXPECT_EQ(bench.device.tests, asked);
  EXPECT_EQ(bench.output().failures(), 0U);
  EXPECT_TRUE(plan_of({cursor(1004, {103, 50}, {64, 64})}).ends_with("9:plane 141"));
}

TEST_F(CursorBuffers, AnImageOfOursComesAfterIt) {
  plan_of({bench.source.fullscreen(7, 1001), cursor(1002, {100, 50})});
  EXPECT_EQ(plan_of({FakeSource::cursor(9, 1003, {100, 50})}), "7:plane 131, 9:plane 141");
  EXPECT_NE(bench.on(cursor_plane)->buffer, BufferId{1003});
  EXPECT_EQ(plan_of({cursor(1002, {100, 50})}), "7:plane 131, 9:plane 141");
  EXPECT_EQ(bench.on(cursor_plane)->buffer, BufferId{1002});
}

TEST_F(CursorBuffers, ScreenshotsHaveIt) {
  plan_of({bench.source.fullscreen(7, 1001), cursor(1002, {100, 50})});
  std::size_t pieces = 0;
  Rect uppermost;
  ASSERT_TRUE(bench.output().capture([&](const Result<Capture>& capture) {
    ASSERT_TRUE(capture);
    pieces = capture->pieces.size();
    uppermost = capture->pieces.back().dest;
  }));
  bench.loop.advance(ms(40));
  EXPECT_EQ(pieces, 2U);
  EXPECT_EQ(uppermost, (Rect{100, 50, 32, 32}));
}

TEST(CursorBuffersOfTwo, AreOnThePlanesOfBothOutputs) {
  OutputBench bench({fake_output(1), fake_output(2)});
  bench.plan_of({bench.source.fullscreen(7, 1001), cursor(1002, {100, 50})});
  for (const std::uint32_t output : {1U, 2U})
    EXPECT_TRUE(bench.device.shows(BufferId{1002}, OutputId{output}));
}

} // namespace
} // namespace fenceline::test
