#include "tests/lab/witness_session.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace fenceline::lab {

namespace {

namespace fs = std::filesystem;

// Far beyond what anything here takes: who waits so long waits for something that never comes.
constexpr std::chrono::seconds patience(90);

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

UniqueFd output_file(const fs::path& path) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file.valid())
    fail(path);
  return file;
}

/// Where the link of a descriptor in /proc leads; empty where it has gone meanwhile.
std::string target(const fs::path& link) {
  std::error_code gone;
  return fs::read_symlink(link, gone).string();
}

} // namespace

std::string program(const std::string& in_build_tree) {
  // This test is build/tests/lab/NAME.
  const fs::path build = fs::read_symlink("/proc/self/exe").parent_path().parent_path().parent_path();
  return build / in_build_tree;
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    throw std::runtime_error("cannot read " + file.string());
  std::ostringstream all;
  all << in.rdbuf();
  return std::move(all).str();
}

ScratchFolder::ScratchFolder() {
  std::string name = (fs::temp_directory_path() / "witness.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    fail(name);
  folder_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

Process::Process(const std::vector<std::string>& command, const std::vector<std::string>& environment, fs::path out,
                 fs::path errors, int passed)
    : name_(command.at(0)), out_(std::move(out)), errors_(std::move(errors)) {
  const UniqueFd to = output_file(out_), errors_to = output_file(errors_);
  std::vector<char*> words, variables;
  for (const std::string& word : command)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  for (char** variable = environ; *variable != nullptr; ++variable)
    variables.push_back(*variable);
  for (const std::string& variable : environment)
    variables.push_back(const_cast<char*>(variable.c_str()));
  variables.push_back(nullptr);
  pid_ = ::fork();
  if (pid_ < 0)
    fail("fork");
  if (pid_ == 0) {
    ::dup2(to.get(), STDOUT_FILENO);
    ::dup2(errors_to.get(), STDERR_FILENO);
    // Where it is 3 already, dup2 would leave its close-on-exec flag.
    if (passed == 3)
      ::fcntl(3, F_SETFD, 0);
    else if (passed >= 0)
      ::dup2(passed, 3);
    ::execvpe(words[0], words.data(), variables.data());
    ::_exit(127);
  }
}

Process::~Process() {
  if (ended())
    return;
  send(SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

void Process::send(int signal) const {
  if (status_ == -1)
    ::kill(pid_, signal);
}

void Process::freeze() const {
  send(SIGSTOP);
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOWAIT) != 0 || info.si_code != CLD_STOPPED)
    throw std::runtime_error(name_ + " cannot be stopped, it has ended: " + errors());
}

void Process::thaw() const {
  send(SIGCONT);
}

bool Process::ended() {
  if (status_ == -1)
    ::waitpid(pid_, &status_, WNOHANG);
  return status_ != -1;
}

int Process::wait() {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!ended()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error(name_ + " does not end: " + errors());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

Session::ReadyPipe::ReadyPipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    fail("pipe2");
  read.reset(ends[0]);
  write.reset(ends[1]);
}

namespace {

std::vector<std::string> compositor_command(const fs::path& trace, const std::vector<std::string>& options) {
  std::vector<std::string> command{
      program("compositor/fenceline"), "--backend", "kms", "--ready-fd", "3", "--trace", trace.string()};
  command.insert(command.end(), options.begin(), options.end());
  return command;
}

} // namespace

Session::Session(const std::vector<std::string>& options)
    : // Whatever themes are installed: the tests know the built-in arrow's pixels.
      compositor_(compositor_command(trace(), options), {"XCURSOR_PATH=/nonexistent"}, folder_.path("fenceline.out"),
                  folder_.path("fenceline.log"), ready_.write.get()) {
  ready_.write.reset();
  pollfd waiting{.fd = ready_.read.get(), .events = POLLIN, .revents = 0};
  ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(patience).count()));
  char name[256];
  const ssize_t length = (waiting.revents & POLLIN) != 0 ? ::read(ready_.read.get(), name, sizeof name) : 0;
  if (length <= 1)
    throw std::runtime_error("no session: " + log());
  socket_.assign(name, static_cast<std::size_t>(length) - 1);
}

Process Session::client(const std::string& in_build_tree, const std::vector<std::string>& arguments) {
  std::vector<std::string> command{program(in_build_tree)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const std::string name = "client" + std::to_string(++clients_);
  return Process(command, {"WAYLAND_DISPLAY=" + socket_}, folder_.path(name + ".out"), folder_.path(name + ".errors"));
}

int Session::end() {
  compositor_.send(SIGTERM);
  return compositor_.wait();
}

std::string Session::report() {
  Process reporter({program("tools/fenceline-report"), "--json", trace()}, {}, folder_.path("report.json"),
                   folder_.path("report.errors"));
  if (const int status = reporter.wait(); status != 0)
    throw std::runtime_error("fenceline-report ended with " + std::to_string(status) + ": " + reporter.errors());
  return reporter.out();
}

UniqueFd borrow_fd(pid_t process, int fd) {
  const UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
  UniqueFd borrowed(static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), fd, 0)));
  if (!borrowed.valid())
    fail("pidfd_getfd");
  return borrowed;
}

std::vector<HeldDmabuf> dmabufs_of(pid_t process) {
  std::vector<HeldDmabuf> found;
  std::set<std::uint64_t> seen;
  const fs::path proc = fs::path("/proc") / std::to_string(process);
  for (const auto& entry : fs::directory_iterator(proc / "fd")) {
    // Only a dma-buf's fdinfo names an exporter.
    std::ifstream facts(proc / "fdinfo" / entry.path().filename());
    bool is_dmabuf = false;
    for (std::string line; !is_dmabuf && std::getline(facts, line);)
      is_dmabuf = line.starts_with("exp_name:");
    if (!is_dmabuf)
      continue;
    struct stat status {};
    // The link's own name tells no inode: following it does.
    if (::stat(entry.path().c_str(), &status) == 0 && seen.insert(status.st_ino).second)
      found.push_back({std::stoi(entry.path().filename().string()), status.st_ino});
  }
  return found;
}

int fd_of(pid_t process, const std::string& file) {
  for (const auto& entry : fs::directory_iterator(fs::path("/proc") / std::to_string(process) / "fd"))
    if (target(entry.path()) == file)
      return std::stoi(entry.path().filename().string());
  throw std::runtime_error("the process has not opened " + file);
}

} // namespace fenceline::lab
