#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/config/config.h"

namespace fenceline {

/// The first that is there of $XDG_CONFIG_HOME/fenceline/fenceline.toml (default: ~/.config) and
/// fenceline/fenceline.toml in each folder of $XDG_CONFIG_DIRS (default: /etc/xdg). None: there is no file, and all is
/// as by default (XDG Base Directory Specification).
[[nodiscard]] std::optional<std::string> find_config_file();

/// Reads and parses a file of at most 1 MiB. The error says what is wrong, line by line.
[[nodiscard]] Result<Config> load_config(const std::string& path);

/// Tells when a file has changed, also when an editor puts a new one in its place: it watches the folder.
class ConfigWatch {
 public:
  /// `changed` is called on the loop, once for changes that come together.
  [[nodiscard]] static Result<std::unique_ptr<ConfigWatch>> create(EventLoop& loop, const std::string& path,
                                                                   std::function<void()> changed);
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;
  ~ConfigWatch();

 private:
  ConfigWatch(std::string name, std::function<void()> changed) : name_(std::move(name)), changed_(std::move(changed)) {}
  void read();

  std::string name_; ///< In its folder.
  std::function<void()> changed_;
  UniqueFd inotify_;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline
