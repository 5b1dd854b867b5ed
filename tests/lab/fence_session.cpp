#include "tests/lab/fence_session.h"

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fenceline::lab {

namespace {

int status_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words)
    out.push_back(const_cast<char*>(word.c_str())); // execv does not write to them
  out.push_back(nullptr);
  return out;
}

std::array<UniqueFd, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = ::read(fd, part.data(), part.size())) > 0;)
    text.append(part.data(), static_cast<std::size_t>(got));
  return text;
}

} // namespace

Outcome run_command(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
  const std::vector<char*> words = pointers(command);
  std::array<UniqueFd, 2> output = make_pipe();
  const pid_t child = ::fork();
  if (child == 0) {
    for (const std::string& entry : environment) {
      const std::size_t equals = entry.find('=');
      if (equals == std::string::npos)
        ::unsetenv(entry.c_str());
      else
        ::setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
    }
    ::dup2(output[1].get(), STDOUT_FILENO);
    ::dup2(output[1].get(), STDERR_FILENO);
    ::execvp(words[0], words.data());
    ::_exit(127);
  }
  output[1].reset();
  Outcome outcome;
  outcome.output = read_all(output[0].get());
  int status = 0;
  ::waitpid(child, &status, 0);
  outcome.status = status_of(status);
  return outcome;
}

pid_t start_program(const std::vector<std::string>& command) {
  const std::vector<char*> words = pointers(command);
  const pid_t child = ::fork();
  if (child != 0)
    return child;
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  ::execv(words[0], words.data());
  ::_exit(127);
}

Session::Session(const std::vector<std::string>& options) {
  std::array<UniqueFd, 2> ready = make_pipe();
  std::vector<std::string> command{FENCELINE_EXE, "--backend", "kms", "--log-level", "warn", "--ready-fd", "9"};
  command.insert(command.end(), options.begin(), options.end());
  const std::vector<char*> words = pointers(command);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(ready[1].get(), 9);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ready[1].reset();
  socket_ = read_all(ready[0].get());
  if (socket_.empty() || socket_.back() != '\n')
    throw std::runtime_error("the session did not start");
  socket_.pop_back();
}

Session::~Session() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Session::alive() const {
  siginfo_t info{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

std::size_t Session::descriptors() const {
  const std::filesystem::directory_iterator entries("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(entries, std::filesystem::directory_iterator()));
}

int Session::end(int signal) {
  ::kill(pid_, signal);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return status_of(status);
}

std::size_t live_dmabufs() {
  std::ifstream file("/sys/kernel/debug/dma_buf/bufinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("Total "))
      return std::stoul(line.substr(6));
  throw std::runtime_error("the kernel does not tell its dma-bufs");
}

Screen::Screen() {
  const std::unique_ptr<drmModePlaneRes, decltype(&drmModeFreePlaneResources)> planes(
      drmModeGetPlaneResources(witness_.fd()), drmModeFreePlaneResources);
  for (std::uint32_t i = 0; i < planes->count_planes && primary_ == 0; ++i) {
    const std::unique_ptr<drmModeObjectProperties, decltype(&drmModeFreeObjectProperties)> properties(
        drmModeObjectGetProperties(witness_.fd(), planes->planes[i], DRM_MODE_OBJECT_PLANE),
        drmModeFreeObjectProperties);
    for (std::uint32_t p = 0; p < properties->count_props; ++p) {
      const std::unique_ptr<drmModePropertyRes, decltype(&drmModeFreeProperty)> property(
          drmModeGetProperty(witness_.fd(), properties->props[p]), drmModeFreeProperty);
      if (std::string(property->name) == "type" && properties->prop_values[p] == DRM_PLANE_TYPE_PRIMARY)
        primary_ = planes->planes[i];
    }
  }
  if (primary_ == 0)
    throw std::runtime_error("no primary plane");
}

std::uint64_t Screen::blanks() const {
  std::uint64_t sequence = 0, time = 0;
  if (drmCrtcGetSequence(witness_.fd(), witness_.crtc_id(), &sequence, &time) != 0)
    throw std::runtime_error("the kernel does not count blanks");
  return sequence;
}

} // namespace fenceline::lab
