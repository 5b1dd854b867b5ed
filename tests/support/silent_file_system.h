#pragma once
#include <sys/stat.h>
#include <sys/types.h>

#include <memory>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline::test {

/// A file system of a process of its own (FUSE) that has answered until its one file was open, and answers nothing any
/// more: whatever asks it something waits uninterruptibly. The file is called "dmabuf:" and lies at the root; the file
/// system is mounted nowhere any more.
///
/// So that a test fails instead of hanging for ever, the process ends after `patience` seconds, and with it every wait.
class SilentFileSystem {
 public:
  struct Options {
    unsigned patience = 5;
    bool answers = false;  ///< Until hush().
    mode_t type = S_IFREG; ///< What it says that the file is.
  };
  /// An error where a process can't have a file system of its own (no /dev/fuse, no user namespaces), or the file can't
  /// be opened: says why.
  [[nodiscard]] static Result<std::unique_ptr<SilentFileSystem>> create(const Options& options);
  [[nodiscard]] static Result<std::unique_ptr<SilentFileSystem>> create(unsigned patience = 5) {
    return create(Options{.patience = patience});
  }
  SilentFileSystem(const SilentFileSystem&) = delete;
  SilentFileSystem& operator=(const SilentFileSystem&) = delete;
  ~SilentFileSystem();

  /// One that answers does so no more.
  void hush() const;
  /// The file, open for reading and writing.
  [[nodiscard]] int file() const { return file_.get(); }
  /// Whether the process still lives: nothing has had to wait for it so far.
  [[nodiscard]] bool alive() const;

 private:
  SilentFileSystem(pid_t process, UniqueFd file, UniqueFd socket)
      : process_(process), file_(std::move(file)), socket_(std::move(socket)) {}

  pid_t process_;
  UniqueFd file_;
  UniqueFd socket_;
};

} // namespace fenceline::test
