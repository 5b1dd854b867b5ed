// Descriptors that others send: which of them the main thread may read without ever having to wait for somebody.
#include "compositor/base/file_kind.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "compositor/base/fd.h"
#include "tests/support/silent_file_system.h"

namespace fenceline::test {
namespace {

UniqueFd open_file(const std::string& path, int flags) {
  return UniqueFd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
}

std::string fault(const UniqueFd& fd, const std::vector<std::string>& folders = {}) {
  const char* found = LocalFiles(folders).fault(fd.get());
  return found != nullptr ? found : "";
}

TEST(FileKind, MemoryIsTaken) {
  const UniqueFd memory(::memfd_create("test", MFD_CLOEXEC));
  EXPECT_EQ(fault(memory), "");
  const UniqueFd sealable(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(fault(sealable), "");
  const UniqueFd read_only = open_file("/proc/self/fd/" + std::to_string(memory.get()), O_RDONLY);
  EXPECT_EQ(fault(read_only), "");
  // Pages that are preallocated, where there are some.
  if (const UniqueFd huge(::memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB)); huge.valid()) {
    EXPECT_EQ(fault(huge), "");
  }
  const UniqueFd shared = open_file("/dev/shm", O_TMPFILE | O_RDWR);
  if (!shared.valid())
    GTEST_SKIP() << "SKIP: no /dev/shm";
  EXPECT_EQ(fault(shared), "");
}

TEST(FileKind, WhatCannotBeReadIsNotTaken) {
  const UniqueFd memory(::memfd_create("test", MFD_CLOEXEC));
  const UniqueFd write_only = open_file("/proc/self/fd/" + std::to_string(memory.get()), O_WRONLY);
  ASSERT_TRUE(write_only.valid());
  EXPECT_NE(fault(write_only), "");
  EXPECT_NE(fault(open_file("/proc/self/exe", O_PATH), {"/"}), "");
  EXPECT_NE(fault(UniqueFd()), "");
  EXPECT_FALSE(is_memory_file(-1));
}

TEST(FileKind, WhatIsNoFileIsNotTaken) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd out(ends[0]), in(ends[1]);
  EXPECT_NE(fault(out, {"/"}), "");
  EXPECT_NE(fault(open_file("/", O_RDONLY | O_DIRECTORY), {"/"}), "");
  EXPECT_NE(fault(open_file("/dev/zero", O_RDWR), {"/"}), "");
}

// Regular files all of them, to fstat(2).
TEST(FileKind, WhatTheKernelMakesUpIsNotTaken) {
  const std::vector<std::string> folders{"/", "/tmp", "/proc", "/sys"};
  EXPECT_NE(fault(open_file("/proc/self/mem", O_RDWR), folders), "");
  EXPECT_NE(fault(open_file("/proc/self/maps", O_RDONLY), folders), "");
  const UniqueFd attribute = open_file("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY);
  if (attribute.valid()) {
    EXPECT_NE(fault(attribute, folders), "");
  }
}

TEST(FileKind, ADiskIsTakenWhereAFolderOfOursLiesOnIt) {
  const std::string here = std::filesystem::current_path();
  const UniqueFd file = open_file(here, O_TMPFILE | O_RDWR);
  if (!file.valid() || is_memory_file(file.get()))
    GTEST_SKIP() << "SKIP: " << here << " is on no disk where files can be made";
  EXPECT_NE(fault(file), "") << "somebody else's disk";
  EXPECT_NE(fault(file, {"/proc", "/dev/shm", "/no/such/folder"}), "");
  if (!fault(file, {here}).empty())
    GTEST_SKIP() << "SKIP: " << here << " is on a file system that is not known as a local disk's";
  EXPECT_EQ(fault(file, {"/dev/shm", here}), "");
}

TEST(FileKind, TheUsualFolders) {
  EXPECT_EQ(LocalFiles::usual_folders("/run/user/7"),
            (std::vector<std::string>{"/", "/tmp", "/var/tmp", "/run/user/7"}));
  EXPECT_EQ(LocalFiles::usual_folders(nullptr).size(), 3U);
  EXPECT_EQ(LocalFiles::usual_folders("here").size(), 3U);
}

// A file system that never answers: fstat(2) would wait for it as read(2) does.
TEST(FileKind, AProcessThatServesAFileSystemIsAskedNothing) {
  const auto silent = SilentFileSystem::create();
  if (!silent)
    GTEST_SKIP() << "SKIP: " << silent.error().text();
  EXPECT_FALSE(is_memory_file((*silent)->file()));
  EXPECT_NE(LocalFiles(LocalFiles::usual_folders(nullptr)).fault((*silent)->file()), nullptr);
  EXPECT_TRUE((*silent)->alive()) << "had to be ended for the test to go on";
}

// The witness itself.
TEST(FileKind, TheFileSystemThatIsAskedNothingWouldNotHaveAnswered) {
  const auto silent = SilentFileSystem::create(1);
  if (!silent)
    GTEST_SKIP() << "SKIP: " << silent.error().text();
  struct stat facts {};
  EXPECT_NE(::fstat((*silent)->file(), &facts), 0);
  EXPECT_FALSE((*silent)->alive());
}

} // namespace
} // namespace fenceline::test
