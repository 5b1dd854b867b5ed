#include "tests/fuzz/server_process.h"

#include "tests/fuzz/link.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <thread>

namespace fenceline::fuzz {

namespace {

constexpr const char* kSocketName = "wire-fuzz";
constexpr auto kPollPause = std::chrono::milliseconds(10);

void replace(std::string& text, const std::string& mark, const std::string& with) {
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + with.size()))
    text.replace(at, mark.size(), with);
}

[[noreturn]] void run_child(std::vector<std::string>& command, const std::string& runtime_dir, int log, int ready) {
  setpgid(0, 0);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  if (ready >= 0)
    (void)fcntl(ready, F_SETFD, 0);
  setenv("XDG_RUNTIME_DIR", runtime_dir.c_str(), 1);
  unsetenv("WAYLAND_DISPLAY");
  unsetenv("WAYLAND_SOCKET");
  std::vector<char*> arguments;
  for (auto& word : command)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  dprintf(STDERR_FILENO, "run %s: %s\n", arguments[0], std::strerror(errno));
  _exit(127);
}

std::string status_text(int status) {
  if (WIFEXITED(status))
    return fmt::format("ended with status {}", WEXITSTATUS(status));
  return fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

} // namespace

ServerProcess::~ServerProcess() {
  if (pid_ > 0) {
    // Its children too: shells and keyboards that it started hold the output file open.
    (void)kill(-pid_, SIGKILL);
    if (!status_)
      (void)waitpid(pid_, nullptr, 0);
  }
  std::error_code ignored;
  if (!runtime_dir_.empty())
    std::filesystem::remove_all(runtime_dir_, ignored);
}

Result<void> ServerProcess::start(std::vector<std::string> command, const std::string& log_path) {
  std::string pattern = (std::filesystem::temp_directory_path() / "wire-fuzz-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return Error::from_errno("make a runtime directory " + pattern);
  runtime_dir_ = pattern;
  log_path_ = log_path.empty() ? runtime_dir_ + "/server.log" : log_path;
  const UniqueFd log(open(log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
  if (!log.valid())
    return Error::from_errno("write the server's output to " + log_path_);
  UniqueFd ready_end;
  for (auto& word : command) {
    replace(word, "{socket}", kSocketName);
    if (word.find("{ready-fd}") == std::string::npos)
      continue;
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0)
      return Error::from_errno("make a pipe");
    ready_.reset(ends[0]);
    ready_end.reset(ends[1]);
    replace(word, "{ready-fd}", std::to_string(ends[1]));
  }
  pid_ = fork();
  if (pid_ < 0)
    return Error::from_errno("start " + command.front());
  if (pid_ == 0)
    run_child(command, runtime_dir_, log.get(), ready_end.get());
  setpgid(pid_, pid_);
  return {};
}

std::optional<std::string> ServerProcess::find_socket() const {
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(runtime_dir_, failure))
    // NAME.sock is a control socket, of whatever protocol: Wayland's have no suffix.
    if (entry.is_socket(failure) && entry.path().extension() != ".sock" && connect_to(entry.path().string()))
      return entry.path().string();
  return std::nullopt;
}

Result<std::string> ServerProcess::wait_ready(Nanoseconds limit) {
  const MonotonicClock clock;
  const auto end = clock.now() + limit;
  std::string line;
  bool told = !ready_.valid();
  while (clock.now() < end) {
    if (auto how = ended())
      return Error{"the server " + *how + " before it was ready", 0};
    if (!told) {
      pollfd readable{.fd = ready_.get(), .events = POLLIN, .revents = 0};
      char buffer[256];
      if (poll(&readable, 1, 10) != 1)
        continue;
      const auto got = read(ready_.get(), buffer, sizeof buffer);
      if (got <= 0)
        return Error{"the server closed its ready descriptor without a word", 0};
      line.append(buffer, static_cast<std::size_t>(got));
      told = line.find('\n') != std::string::npos;
      continue;
    }
    if (auto path = find_socket())
      return *path;
    std::this_thread::sleep_for(kPollPause);
  }
  return Error{"the server was not ready in time", 0};
}

std::optional<std::string> ServerProcess::ended() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_)
    status_ = status;
  return status_ ? std::optional(status_text(*status_)) : std::nullopt;
}

Result<void> ServerProcess::stop(Nanoseconds limit) {
  const MonotonicClock clock;
  const auto end = clock.now() + limit;
  if (!status_)
    (void)kill(pid_, SIGTERM);
  while (!ended()) {
    if (clock.now() > end)
      return Error{"the server did not end after SIGTERM", 0};
    std::this_thread::sleep_for(kPollPause);
  }
  if (*status_ != 0)
    return Error{"after SIGTERM the server " + status_text(*status_), 0};
  return {};
}

std::string ServerProcess::output_tail(std::size_t lines) const {
  std::ifstream file(log_path_);
  std::deque<std::string> last;
  for (std::string line; std::getline(file, line);) {
    last.push_back(std::move(line));
    if (last.size() > lines)
      last.pop_front();
  }
  std::string out;
  for (const auto& line : last)
    out += "  | " + line + "\n";
  return out;
}

} // namespace fenceline::fuzz
