// The display's own composition, by two witnesses (vkms' writeback and its CRC), against the frame as it is computed
// from the number that stands in the picture. The client is stopped while the picture is taken: the picture is then
// whatever frame was on the screen at that moment, and it stays there for as long as both witnesses need.

#include <gtest/gtest.h>
#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <set>

#include "demos/pattern.h"
#include "tests/lab/drm_lab.h"
#include "tests/lab/witness_picture.h"
#include "tests/lab/witness_session.h"
#include "tests/lab/witness_writeback.h"

namespace fenceline::lab {
namespace {

constexpr Size screen{1024, 768};
constexpr int samples = 8;
constexpr std::size_t crcs_a_sample = 3;
// Both buffers of the ring are to have their turn: samples go on until then, with an odd and an even number of flips
// between them.
constexpr int most_samples = 40;
constexpr int flips_between = 6;

Picture computed(std::uint32_t frame) {
  return make_picture(screen, [frame](std::uint32_t x, std::uint32_t y) { return demos::pattern_pixel(x, y, frame); });
}

class Pixels : public testing::Test {
 protected:
  Session session_;
  Witness eyes_;
  Process spin_ = session_.client("demos/spin", {"--fullscreen", "--pattern", "--buffers", "2", "--json"});

  /// Waits until the client's memory is on the screen and has changed so many times.
  void wait_for_flips(int count) {
    std::uint32_t last = 0;
    for (int seen = 0; seen < count;) {
      ASSERT_FALSE(spin_.ended()) << spin_.errors();
      drmVBlank wait{};
      wait.request.type = DRM_VBLANK_RELATIVE;
      wait.request.sequence = 1;
      drmWaitVBlank(eyes_.fd(), &wait);
      const std::uint32_t now = eyes_.crtc()->buffer_id;
      if (now != last && now != 0 && fd_on_screen(now) >= 0)
        ++seen;
      last = now;
    }
  }
  /// The client's descriptor of the dma-buf behind a framebuffer; -1: it is none of the client's.
  int fd_on_screen(std::uint32_t framebuffer) {
    const std::uint64_t inode = eyes_.inode_behind(framebuffer);
    for (const HeldDmabuf& held : dmabufs_of(spin_.pid()))
      if (held.inode == inode)
        return held.fd;
    return -1;
  }
  void finish() {
    spin_.send(SIGTERM);
    EXPECT_EQ(spin_.wait(), 0) << spin_.errors();
    EXPECT_EQ(session_.end(), 0) << session_.log();
  }
};

/// The memory of a dma-buf, to be written to by the CPU.
class MappedDmabuf {
 public:
  explicit MappedDmabuf(UniqueFd fd, std::size_t bytes) : fd_(std::move(fd)), bytes_(bytes) {
    void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (map == MAP_FAILED)
      throw std::runtime_error("the dma-buf cannot be mapped");
    words_ = static_cast<std::uint32_t*>(map);
  }
  ~MappedDmabuf() { ::munmap(words_, bytes_); }
  MappedDmabuf(const MappedDmabuf&) = delete;
  MappedDmabuf& operator=(const MappedDmabuf&) = delete;

  /// Exchanges the lowest bit of blue.
  void spoil(std::size_t word) {
    sync(DMA_BUF_SYNC_START);
    words_[word] ^= 1U;
    sync(DMA_BUF_SYNC_END);
  }

 private:
  void sync(std::uint64_t edge) {
    dma_buf_sync request{.flags = edge | DMA_BUF_SYNC_RW};
    ::ioctl(fd_.get(), DMA_BUF_IOCTL_SYNC, &request);
  }
  UniqueFd fd_;
  std::size_t bytes_;
  std::uint32_t* words_ = nullptr;
};

TEST_F(Pixels, TheDisplayShowsTheComputedFrameToTheLastBit) {
  ASSERT_NO_FATAL_FAILURE(wait_for_flips(1));
  std::set<std::uint32_t> numbers;
  std::set<std::uint64_t> buffers;
  int taken = 0;
  {
    Writeback writeback(session_.compositor().pid());
    for (; taken < samples || (buffers.size() < 2 && taken < most_samples); ++taken) {
      ASSERT_NO_FATAL_FAILURE(wait_for_flips(flips_between + taken % 2));
      spin_.freeze();
      const Picture shown = writeback.capture_settled();
      const std::uint32_t number = frame_number(shown);
      const Picture expected = computed(number);
      const auto wrong = differences(shown, expected);
      EXPECT_TRUE(wrong.empty()) << "frame " << number << ": " << text(wrong);
      for (const std::uint32_t crc : read_crcs(crcs_a_sample))
        EXPECT_EQ(crc, vkms_crc(expected)) << "frame " << number;
      // The picture that the CRCs were of is the one that the writeback saw.
      EXPECT_EQ(writeback.capture(), shown);
      numbers.insert(number);
      buffers.insert(eyes_.inode_behind(eyes_.crtc()->buffer_id));
      spin_.thaw();
    }
  }
  EXPECT_EQ(numbers.size(), static_cast<std::size_t>(taken)) << "two samples of one frame";
  EXPECT_EQ(buffers.size(), 2U) << "one buffer of the ring was never sampled";
  std::printf("%d frames from %u to %u: writeback and CRC as computed\n", taken, *numbers.begin(), *numbers.rbegin());
  finish();
}

// What tells a right picture from a wrong one must tell a picture with one wrong bit: in what is expected, and in the
// client's memory while that is on the screen.
TEST_F(Pixels, OneWrongBitIsSeenByBothWitnesses) {
  ASSERT_NO_FATAL_FAILURE(wait_for_flips(flips_between));
  {
    Writeback writeback(session_.compositor().pid());
    spin_.freeze();
    const Picture shown = writeback.capture_settled();
    const Picture expected = computed(frame_number(shown));
    ASSERT_TRUE(differences(shown, expected).empty());
    constexpr Point spot{613, 441};

    Picture spoilt = expected;
    spoilt.at(spot) ^= 1U;
    const auto told = differences(shown, spoilt);
    ASSERT_EQ(told.size(), 1U) << text(told);
    EXPECT_EQ(told[0].where, spot);
    EXPECT_NE(vkms_crc(spoilt), vkms_crc(expected));

    const int fd = fd_on_screen(eyes_.crtc()->buffer_id);
    ASSERT_GE(fd, 0);
    const auto row = static_cast<std::size_t>(eyes_.crtc()->width);
    MappedDmabuf memory(borrow_fd(spin_.pid(), fd), row * static_cast<std::size_t>(screen.height) * 4);
    const std::size_t word = static_cast<std::size_t>(spot.y) * row + static_cast<std::size_t>(spot.x);
    memory.spoil(word);
    const auto seen = differences(writeback.capture_settled(), expected);
    ASSERT_EQ(seen.size(), 1U) << text(seen);
    EXPECT_EQ(seen[0].where, spot);
    for (const std::uint32_t crc : read_crcs(crcs_a_sample))
      EXPECT_EQ(crc, vkms_crc(spoilt));

    memory.spoil(word);
    EXPECT_TRUE(differences(writeback.capture_settled(), expected).empty());
    for (const std::uint32_t crc : read_crcs(crcs_a_sample))
      EXPECT_EQ(crc, vkms_crc(expected));
    spin_.thaw();
  }
  finish();
}

} // namespace
} // namespace fenceline::lab
