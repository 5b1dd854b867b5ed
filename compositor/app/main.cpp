#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <new>

#include "compositor/app/child.h"
#include "compositor/app/server.h"

int main(int argc, char** argv) {
  using namespace fenceline;
  std::variant<Options, int> parsed = parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed))
    return *status;
  const Options& options = std::get<Options>(parsed);
  if (!options.command.empty())
    // Found out before the display is taken; the statuses are those of env(1).
    if (const Result<void> runnable = Child::runnable(options.command.front()); !runnable) {
      fmt::print(stderr, "fenceline: {}\n", runnable.error().text());
      return runnable.error().code == ENOENT ? 127 : 126;
    }
  try {
    Log log(options.log_level);
    Result<std::unique_ptr<Server>> server = Server::create(options, log);
    if (!server) {
      fmt::print(stderr, "fenceline: {}\n", server.error().text());
      return 1;
    }
    return (*server)->run();
  } catch (const std::bad_alloc&) {
    std::fputs("fenceline: out of memory\n", stderr);
    return 1;
  }
}
