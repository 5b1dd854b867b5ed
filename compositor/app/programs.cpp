#include "compositor/app/programs.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>

namespace fenceline {
namespace {

/// Whether the user has a message bus that services are started by.
bool has_user_bus() {
  if (const char* address = std::getenv("DBUS_SESSION_BUS_ADDRESS"); address && *address)
    return true;
  const char* folder = std::getenv("XDG_RUNTIME_DIR");
  return folder && ::access((std::string(folder) + "/bus").c_str(), F_OK) == 0;
}

} // namespace

Programs::~Programs() {
  reap();
  for (const Program& program : running_)
    program.child.terminate();
}

void Programs::start(const std::vector<std::string>& command) {
  Result<Child> child = Child::start(command, variables_, limit_);
  if (child)
    running_.push_back({*child, command.back()});
  else
    log_.error("{}", child.error().text());
}

void Programs::announce_session() {
  // One program does both (dbus-update-activation-environment(1)).
  const std::string program = "dbus-update-activation-environment";
  if (!has_user_bus() || !Child::runnable(program))
    return log_.debug("no message bus or no {}: services of the user are not told of the session", program);
  std::vector<std::string> command{program};
  if (::access("/run/systemd/system", F_OK) == 0)
    command.emplace_back("--systemd");
  for (const auto& [name, value] : variables_)
    command.push_back(name);
  start(command);
}

void Programs::reap() {
  std::erase_if(running_, [this](const Program& program) {
    const std::optional<int> status = program.child.ended();
    if (status && *status != 0)
      log_.warn("{} ended with status {}", program.name, *status);
    return status.has_value();
  });
}

} // namespace fenceline
