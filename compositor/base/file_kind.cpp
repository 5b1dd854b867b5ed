#include "compositor/base/file_kind.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace fenceline {

namespace {

// Not in linux/magic.h.
constexpr std::uint32_t xfs_magic = 0x58465342;
constexpr std::uint32_t zfs_magic = 0x2fc12fc1;
constexpr std::uint32_t bcachefs_magic = 0xca451a4e;
constexpr std::array<std::uint32_t, 7> disk_magics{
    EXT4_SUPER_MAGIC, xfs_magic, BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, zfs_magic, bcachefs_magic};

} // namespace

bool is_memory_file(int fd) {
  // Only files of these kinds have seals, be there none set (fcntl(2), mm/memfd.c).
  return ::fcntl(fd, F_GET_SEALS) >= 0;
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
  // With AT_STATX_DONT_SYNC a remote file system or a process is not asked: what is known of the file is enough.
  struct statx facts {};
  if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &facts) != 0)
    return "nothing can be told of it";
  if (!S_ISREG(facts.stx_mode))
    return "it is not a regular file";
  if (std::find(disks_.begin(), disks_.end(), Device{facts.stx_dev_major, facts.stx_dev_minor}) == disks_.end())
    return "it is neither in memory nor on a disk of this session's (memfd_create is best)";
  return nullptr;
}

} // namespace fenceline
