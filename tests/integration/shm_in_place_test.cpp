#include <sys/mman.h>

#include "tests/integration/client_harness.h"

// wl_shm pictures that devices read where they are: who gets his buffer back when, and what is never held.

namespace fenceline::test {
namespace {

class ShmInPlaceTest : public ProtocolTest {
 protected:
  void SetUp() override {
    ProtocolTest::SetUp();
    server.pages->refuse = false;
    surface = client->surface();
    a = client->shm_buffer(8, 8, 0x11);
    b = client->shm_buffer(8, 8, 0x22);
    show(a);
    put_on_output(surface);
    frame();
  }
  void show(wl_buffer* buffer) const {
    TestClient::show(surface, buffer);
    pump();
  }
  /// What the output is shown of the surface.
  [[nodiscard]] BufferKind kind() const { return server.layers().at(0).kind; }
  /// Until it is released `times` times, or too long.
  void wait_for_release(wl_buffer* buffer, int times) {
    for (int i = 0; i < 200 && client->releases[buffer] < times; ++i) {
      ::usleep(10'000);
      frame();
    }
  }

  wl_surface* surface = nullptr;
  wl_buffer *a = nullptr, *b = nullptr;
};

TEST_F(ShmInPlaceTest, TurnsAreShownInPlaceFromTheSecondRoundOn) {
  EXPECT_EQ(BufferKind::Shm, kind());
  show(b);
  EXPECT_EQ(BufferKind::Shm, kind());
  frame();
  EXPECT_TRUE(server.importer.live.empty()) << "nothing is shared for a single picture";
  show(a);
  EXPECT_EQ(BufferKind::Dmabuf, kind());
  frame();
  show(b);
  EXPECT_EQ(BufferKind::Dmabuf, kind());
  EXPECT_EQ(2U, server.importer.live.size());
  EXPECT_EQ((Size{8, 8}), server.importer.last_size);
  frame();
  show(a);
  frame();
  EXPECT_EQ(2U, server.importer.live.size()) << "each is imported once";
  expect_alive();
}

TEST_F(ShmInPlaceTest, ABufferInPlaceIsReleasedByTheFlipThatReplacesIt) {
  show(b);
  frame();
  EXPECT_EQ(1, client->releases[a]);
  show(a);
  frame();
  EXPECT_EQ(1, client->releases[a]) << "on the screen";
  show(b);
  server.latch();
  pump();
  EXPECT_EQ(1, client->releases[a]) << "until the flip";
  server.flip();
  pump();
  EXPECT_EQ(2, client->releases[a]);
}

TEST_F(ShmInPlaceTest, AClientThatWaitsForItsBufferGetsItBackAndIsUploadedFromThenOn) {
  show(b);
  frame();
  show(a);
  frame();
  ASSERT_EQ(BufferKind::Dmabuf, kind());
  // It does nothing more until it has it back.
  wait_for_release(a, 2);
  ASSERT_EQ(2, client->releases[a]);
  EXPECT_EQ(BufferKind::Shm, kind());
  EXPECT_EQ(std::byte{0x11}, server.uploaded(client->resource(surface)->surface_id()).at(0));
  show(a);
  EXPECT_EQ(BufferKind::Shm, kind());
  frame();
  EXPECT_EQ(3, client->releases[a]);
  show(b);
  frame();
  show(a);
  EXPECT_EQ(BufferKind::Shm, kind());
}

TEST_F(ShmInPlaceTest, AClientThatTakesTheFirstFreeBufferIsShownInPlaceToo) {
  // It gets its first buffer back at once, so it draws into nothing else, until that one is held.
  int taken = 1;
  std::vector<BufferKind> kinds;
  for (int i = 0; i < 8; ++i) {
    const bool a_is_free = client->releases[a] == taken;
    show(a_is_free ? a : b);
    taken += a_is_free ? 1 : 0;
    kinds.push_back(kind());
    frame();
  }
  EXPECT_EQ(std::vector(4, BufferKind::Dmabuf), std::vector(kinds.end() - 4, kinds.end()));
}

TEST_F(ShmInPlaceTest, ASingleBufferOnTrialIsGivenBackAndItsPictureIsUploaded) {
  show(a);
  frame();
  show(a);
  EXPECT_EQ(BufferKind::Shm, kind());
  frame();
  EXPECT_EQ(2, client->releases[a]) << "held";
  EXPECT_EQ(std::byte{0x11}, server.uploaded(client->resource(surface)->surface_id()).at(0));
  wait_for_release(a, 3);
  EXPECT_EQ(3, client->releases[a]);
  for (int i = 4; i < 11; ++i) {
    show(a);
    frame();
    EXPECT_EQ(i, client->releases[a]) << "nothing is tried for a while";
  }
}

TEST_F(ShmInPlaceTest, ATrialEndsAlsoWhileTheSurfaceIsShownNowhere) {
  show(a);
  frame();
  show(b);
  frame();
  server.stack.surfaces.clear();
  show(a);
  ASSERT_EQ(BufferKind::Dmabuf, client->scene_surface(surface).current().buffer->kind);
  for (int i = 0; i < 300 && client->scene_surface(surface).current().buffer->kind == BufferKind::Dmabuf; ++i) {
    ::usleep(10'000);
    pump();
  }
  // Seen again, it is uploaded with the first frame.
  server.stack.surfaces.push_back(client->resource(surface)->surface_id());
  const int before = client->releases[a];
  frame();
  EXPECT_EQ(before + 1, client->releases[a]);
}

TEST_F(ShmInPlaceTest, CommitsWithoutABufferDoNotKeepATrialFromEnding) {
  show(a);
  frame();
  show(a);
  frame();
  ASSERT_EQ(2, client->releases[a]) << "held";
  for (int i = 0; i < 300 && client->releases[a] < 3; ++i) {
    wl_surface_commit(surface);
    pump();
    ::usleep(10'000);
    pump();
  }
  EXPECT_EQ(3, client->releases[a]);
}

TEST_F(ShmInPlaceTest, ATrialEndsWithTheSurface) {
  show(a);
  frame();
  show(a);
  frame();
  ASSERT_EQ(2, client->releases[a]);
  client->drop(surface, wl_surface_destroy);
  pump();
  EXPECT_EQ(3, client->releases[a]);
  ::usleep(300'000);
  expect_alive();
}

TEST_F(ShmInPlaceTest, ATrialEndsWithTheBuffer) {
  show(a);
  frame();
  show(a);
  frame();
  client->drop(a, wl_buffer_destroy);
  pump();
  ::usleep(300'000);
  expect_alive();
  frame();
  EXPECT_EQ(0U, server.shm_sharing->count());
}

TEST_F(ShmInPlaceTest, NothingShownEndsATrial) {
  show(a);
  frame();
  show(a);
  frame();
  show(nullptr);
  EXPECT_EQ(3, client->releases[a]);
}

TEST_F(ShmInPlaceTest, WhatHasMovedOnThreeTimesIsHeldForAsLongAsItIsShown) {
  for (wl_buffer* buffer : {b, a, b, a, b}) {
    show(buffer);
    frame();
  }
  ASSERT_EQ(BufferKind::Dmabuf, kind());
  const int before = client->releases[b];
  for (int i = 0; i < 30; ++i) {
    ::usleep(10'000);
    frame();
  }
  EXPECT_EQ(before, client->releases[b]);
  EXPECT_EQ(BufferKind::Dmabuf, kind());
}

TEST_F(ShmInPlaceTest, ABufferThatFollowsOnItselfIsUploaded) {
  show(b);
  frame();
  show(a);
  frame();
  show(a);
  EXPECT_EQ(BufferKind::Shm, kind());
  frame();
  EXPECT_EQ(1, client->releases[b]);
  EXPECT_EQ(2, client->releases[a]) << "once for both pictures: it was never free in between";
}

TEST_F(ShmInPlaceTest, WhereNoPagesAreToBeHadPicturesAreUploadedAndNobodyIsAskedTwice) {
  server.pages->refuse = true;
  for (wl_buffer* buffer : {b, a, b, a, b}) {
    show(buffer);
    EXPECT_EQ(BufferKind::Shm, kind());
    frame();
  }
  EXPECT_EQ(2, server.pages->asked) << "once a buffer";
}

TEST_F(ShmInPlaceTest, WhereTheDevicesRefusePicturesAreUploaded) {
  server.importer.refuse = true;
  for (wl_buffer* buffer : {b, a, b}) {
    show(buffer);
    EXPECT_EQ(BufferKind::Shm, kind());
    frame();
  }
  EXPECT_EQ(0U, server.shm_sharing->count());
}

TEST_F(ShmInPlaceTest, ABufferThatEndsWhileItIsShownIsForgottenWhenItIsReplaced) {
  show(b);
  frame();
  show(a);
  frame();
  client->drop(a, wl_buffer_destroy);
  pump();
  frame();
  EXPECT_EQ(1U, server.importer.live.size());
  EXPECT_EQ(1U, server.shm_sharing->count());
  show(b);
  frame();
  EXPECT_EQ(1U, server.shm_sharing->count()) << "the other one's now";
  show(nullptr);
  client->drop(b, wl_buffer_destroy);
  pump();
  frame();
  EXPECT_TRUE(server.importer.live.empty());
  EXPECT_EQ(0U, server.shm_sharing->bytes());
}

TEST_F(ShmInPlaceTest, AClientThatEndsLeavesNothing) {
  show(b);
  frame();
  show(a);
  frame();
  ASSERT_FALSE(server.importer.live.empty());
  client->disconnect();
  server.latch();
  server.flip();
  EXPECT_EQ(0U, server.shm_sharing->count());
}

TEST_F(ShmInPlaceTest, WhatThePagesAroundAPictureAreIsPartOfIt) {
  // Two pictures in one pool, the second in the middle of a page.
  const UniqueFd file = memory_file(3 * page_size());
  wl_shm_pool* pool =
      client->own(wl_shm_create_pool(client->shm, file.get(), static_cast<std::int32_t>(3 * page_size())));
  wl_buffer* one = client->own(wl_shm_pool_create_buffer(pool, 0, 8, 8, 32, WL_SHM_FORMAT_XRGB8888));
  const auto middle = static_cast<std::int32_t>(page_size()) + 100;
  const auto rows = static_cast<std::int32_t>(page_size()) / 32;
  wl_buffer* two = client->own(wl_shm_pool_create_buffer(pool, middle, 8, rows, 32, WL_SHM_FORMAT_XRGB8888));
  for (wl_buffer* buffer : {one, two, one, two}) {
    show(buffer);
    frame();
  }
  expect_alive();
  EXPECT_EQ(page_size(), server.pages->offset);
  EXPECT_EQ(2 * page_size(), server.pages->size);
  EXPECT_EQ(100U, server.importer.last_offset);
  EXPECT_EQ(32U, server.importer.last_stride);
  EXPECT_EQ(3 * page_size(), server.shm_sharing->bytes());
}

TEST_F(ShmInPlaceTest, AClientHasSoMuchPinnedMemoryAndNoMore) {
  // Files of holes: they cost the client nothing.
  constexpr std::int32_t side = 4096;
  constexpr std::int64_t bytes = std::int64_t{side} * side * 4;
  constexpr auto most = static_cast<int>(ShmSharing::most_of_a_client / bytes);
  static_assert(most >= 2);
  std::vector<wl_buffer*> buffers;
  for (int i = 0; i <= most; ++i) {
    const UniqueFd file = memory_file(static_cast<std::size_t>(bytes));
    wl_shm_pool* pool = client->own(wl_shm_create_pool(client->shm, file.get(), static_cast<std::int32_t>(bytes)));
    buffers.push_back(client->own(wl_shm_pool_create_buffer(pool, 0, side, side, 4 * side, WL_SHM_FORMAT_XRGB8888)));
  }
  server.refuse_uploads = true; // It would take long.
  for (int round = 0; round < 2; ++round)
    for (wl_buffer* buffer : buffers)
      show(buffer);
  expect_alive();
  EXPECT_EQ(static_cast<std::size_t>(most), server.shm_sharing->count());
}

TEST_F(ShmInPlaceTest, ASynchronisedSubsurfacesPictureIsGivenBackToo) {
  wl_surface* child = client->surface();
  client->own(wl_subcompositor_get_subsurface(client->subcompositor, child, surface));
  wl_buffer* c = client->shm_buffer(8, 8);
  wl_buffer* d = client->shm_buffer(8, 8);
  for (wl_buffer* buffer : {c, d}) {
    TestClient::show(child, buffer);
    wl_surface_commit(surface);
    pump();
    frame();
  }
  // Its parent commits long after it.
  TestClient::show(child, c);
  pump();
  ::usleep(300'000);
  pump();
  wl_surface_commit(surface);
  pump();
  frame();
  ASSERT_EQ(BufferKind::Dmabuf, server.layers().at(1).kind);
  wait_for_release(c, 2);
  EXPECT_EQ(2, client->releases[c]);
}

} // namespace
} // namespace fenceline::test
