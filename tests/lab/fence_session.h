#pragma once
// The session under test, a process of its own, and what the kernel says of it.

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/lab/drm_lab.h"

namespace fenceline::lab {

/// A command that has run to its end.
struct Outcome {
  int status = -1;    ///< Its exit status; 128 + the signal that killed it.
  std::string output; ///< stdout and stderr.
};
/// Runs a command to its end. `environment`: "NAME=value", or "NAME" alone to take the variable away.
[[nodiscard]] Outcome run_command(const std::vector<std::string>& command,
                                  const std::vector<std::string>& environment = {});

/// Starts a program and forgets its output. The caller waits for it.
[[nodiscard]] pid_t start_program(const std::vector<std::string>& command);

/// The compositor, on the lab's display.
class Session {
 public:
  /// Waits until it takes clients; throws when it does not come so far.
  explicit Session(const std::vector<std::string>& options = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  [[nodiscard]] const std::string& socket() const { return socket_; }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool alive() const;
  /// Its open descriptors.
  [[nodiscard]] std::size_t descriptors() const;
  /// Asks it to end; the exit status, 128 + the signal that killed it.
  int end(int signal = SIGTERM);

 private:
  pid_t pid_ = -1;
  std::string socket_;
};

/// dma-bufs that the kernel knows of.
[[nodiscard]] std::size_t live_dmabufs();

/// The session's picture, as the kernel has it.
class Screen {
 public:
  Screen();
  /// The inode of the dma-buf that the primary plane was last told to show; 0: none. (The kernel answers with what was
  /// committed, up to a blank before it is on the screen.)
  [[nodiscard]] std::uint64_t shown() const { return witness_.inode_behind(witness_.framebuffer_on(primary_)); }
  /// Blanks so far.
  [[nodiscard]] std::uint64_t blanks() const;
  [[nodiscard]] const Witness& witness() const { return witness_; }

 private:
  Witness witness_;
  std::uint32_t primary_ = 0;
};

} // namespace fenceline::lab
