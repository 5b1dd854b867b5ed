#include "compositor/app/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "compositor/app/signals.h"
#include "compositor/base/fd.h"

namespace fenceline {

Result<void> Child::runnable(const std::string& program) {
  const auto try_path = [](const std::string& path) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) != 0)
      return errno;
    return S_ISDIR(facts.st_mode) || ::access(path.c_str(), X_OK) != 0 ? EACCES : 0;
  };
  int found = ENOENT;
  if (program.find('/') != std::string::npos) {
    found = try_path(program);
  } else {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path ? path : "/usr/local/bin:/usr/bin:/bin");
    for (std::string folder; found != 0 && std::getline(folders, folder, ':');)
      if (const int result = try_path((folder.empty() ? "." : folder) + "/" + program); result != ENOENT)
        found = result;
  }
  if (found == 0)
    return {};
  return Error{fmt::format("cannot run {}", program), found};
}

int Child::status_for(const Error& error) {
  switch (error.code) {
  case ENOENT:
    return 127;
  case EAGAIN:
  case EMFILE:
  case ENFILE:
  case ENOMEM:
    return 1;
  default:
    return 126;
  }
}

Result<Child> Child::start(const std::vector<std::string>& command,
                           const std::vector<std::pair<std::string, std::string>>& variables,
                           const DescriptorLimit& limit) {
  // The pipe closes at exec; what comes through it instead is the errno of an exec that failed.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return Error::from_errno("cannot start a program");
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& word : command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0)
    return Error::from_errno("cannot start a program");
  if (pid == 0) {
    ::setpgid(0, 0);
    Signals::restore_in_child();
    limit.restore_in_child();
    for (const auto& [name, value] : variables)
      ::setenv(name.c_str(), value.c_str(), 1);
    ::execvp(arguments[0], arguments.data());
    const int code = errno;
    [[maybe_unused]] const ssize_t written = ::write(write_end.get(), &code, sizeof code);
    ::_exit(127);
  }
  write_end.reset();
  int code = 0;
  ssize_t got = 0;
  do
    got = ::read(read_end.get(), &code, sizeof code);
  while (got < 0 && errno == EINTR);
  if (got == sizeof code) {
    ::waitpid(pid, nullptr, 0);
    return Error{fmt::format("cannot run {}", command.front()), code};
  }
  return Child(pid);
}

std::optional<int> Child::ended() const {
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_)
    return std::nullopt;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::terminate() const {
  ::kill(-pid_, SIGTERM);
}

} // namespace fenceline
