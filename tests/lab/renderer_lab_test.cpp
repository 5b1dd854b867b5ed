#include <drm_fourcc.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#include <cstring>

#include "tests/unit/renderer/composer_fixture.h"

// The renderer with memory that it did not make: a client's udmabuf as a texture, the display's buffer as a target.
// Both exist in the lab.

namespace fenceline {

namespace {

constexpr Size screen{160, 120};

/// Memory of a client, as a dma-buf.
struct Udmabuf {
  UniqueFd memory, dmabuf;
  std::span<std::byte> bytes;

  explicit Udmabuf(std::size_t size) {
    memory = UniqueFd(::memfd_create("client", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(::ftruncate(memory.get(), static_cast<off_t>(size)), 0);
    EXPECT_EQ(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
    const UniqueFd device(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
    udmabuf_create create{};
    create.memfd = static_cast<std::uint32_t>(memory.get());
    create.flags = UDMABUF_FLAGS_CLOEXEC;
    create.size = size;
    dmabuf = UniqueFd(::ioctl(device.get(), UDMABUF_CREATE, &create));
    EXPECT_TRUE(dmabuf.valid()) << std::strerror(errno);
    void* map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    EXPECT_NE(map, MAP_FAILED);
    bytes = {static_cast<std::byte*>(map), size};
  }
  Udmabuf(const Udmabuf&) = delete;
  Udmabuf& operator=(const Udmabuf&) = delete;
  ~Udmabuf() { ::munmap(bytes.data(), bytes.size()); }

  [[nodiscard]] DmabufAttributes attributes(Size size, std::uint32_t offset, std::uint32_t stride) const {
    DmabufAttributes a;
    a.size = size;
    a.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
    a.plane_count = 1;
    a.planes[0] = {dmabuf.duplicate(), offset, stride};
    return a;
  }

  void write(const ReferencePixels& pixels, std::uint32_t offset, std::uint32_t stride) const {
    const auto width = static_cast<std::size_t>(pixels.size.width);
    for (std::size_t y = 0; y < static_cast<std::size_t>(pixels.size.height); ++y)
      std::memcpy(bytes.data() + offset + y * stride, pixels.words.data() + y * width, width * 4);
  }
};

class RendererLab : public ComposerTest {
 protected:
  void SetUp() override {
    ComposerTest::SetUp();
    ASSERT_FALSE(IsSkipped()) << "the lab has lavapipe";
  }
  [[nodiscard]] Layer client_layer(BufferId buffer, const ReferencePixels& pixels, Point at) {
    shown_[SurfaceId{1}] = {DRM_FORMAT_XRGB8888, pixels};
    Layer l = layer(1, at);
    l.kind = BufferKind::Dmabuf;
    l.buffer = buffer;
    return l;
  }
};

TEST_F(RendererLab, SamplesAClientsMemoryAsItIsNow) {
  // An odd size, an offset, and a stride with padding.
  constexpr Size size{101, 67};
  constexpr std::uint32_t offset = 8192, stride = 512;
  const Udmabuf memory(65536);
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, memory.attributes(size, offset, stride)));
  for (std::uint32_t seed = 1; seed <= 3; ++seed) {
    const ReferencePixels pixels = noise(size, seed, false);
    memory.write(pixels, offset, stride);
    const auto picture = snapshot(screen, {client_layer(BufferId{1}, pixels, {20, 30})});
    EXPECT_EQ(drawn(picture), expected(picture)) << "content " << seed;
  }
}

// A client's buffer that is scanned out is copied as the screen shows it.
TEST_F(RendererLab, CopiesAClientsMemory) {
  constexpr Size size{101, 67};
  constexpr std::uint32_t offset = 8192, stride = 512;
  const Udmabuf memory(65536);
  const ReferencePixels pixels = noise(size, 5, false);
  memory.write(pixels, offset, stride);
  DmabufAttributes a = memory.attributes(size, offset, stride);
  std::vector<std::uint32_t> wanted = pixels.words;
  for (std::uint32_t& word : wanted)
    word |= 0xff000000U;
  for (const std::uint32_t fourcc : {DRM_FORMAT_XRGB8888, DRM_FORMAT_ARGB8888}) {
    a.format.fourcc = fourcc;
    ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, a));
    for (int again = 0; again < 2; ++again) {
      const auto copy = read_back(BufferId{1});
      ASSERT_TRUE(copy) << copy.error().text();
      EXPECT_EQ(*copy, wanted) << "an alpha is no matter on the lowest plane";
    }
  }
  // Of another format than screenshots have: drawn, not copied.
  a.format.fourcc = DRM_FORMAT_XBGR8888;
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{2}, a));
  for (std::uint32_t& word : wanted)
    word = 0xff000000U | (word & 0xffU) << 16U | (word & 0xff00U) | (word >> 16U & 0xffU);
  const auto copy = read_back(BufferId{2});
  ASSERT_TRUE(copy) << copy.error().text();
  EXPECT_EQ(*copy, wanted);
}

TEST_F(RendererLab, RefusesUdmabufsThatAreTooSmall) {
  const Udmabuf page(4096);
  EXPECT_TRUE(composer_->import_dmabuf(BufferId{1}, page.attributes({32, 32}, 0, 128)));
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{2}, page.attributes({32, 33}, 0, 128)));
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{2}, page.attributes({32, 32}, 4, 128)));
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{2}, page.attributes({32, 32}, 0, 132)));
  EXPECT_FALSE(composer_->import_dmabuf(BufferId{2}, page.attributes({1024, 768}, 0, 4096)));
  // As small as it can be, at the very end: whatever the device reads around a pixel must be inside, or be refused.
  (void)composer_->import_dmabuf(BufferId{3}, page.attributes({1, 1}, 4092, 4));
  Layer l;
  l.kind = BufferKind::Dmabuf;
  l.buffer = BufferId{3};
  l.source = {0, 0, 1, 1};
  l.dest = {0, 0, 160, 120};
  EXPECT_EQ(drawn(snapshot(screen, {l})).size(), 160U * 120U);
}

TEST_F(RendererLab, ForgetsWithoutLeavingDescriptors) {
  const auto count = [] {
    int n = 0;
    for (int fd = 0; fd < 1024; ++fd)
      n += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return n;
  };
  const Udmabuf memory(65536);
  const auto cycle = [&] {
    ASSERT_TRUE(composer_->import_dmabuf(BufferId{1}, memory.attributes({64, 64}, 0, 256)));
    (void)composer_->import_dmabuf(BufferId{2}, memory.attributes({64, 6400}, 0, 256)); // Refused.
    composer_->forget_buffer(BufferId{1});
  };
  cycle();
  const int before = count();
  for (int i = 0; i < 200; ++i)
    cycle();
  EXPECT_EQ(count(), before);
}

TEST_F(RendererLab, DrawsToTheDisplaysBuffer) {
  const UniqueFd card(::open("/dev/dri/card1", O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(card.valid());
  std::uint32_t handle = 0, stride = 0;
  std::uint64_t bytes = 0;
  ASSERT_EQ(::drmModeCreateDumbBuffer(card.get(), 160, 120, 32, 0, &handle, &stride, &bytes), 0);
  int raw = -1;
  ASSERT_EQ(::drmPrimeHandleToFD(card.get(), handle, DRM_CLOEXEC | DRM_RDWR, &raw), 0);
  DmabufAttributes a;
  a.size = screen;
  a.format = {DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR};
  a.plane_count = 1;
  a.planes[0] = {UniqueFd(raw), 0, stride};
  const auto imported = composer_->import_target(BufferId{1}, a);
  ASSERT_TRUE(imported) << imported.error().text();

  const ReferencePixels pixels = noise({90, 70}, 4, false);
  const Udmabuf memory(65536);
  memory.write(pixels, 0, 512);
  ASSERT_TRUE(composer_->import_dmabuf(BufferId{2}, memory.attributes({90, 70}, 0, 512)));
  const auto picture = snapshot(screen, {client_layer(BufferId{2}, pixels, {40, 25})});
  ASSERT_TRUE(compose(BufferId{1}, screen, picture.layers));

  void* map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, a.planes[0].fd.get(), 0);
  ASSERT_NE(map, MAP_FAILED);
  std::vector<std::uint32_t> shown;
  for (std::uint32_t y = 0; y < 120; ++y) {
    const auto* row = reinterpret_cast<const std::uint32_t*>(static_cast<const std::byte*>(map) + y * stride);
    shown.insert(shown.end(), row, row + 160);
  }
  ::munmap(map, bytes);
  for (std::uint32_t& word : shown)
    word |= 0xff000000U; // The X byte may be anything.
  EXPECT_EQ(shown, expected(picture));
  ::drmModeDestroyDumbBuffer(card.get(), handle);
}

} // namespace

} // namespace fenceline
