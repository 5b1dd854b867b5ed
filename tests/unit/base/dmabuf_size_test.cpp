// Dma-bufs, and the end of what should be one and is none.
#include "compositor/base/file_kind.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <filesystem>

#include "tests/support/silent_file_system.h"

namespace fenceline {
namespace {

UniqueFd memory(std::size_t size, unsigned flags = 0) {
  UniqueFd made(::memfd_create("memory", MFD_CLOEXEC | flags));
  EXPECT_EQ(::ftruncate(made.get(), static_cast<off_t>(size)), 0);
  return made;
}

bool open_here(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(DmabufSize, IsRefusedOfEverythingElse) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]), write_end(ends[1]);
  const UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const UniqueFd path(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  const UniqueFd folder(::open("/", O_RDONLY | O_CLOEXEC));
  const UniqueFd device(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  // Anonymous inodes, too, but others.
  const UniqueFd event(::eventfd(0, EFD_CLOEXEC));
  const UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  const UniqueFd memfd = memory(65536);
  for (const UniqueFd* each :
       {&memfd, &read_end, &write_end, &file, &path, &folder, &device, &socket, &event, &epoll}) {
    ASSERT_TRUE(each->valid());
    const auto size = dmabuf_size(each->get());
    ASSERT_FALSE(size);
    EXPECT_EQ(size.error().text(), "the descriptor is not a dma-buf");
  }
  EXPECT_FALSE(dmabuf_size(-1));
}

TEST(DmabufSize, IsToldOfDmabufs) {
  const UniqueFd maker(::open("/dev/udmabuf", O_RDWR | O_CLOEXEC));
  if (!maker.valid()) {
    // The lab says that there it must not be skipped.
    ASSERT_EQ(::getenv("FENCELINE_NEEDS_DMABUF"), nullptr);
    GTEST_SKIP() << "SKIP: no /dev/udmabuf to make a dma-buf with";
  }
  const UniqueFd pages = memory(65536, MFD_ALLOW_SEALING);
  ASSERT_EQ(::fcntl(pages.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  udmabuf_create request{};
  request.memfd = static_cast<std::uint32_t>(pages.get());
  request.flags = UDMABUF_FLAGS_CLOEXEC;
  request.size = 65536;
  const UniqueFd udmabuf(::ioctl(maker.get(), UDMABUF_CREATE, &request));
  ASSERT_TRUE(udmabuf.valid());
  const auto size = dmabuf_size(udmabuf.get());
  ASSERT_TRUE(size) << size.error().text();
  EXPECT_EQ(*size, 65536U);

  const UniqueFd heap(::open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC));
  dma_heap_allocation_data wanted{};
  wanted.len = 8192;
  wanted.fd_flags = O_RDWR | O_CLOEXEC;
  ASSERT_EQ(::ioctl(heap.get(), DMA_HEAP_IOCTL_ALLOC, &wanted), 0);
  const UniqueFd other(static_cast<int>(wanted.fd));
  const auto others = dmabuf_size(other.get());
  ASSERT_TRUE(others) << others.error().text();
  EXPECT_EQ(*others, 8192U);
}

TEST(CloseRefused, ClosesWhatAsksNobodyAtOnce) {
  UniqueFd memfd = memory(4096), event(::eventfd(0, EFD_CLOEXEC)), device(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (UniqueFd* each : {&memfd, &event, &device}) {
    const int number = each->get();
    close_refused(std::move(*each));
    EXPECT_FALSE(open_here(number));
  }
  close_refused(UniqueFd());
}

// By what dma-bufs are told from files that somebody serves.
TEST(ServedFile, CannotBeOpenedWithoutAType) {
  if (const auto served = test::SilentFileSystem::create(); !served)
    GTEST_SKIP() << "SKIP: " << served.error().text();
  const auto without = test::SilentFileSystem::create({.type = 0});
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, EIO);
}

/// A file whose process does not answer, as the compositor gets it: another descriptor of the same open file.
class SilentFile : public testing::Test {
 protected:
  void SetUp() override {
    auto made = test::SilentFileSystem::create();
    if (!made)
      GTEST_SKIP() << "SKIP: " << made.error().text();
    system_ = std::move(*made);
    sent_ = UniqueFd(::fcntl(system_->file(), F_DUPFD_CLOEXEC, 0));
  }
  void TearDown() override {
    if (system_) {
      EXPECT_TRUE(system_->alive()) << "had to be ended for the test to go on";
    }
    system_.reset(); // Before the file's last descriptor: closing that asks as well.
  }

  std::unique_ptr<test::SilentFileSystem> system_;
  UniqueFd sent_;
};

TEST_F(SilentFile, IsFoundToBeNoDmabufWithoutAsking) {
  EXPECT_FALSE(dmabuf_size(sent_.get()));
  // Why the link is not what tells.
  std::array<char, PATH_MAX> link{};
  const auto proc = std::filesystem::path("/proc/self/fd") / std::to_string(sent_.get());
  ASSERT_GT(::readlink(proc.c_str(), link.data(), link.size()), 0);
  EXPECT_STREQ(link.data(), "/dmabuf:");
}

TEST_F(SilentFile, IsClosedWithoutAsking) {
  const int number = sent_.get();
  close_refused(std::move(sent_));
  // The number is free at the beginning of the other thread's close; its end waits.
  while (open_here(number) && system_->alive())
    ::usleep(1000);
  EXPECT_FALSE(open_here(number));
}

} // namespace
} // namespace fenceline
