#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/log.h"
#include "compositor/config/config_file.h"

namespace fenceline {

struct ConfigFollowerParts {
  EventLoop& loop;
  Log& log;
  /// What the session was started with, and from which file.
  LoadedConfig started;
  std::string named; ///< By --config; empty: the usual files.
  bool none = false; ///< --no-config.
  /// Brings a configuration into force. What it answers is odd about it, a line each, and in the log already.
  std::function<std::vector<std::string>(const Config&)> apply;
};

/// Reads the session's configuration anew: when it is told to, and when the file changes, or is there at last. Main
/// thread.
class ConfigFollower {
 public:
  /// What the loop and the log are outlives it. Files that cannot be watched are named in the log.
  [[nodiscard]] static std::unique_ptr<ConfigFollower> create(ConfigFollowerParts parts);
  ConfigFollower(const ConfigFollower&) = delete;
  ConfigFollower& operator=(const ConfigFollower&) = delete;

  struct Place {
    std::string path; ///< Absolute.
    bool there = false;
  };
  /// The file that would be read now. An error: none is read, whatever is there.
  [[nodiscard]] Result<Place> place() const;
  /// What is odd about what is in force then, a line each. The error says what is wrong with the file; all stays as it
  /// was.
  [[nodiscard]] Result<std::vector<std::string>> reload();

 private:
  explicit ConfigFollower(ConfigFollowerParts parts) : parts_(std::move(parts)), last_(parts_.started.path) {}

  ConfigFollowerParts parts_;
  std::optional<std::string> last_; ///< The file that what is in force is from.
  std::unique_ptr<ConfigWatch> watch_;
};

} // namespace fenceline
