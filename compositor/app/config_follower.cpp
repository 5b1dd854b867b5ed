#include "compositor/app/config_follower.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace fenceline {

std::unique_ptr<ConfigFollower> ConfigFollower::create(ConfigFollowerParts parts) {
  std::unique_ptr<ConfigFollower> follower(new ConfigFollower(std::move(parts)));
  ConfigFollowerParts& own = follower->parts_;
  if (own.none)
    return follower;
  const std::vector<std::string> files = own.named.empty() ? config_files() : std::vector{own.named};
  Result<std::unique_ptr<ConfigWatch>> watch = ConfigWatch::create(own.loop, files, [raw = follower.get()] {
    if (const auto reloaded = raw->reload(); !reloaded)
      raw->parts_.log.error("the configuration stays as it was:\n{}", reloaded.error().text());
  });
  if (watch)
    follower->watch_ = std::move(*watch);
  else
    own.log.warn("changes of the configuration are not seen: {}", watch.error().text());
  return follower;
}

Result<ConfigFollower::Place> ConfigFollower::place() const {
  if (parts_.none)
    return Error{"the session was started with --no-config: it reads no configuration", 0};
  if (std::error_code ignored; !parts_.named.empty()) {
    const std::filesystem::path file = std::filesystem::absolute(parts_.named).lexically_normal();
    return Place{file.string(), std::filesystem::exists(file, ignored)};
  }
  if (const std::optional<std::string> found = find_config_file())
    return Place{*found, true};
  const std::vector<std::string> files = config_files();
  if (files.empty())
    return Error{"there is no place for a configuration: neither HOME nor XDG_CONFIG_HOME is an absolute path", 0};
  return Place{files.front(), false};
}

Result<std::vector<std::string>> ConfigFollower::reload() {
  const Result<Place> where = place();
  if (!where)
    return where.error();
  if (!where->there)
    return Error{last_ ? fmt::format("the configuration {} is not there any more", *last_)
                       : fmt::format("there is no configuration: {} would be read", where->path),
                 0};
  Result<Config> config = load_config(where->path);
  if (!config)
    return config.error();
  last_ = where->path;
  std::vector<std::string> remarks = parts_.apply(*config);
  for (const std::string_view key : changed_for_next_start(parts_.started.config, *config)) {
    remarks.push_back(fmt::format("{} is read at the start only: the session goes on with what it was then", key));
    parts_.log.warn("{}", remarks.back());
  }
  parts_.log.info("the configuration {} is in force", where->path);
  return remarks;
}

} // namespace fenceline
