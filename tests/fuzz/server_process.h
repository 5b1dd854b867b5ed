#pragma once
#include "compositor/base/clock.h"
#include "compositor/base/fd.h"
#include "compositor/base/result.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace fenceline::fuzz {

/// The server under test as a child process, in a runtime directory of its own.
///
/// In the command, "{socket}" stands for the name of the socket to make and "{ready-fd}" for the number of a descriptor
/// on which the server writes a line when it is ready (the socket's name or nothing). Without "{ready-fd}" readiness is
/// a socket in the runtime directory that takes connections.
class ServerProcess {
 public:
  ServerProcess() = default;
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  /// Kills the server if it still runs and removes the runtime directory.
  ~ServerProcess();

  /// `log_path`: where the server's output is kept; empty: in the runtime directory, which goes at the end.
  Result<void> start(std::vector<std::string> command, const std::string& log_path);
  /// The socket's path, once the server is ready.
  Result<std::string> wait_ready(Nanoseconds limit);
  /// How it ended, if it has: "ended with status 1", "was killed by signal 11 (Segmentation fault)".
  [[nodiscard]] std::optional<std::string> ended();
  /// SIGTERM, and the wait for its end. An error when it does not end in time or not with status 0.
  Result<void> stop(Nanoseconds limit);
  /// The last lines of the server's output.
  [[nodiscard]] std::string output_tail(std::size_t lines) const;

 private:
  [[nodiscard]] std::optional<std::string> find_socket() const;

  std::string runtime_dir_;
  std::string log_path_;
  UniqueFd ready_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

} // namespace fenceline::fuzz
