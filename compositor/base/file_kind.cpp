#include "compositor/base/file_kind.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "compositor/base/thread.h"

namespace fenceline {

namespace {

// Not in linux/magic.h.
constexpr std::uint32_t xfs_magic = 0x58465342;
constexpr std::uint32_t zfs_magic = 0x2fc12fc1;
constexpr std::uint32_t bcachefs_magic = 0xca451a4e;
constexpr std::array<std::uint32_t, 7> disk_magics{
    EXT4_SUPER_MAGIC, xfs_magic, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, zfs_magic, bcachefs_magic};

/// What is known of a file without asking a process or another machine (AT_STATX_DONT_SYNC). Nothing but the type may
/// be asked for: some network file systems write a file out before they tell its size.
std::optional<struct statx> known_of(int fd) {
  struct statx facts {};
  if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &facts) != 0)
    return std::nullopt;
  return facts;
}

} // namespace

bool is_memory_file(int fd) {
  // Only files of these kinds have seals, be there none set (fcntl(2), mm/memfd.c).
  return ::fcntl(fd, F_GET_SEALS) >= 0;
}

// Dma-bufs are anonymous inodes, which have no type (S_IFMT). No process can serve such a file: FUSE refuses inodes
// without a type. What else has none (eventfds, epolls and the like) lies on file systems in memory, which fstatfs asks
// nobody about. An ioctl of dma-bufs or poll would tell as well, but FUSE forwards both.
//
// The link in /proc/self/fd says "/dmabuf:" too, but so it does of a file of that name at the root of a file system
// that was unmounted while the file was open. What fdinfo says could not be faked, and costs five times as much.
Result<std::uint64_t> dmabuf_size(int fd) {
  const Error none{"the descriptor is not a dma-buf"};
  const auto facts = known_of(fd);
  if (!facts || (facts->stx_mode & static_cast<unsigned>(S_IFMT)) != 0)
    return none;
  struct statfs system {};
  if (::fstatfs(fd, &system) != 0 || static_cast<std::uint64_t>(system.f_type) != DMA_BUF_MAGIC)
    return none;
  const off_t end = ::lseek(fd, 0, SEEK_END);
  if (end < 0)
    return Error::from_errno("cannot tell a dma-buf's size");
  (void)::lseek(fd, 0, SEEK_SET); // Shared with the sender; nothing depends on it.
  return static_cast<std::uint64_t>(end);
}

// Closing a descriptor flushes its file: FUSE asks its process (FUSE_FLUSH), network file systems write out. Of regular
// files only, and none in memory. There is no way to do without: even the end of a process that is killed waits for it.
void close_refused(UniqueFd fd) noexcept {
  if (const auto facts = known_of(fd.get()); !facts || !S_ISREG(facts->stx_mode) || is_memory_file(fd.get()))
    return;
  const int raw = fd.release();
  // Where no thread can be had: a descriptor too many is better than a session that waits.
  if (auto closing = start_thread("close-refused", [raw] { ::close(raw); }))
    closing->detach();
}

LocalFiles::LocalFiles(const std::vector<std::string>& folders) {
  for (const std::string& folder : folders)
    if (const auto disk = disk_of(folder); disk && std::find(disks_.begin(), disks_.end(), *disk) == disks_.end())
      disks_.push_back(*disk);
}

std::vector<std::string> LocalFiles::usual_folders(const char* runtime) {
  std::vector<std::string> folders{"/", "/tmp", "/var/tmp"};
  if (runtime != nullptr && *runtime == '/')
    folders.emplace_back(runtime);
  return folders;
}

std::optional<LocalFiles::Device> LocalFiles::disk_of(const std::string& folder) {
  struct statfs system {};
  struct statx facts {};
  if (::statfs(folder.c_str(), &system) != 0 ||
      std::find(disk_magics.begin(), disk_magics.end(), static_cast<std::uint32_t>(system.f_type)) ==
          disk_magics.end() ||
      ::statx(AT_FDCWD, folder.c_str(), 0, STATX_TYPE, &facts) != 0)
    return std::nullopt;
  return Device{facts.stx_dev_major, facts.stx_dev_minor};
}

const char* LocalFiles::fault(int fd) const {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH) != 0)
    return "it is not open for reading";
  if (is_memory_file(fd))
    return nullptr;
  const auto facts = known_of(fd);
  if (!facts)
    return "nothing can be told of it";
  if (!S_ISREG(facts->stx_mode))
    return "it is not a regular file";
  if (std::find(disks_.begin(), disks_.end(), Device{facts->stx_dev_major, facts->stx_dev_minor}) == disks_.end())
    return "it is neither in memory nor on a disk of this session's (memfd_create is best)";
  return nullptr;
}

} // namespace fenceline
