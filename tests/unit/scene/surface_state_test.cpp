#include "compositor/scene/surface_state.h"

#include <drm_fourcc.h>
#include <gtest/gtest.h>

namespace fenceline {
namespace {

SurfaceState with_buffer(Size size, BufferKind kind = BufferKind::Dmabuf) {
  SurfaceState state;
  SurfacePatch patch;
  patch.buffer = BufferAttachment{.id = BufferId{1},
                                  .kind = kind,
                                  .size = size,
                                  .format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR},
                                  .pixels = nullptr,
                                  .lease = nullptr};
  state.apply(CommitId{1}, std::move(patch));
  return state;
}

TEST(SurfaceState, SizeFollowsTransformScaleAndViewportInThisOrder) {
  SurfaceState state = with_buffer({60, 40});
  EXPECT_EQ(state.size(), (Size{60, 40}));
  state.transform = Transform::R90;
  EXPECT_EQ(state.size(), (Size{40, 60}));
  state.scale = 2;
  EXPECT_EQ(state.size(), (Size{20, 30}));
  state.viewport_source = FRect{1, 2, 10, 12};
  EXPECT_EQ(state.size(), (Size{10, 12}));
  state.viewport_destination = Size{200, 100};
  EXPECT_EQ(state.size(), (Size{200, 100}));
}

TEST(SurfaceState, ASourceRectangleIsFoundInTheBufferAsItLiesInMemory) {
  // A 60x40 buffer turned by 90 shows a 40x60 picture; the picture's upper left 10x20 corner lies at the buffer's lower
  // left.
  SurfaceState state = with_buffer({60, 40});
  state.transform = Transform::R90;
  state.viewport_source = FRect{0, 0, 10, 20};
  EXPECT_EQ(state.buffer_source(), (FRect{0, 30, 20, 10}));
  state.transform = Transform::R180;
  EXPECT_EQ(state.buffer_source(), (FRect{50, 20, 10, 20}));
  state.transform = Transform::Flipped;
  EXPECT_EQ(state.buffer_source(), (FRect{50, 0, 10, 20}));
}

TEST(SurfaceState, ViewportFaultsAreFoundAgainstTheBufferInForce) {
  SurfaceState state = with_buffer({60, 40});
  state.viewport_source = FRect{0, 0, 60.5, 10};
  EXPECT_EQ(check_viewport(state), ViewportFault::BadSize);
  state.viewport_destination = Size{10, 10};
  EXPECT_EQ(check_viewport(state), ViewportFault::OutOfBuffer);
  state.viewport_source = FRect{0, 0, 59.5, 10};
  EXPECT_EQ(check_viewport(state), ViewportFault::None);
}

TEST(SurfaceState, UploadDamageGathersUntilItIsTaken) {
  SurfaceState state = with_buffer({60, 40}, BufferKind::Shm);
  EXPECT_TRUE(state.upload_damage.covers({0, 0, 60, 40})) << "a new size is damaged all over";
  state.upload_damage.clear();
  for (const Rect& r : {Rect{0, 0, 5, 5}, Rect{50, 30, 100, 100}}) {
    SurfacePatch patch;
    patch.buffer = state.buffer;
    patch.buffer_damage.add(r);
    state.apply(CommitId{2}, std::move(patch));
  }
  EXPECT_TRUE(state.upload_damage.covers({0, 0, 5, 5}));
  EXPECT_EQ(state.upload_damage.bounds(), (Rect{0, 0, 60, 40}));
  EXPECT_FALSE(state.upload_damage.contains({20, 20}));
}

TEST(SurfaceState, SurfaceDamageIsScaledToTheBuffer) {
  SurfaceState state = with_buffer({60, 40}, BufferKind::Shm);
  state.scale = 2;
  state.upload_damage.clear();
  SurfacePatch patch;
  patch.surface_damage.add(Rect{1, 2, 3, 4});
  state.apply(CommitId{2}, std::move(patch));
  EXPECT_EQ(state.upload_damage.rects(), (std::vector<Rect>{{2, 4, 6, 8}}));
}

TEST(SurfaceState, HugeDamageAndOffsetsDoNotOverflow) {
  SurfaceState state = with_buffer({60, 40}, BufferKind::Shm);
  state.scale = 8;
  for (int i = 0; i < 3; ++i) {
    SurfacePatch patch;
    constexpr std::int32_t most = 2147483647;
    patch.surface_damage.add(Rect{-most, -most, most, most});
    patch.surface_damage.add(Rect{0, 0, most, most});
    patch.buffer_damage.add(Rect{most, most, most, most});
    patch.offset = Point{most, most};
    state.apply(CommitId{2}, std::move(patch));
  }
  EXPECT_TRUE(state.upload_damage.covers({0, 0, 60, 40}));
}

TEST(SurfaceState, PixelsAreUploadedWholeAgainAfterADmabufOfTheSameShape) {
  SurfaceState state = with_buffer({10, 10}, BufferKind::Shm);
  state.upload_damage.clear();
  for (const BufferKind kind : {BufferKind::Dmabuf, BufferKind::Shm}) {
    SurfacePatch patch;
    patch.buffer = state.buffer;
    (*patch.buffer)->kind = kind;
    patch.buffer_damage.add(Rect{0, 0, 1, 1});
    state.apply(CommitId{2}, std::move(patch));
  }
  EXPECT_EQ(state.upload_damage, Region(Rect{0, 0, 10, 10}));
}

} // namespace
} // namespace fenceline
