#pragma once
#include <sys/types.h>

#include <memory>

#include "compositor/base/fd.h"
#include "compositor/base/result.h"

namespace fenceline::test {

/// A file system of a process of its own (FUSE) that has answered until its one file was open, and answers nothing any
/// more: whatever asks it something waits uninterruptibly.
///
/// So that a test fails instead of hanging for ever, the process ends after `patience` seconds, and with it every wait.
class SilentFileSystem {
 public:
  /// An error where a process can't have a file system of its own (no /dev/fuse, no user namespaces): says why.
  [[nodiscard]] static Result<std::unique_ptr<SilentFileSystem>> create(unsigned patience = 5);
  SilentFileSystem(const SilentFileSystem&) = delete;
  SilentFileSystem& operator=(const SilentFileSystem&) = delete;
  ~SilentFileSystem();

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
