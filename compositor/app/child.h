#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compositor/app/descriptor_limit.h"
#include "compositor/base/result.h"

namespace fenceline {

/// The program that runs in the session.
class Child {
 public:
  /// Whether `program` can be started: a path, or a name that is looked up in PATH. The error's code is ENOENT when
  /// there is none of that name.
  [[nodiscard]] static Result<void> runnable(const std::string& program);
  /// What a shell or env(1) ends with for that error of runnable() or start(): 127 where there is none of that name, or
  /// what a script names to run it is missing; 1 where we could not start anything; else 126.
  [[nodiscard]] static int status_for(const Error& error);
  /// Starts `command` (looked up in PATH) with the variables added to this environment, and with the
  /// descriptor limit that we were started with. An error when it can't be
  /// executed.
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& command,
                                           const std::vector<std::pair<std::string, std::string>>& variables,
                                           const DescriptorLimit& limit);
  /// After SIGCHLD: the status to pass on when it has ended (128 + N for signal N).
  [[nodiscard]] std::optional<int> ended() const;
  /// Asks it to end: SIGTERM to its process group.
  void terminate() const;

 private:
  explicit Child(pid_t pid) : pid_(pid) {}
  pid_t pid_;
};

} // namespace fenceline
