#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline {

// What lies behind a descriptor that somebody else sent, told without asking the file system it is of: that may be a
// process (FUSE) that answers neither fstat(2) nor fstatfs(2) nor lseek(2), and whoever asks it waits uninterruptibly.

/// A file of tmpfs, memfd_create(2) or hugetlbfs: reading it waits for no file system.
[[nodiscard]] bool is_memory_file(int fd);

/// Bytes of the dma-buf behind a descriptor. An error when it is none: other files may shrink while they are mapped,
/// which a dma-buf cannot. To be asked before anything else is done with a descriptor that should be a dma-buf's.
[[nodiscard]] Result<std::uint64_t> dmabuf_size(int fd);

/// Closes a descriptor that is not what it should be. Where even that may ask a process or another machine, another
/// thread does it, which ends when it is answered, or the process ends.
void close_refused(UniqueFd fd) noexcept;

/// The files that the main thread may read though it waits for nobody: those in memory, and those of the disks of this
/// machine that it lives on itself. A disk may be slow, but it is nobody's to stop; everything else can be:
/// - a file system of a process or of another machine (FUSE, NFS, SMB, 9P),
/// - what the kernel makes up while it is read (procfs: /proc/PID/mem faults in pages that may be mapped from FUSE),
/// - disks and overlays that are mounted by the sender: below them may lie a file of FUSE.
class LocalFiles {
 public:
  /// `folders`: disks are taken where one of these lies on them, by an absolute path. Those that are not there, or lie
  /// on a file system that is no disk's, count for nothing.
  explicit LocalFiles(const std::vector<std::string>& folders);
  /// Those of a session: where clients put files that have no memfd_create(2). `runtime`: $XDG_RUNTIME_DIR, or null.
  [[nodiscard]] static std::vector<std::string> usual_folders(const char* runtime);

  /// What is wrong with a descriptor that is to be read; null when nothing is.
  [[nodiscard]] const char* fault(int fd) const;

 private:
  using Device = std::pair<unsigned, unsigned>; ///< Major and minor number.
  [[nodiscard]] static std::optional<Device> disk_of(const std::string& folder);
  std::vector<Device> disks_;
};

} // namespace fenceline
