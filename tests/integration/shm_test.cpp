#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "tests/integration/client_harness.h"
#include "tests/support/silent_file_system.h"

namespace fenceline::test {
namespace {

class ShmTest : public ProtocolTest {
 protected:
  wl_shm_pool* pool(int fd, std::int32_t size) { return client->own(wl_shm_create_pool(client->shm, fd, size)); }
  wl_shm_pool* pool(std::int32_t size) { return pool(memory_file(static_cast<std::size_t>(size)).get(), size); }
  void buffer(wl_shm_pool* pool, std::int32_t offset, std::int32_t width, std::int32_t height, std::int32_t stride,
              std::uint32_t format = WL_SHM_FORMAT_ARGB8888) {
    client->own(wl_shm_pool_create_buffer(pool, offset, width, height, stride, format));
  }
};

// A pool's file stays open as long as a buffer of it is there: destroying the pools does not make room.
TEST_F(ShmTest, TheBuffersOfAClientHaveSoManyFilesTogether) {
  const UniqueFd file = memory_file(4096);
  std::vector<wl_buffer*> buffers;
  const auto make = [&] {
    wl_shm_pool* pool = wl_shm_create_pool(client->shm, file.get(), 4096);
    buffers.push_back(wl_shm_pool_create_buffer(pool, 0, 8, 8, 32, WL_SHM_FORMAT_ARGB8888));
    wl_shm_pool_destroy(pool);
  };
  for (int i = 0; i < 1024; ++i) {
    make();
    if (i % 16 == 0)
      pump(); // A message carries so many descriptors only.
  }
  expect_alive();
  wl_buffer_destroy(buffers.back());
  buffers.pop_back();
  make();
  expect_alive();
  make();
  expect_error("ENOMEM");
  for (wl_buffer* buffer : buffers)
    wl_buffer_destroy(buffer);
}

TEST_F(ShmTest, APipeIsInvalidFd) {
  std::array<int, 2> ends{};
  ASSERT_EQ(0, ::pipe2(ends.data(), O_CLOEXEC));
  const UniqueFd read_end(ends[0]), write_end(ends[1]);
  pool(read_end.get(), 4096);
  expect_error("wl_shm 2");
}

TEST_F(ShmTest, ADirectoryIsInvalidFd) {
  const UniqueFd fd(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  pool(fd.get(), 4096);
  expect_error("wl_shm 2");
}

TEST_F(ShmTest, ADeviceIsInvalidFd) {
  const UniqueFd fd(::open("/dev/zero", O_RDWR | O_CLOEXEC));
  pool(fd.get(), 4096);
  expect_error("wl_shm 2");
}

// A regular file to fstat(2), whose reader faults in whatever the client has mapped there.
TEST_F(ShmTest, AProcesssMemoryIsInvalidFd) {
  const UniqueFd fd(::open("/proc/self/mem", O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(fd.valid());
  pool(fd.get(), 4096);
  expect_error("wl_shm 2");
}

/// For a pool of so many bytes a client sends a file of its own file system.
class SilentPool : public ShmTest, public testing::WithParamInterface<std::int32_t> {};
TEST_P(SilentPool, IsRefusedAndNobodyWaits) {
  const auto silent = SilentFileSystem::create({.answers = true});
  if (!silent)
    GTEST_SKIP() << "SKIP: " << silent.error().text();
  pool((*silent)->file(), GetParam());
  // The client's copy is closed when it is sent, which asks, too.
  ASSERT_GE(wl_display_flush(client->connection), 0);
  (*silent)->hush();
  expect_error(GetParam() == 0 ? "wl_shm 1" : "wl_shm 2");
  EXPECT_TRUE((*silent)->alive()) << "had to be ended for the test to go on";
}

INSTANTIATE_TEST_SUITE_P(Each, SilentPool, testing::Values(4096, 0));

TEST_F(ShmTest, AFileOnTheDiskIsTaken) {
  // Clients without memfd_create(2) put it there; where /tmp is a disk's, this is one.
  const UniqueFd fd(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd.valid())
    GTEST_SKIP() << "SKIP: no file can be made in /tmp";
  if (const char* fault = server.shm.files().fault(fd.get()))
    GTEST_SKIP() << "SKIP: " << fault;
  const std::array<unsigned char, 8> bytes{1, 2, 3, 4, 5, 6, 7, 8};
  ASSERT_EQ(8, ::pwrite(fd.get(), bytes.data(), bytes.size(), 0));
  wl_surface* surface = client->surface();
  TestClient::show(surface,
                   client->own(wl_shm_pool_create_buffer(pool(fd.get(), 8), 0, 2, 1, 8, WL_SHM_FORMAT_ARGB8888)));
  put_on_output(surface);
  frame();
  expect_alive();
  const auto& read = server.uploaded(client->resource(surface)->surface_id());
  ASSERT_EQ(8U, read.size());
  EXPECT_EQ(0, std::memcmp(read.data(), bytes.data(), read.size()));
}

TEST_F(ShmTest, AFileThatCannotBeReadIsInvalidFd) {
  const UniqueFd memory = memory_file(4096);
  const UniqueFd fd(::open(("/proc/self/fd/" + std::to_string(memory.get())).c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(fd.valid());
  pool(fd.get(), 4096);
  expect_error("wl_shm 2");
}

TEST_F(ShmTest, APathIsInvalidFd) {
  const UniqueFd fd(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  pool(fd.get(), 4096);
  expect_error("wl_shm 2");
}

TEST_F(ShmTest, APoolOfNoBytesIsInvalidStride) {
  pool(memory_file(4096).get(), 0);
  expect_error("wl_shm 1");
}

TEST_F(ShmTest, APoolOfNegativeSizeIsInvalidStride) {
  pool(memory_file(4096).get(), -4096);
  expect_error("wl_shm 1");
}

TEST_F(ShmTest, APoolDoesNotShrink) {
  wl_shm_pool_resize(pool(4096), 4095);
  expect_error("wl_shm_pool 2");
}

TEST_F(ShmTest, APoolGrows) {
  wl_shm_pool* grown = pool(4096);
  wl_shm_pool_resize(grown, 8192);
  buffer(grown, 4096, 32, 32, 128);
  expect_alive();
}

TEST_F(ShmTest, AFormatThatIsNotOnOfferIsInvalidFormat) {
  buffer(pool(4096), 0, 16, 16, 64, WL_SHM_FORMAT_YUV420);
  expect_error("wl_shm_pool 0");
}

struct BadBuffer {
  const char* name;
  std::int32_t offset, width, height, stride;
};

class BadShmBuffer : public ShmTest, public testing::WithParamInterface<BadBuffer> {};

TEST_P(BadShmBuffer, IsInvalidStride) {
  const BadBuffer& bad = GetParam();
  buffer(pool(4096), bad.offset, bad.width, bad.height, bad.stride);
  expect_error("wl_shm_pool 1");
}

INSTANTIATE_TEST_SUITE_P(Each, BadShmBuffer,
                         testing::Values(BadBuffer{"NegativeOffset", -4, 4, 4, 16}, BadBuffer{"NoWidth", 0, 0, 4, 16},
                                         BadBuffer{"NegativeWidth", 0, -1, 4, 16}, BadBuffer{"NoHeight", 0, 4, 0, 16},
                                         BadBuffer{"NegativeHeight", 0, 4, -1, 16},
                                         BadBuffer{"StrideTooSmall", 0, 4, 4, 15},
                                         BadBuffer{"NegativeStride", 0, 4, 4, -16}, BadBuffer{"TooHigh", 0, 16, 65, 64},
                                         BadBuffer{"OffsetTooFar", 4, 32, 32, 128},
                                         BadBuffer{"OffsetOverflows", INT32_MAX, 16, 1, 64},
                                         BadBuffer{"ProductOverflows", 0, 16, 1 << 30, 1 << 30},
                                         BadBuffer{"RowOverflows", 0, INT32_MAX, 1, 16},
                                         BadBuffer{"AllOverflow", INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_F(ShmTest, FormatsAreTold) {
  std::vector<std::uint32_t> formats;
  static const wl_shm_listener listener = {.format = [](void* data, wl_shm*, std::uint32_t format) {
    static_cast<std::vector<std::uint32_t>*>(data)->push_back(format);
  }};
  auto* shm = client->bind<wl_shm>(wl_shm_interface);
  wl_shm_add_listener(shm, &listener, &formats);
  expect_alive();
  // NV12, which the server was given too, has more than one plane.
  EXPECT_EQ((std::vector<std::uint32_t>{WL_SHM_FORMAT_ARGB8888, WL_SHM_FORMAT_XRGB8888, WL_SHM_FORMAT_RGB565}),
            formats);
  client->drop(shm, wl_shm_release);
  expect_alive();
}

TEST_F(ShmTest, ExactlyTheBuffersBytesAreRead) {
  const UniqueFd fd = memory_file(4096);
  std::array<unsigned char, 4096> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned char>(i * 7);
  ASSERT_EQ(4096, ::pwrite(fd.get(), bytes.data(), bytes.size(), 0));
  wl_shm_pool* own_pool = pool(fd.get(), 4096);
  wl_buffer* buffer = client->own(wl_shm_pool_create_buffer(own_pool, 100, 5, 3, 33, WL_SHM_FORMAT_ARGB8888));
  client->drop(own_pool, wl_shm_pool_destroy);
  wl_surface* surface = client->surface();
  TestClient::show(surface, buffer);
  put_on_output(surface);
  frame();
  const auto& read = server.uploaded(client->resource(surface)->surface_id());
  ASSERT_EQ(99U, read.size());
  EXPECT_EQ(0, std::memcmp(read.data(), bytes.data() + 100, read.size()));
}

TEST_F(ShmTest, RowsOutOfThePictureAreNotRead) {
  wl_surface* surface = client->surface();
  TestClient::show(surface, client->shm_buffer(4, 4));
  pump();
  const auto pixels = client->scene_surface(surface).current().buffer->pixels;
  std::vector<std::byte> out(64, std::byte{0xee});
  EXPECT_FALSE(pixels->read_rows(3, 2, out));
  EXPECT_EQ(std::byte{0}, out[0]);
  EXPECT_FALSE(pixels->read_rows(UINT32_MAX, 1, out));
  EXPECT_TRUE(pixels->read_rows(3, 1, out));
  EXPECT_EQ(std::byte{0x40}, out[0]);
}

TEST_F(ShmTest, AFileThatIsCutAfterSendingReadsAsZeros) {
  const UniqueFd fd = memory_file(std::size_t{64} * 1024);
  std::vector<unsigned char> ones(std::size_t{64} * 1024, 0xff);
  ASSERT_EQ(65536, ::pwrite(fd.get(), ones.data(), ones.size(), 0));
  wl_buffer* buffer =
      client->own(wl_shm_pool_create_buffer(pool(fd.get(), 65536), 0, 128, 128, 512, WL_SHM_FORMAT_ARGB8888));
  wl_surface* surface = client->surface();
  TestClient::show(surface, buffer);
  put_on_output(surface);
  ASSERT_EQ(0, ::ftruncate(fd.get(), 100));
  frame();
  expect_alive();
  const auto& read = server.uploaded(client->resource(surface)->surface_id());
  ASSERT_EQ(65536U, read.size());
  EXPECT_EQ(std::byte{0xff}, read[99]);
  EXPECT_TRUE(std::all_of(read.begin() + 100, read.end(), [](std::byte b) { return b == std::byte{0}; }));
  // Gone altogether, while the client still shows it.
  ASSERT_EQ(0, ::ftruncate(fd.get(), 0));
  TestClient::show(surface, buffer);
  pump();
  frame();
  expect_alive();
  EXPECT_EQ(std::byte{0}, server.uploaded(client->resource(surface)->surface_id())[0]);
}

TEST_F(ShmTest, HugePoolsAreFine) {
  const UniqueFd fd = memory_file(INT32_MAX);
  wl_shm_pool* huge = pool(fd.get(), INT32_MAX);
  wl_buffer* buffer =
      client->own(wl_shm_pool_create_buffer(huge, INT32_MAX - 4096, 32, 32, 128, WL_SHM_FORMAT_XRGB8888));
  wl_surface* surface = client->surface();
  TestClient::show(surface, buffer);
  put_on_output(surface);
  frame();
  expect_alive();
  EXPECT_EQ(4096U, server.uploaded(client->resource(surface)->surface_id()).size());
}

TEST_F(ShmTest, ARowIsReadIntoAsMuchRoomAsThereIs) {
  // One pixel, 2 GiB to the next row, an empty file.
  const UniqueFd fd = memory_file(0);
  wl_shm_pool* huge = pool(fd.get(), INT32_MAX);
  wl_surface* surface = client->surface();
  TestClient::show(surface, client->own(wl_shm_pool_create_buffer(huge, 0, 1, 1, 0x7ffffffc, WL_SHM_FORMAT_XRGB8888)));
  pump();
  const auto pixels = client->scene_surface(surface).current().buffer->pixels;
  std::array<std::byte, 8> out;
  out.fill(std::byte{0xee});
  EXPECT_FALSE(pixels->read_rows(0, 1, std::span(out).first(4)));
  EXPECT_EQ(std::byte{0}, out[3]);
  EXPECT_EQ(std::byte{0xee}, out[4]);
  const std::array<unsigned char, 8> bytes{1, 2, 3, 4, 5, 6, 7, 8};
  ASSERT_EQ(8, ::pwrite(fd.get(), bytes.data(), bytes.size(), 0));
  EXPECT_TRUE(pixels->read_rows(0, 1, std::span(out).first(4)));
  EXPECT_EQ(std::byte{4}, out[3]);
  EXPECT_EQ(std::byte{0xee}, out[4]);
}

// Pictures become textures, which cost the session memory that the client need not have.

class ShmMemory : public ShmTest {
 protected:
  // An empty file, said to be as large as a pool can be.
  UniqueFd file_ = memory_file(0);

  wl_surface* show(std::int32_t width, std::int32_t height) {
    wl_surface* surface = client->surface();
    show(surface, width, height);
    return surface;
  }
  void show(wl_surface* surface, std::int32_t width, std::int32_t height) {
    TestClient::show(surface, client->own(wl_shm_pool_create_buffer(pool(file_.get(), INT32_MAX), 0, width, height,
                                                                    width * 4, WL_SHM_FORMAT_XRGB8888)));
  }
};

TEST_F(ShmMemory, APictureHasAnEnd) {
  show(8192, 8192);
  expect_alive();
  show(16384, 4097);
  expect_error("ENOMEM");
}

TEST_F(ShmMemory, AClientsPicturesHaveAnEndTogether) {
  wl_surface* first = show(8192, 8192);
  for (int i = 0; i < 3; ++i)
    show(8192, 8192);
  // The same ones again, and smaller ones in their place, are not more.
  show(first, 8192, 8192);
  show(first, 8192, 8191);
  show(64, 64);
  expect_alive();
  // What is gone makes room.
  client->drop(first, wl_surface_destroy);
  show(8192, 4096);
  show(4096, 8000);
  expect_alive();
  TestClient other(server);
  show(2048, 2048);
  expect_error("ENOMEM");
  TestClient::show(other.surface(), other.shm_buffer(2048, 2048));
  other.pump();
  EXPECT_EQ("", other.error()) << "nobody else's";
}

// Releases.

TEST_F(ShmTest, AnUploadedBufferIsReleased) {
  wl_surface* surface = client->surface();
  wl_buffer* buffer = client->shm_buffer(8, 8);
  TestClient::show(surface, buffer);
  put_on_output(surface);
  EXPECT_EQ(0, client->releases[buffer]);
  frame();
  EXPECT_EQ(1, client->releases[buffer]);
  frame();
  EXPECT_EQ(1, client->releases[buffer]);
  const FrameEvent released = server.observer.last(FrameEventKind::Released);
  EXPECT_EQ(client->scene_surface(surface).current().commit, released.commit);
  EXPECT_EQ(client->resource(surface)->surface_id(), released.surface);
}

TEST_F(ShmTest, ABufferThatNobodyTakesIsReleasedWhenItIsReplaced) {
  server.refuse_uploads = true;
  wl_surface* surface = client->surface();
  wl_buffer* first = client->shm_buffer(8, 8);
  wl_buffer* second = client->shm_buffer(8, 8);
  TestClient::show(surface, first);
  put_on_output(surface);
  frame();
  TestClient::show(surface, second);
  pump();
  EXPECT_EQ(0, client->releases[first]) << "still on the screen";
  server.latch();
  pump();
  EXPECT_EQ(0, client->releases[first]) << "until the flip";
  server.flip();
  pump();
  EXPECT_EQ(1, client->releases[first]);
  EXPECT_EQ(0, client->releases[second]);
}

TEST_F(ShmTest, ABufferThatIsReplacedBeforeAnyFrameIsReleasedAtOnce) {
  wl_surface* surface = client->surface();
  wl_buffer* first = client->shm_buffer(8, 8);
  TestClient::show(surface, first);
  TestClient::show(surface, client->shm_buffer(8, 8));
  pump();
  EXPECT_EQ(1, client->releases[first]);
}

TEST_F(ShmTest, ABufferThatWasNeverCommittedIsNotReleased) {
  wl_surface* surface = client->surface();
  wl_buffer* first = client->shm_buffer(8, 8);
  wl_surface_attach(surface, first, 0, 0);
  TestClient::show(surface, client->shm_buffer(8, 8));
  put_on_output(surface);
  frame();
  EXPECT_EQ(0, client->releases[first]);
}

TEST_F(ShmTest, ABufferOnTwoSurfacesIsReleasedOnceBothAreDone) {
  server.refuse_uploads = true;
  wl_surface* one = client->surface();
  wl_surface* two = client->surface();
  wl_buffer* buffer = client->shm_buffer(8, 8);
  TestClient::show(one, buffer);
  TestClient::show(two, buffer);
  TestClient::show(one, nullptr);
  pump();
  EXPECT_EQ(0, client->releases[buffer]);
  TestClient::show(two, nullptr);
  pump();
  EXPECT_EQ(1, client->releases[buffer]);
}

TEST_F(ShmTest, ABufferThatIsCommittedTwiceIsReleasedOnce) {
  server.refuse_uploads = true;
  wl_surface* surface = client->surface();
  wl_buffer* buffer = client->shm_buffer(8, 8);
  TestClient::show(surface, buffer);
  TestClient::show(surface, buffer);
  pump();
  EXPECT_EQ(0, client->releases[buffer]);
  TestClient::show(surface, nullptr);
  pump();
  EXPECT_EQ(1, client->releases[buffer]);
}

TEST_F(ShmTest, ABufferDestroyedWhileItIsShownStaysOnTheScreen) {
  server.refuse_uploads = true;
  wl_surface* surface = client->surface();
  wl_buffer* buffer = client->shm_buffer(8, 8);
  TestClient::show(surface, buffer);
  put_on_output(surface);
  frame();
  client->drop(buffer, wl_buffer_destroy);
  pump();
  frame();
  expect_alive();
  EXPECT_EQ(1U, server.layers().size());
  TestClient::show(surface, client->shm_buffer(8, 8));
  pump();
  frame();
  expect_alive();
}

TEST_F(ShmTest, ABufferDestroyedBetweenAttachAndCommitIsShown) {
  wl_surface* surface = client->surface();
  wl_buffer* buffer = client->shm_buffer(8, 8, 0x33);
  wl_surface_attach(surface, buffer, 0, 0);
  client->drop(buffer, wl_buffer_destroy);
  wl_surface_commit(surface);
  put_on_output(surface);
  frame();
  expect_alive();
  EXPECT_EQ(std::byte{0x33}, server.uploaded(client->resource(surface)->surface_id()).at(0));
}

TEST_F(ShmTest, TheSurfacesEndReleasesItsBuffer) {
  server.refuse_uploads = true;
  wl_surface* surface = client->surface();
  wl_buffer* buffer = client->shm_buffer(8, 8);
  TestClient::show(surface, buffer);
  pump();
  client->drop(surface, wl_surface_destroy);
  pump();
  EXPECT_EQ(1, client->releases[buffer]);
}

} // namespace
} // namespace fenceline::test
