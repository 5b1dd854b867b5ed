#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compositor/base/event_loop.h"
#include "compositor/base/fd.h"
#include "compositor/config/config.h"

namespace fenceline {

/// Where the configuration may be: $XDG_CONFIG_HOME/fenceline/fenceline.toml (default: ~/.config), then
/// fenceline/fenceline.toml in each folder of $XDG_CONFIG_DIRS (default: /etc/xdg). The first that is there counts (XDG
/// Base Directory Specification). All are absolute.
[[nodiscard]] std::vector<std::string> config_files();
/// The first of these that is there. None: there is no file, and all is as by default.
[[nodiscard]] std::optional<std::string> find_config_file();

/// Reads and parses a file of at most 1 MiB. The error says what is wrong, line by line.
[[nodiscard]] Result<Config> load_config(const std::string& path);

/// Tells when one of some files has changed or is there at last, also when an editor puts a new one in its place: it
/// watches their folders, and where there is no such folder yet, the one in which it would be made.
class ConfigWatch {
 public:
  /// `changed` is called on the loop, once for changes that come together. The error: none of them can be watched.
  [[nodiscard]] static Result<std::unique_ptr<ConfigWatch>> create(EventLoop& loop, std::span<const std::string> paths,
                                                                   std::function<void()> changed);
  ConfigWatch(const ConfigWatch&) = delete;
  ConfigWatch& operator=(const ConfigWatch&) = delete;
  ~ConfigWatch();

 private:
  struct File {
    std::filesystem::path path;
    int watch = -1;       ///< Of a folder; negative: it cannot be watched.
    std::string awaited;  ///< What happens to this name in the folder counts.
    bool arrived = false; ///< The folder is the file's own.
  };
  explicit ConfigWatch(std::function<void()> changed) : changed_(std::move(changed)) {}
  [[nodiscard]] Result<void> watch(File& file);
  void drop(int watch);
  void read();
  [[nodiscard]] bool happened(std::uint32_t what, int watch, std::string_view name);

  std::vector<File> files_;
  std::function<void()> changed_;
  UniqueFd inotify_;
  std::unique_ptr<EventSource> source_;
};

} // namespace fenceline
