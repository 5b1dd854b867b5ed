#include <fmt/format.h>

#include <cstdio>
#include <new>

#include "compositor/app/child.h"
#include "compositor/app/server.h"
#include "compositor/config/config_file.h"

namespace {

using namespace fenceline;

/// The configuration that the options name, and the path that it is from.
Result<LoadedConfig> load(const Options& options) {
  LoadedConfig loaded;
  if (options.no_config)
    return loaded;
  loaded.path = options.config_file.empty() ? find_config_file() : options.config_file;
  if (!loaded.path)
    return loaded;
  Result<Config> config = load_config(*loaded.path);
  if (!config)
    return config.error();
  loaded.config = std::move(*config);
  return loaded;
}

int check(const Result<LoadedConfig>& loaded) {
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error().text());
    return 1;
  }
  if (loaded->path)
    fmt::print("{}: nothing is wrong with it\n", *loaded->path);
  else
    fmt::print("there is no configuration: all is as by default\n");
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  std::variant<Options, int> parsed = parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed))
    return *status;
  const Options& options = std::get<Options>(parsed);
  const Result<LoadedConfig> loaded = load(options);
  if (options.check_config)
    return check(loaded);
  if (!loaded) {
    fmt::print(stderr, "{}\nfenceline: the configuration is wrong: mend it, or start with --no-config\n",
               loaded.error().text());
    return 1;
  }
  if (!options.command.empty())
    // Found out before the display is taken; the statuses are those of env(1).
    if (const Result<void> runnable = Child::runnable(options.command.front()); !runnable) {
      fmt::print(stderr, "fenceline: {}\n", runnable.error().text());
      return Child::status_for(runnable.error());
    }
  try {
    Log log(options.log_level);
    int status = 1;
    Result<std::unique_ptr<Server>> server = Server::create(options, *loaded, log, status);
    if (!server) {
      fmt::print(stderr, "fenceline: {}\n", server.error().text());
      return status;
    }
    return (*server)->run();
  } catch (const std::bad_alloc&) {
    std::fputs("fenceline: out of memory\n", stderr);
    return 1;
  }
}
