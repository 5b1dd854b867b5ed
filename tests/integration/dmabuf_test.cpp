#include <drm_fourcc.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "tests/integration/client_harness.h"
#include "tests/support/silent_file_system.h"

namespace fenceline::test {
namespace {

constexpr auto xrgb = static_cast<std::uint32_t>(DRM_FORMAT_XRGB8888);

class DmabufTest : public ProtocolTest {
 protected:
  zwp_linux_buffer_params_v1* params() { return client->own(zwp_linux_dmabuf_v1_create_params(client->dmabuf)); }
  static void add(zwp_linux_buffer_params_v1* params, int fd, std::uint32_t plane = 0, std::uint32_t offset = 0,
                  std::uint32_t stride = 64, std::uint64_t modifier = DRM_FORMAT_MOD_LINEAR) {
    zwp_linux_buffer_params_v1_add(params, fd, plane, offset, stride, static_cast<std::uint32_t>(modifier >> 32U),
                                   static_cast<std::uint32_t>(modifier));
  }
  /// 16x16 pixels of 4 bytes.
  static UniqueFd file() { return memory_file(1024); }
  void create(zwp_linux_buffer_params_v1* params, std::int32_t width = 16, std::int32_t height = 16,
              std::uint32_t format = xrgb, std::uint32_t flags = 0) {
    zwp_linux_buffer_params_v1_create(params, width, height, format, flags);
  }
  wl_buffer* create_immed(zwp_linux_buffer_params_v1* params, std::int32_t width = 16, std::int32_t height = 16,
                          std::uint32_t format = xrgb, std::uint32_t flags = 0) {
    return client->own(zwp_linux_buffer_params_v1_create_immed(params, width, height, format, flags));
  }
  struct Answer {
    TestClient* client = nullptr;
    wl_buffer* buffer = nullptr;
    int failed = 0;
  };
  void listen(zwp_linux_buffer_params_v1* params, Answer& answer) const {
    static const zwp_linux_buffer_params_v1_listener listener = {
        .created =
            [](void* data, zwp_linux_buffer_params_v1*, wl_buffer* buffer) {
              auto* to = static_cast<Answer*>(data);
              to->buffer = to->client->own(buffer);
            },
        .failed = [](void* data, zwp_linux_buffer_params_v1*) { ++static_cast<Answer*>(data)->failed; },
    };
    answer.client = client.get();
    zwp_linux_buffer_params_v1_add_listener(params, &listener, &answer);
  }
};

// Making buffers.

TEST_F(DmabufTest, TheBuffersOfAClientHaveSoManyDescriptorsTogether) {
  const UniqueFd memory = file();
  std::vector<wl_buffer*> buffers;
  const auto make = [&] {
    auto* p = zwp_linux_dmabuf_v1_create_params(client->dmabuf);
    add(p, memory.get());
    buffers.push_back(zwp_linux_buffer_params_v1_create_immed(p, 16, 16, xrgb, 0));
    zwp_linux_buffer_params_v1_destroy(p);
  };
  for (int i = 0; i < 1024; ++i) {
    make();
    if (i % 16 == 0)
      pump(); // A message carries so many descriptors only.
  }
  expect_alive();
  // One that is given back makes room for one.
  wl_buffer_destroy(buffers.back());
  buffers.pop_back();
  make();
  expect_alive();
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, memory.get());
  create(p);
  expect_alive();
  EXPECT_EQ(answer.failed, 1);
  TestClient other(server);
  EXPECT_NE(other.dmabuf_buffer(16, 16), nullptr);
  other.pump();
  EXPECT_EQ(wl_display_get_error(other.connection), 0) << "another client has its own";
  for (wl_buffer* buffer : buffers)
    wl_buffer_destroy(buffer);
}

TEST_F(DmabufTest, TheBuffersOfAClientHaveHalfOfTheMachinesMemoryTogether) {
  constexpr std::int32_t edge = 16384;
  constexpr std::uint64_t each = std::uint64_t{edge} * edge * 4;
  const UniqueFd holes = memory_file(each); // Takes no memory.
  const std::uint64_t half =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 2;
  for (std::uint64_t i = 0; i < half / each; ++i) {
    auto* p = params();
    add(p, holes.get(), 0, 0, edge * 4);
    create_immed(p, edge, edge);
    pump();
  }
  expect_alive();
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, holes.get(), 0, 0, edge * 4);
  create(p, edge, edge);
  expect_alive();
  EXPECT_EQ(answer.failed, 1);
}

TEST_F(DmabufTest, CreateAnswersWithABuffer) {
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, file().get());
  create(p);
  expect_alive();
  ASSERT_NE(nullptr, answer.buffer);
  EXPECT_EQ(0, answer.failed);
  EXPECT_EQ(1U, server.importer.live.size());
  EXPECT_EQ((FormatModifier{xrgb, DRM_FORMAT_MOD_LINEAR}), server.importer.last_format);
  wl_surface* surface = client->surface();
  TestClient::show(surface, answer.buffer);
  expect_alive();
  EXPECT_EQ(BufferKind::Dmabuf, client->scene_surface(surface).current().buffer->kind);
}

TEST_F(DmabufTest, CreateThatCannotBeImportedFailsAndTheClientLives) {
  auto* p = params();
  Answer answer;
  listen(p, answer);
  server.importer.refuse = true;
  add(p, file().get());
  create(p);
  expect_alive();
  EXPECT_EQ(1, answer.failed);
  EXPECT_EQ(nullptr, answer.buffer);
}

TEST_F(DmabufTest, CreateImmedThatCannotBeImportedIsInvalidWlBuffer) {
  auto* p = params();
  server.importer.refuse = true;
  add(p, file().get());
  create_immed(p);
  expect_error("zwp_linux_buffer_params_v1 7");
}

TEST_F(DmabufTest, TurnedBuffersFail) {
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, file().get());
  create(p, 16, 16, xrgb, ZWP_LINUX_BUFFER_PARAMS_V1_FLAGS_Y_INVERT);
  expect_alive();
  EXPECT_EQ(1, answer.failed);
}

TEST_F(DmabufTest, APipeIsNoDmabuf) {
  std::array<int, 2> ends{};
  ASSERT_EQ(0, ::pipe2(ends.data(), O_CLOEXEC));
  const UniqueFd read_end(ends[0]), write_end(ends[1]);
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, read_end.get());
  create(p);
  expect_alive();
  EXPECT_EQ(1, answer.failed);
  EXPECT_TRUE(server.importer.live.empty());
}

TEST_F(DmabufTest, AMemoryFileIsNoDmabuf) {
  server.real_dmabufs = true;
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, file().get());
  create(p);
  expect_alive();
  EXPECT_EQ(1, answer.failed);
  EXPECT_TRUE(server.importer.live.empty());
}

/// A client's file of a FUSE file system, whose process answers until the client has sent what it has to say.
class SilentDmabuf : public DmabufTest {
 protected:
  void SetUp() override {
    auto made = SilentFileSystem::create({.answers = true});
    if (!made)
      GTEST_SKIP() << "SKIP: " << made.error().text();
    silent = std::move(*made);
    DmabufTest::SetUp();
    server.real_dmabufs = true;
  }
  void TearDown() override {
    if (silent) {
      EXPECT_TRUE(silent->alive()) << "had to be ended for the test to go on";
    }
    silent.reset();
  }
  /// The client's copies of the descriptor are closed when they are sent, which asks, too.
  void hush() {
    ASSERT_GE(wl_display_flush(client->connection), 0);
    silent->hush();
  }
  std::unique_ptr<SilentFileSystem> silent;
};

TEST_F(SilentDmabuf, FailsAndNobodyWaits) {
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, silent->file());
  create(p);
  hush();
  expect_alive();
  EXPECT_EQ(1, answer.failed);
  EXPECT_TRUE(server.importer.live.empty());
}

TEST_F(SilentDmabuf, IsAnInvalidWlBufferAndNobodyWaits) {
  auto* p = params();
  add(p, silent->file());
  create_immed(p);
  hush();
  expect_error("zwp_linux_buffer_params_v1 7");
}

TEST_F(SilentDmabuf, OfAPlaneThatIsWrongNobodyWaits) {
  add(params(), silent->file(), 4);
  hush();
  expect_error("zwp_linux_buffer_params_v1 1");
}

TEST_F(DmabufTest, AllPlanesReachTheImporter) {
  const UniqueFd fd = memory_file(1024);
  auto* p = params();
  add(p, fd.get(), 1, 512, 16);
  add(p, fd.get(), 0, 0, 16);
  create_immed(p, 16, 16, DRM_FORMAT_NV12);
  expect_alive();
  EXPECT_EQ(2U, server.importer.last_planes);
  EXPECT_EQ((Size{16, 16}), server.importer.last_size);
}

// Errors.

TEST_F(DmabufTest, CreatingTwiceIsAlreadyUsed) {
  auto* p = params();
  add(p, file().get());
  create(p);
  create(p);
  expect_error("zwp_linux_buffer_params_v1 0");
}

TEST_F(DmabufTest, CreateImmedAfterCreateIsAlreadyUsed) {
  auto* p = params();
  add(p, file().get());
  create(p);
  create_immed(p);
  expect_error("zwp_linux_buffer_params_v1 0");
}

TEST_F(DmabufTest, AddAfterCreateIsAlreadyUsed) {
  auto* p = params();
  add(p, file().get());
  create(p);
  add(p, file().get(), 1);
  expect_error("zwp_linux_buffer_params_v1 0");
}

TEST_F(DmabufTest, AFifthPlaneIsPlaneIdx) {
  add(params(), file().get(), 4);
  expect_error("zwp_linux_buffer_params_v1 1");
}

TEST_F(DmabufTest, APlaneSetTwiceIsPlaneSet) {
  auto* p = params();
  add(p, file().get());
  add(p, file().get());
  expect_error("zwp_linux_buffer_params_v1 2");
}

TEST_F(DmabufTest, NoPlaneIsIncomplete) {
  create(params());
  expect_error("zwp_linux_buffer_params_v1 3");
}

TEST_F(DmabufTest, AGapBetweenPlanesIsIncomplete) {
  auto* p = params();
  add(p, file().get(), 0);
  add(p, file().get(), 2);
  create(p);
  expect_error("zwp_linux_buffer_params_v1 3");
}

TEST_F(DmabufTest, TooFewPlanesForTheFormatIsIncomplete) {
  auto* p = params();
  add(p, file().get(), 0, 0, 16);
  create(p, 16, 16, DRM_FORMAT_NV12);
  expect_error("zwp_linux_buffer_params_v1 3");
}

TEST_F(DmabufTest, TooManyPlanesForTheFormatIsIncomplete) {
  auto* p = params();
  add(p, file().get(), 0);
  add(p, file().get(), 1);
  create(p);
  expect_error("zwp_linux_buffer_params_v1 3");
}

TEST_F(DmabufTest, AFormatThatIsNotOnOfferIsInvalidFormat) {
  auto* p = params();
  add(p, file().get());
  create(p, 16, 16, DRM_FORMAT_RGBA8888);
  expect_error("zwp_linux_buffer_params_v1 4");
}

TEST_F(DmabufTest, AModifierThatIsNotOnOfferIsInvalidFormat) {
  auto* p = params();
  add(p, file().get(), 0, 0, 64, I915_FORMAT_MOD_Y_TILED);
  create(p);
  expect_error("zwp_linux_buffer_params_v1 4");
}

TEST_F(DmabufTest, AFormatThatOnlyThePlaneTakesIsInvalidFormat) {
  auto* p = params();
  add(p, file().get());
  create(p, 16, 16, DRM_FORMAT_RGB565);
  expect_error("zwp_linux_buffer_params_v1 4");
}

TEST_F(DmabufTest, MixedModifiersAreInvalidFormat) {
  auto* p = params();
  add(p, file().get(), 0, 0, 64, DRM_FORMAT_MOD_LINEAR);
  add(p, file().get(), 1, 0, 64, I915_FORMAT_MOD_X_TILED);
  expect_error("zwp_linux_buffer_params_v1 4");
}

class BadSize : public DmabufTest, public testing::WithParamInterface<std::pair<int, int>> {};
TEST_P(BadSize, IsInvalidDimensions) {
  auto* p = params();
  add(p, file().get());
  create(p, GetParam().first, GetParam().second);
  expect_error("zwp_linux_buffer_params_v1 5");
}
INSTANTIATE_TEST_SUITE_P(Each, BadSize,
                         testing::Values(std::pair{0, 16}, std::pair{16, 0}, std::pair{-16, 16}, std::pair{16, -1}));

struct Bounds {
  const char* name;
  std::uint32_t offset, stride;
  std::int32_t width, height;
};
class OutOfBounds : public DmabufTest, public testing::WithParamInterface<Bounds> {};
TEST_P(OutOfBounds, IsOutOfBounds) {
  const Bounds& bad = GetParam();
  auto* p = params();
  add(p, file().get(), 0, bad.offset, bad.stride);
  create(p, bad.width, bad.height);
  expect_error("zwp_linux_buffer_params_v1 6");
}
INSTANTIATE_TEST_SUITE_P(Each, OutOfBounds,
                         testing::Values(Bounds{"TooHigh", 0, 64, 16, 17}, Bounds{"OffsetTooFar", 64, 64, 16, 16},
                                         Bounds{"OffsetBehindTheEnd", 1024, 64, 16, 1},
                                         Bounds{"SumOverflows", 0xffffffff, 0xffffffff, 16, 1},
                                         Bounds{"ProductOverflows", 0, 0x80000000, 16, 0x7fffffff},
                                         Bounds{"RowsTooShort", 0, 63, 16, 16}, Bounds{"NoStride", 0, 0, 16, 16}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_F(DmabufTest, ASecondPlaneOutsideIsOutOfBounds) {
  auto* p = params();
  const UniqueFd fd = memory_file(1024);
  add(p, fd.get(), 0, 0, 16);
  add(p, fd.get(), 1, 1020, 16);
  create(p, 16, 16, DRM_FORMAT_NV12);
  expect_error("zwp_linux_buffer_params_v1 6");
}

// Half as many rows and places as there are pixels, but of two bytes: the chroma of 15x15 pixels ends 128 bytes on.
TEST_F(DmabufTest, AChromaPlaneHasTheFormatsRows) {
  const UniqueFd fd = memory_file(1024);
  auto* fits = params();
  add(fits, fd.get(), 0, 0, 16);
  add(fits, fd.get(), 1, 1024 - 128, 16);
  create_immed(fits, 15, 15, DRM_FORMAT_NV12);
  expect_alive();
  auto* p = params();
  add(p, fd.get(), 0, 0, 16);
  add(p, fd.get(), 1, 1024 - 112, 16);
  create(p, 15, 15, DRM_FORMAT_NV12);
  expect_error("zwp_linux_buffer_params_v1 6");
}

TEST_F(DmabufTest, AChromaPlaneWithRowsTooShortIsOutOfBounds) {
  auto* p = params();
  const UniqueFd fd = memory_file(1024);
  add(p, fd.get(), 0, 0, 16);
  add(p, fd.get(), 1, 512, 15);
  create(p, 16, 16, DRM_FORMAT_NV12);
  expect_error("zwp_linux_buffer_params_v1 6");
}

// Lifetime.

TEST_F(DmabufTest, IsForgottenWhenTheResourceAndAllReadersAreGone) {
  wl_surface* surface = client->surface();
  wl_buffer* buffer = client->dmabuf_buffer(16, 16);
  TestClient::show(surface, buffer);
  put_on_output(surface);
  frame();
  EXPECT_EQ(0, client->releases[buffer]);
  client->drop(buffer, wl_buffer_destroy);
  expect_alive();
  EXPECT_EQ(1U, server.importer.live.size()) << "it is on the screen";
  wl_buffer* second = client->dmabuf_buffer(16, 16);
  TestClient::show(surface, second);
  pump();
  EXPECT_EQ(2U, server.importer.live.size());
  server.latch();
  EXPECT_EQ(2U, server.importer.live.size()) << "until the flip";
  server.flip();
  EXPECT_EQ(1U, server.importer.live.size());
  TestClient::show(surface, nullptr);
  pump();
  frame();
  EXPECT_EQ(1, client->releases[second]);
  EXPECT_EQ(1U, server.importer.live.size()) << "the client still has it";
  client->drop(second, wl_buffer_destroy);
  pump();
  EXPECT_TRUE(server.importer.live.empty());
}

#ifdef ZWP_LINUX_BUFFER_PARAMS_V1_SET_SAMPLING_DEVICE_SINCE_VERSION
TEST_F(DmabufTest, BuffersForTheSamplingDeviceAreMade) {
  dev_t device = 0x1234;
  wl_array number{sizeof(device), 0, &device};
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, file().get());
  zwp_linux_buffer_params_v1_set_sampling_device(p, &number);
  create(p);
  expect_alive();
  EXPECT_NE(nullptr, answer.buffer);
}

TEST_F(DmabufTest, BuffersForAnotherDeviceFailAndTheClientLives) {
  dev_t device = 0x4321;
  wl_array number{sizeof(device), 0, &device};
  auto* p = params();
  Answer answer;
  listen(p, answer);
  add(p, file().get());
  zwp_linux_buffer_params_v1_set_sampling_device(p, &number);
  create(p);
  expect_alive();
  EXPECT_EQ(1, answer.failed);
  EXPECT_TRUE(server.importer.live.empty());
}

TEST_F(DmabufTest, ADeviceOfAnotherSizeIsInvalidDevTSize) {
  std::uint32_t device = 0x1234;
  wl_array number{sizeof(device), 0, &device};
  zwp_linux_buffer_params_v1_set_sampling_device(params(), &number);
  expect_error("zwp_linux_buffer_params_v1 8");
}
#endif

TEST_F(DmabufTest, Version3IsToldModifiers) {
  std::string text;
  static const zwp_linux_dmabuf_v1_listener listener = {
      .format = [](void* data, zwp_linux_dmabuf_v1*, std::uint32_t) { *static_cast<std::string*>(data) += "format "; },
      .modifier =
          [](void* data, zwp_linux_dmabuf_v1*, std::uint32_t format, std::uint32_t high, std::uint32_t low) {
            *static_cast<std::string*>(data) += fmt::format("{:c}:{:x}:{:x} ", static_cast<char>(format), high, low);
          },
  };
  auto* old = client->bind<zwp_linux_dmabuf_v1>(zwp_linux_dmabuf_v1_interface, 3);
  zwp_linux_dmabuf_v1_add_listener(old, &listener, &text);
  expect_alive();
  EXPECT_EQ("A:0:0 X:0:0 X:1000000:1 N:0:0 ", text);
}

} // namespace
} // namespace fenceline::test
